/// What is left out when a shard has more to do than time, so that the rest arrives in time. In this order:
///
/// 1. retransmissions;
/// 2. enhancement layers: simulcast consumers get the lowest layer that lives, one sixteenth of them after the other;
/// 3. camera video of one sixteenth of the consumers after the other;
/// 4. screens, in the same way.
///
/// Never audio. A consumer is shed wholly or not at all, always the same ones first: one still picture is less harm than
/// sixteen that stutter. It comes back with a keyframe.
@frozen
public struct Shedding: BitwiseCopyable {
    /// The longest that a burst may take, from its arrival to the last of its runs.
    public static let budgetNanoseconds: UInt64 = 10_000_000
    /// Verdicts are passed no more often than this.
    public static let windowNanoseconds: UInt64 = 50_000_000
    /// Of a hundred: a shard that used less of its processor was held up by others, and shedding would not help it.
    public static let busyPercentMin = 85
    /// Windows without a burst over budget until something comes back.
    static let patience = 4
    /// Of a hundred: a shard that uses less takes back more than one step at a time.
    static let headroomPercent = 75
    static let sharesPerKind = 16
    static let retransmissionsLevel = 1
    static let layersLevel = retransmissionsLevel + sharesPerKind
    public static let levelMax = layersLevel + 2 * sharesPerKind

    /// 0 sheds nothing, `levelMax` all video.
    public private(set) var level = 0
    private var calmWindows = 0

    public init() {}

    public var shedsRetransmissions: Bool { level >= Self.retransmissionsLevel }
    /// How many of the sixteen shares get the lowest layer only.
    var layerShares: Int { min(max(level - Self.retransmissionsLevel, 0), Self.sharesPerKind) }

    /// Whether this consumer gets the lowest layer only.
    public func shedsLayers(share: UInt32) -> Bool { Int(share) < layerShares }

    /// Whether this consumer's video is left out. `share` is its own number below 16.
    public func sheds(share: UInt32, isScreen: Bool) -> Bool {
        let shed = level - Self.layersLevel - (isScreen ? Self.sharesPerKind : 0)
        return shed > 0 && Int(share) < shed
    }

    /// A consumer's place among sixteen: spread evenly, the same for its lifetime.
    @inlinable
    public static func share(of consumer: UInt32) -> UInt32 { (consumer &* 0x9E37_79B9) >> 28 }

    /// The verdict over a window.
    ///
    /// - Parameters:
    ///   - longest: nanoseconds that the longest burst took.
    ///   - isBacklogged: a burst was as large as bursts can be: more was waiting.
    ///   - busyPercent: what the shard used of its processor.
    public mutating func judge(longest: UInt64, isBacklogged: Bool, busyPercent: Int) {
        let isOver = longest > Self.budgetNanoseconds || isBacklogged
        if isOver, busyPercent >= Self.busyPercentMin {
            calmWindows = 0
            level = min(Self.levelMax, level + Int(clamping: max(1, min(4, longest / Self.budgetNanoseconds))))
        } else if level > 0 {
            recover(longest: longest, busyPercent: busyPercent)
        }
    }

    private mutating func recover(longest: UInt64, busyPercent: Int) {
        calmWindows += 1
        // The load is gone, not only what was shed of it.
        if longest < Self.budgetNanoseconds / 4, busyPercent < 50 {
            level = max(0, level - 4)
        } else if busyPercent < Self.headroomPercent {
            // What a part of it costs is there to spare.
            level -= max(1, level / 4)
        } else if calmWindows >= Self.patience, busyPercent < 95 {
            calmWindows = 0
            level -= 1
        }
    }
}
