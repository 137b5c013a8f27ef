/// Counts of durations in nanoseconds, in buckets that grow with the value: 128 to each power of two, so that a percentile
/// is at most 0.8 % too high. From 0 to 18 minutes; what is longer is counted as that.
public struct Histogram: Sendable {
    private static let bucketsPerPower = 128
    private static let shift = 7
    private static let powers = 34

    private var counts: [UInt64]
    public private(set) var count: UInt64 = 0
    public private(set) var maximum: UInt64 = 0
    public private(set) var minimum: UInt64 = .max
    private var sum: UInt64 = 0

    public init() {
        counts = Array(repeating: 0, count: (Self.powers + 1) * Self.bucketsPerPower)
    }

    /// Negative values, which only a stepped clock makes, are counted as 0.
    public mutating func record(_ nanoseconds: Int64) {
        let value = UInt64(max(0, nanoseconds))
        let place = min(Self.place(of: value), counts.count - 1)
        counts[place] &+= 1
        count &+= 1
        sum &+= value
        if value > maximum { maximum = value }
        if value < minimum { minimum = value }
    }

    /// The value that a part of all (0...1) does not exceed; 0 when there is none.
    public func percentile(_ part: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let rank = max(1, UInt64((part * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for place in counts.indices where counts[place] > 0 {
            seen += counts[place]
            if seen >= rank { return min(Self.highest(in: place), maximum) }
        }
        return maximum
    }

    public var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) }

    public mutating func add(_ other: Histogram) {
        for place in counts.indices { counts[place] &+= other.counts[place] }
        count &+= other.count
        sum &+= other.sum
        maximum = max(maximum, other.maximum)
        minimum = min(minimum, other.minimum)
    }

    /// What was counted since `earlier`, which is this histogram as it was. Its extremes are those of their buckets.
    func since(_ earlier: Histogram) -> Histogram {
        var result = Histogram()
        for place in counts.indices where counts[place] > earlier.counts[place] {
            result.counts[place] = counts[place] - earlier.counts[place]
            result.maximum = min(Self.highest(in: place), maximum)
            if result.count == 0 { result.minimum = place == 0 ? 0 : Self.highest(in: place - 1) + 1 }
            result.count += result.counts[place]
        }
        result.sum = sum &- earlier.sum
        return result
    }

    /// Below 128 each value has its own bucket; above, the top eight bits decide.
    static func place(of value: UInt64) -> Int {
        guard value >= UInt64(bucketsPerPower) else { return Int(value) }
        let power = 63 - value.leadingZeroBitCount - shift
        return (power + 1) * bucketsPerPower + Int(value >> UInt64(power)) - bucketsPerPower
    }

    /// The highest value that is counted at `place`.
    static func highest(in place: Int) -> UInt64 {
        guard place >= bucketsPerPower else { return UInt64(place) }
        let power = UInt64(place / bucketsPerPower - 1)
        let base = UInt64(place % bucketsPerPower + bucketsPerPower)
        return (base + 1) << power - 1
    }
}
