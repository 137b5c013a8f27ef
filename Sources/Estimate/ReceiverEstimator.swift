/// What the link *from* one peer carries, as seen by the receiver: for publishers that do not number their packets for
/// transport-cc, and are told by REMB (draft-alvestrand-rmcat-remb) instead.
///
/// The same filters and the same control as for sending; the moments of sending come from abs-send-time. Where a
/// publisher has not even that, nothing tells of a queue, and the rate follows what arrives.
public struct ReceiverEstimator: BitwiseCopyable {
    static let intervalNanoseconds: UInt64 = 1_000_000_000
    /// After a decrease the sender is told at once, but not more often than this.
    static let urgentNanoseconds: UInt64 = 200_000_000
    /// What a publisher may always send: sound, and a small picture.
    static let leastBitsPerSecond = 100_000.0

    private var groups = PacketGroups()
    private var trend = Trendline()
    private var detector = OveruseDetector()
    private var arrivals = ArrivalRate()
    private var queue = QueueDelay()
    private var control = RateControl(bitsPerSecond: 0)
    private var sentTicks: UInt32 = 0
    private var sentMicroseconds: Int64 = 1 << 40
    private var isStarted = false
    private var isOver = false
    private var lastReport: UInt64 = 0
    /// Told instead of transport-cc: nothing is due once the peer has numbered a packet.
    private var hasNumbers = false
    /// When `take` has a rate to tell; `.max` while nothing was received.
    public private(set) var nextDeadline = UInt64.max

    public init() {}

    /// The peer numbers its packets: it gets transport-cc feedback.
    public mutating func noteNumber() {
        hasNumbers = true
        nextDeadline = .max
    }

    /// A packet came. `sendTime` is its abs-send-time: seconds modulo 64 as a 6.18 fixed-point number; nil without.
    public mutating func add(sendTime: UInt32?, bytes: Int, now: UInt64) {
        guard !hasNumbers else { return }
        let arrival = Int64(now / 1000)
        arrivals.add(arrival: arrival, bytes: bytes)
        if nextDeadline == .max {
            lastReport = now
            nextDeadline = now &+ Self.intervalNanoseconds
        }
        guard let sendTime else { return }
        let sent = unwrap(sendTime)
        queue.add(sent: sent, arrival: arrival)
        guard let delta = groups.add(sent: sent, arrival: arrival), trend.add(delta) else { return }
        detector.update(&trend, delta)
        guard isOverused(), !isOver else { return }
        isOver = true
        nextDeadline = min(nextDeadline, max(lastReport &+ Self.urgentNanoseconds, now))
    }

    /// A queue that is full does not grow: its length tells of it.
    private mutating func isOverused() -> Bool {
        let packetMicroseconds =
            BandwidthEstimator.packetBits / max(control.bitsPerSecond, Self.leastBitsPerSecond) * 1e6
        let most = BandwidthEstimator.longQueueMicroseconds + packetMicroseconds
        return switch detector.usage {
        case .over: queue.microseconds > BandwidthEstimator.leastQueueMicroseconds
        case .normal: queue.microseconds > most
        case .under: false
        }
    }

    private mutating func unwrap(_ ticks: UInt32) -> Int64 {
        // To 32 bits, so that the difference wraps as it should; a step is less than half of 64 s.
        let step = Int32(bitPattern: (ticks &- sentTicks) << 8) >> 8
        sentTicks = ticks
        if isStarted { sentMicroseconds &+= (Int64(step) &* 1_000_000) >> 18 }
        isStarted = true
        return sentMicroseconds
    }

    /// Bits per second to tell the peer now; nil when nothing is due, or not enough came to tell.
    public mutating func take(roundTrip: UInt64, now: UInt64) -> UInt64? {
        guard now >= nextDeadline else { return nil }
        lastReport = now
        nextDeadline = now &+ Self.intervalNanoseconds
        guard let settled = arrivals.settled() else { return nil }
        if control.bitsPerSecond == 0 { control = RateControl(bitsPerSecond: RateControl.lead * settled) }
        control.update(
            isOver ? .over : detector.usage, recent: arrivals.recent(), settled: settled, roundTrip: roundTrip,
            isLimited: false, now: now)
        isOver = false
        control.bitsPerSecond = max(control.bitsPerSecond, Self.leastBitsPerSecond)
        return UInt64(control.bitsPerSecond)
    }
}
