/// How long things took, counted in buckets: a plain block of counters that is added to without allocating.
///
/// Every power of ten from 10 µs to 1 s is divided into eighteen steps of equal width, so each objective that is usually
/// stated (0.5, 1, 2.5, 5, 10, 25, 50, 100 ms) is the bound of a bucket, and a percentile read from the buckets is off
/// by half of its value at most, by a twentieth near the end of a power of ten.
@frozen
public struct TimeHistogram: BitwiseCopyable, Sendable {
    /// What is not longer belongs to the first bucket.
    @inlinable public static var leastNanoseconds: UInt64 { 10_000 }
    @inlinable public static var powers: Int { 5 }
    /// In one power of ten: half of its beginning each.
    @inlinable public static var steps: Int { 18 }
    /// The first bucket, those of the powers, and one for what is longer than a second.
    @inlinable public static var bucketCount: Int { powers * steps + 2 }

    /// Not cumulative.
    public private(set) var buckets: InlineArray<92, UInt64> = InlineArray(repeating: 0)
    /// The sum of the buckets.
    public private(set) var count: UInt64 = 0
    /// The sum of the times.
    public private(set) var nanoseconds: UInt64 = 0

    public init() {}

    /// - Parameter count: of things that took so long each.
    public mutating func add(_ nanoseconds: UInt64, count: UInt64 = 1) {
        buckets[Self.place(of: nanoseconds)] &+= count
        self.count &+= count
        self.nanoseconds &+= nanoseconds &* count
    }

    /// The bucket of a time. Bounds belong to the bucket below them, as Prometheus has it.
    public static func place(of nanoseconds: UInt64) -> Int {
        var beginning = leastNanoseconds
        guard nanoseconds > beginning else { return 0 }
        var place = 1
        while place < bucketCount - 1 {
            if nanoseconds <= beginning * 10 {
                return place + Int((nanoseconds - beginning - 1) / (beginning / 2))
            }
            beginning *= 10
            place += steps
        }
        return bucketCount - 1
    }

    /// The longest time of a bucket, in nanoseconds; nil for the last, which has no bound.
    public static func bound(of place: Int) -> UInt64? {
        guard place > 0 else { return leastNanoseconds }
        guard place < bucketCount - 1 else { return nil }
        var beginning = leastNanoseconds
        for _ in 0..<(place - 1) / steps { beginning *= 10 }
        return beginning + UInt64((place - 1) % steps + 1) * (beginning / 2)
    }
}
