import NIOCore

/// A token bucket: `burst` messages at once, and `perSecond` in the long run.
struct RateLimit {
    private let burst: Double
    private let perSecond: Double
    private var level: Double
    private var last: NIODeadline

    init(burst: Double, perSecond: Double, now: NIODeadline) {
        self.burst = burst
        self.perSecond = perSecond
        level = burst
        last = now
    }

    /// False when the message is one too many.
    mutating func take(now: NIODeadline) -> Bool {
        level = min(burst, level + Double((now - last).nanoseconds) / 1e9 * perSecond)
        last = now
        guard level >= 1 else { return false }
        level -= 1
        return true
    }
}
