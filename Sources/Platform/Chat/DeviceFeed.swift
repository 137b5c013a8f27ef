import Store

/// Decides what one device on one connection gets of a conversation: every event once, in the order of their numbers. Does
/// no work by itself: the caller hands in what arrives and does what it is told.
///
/// Events may come in any order and more than once, since hosts tell each other as fast as they can; what is missing is read
/// from the store, and only then.
public struct DeviceFeed: Sendable {
    /// What to do now.
    public enum Step: Sendable, Equatable {
        case nothing
        case deliver([ChatEvent])
        /// Read events after this one, and hand them to `fetched`. Until then nothing else is delivered.
        case fetch(after: Int64)
    }

    /// The last event that was delivered.
    public private(set) var delivered: Int64
    private var newest: Int64
    private var isFetching = false

    public init(after: Int64) {
        delivered = after
        newest = after
    }

    /// At the start, and after a fetch that failed: reads what there is.
    public mutating func catchUp() -> Step {
        guard !isFetching else { return .nothing }
        isFetching = true
        return .fetch(after: delivered)
    }

    public mutating func offer(_ event: ChatEvent) -> Step {
        newest = max(newest, event.sequence)
        if isFetching || event.sequence <= delivered { return .nothing }
        guard event.sequence == delivered + 1 else { return catchUp() }
        delivered = event.sequence
        return .deliver([event])
    }

    /// A page that was read after `delivered`. `isLast` when it was shorter than it could be. There may be more to fetch
    /// after delivering it: call `next` then.
    public mutating func fetched(_ events: [ChatEvent], isLast: Bool) -> Step {
        precondition(isFetching, "nothing was asked for")
        isFetching = false
        var fresh: [ChatEvent] = []
        for event in events where event.sequence == delivered + 1 {
            delivered = event.sequence
            fresh.append(event)
        }
        if !isLast { newest = max(newest, delivered + 1) }
        // An empty page while there is news: the store that was asked lags behind who told it. Not asked again at once.
        if fresh.isEmpty { newest = delivered }
        return fresh.isEmpty ? .nothing : .deliver(fresh)
    }

    /// What to do after something was delivered.
    public mutating func next() -> Step { newest > delivered ? catchUp() : .nothing }

    /// The store did not answer. `catchUp` tries again; a later event does, too.
    public mutating func fetchFailed() { isFetching = false }
}
