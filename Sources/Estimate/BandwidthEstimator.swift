/// What the link to one subscriber carries.
@frozen
public struct BandwidthEstimator: BitwiseCopyable {
    // What is touched for every packet that leaves stands first.
    public private(set) var history: SentHistory
    /// What whoever paces is asked to send besides; look at `probe.isWanted`.
    public private(set) var probe = ProbeCluster()
    /// What may be sent, padding and retransmissions included; 0 while nothing is known.
    public private(set) var targetBitsPerSecond: UInt64 = 0
    /// 0 while nothing is known.
    public private(set) var roundTripNanoseconds: UInt64 = 0

    /// `ring` has room for `SentHistory.capacity` packets.
    public init(ring: UnsafeMutablePointer<SentPacket>) {
        history = SentHistory(ring: ring)
    }

    /// A packet of `bytes` (all that the network carries of it above UDP) leaves now, as part of the probe `cluster` or of none
    /// (0). Returns its transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01 §2).
    public mutating func sent(bytes: Int, isProbe cluster: UInt8 = 0, now: UInt64) -> UInt16 {
        let number = history.append(bytes: bytes, cluster: cluster, now: now)
        if cluster != 0 { countProbe(bytes, cluster) }
        return number
    }

    private mutating func countProbe(_ bytes: Int, _ cluster: UInt8) {
        guard cluster == probe.cluster else { return }
        probe.packetsLeft &-= 1
        probe.bytesLeft &-= bytes
        if probe.packetsLeft <= 0, probe.bytesLeft <= 0 { probe = ProbeCluster() }
    }
}
