/// A wish for a short stretch at a higher rate than media has: packets of any kind (retransmissions, padding, media)
/// that are sent at `bitsPerSecond` until enough have left, and named by `cluster` when they do.
public struct ProbeCluster: BitwiseCopyable, Sendable {
    public static let packetsMin = 5
    /// How long it lasts at its rate.
    static let nanoseconds: UInt64 = 20_000_000
    /// The grain of whoever sends it.
    static let tickNanoseconds: UInt64 = 4_000_000
    /// A probe that took longer than this shows nothing.
    static let patienceNanoseconds: UInt64 = 500_000_000

    /// 1...255; 0 when no probe is wanted.
    public internal(set) var cluster: UInt8 = 0
    public internal(set) var bitsPerSecond: UInt64 = 0
    /// What is still to be sent.
    public internal(set) var packetsLeft = 0
    public internal(set) var bytesLeft = 0
    var bytesSent = 0
    var begunNanoseconds: UInt64 = 0
    public var hasBegun: Bool { begunNanoseconds != 0 }

    @inlinable public init() {}

    init(cluster: UInt8, bitsPerSecond: UInt64) {
        self.cluster = cluster
        self.bitsPerSecond = bitsPerSecond
        packetsLeft = Self.packetsMin
        bytesLeft = Int(clamping: bitsPerSecond / 8 * Self.nanoseconds / 1_000_000_000)
    }

    @inlinable public var isWanted: Bool { cluster != 0 }

    /// Bytes that packets of a probe had best have, so that even a slow one is several packets and no long queue.
    public var packetBytes: Int { min(max(Int(clamping: bitsPerSecond / 8 / 250), 200), 1200) }
}

/// What became of a probe: all packets between its first and its last, whatever they were.
struct ProbeResult: BitwiseCopyable, Sendable {
    var cluster: UInt8 = 0
    /// What it was to show.
    var bitsPerSecond = 0.0
    /// Numbers of its first and last packet.
    var first: UInt64 = 0
    var last: UInt64 = 0
    var sentPackets = 0
    private var packets = 0
    private var bytes = 0
    private var lastSentBytes = 0
    private var firstArrivalBytes = 0
    private var firstSent: Int64 = 0
    private var lastSent: Int64 = 0
    private var firstArrival: Int64 = 0
    private var lastArrival: Int64 = 0

    init() {}

    init(cluster: UInt8, bitsPerSecond: Double, first: UInt64) {
        self.cluster = cluster
        self.bitsPerSecond = bitsPerSecond
        self.first = first
        last = first
    }

    mutating func noteSent(_ number: UInt64) {
        last = number
        sentPackets = Int(clamping: last - first + 1)
    }

    mutating func noteArrived(_ number: UInt64, sent: Int64, arrival: Int64, bytes count: Int) {
        guard cluster != 0, number >= first, number <= last else { return }
        if packets == 0 || sent < firstSent { firstSent = sent }
        if packets == 0 || sent >= lastSent { (lastSent, lastSentBytes) = (sent, count) }
        if packets == 0 || arrival < firstArrival { (firstArrival, firstArrivalBytes) = (arrival, count) }
        lastArrival = packets == 0 ? arrival : max(lastArrival, arrival)
        packets += 1
        bytes += count
    }

    /// Bits per second at which it was sent and at which it arrived, once four fifths of it did. A frame that left meanwhile
    /// made it faster than it was to be, and need not have arrived as fast as that.
    func rates() -> (sent: Double, arrived: Double)? {
        guard packets >= 4, packets * 5 >= sentPackets * 4 else { return nil }
        let (sentSpan, arrivalSpan) = (lastSent &- firstSent, lastArrival &- firstArrival)
        guard sentSpan > 0, sentSpan < 1_000_000, arrivalSpan >= 0, arrivalSpan < 1_000_000 else { return nil }
        return (
            min(Double(bytes - lastSentBytes) * 8e6 / Double(sentSpan), bitsPerSecond),
            Double(bytes - firstArrivalBytes) * 8e6 / Double(max(arrivalSpan, 1000))
        )
    }
}
