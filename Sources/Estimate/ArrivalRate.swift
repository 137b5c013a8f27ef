/// How fast packets came out of the link: the acknowledged bitrate, from the receiver's arrival times.
struct ArrivalRate: BitwiseCopyable, Sendable {
    static let bucketCount: Int64 = 64
    static let bucketMicroseconds: Int64 = 10_000

    private var bytes: InlineArray<64, UInt32> = InlineArray(repeating: 0)
    private var packets: InlineArray<64, UInt16> = InlineArray(repeating: 0)
    private var newestBucket: Int64 = 0
    private var newestArrival: Int64 = 0
    private var firstArrival: Int64 = 0
    private var isStarted = false

    init() {}

    mutating func add(arrival: Int64, bytes count: Int) {
        let bucket = arrival / Self.bucketMicroseconds
        // A leap of the receiver's clock, or a pause: begin anew.
        if !isStarted || abs(bucket &- newestBucket) > 300 { begin(arrival, bucket) }
        if bucket > newestBucket { advance(to: bucket) }
        guard newestBucket &- bucket < Self.bucketCount else { return }
        newestArrival = max(newestArrival, arrival)
        bytes[Int(bucket % Self.bucketCount)] &+= UInt32(count)
        packets[Int(bucket % Self.bucketCount)] &+= 1
    }

    private mutating func begin(_ arrival: Int64, _ bucket: Int64) {
        self = ArrivalRate()
        (isStarted, newestBucket, newestArrival, firstArrival) = (true, bucket, arrival, arrival)
    }

    private mutating func advance(to bucket: Int64) {
        var cleared = max(newestBucket &+ 1, bucket &- Self.bucketCount &+ 1)
        while cleared <= bucket {
            bytes[Int(cleared % Self.bucketCount)] = 0
            packets[Int(cleared % Self.bucketCount)] = 0
            cleared &+= 1
        }
        newestBucket = bucket
    }

    /// Bits per second over the shortest stretch up to now that holds `packetsMin` packets and `bucketsMin` buckets, and over
    /// `bucketsMax` at most; nil while it does not.
    mutating func bitsPerSecond(packetsMin: Int, bucketsMin: Int, bucketsMax: Int) -> Double? {
        guard isStarted else { return nil }
        var (sum, count, age) = (0, 0, 0)
        while age < bucketsMax, age < bucketsMin || count < packetsMin {
            let place = Int((newestBucket &- Int64(age)) % Self.bucketCount)
            sum += Int(bytes[place])
            count += Int(packets[place])
            age += 1
        }
        let start = (newestBucket &- Int64(age) &+ 1) * Self.bucketMicroseconds
        guard count >= 3, firstArrival <= start &+ Self.bucketMicroseconds else { return nil }
        // The last packet ends the stretch, so that its own bytes belong to it.
        let span = max(newestArrival &- start, Int64(bucketsMin) * Self.bucketMicroseconds / 2)
        return Double(sum) * 8_000_000 / Double(span)
    }

    /// For judging a link that has just become narrower.
    mutating func recent() -> Double? { bitsPerSecond(packetsMin: 7, bucketsMin: 12, bucketsMax: 50) }
    /// For bounding growth.
    mutating func settled() -> Double? { bitsPerSecond(packetsMin: .max, bucketsMin: 50, bucketsMax: 50) }
}
