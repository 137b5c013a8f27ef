/// What the delays say of the link.
enum LinkUsage: UInt8, BitwiseCopyable, Sendable {
    case normal
    /// The queue grows.
    case over
    /// The queue drains.
    case under
}

/// Compares the trend with a threshold that adapts (draft-ietf-rmcat-gcc-02 §5.4): a fixed one is deaf where queues are short
/// and starves beside flows that fill the queue.
struct OveruseDetector: BitwiseCopyable, Sendable {
    static let gain = 4.0
    static let deltasMax = 60
    static let upPerMillisecond = 0.0087
    static let downPerMillisecond = 0.039
    static let thresholdRange = 6.0...600.0
    /// A leap of the trend by more than this is no reason to adapt (§5.4).
    static let leap = 15.0
    /// How long the trend must stay above the threshold, in milliseconds.
    static let patience = 10.0

    private(set) var threshold = 12.5
    private(set) var usage = LinkUsage.normal
    private var overMilliseconds = 0.0
    private var overCount = 0
    private var slopeBefore = 0.0
    private var lastArrival: Int64 = 0

    init() {}

    /// `trend` has taken `delta` just now.
    mutating func update(_ trend: inout Trendline, _ delta: GroupDelta) {
        let value = Double(min(trend.deltas, Self.deltasMax)) * trend.slope * Self.gain
        if value > threshold {
            takeOveruse(trend.slope, Double(delta.sent) / 1000)
        } else {
            overMilliseconds = 0
            overCount = 0
            usage = value < -threshold ? .under : .normal
        }
        slopeBefore = trend.slope
        adapt(abs(value), delta.arrival)
    }

    private mutating func takeOveruse(_ slope: Double, _ elapsed: Double) {
        overMilliseconds += overCount == 0 ? elapsed / 2 : elapsed
        overCount += 1
        guard overMilliseconds > Self.patience, overCount > 1, slope >= slopeBefore else { return }
        usage = .over
    }

    private mutating func adapt(_ magnitude: Double, _ arrival: Int64) {
        let elapsed = min(max(Double(arrival &- lastArrival) / 1000, 0), 100)
        lastArrival = arrival
        guard magnitude <= threshold + Self.leap else { return }
        let speed = magnitude < threshold ? Self.downPerMillisecond : Self.upPerMillisecond
        let adapted = threshold + speed * (magnitude - threshold) * elapsed
        threshold = min(max(adapted, Self.thresholdRange.lowerBound), Self.thresholdRange.upperBound)
    }
}
