import Estimate

/// One feedback as `millrace --record-estimates` wrote it, and what the estimator made of it: a line of JSON.
public struct RecordedFeedback: Codable, Sendable {
    public var shard: Int
    public var peer: UInt32
    public var incarnation: UInt32
    public var now: UInt64
    public var sent: UInt64
    public var target: UInt64
    /// Number, bytes, cluster, microseconds when it left, ticks of 250 µs when it came (-1: not).
    public var packets: [[Int64]]
}

/// One peer's estimator, fed with what was recorded of it.
public final class ReplayedPeer {
    private let ring = UnsafeMutablePointer<SentPacket>.allocate(capacity: SentHistory.capacity)
    private var estimate: BandwidthEstimator

    public init() { estimate = BandwidthEstimator(ring: ring) }

    deinit { ring.deallocate() }

    /// The target after this feedback.
    public func take(_ feedback: RecordedFeedback) -> UInt64 {
        let packets = feedback.packets.compactMap(Self.packet)
        for packet in packets { estimate.replay(packet, before: feedback.now) }
        estimate.replay(sentBytes: feedback.sent)
        estimate.beginFeedback(now: feedback.now)
        for packet in packets {
            estimate.take(
                packet.number, isReceived: packet.isReceived, arrivalTicks: Int64(packet.arrivalTicks))
        }
        estimate.endFeedback()
        return estimate.targetBitsPerSecond
    }

    private static func packet(_ values: [Int64]) -> EstimateRecord.Packet? {
        guard values.count == 5, let number = UInt16(exactly: values[0]), let bytes = UInt16(exactly: values[1]),
            let cluster = UInt8(exactly: values[2]), let sent = UInt32(exactly: values[3])
        else { return nil }
        return EstimateRecord.Packet(
            number: number, bytes: bytes, cluster: cluster, isReceived: values[4] >= 0, sentMicroseconds: sent,
            arrivalTicks: UInt32(truncatingIfNeeded: values[4]))
    }
}
