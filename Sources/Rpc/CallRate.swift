import Control
import GRPCCore
import Synchronization

/// So many calls a second of one address, whether it has shown a key or not; a stream is one call.
final class CallRate: ServerInterceptor {
    private let limits: Mutex<RateLimits<AddressKey>>

    /// `burst` at once, twice as many as a second unless told; 0 a second for no limit.
    init(perSecond: Double, burst: Double? = nil) {
        limits = Mutex(RateLimits(burst: burst ?? max(1, perSecond * 2), perSecond: perSecond))
    }

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let key = AddressKey(peer: context.remotePeer)
        guard limits.withLock({ $0.take(key) }) else { throw Refusals.rateLimited }
        return try await next(request, context)
    }
}
