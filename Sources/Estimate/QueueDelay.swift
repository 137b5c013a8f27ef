/// How long packets wait before the bottleneck: the delay above the least that was seen in the last twenty to thirty
/// seconds. The clocks of the two ends need not agree.
struct QueueDelay: BitwiseCopyable, Sendable {
    static let windowMicroseconds: Int64 = 10_000_000

    static let standingMicroseconds = 20_000.0

    private var least: InlineArray<3, Int64> = InlineArray(repeating: .max)
    private var windowStart: Int64 = 0
    /// Of the latest packets, smoothed.
    private(set) var microseconds = 0.0

    /// Since when packets wait without a pause, on the sender's clock; 0 while they do not.
    private var standingSince: Int64 = 0

    init() {}

    mutating func add(sent: Int64, arrival: Int64) {
        let delay = arrival &- sent
        if sent &- windowStart > Self.windowMicroseconds {
            least = [delay, least[0], least[1]]
            windowStart = sent
        }
        least[0] = min(least[0], delay)
        let base = min(least[0], min(least[1], least[2]))
        microseconds += 0.2 * (Double(delay &- base) - microseconds)
        if microseconds < Self.standingMicroseconds {
            standingSince = 0
        } else if standingSince == 0 {
            standingSince = sent
        }
    }

    /// Whether packets have waited for longer than that, without a pause, before one that left at `sent`. Asked and answered
    /// once for a stretch.
    mutating func takeStanding(longerThan microseconds: Int64, at sent: Int64) -> Bool {
        guard standingSince != 0, sent &- standingSince > microseconds else { return false }
        standingSince = sent
        return true
    }
}
