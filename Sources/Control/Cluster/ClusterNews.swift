import Cluster
import Synchronization

/// Brings word of the cluster to the site, which comes into being after it.
final class ClusterNews: Sendable {
    private let state = Mutex<(listener: (@Sendable (ClusterEvent) -> Void)?, early: [ClusterEvent])>((nil, []))

    func hear(_ listener: @escaping @Sendable (ClusterEvent) -> Void) {
        let early = state.withLock { state in
            defer { state = (listener, []) }
            return state.early
        }
        for event in early { listener(event) }
    }

    @Sendable func tell(_ event: ClusterEvent) {
        let listener = state.withLock { state in
            if state.listener == nil { state.early.append(event) }
            return state.listener
        }
        listener?(event)
    }
}
