/// What is sent, and whether that is less than could be: the application-limited region.
struct SendingRate: BitwiseCopyable, Sendable {
    static let windowNanoseconds: UInt64 = 500_000_000
    /// Of the target: below this the sender is limited by what it has, above the other it is not any more.
    static let begin = 0.65
    static let end = 0.80

    /// Two packets more or less are chance.
    static let slackBits = 20_000.0

    /// Bytes of all packets.
    private(set) var total: UInt64 = 0
    private var windowTotal: UInt64 = 0
    private var windowStart: UInt64 = 0
    /// Bits per second in the last window.
    private(set) var bitsPerSecond = 0.0
    /// Since when less was sent than could be; 0 while that is not so.
    private(set) var limitedSince: UInt64 = 0

    init() {}

    var isLimited: Bool { limitedSince != 0 }

    @inline(__always)
    mutating func add(_ count: Int) { total &+= UInt64(truncatingIfNeeded: count) }

    mutating func set(total new: UInt64) { total = new }

    /// Called now and then.
    mutating func update(target: Double, now: UInt64) {
        if windowStart == 0 {
            (windowStart, windowTotal) = (now, total)
            return
        }
        let elapsed = now &- windowStart
        guard elapsed >= Self.windowNanoseconds else { return }
        bitsPerSecond = Double(total &- windowTotal) * 8e9 / Double(elapsed)
        (windowStart, windowTotal) = (now, total)
        let slack = Self.slackBits * 1e9 / Double(elapsed)
        if limitedSince == 0, bitsPerSecond + slack < Self.begin * target {
            limitedSince = now
        } else if limitedSince != 0, bitsPerSecond > Self.end * target {
            limitedSince = 0
        }
    }
}
