/// The receiver's clock in microseconds that never wrap. What a receiver claims is bounded: a leap of more than a hundred
/// seconds is a clock that was set, and counts as no time.
struct ArrivalClock: BitwiseCopyable, Sendable {
    static let leapTicks: Int32 = 400_000
    private static let tickMicroseconds: Int64 = 250

    private var ticks: UInt32 = 0
    private var microseconds: Int64 = 1 << 40
    private var isStarted = false

    init() {}

    /// `arrivalTicks`: of 250 µs, modulo 2^32, as transport-cc feedback tells them.
    mutating func unwrap(_ arrivalTicks: Int64) -> Int64 {
        let now = UInt32(truncatingIfNeeded: arrivalTicks)
        let step = Int32(bitPattern: now &- ticks)
        ticks = now
        if isStarted, step.magnitude < Self.leapTicks.magnitude {
            microseconds &+= Int64(step) &* Self.tickMicroseconds
        }
        isStarted = true
        return microseconds
    }
}
