import Snapshot

/// What the link to one subscriber carries, as seen by the sender.
///
/// For each transport-cc feedback: `beginFeedback`, `take` for each number that it covers, `endFeedback`.
public struct BandwidthEstimator: BitwiseCopyable {
    static let startBitsPerSecond = 300_000.0
    static let leastBitsPerSecond = 30_000.0
    static let mostBitsPerSecond = 200_000_000.0

    // What is touched for every packet that leaves stands first.
    public internal(set) var history: SentHistory
    var sending = SendingRate()
    /// What whoever paces is asked to send besides; look at `probe.isWanted`.
    public internal(set) var probe = ProbeCluster()
    /// What may be sent, padding and retransmissions included; 0 while nothing is known.
    public internal(set) var targetBitsPerSecond: UInt64 = 0
    /// 0 while nothing is known.
    public internal(set) var roundTripNanoseconds: UInt64 = 0
    /// What could be sent at most: probes look for no more. To be set by whoever knows; a few cameras until then.
    public var wantedBitsPerSecond: UInt64 = 5_000_000

    var clock = ArrivalClock()
    var groups = PacketGroups()
    var trend = Trendline()
    var detector = OveruseDetector()
    var arrivals = ArrivalRate()
    var queue = QueueDelay()
    var control = RateControl(bitsPerSecond: 300_000)
    var losses = LossBound()
    var probes = ProbeController()
    var feedback = FeedbackInHand()
    /// Transport-cc feedback has come: REMB does not count any more.
    public internal(set) var hasFeedback = false

    /// `ring` has room for `SentHistory.capacity` packets.
    public init(ring: UnsafeMutablePointer<SentPacket>) {
        history = SentHistory(ring: ring)
    }

    /// The client has moved: what was learnt is about a link that it has left, losses on its way out above all. Numbers go on;
    /// what feedback says of those before is passed over. As at the start nothing is known until the next feedback.
    public mutating func moved() {
        var fresh = BandwidthEstimator(ring: history.ring)
        (fresh.history.next, fresh.history.first) = (history.next, history.next)
        fresh.wantedBitsPerSecond = wantedBitsPerSecond
        fresh.roundTripNanoseconds = roundTripNanoseconds
        self = fresh
    }

    /// A packet of `bytes` (all that the network carries of it above UDP) leaves now, as part of the probe `cluster` or of none
    /// (0). Returns its transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01 §2).
    public mutating func sent(bytes: Int, isProbe cluster: UInt8 = 0, now: UInt64) -> UInt16 {
        sending.add(bytes)
        if cluster != 0 { countProbe(bytes, cluster) }
        return history.append(bytes: bytes, cluster: cluster, now: now)
    }

    mutating func countProbe(_ bytes: Int, _ cluster: UInt8) {
        guard cluster == probe.cluster else { return }
        probes.noteSent(history.next, cluster: cluster)
        probe.packetsLeft &-= 1
        probe.bytesLeft &-= bytes
        probe.bytesSent &+= bytes
        if probe.packetsLeft <= 0, probe.bytesLeft <= 0 { probe = ProbeCluster() }
    }

    /// How much of the probe is to be sent by now, in bytes: its rate times the time since this was first asked, less what has
    /// left. More than nothing at the first call.
    public mutating func probeBytesDue(now: UInt64) -> Int {
        guard probe.isWanted else { return 0 }
        if probe.begunNanoseconds == 0 { probe.begunNanoseconds = now }
        let elapsed = now &- probe.begunNanoseconds &+ ProbeCluster.tickNanoseconds
        guard elapsed < ProbeCluster.patienceNanoseconds else {
            cancelProbe(now: now)
            return 0
        }
        return Int(clamping: probe.bitsPerSecond / 8 &* elapsed / 1_000_000_000) - probe.bytesSent
    }

    /// Nothing can be sent for the present probe: it will be wished for again soon.
    public mutating func cancelProbe(now: UInt64) {
        probe = ProbeCluster()
        probes.cancel(now: now)
    }

    /// The link's usage, as the delays tell it.
    var usage: LinkUsage { detector.usage }
}

/// What one feedback has told so far.
struct FeedbackInHand: BitwiseCopyable, Sendable {
    var now: UInt64 = 0
    var received = 0
    /// Of the packet that arrived last: when it left.
    var newestSent: Int64 = .min
    var isOver = false
    var isUnder = false
}

extension BandwidthEstimator: Portable {
    /// Numbers go on, and what was known of the link is what the estimate begins with. Feedback on packets of before is
    /// passed over.
    public mutating func carry(_ book: inout SnapshotBook) {
        var next = history.next
        var (target, roundTrip, wanted) = (targetBitsPerSecond, roundTripNanoseconds, wantedBitsPerSecond)
        book.field(1, &next)
        book.field(2, &target)
        book.field(3, &roundTrip)
        book.field(4, &wanted)
        let limit = UInt64(Self.mostBitsPerSecond) * 8
        book.check(next < 1 << 48 && target <= limit && wanted <= 1 << 40, "an estimate is out of range")
        book.check(roundTrip < 3_600_000_000_000, "a round trip is longer than an hour")
        guard book.isReading, book.isWhole else { return }
        self = BandwidthEstimator(ring: history.ring)
        (history.next, history.first) = (next, next)
        (targetBitsPerSecond, roundTripNanoseconds, wantedBitsPerSecond) = (target, roundTrip, wanted)
        guard target > 0 else { return }
        control = RateControl(bitsPerSecond: Double(target))
        hasFeedback = true
    }
}
