import Protocol
import Synchronization

/// Whether the server takes calls, for grpc.health.v1; told to whoever watches when it changes.
final class HealthState: Sendable {
    typealias Status = HealthHealthCheckResponse.ServingStatus

    private struct State {
        var isServing = true
        var watchers: [UInt64: AsyncStream<Bool>.Continuation] = [:]
        var next: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Nil for a service that is not there; the empty name is the whole server.
    func status(of service: String) -> Status? {
        guard service.isEmpty || Services.names.contains(service) else { return nil }
        return Self.status(state.withLock { $0.isServing })
    }

    private static func status(_ isServing: Bool) -> Status { isServing ? .serving : .notServing }

    func stopServing() {
        let watchers = state.withLock { state in
            state.isServing = false
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.yield(false) }
    }

    func watch(_ service: String) -> AsyncStream<Status> {
        let (changes, continuation) = AsyncStream<Bool>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.next += 1
            state.watchers[state.next] = continuation
            continuation.yield(state.isServing)
            return state.next
        }
        continuation.onTermination = { [self] _ in _ = state.withLock { $0.watchers.removeValue(forKey: number) } }
        let isKnown = status(of: service) != nil
        return AsyncStream(unfolding: { [changes] in
            var iterator = changes.makeAsyncIterator()
            guard let isServing = await iterator.next() else { return nil }
            return isKnown ? Self.status(isServing) : .serviceUnknown
        })
    }

    static func response(_ status: Status) -> HealthHealthCheckResponse {
        var response = HealthHealthCheckResponse()
        response.status = status
        return response
    }
}
