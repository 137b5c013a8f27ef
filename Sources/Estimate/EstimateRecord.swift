/// What an estimator was told by one feedback, for a recorder: plain data that travels through a mailbox. A feedback of many
/// packets is several records, of which the last has `isLast`.
@frozen
public struct EstimateRecord: BitwiseCopyable, Sendable {
    @inlinable public static var capacity: Int { 32 }

    @frozen
    public struct Packet: BitwiseCopyable, Sendable {
        public var number: UInt16
        public var bytes: UInt16
        public var cluster: UInt8
        public var isReceived: Bool
        public var sentMicroseconds: UInt32
        public var arrivalTicks: UInt32

        public init(
            number: UInt16, bytes: UInt16, cluster: UInt8, isReceived: Bool, sentMicroseconds: UInt32,
            arrivalTicks: UInt32
        ) {
            self.number = number
            self.bytes = bytes
            self.cluster = cluster
            self.isReceived = isReceived
            self.sentMicroseconds = sentMicroseconds
            self.arrivalTicks = arrivalTicks
        }
    }

    public var peer: UInt32
    /// Which peer in that place.
    public var incarnation: UInt32
    public var nowNanoseconds: UInt64
    /// All that was sent to the peer so far, in bytes: more than feedback tells of.
    public var sentBytes: UInt64
    /// What came of it; of the last record only.
    public var targetBitsPerSecond: UInt64 = 0
    public var isLast = false
    public var count = 0
    public var packets: InlineArray<32, Packet>

    public init(peer: UInt32, incarnation: UInt32, nowNanoseconds: UInt64, sentBytes: UInt64) {
        self.peer = peer
        self.incarnation = incarnation
        self.nowNanoseconds = nowNanoseconds
        self.sentBytes = sentBytes
        packets = InlineArray(
            repeating: Packet(
                number: 0, bytes: 0, cluster: 0, isReceived: false, sentMicroseconds: 0, arrivalTicks: 0))
    }

    /// Takes a packet for which there is room.
    public mutating func append(_ packet: Packet) {
        packets[count] = packet
        count += 1
    }
}

extension BandwidthEstimator {
    /// What the estimator is about to be told of one number; nil when it knows of no such packet.
    public mutating func recorded(
        _ number: UInt16, isReceived: Bool, arrivalTicks: Int64
    ) -> EstimateRecord.Packet? {
        guard let full = history.find(number) else { return nil }
        let packet = history.place(full).pointee
        return EstimateRecord.Packet(
            number: number, bytes: packet.bytes, cluster: packet.cluster, isReceived: isReceived,
            sentMicroseconds: packet.sentMicroseconds, arrivalTicks: UInt32(truncatingIfNeeded: arrivalTicks))
    }

    /// Of all packets, bytes.
    public mutating func sentBytes() -> UInt64 { sending.total }

    /// Plays a recorded packet: as if it had been sent when it was, after those that no feedback told of.
    public mutating func replay(_ packet: EstimateRecord.Packet, before now: UInt64) {
        let ahead = UInt64(packet.number &- UInt16(truncatingIfNeeded: history.next))
        // It was played before.
        guard ahead < 0x8000 else { return }
        for _ in 0..<ahead { _ = history.append(bytes: 0, cluster: 0, now: now) }
        let age = UInt64(UInt32(truncatingIfNeeded: now / 1000) &- packet.sentMicroseconds) &* 1000
        if packet.cluster != 0 { countProbe(Int(packet.bytes), packet.cluster) }
        _ = history.append(bytes: Int(packet.bytes), cluster: packet.cluster, now: now &- age)
    }

    /// Plays how much was sent in all.
    public mutating func replay(sentBytes: UInt64) { sending.set(total: sentBytes) }
}
