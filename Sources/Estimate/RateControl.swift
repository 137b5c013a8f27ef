/// Additive or multiplicative increase, multiplicative decrease (draft-ietf-rmcat-gcc-02 §5.5).
struct RateControl: BitwiseCopyable, Sendable {
    static let decrease = 0.85
    /// Where the link has become far narrower: what arrived is partly from before, and a queue has to drain.
    static let decreaseFallen = 0.78
    static let fallen = 0.5
    static let growthPerSecond = 0.08
    /// Below this part of what was, the link has become narrower.
    static let narrowed = 0.75
    /// Less than this part of the rate arrives within a round trip of a decrease, when what was sent at the old rate still
    /// fills the link: the decrease went by arrivals from before, and is put right at once.
    static let again = 1.0
    /// How far the rate may run ahead of what arrives.
    static let lead = 1.5
    static let leadBits = 10_000.0
    /// Bits per second, per second, and per root of the rate, where the round trip is nothing: flows that share a link gain on
    /// each other by this.
    static let additive = 220.0

    private enum Phase: UInt8, BitwiseCopyable {
        case hold
        case increase
    }

    var bitsPerSecond: Double
    private(set) var capacity = LinkCapacity()
    private var phase = Phase.hold
    private var lastUpdate: UInt64 = 0
    private(set) var lastDecrease: UInt64 = 0

    init(bitsPerSecond: Double) { self.bitsPerSecond = bitsPerSecond }

    /// `recent` and `settled` are what arrived over a short and a longer stretch, nil while that is not known.
    mutating func update(
        _ usage: LinkUsage, recent: Double?, settled: Double?, roundTrip: UInt64, isLimited: Bool, now: UInt64
    ) {
        let elapsed = lastUpdate == 0 ? 0 : min(Double(now &- lastUpdate) / 1e9, 1)
        lastUpdate = now
        if let settled, usage == .normal { capacity.check(settled) }
        switch usage {
        case .over:
            phase = .hold
            back(to: Self.carried(recent, settled), roundTrip: roundTrip, now: now)
        case .under: phase = .hold
        case .normal:
            if phase == .increase {
                grow(elapsed, arriving: settled ?? recent, roundTrip: roundTrip, isLimited: isLimited)
            }
            phase = .increase
        }
    }

    /// A probe has shown that the link carries this.
    mutating func jump(to rate: Double) {
        bitsPerSecond = rate
        capacity.check(rate)
    }

    /// What the full link carries. The longer stretch is the surer, but after a drop it still knows the time before.
    private static func carried(_ recent: Double?, _ settled: Double?) -> Double? {
        guard let recent, let settled, recent > narrowed * settled else { return recent ?? settled }
        return settled
    }

    private mutating func back(to recent: Double?, roundTrip: UInt64, now: UInt64) {
        let arriving = recent ?? bitsPerSecond
        guard now &- lastDecrease >= roundTrip &+ 100_000_000 || arriving < Self.again * bitsPerSecond else {
            return
        }
        capacity.checkFull(arriving)
        capacity.noteFull(arriving)
        let part = arriving < Self.fallen * bitsPerSecond ? Self.decreaseFallen : Self.decrease
        bitsPerSecond = min(bitsPerSecond, part * arriving)
        lastDecrease = now
    }

    private mutating func grow(_ elapsed: Double, arriving: Double?, roundTrip: UInt64, isLimited: Bool) {
        // What is not sent proves nothing.
        guard !isLimited else { return }
        let careful = Self.additive * bitsPerSecond.squareRoot() / (1 + Double(roundTrip) / 4e8)
        let step = capacity.isKnown ? careful : max(Self.growthPerSecond * bitsPerSecond, careful)
        let most = arriving.map { Self.lead * $0 + Self.leadBits } ?? .infinity
        guard bitsPerSecond < most else { return }
        bitsPerSecond = min(bitsPerSecond + step * elapsed, most)
    }
}
