/// Lowers the rate for losses that the rate itself causes, and for no others: a link that loses a tenth at any rate is
/// not helped by sending less.
///
/// Losses beside a queue are the queue's. Where there is none, the rate is lowered once when more is lost than the link is
/// known to lose by itself. When that made losses fewer, it was too high; when it did not, the link loses by itself, and the
/// rate is given back.
struct LossBound: BitwiseCopyable, Sendable {
    static let decrease = 0.85
    /// Beyond what the link loses by itself.
    static let tolerance = 0.10
    static let toleranceQueued = 0.04
    static let packetsMin = 20
    static let windowNanoseconds: UInt64 = 300_000_000
    /// Where nothing waits, there is time to look more closely.
    static let packetsUnqueuedMin = 60
    static let windowUnqueuedNanoseconds: UInt64 = 1_500_000_000
    static let inherentMax = 0.25

    enum Finding {
        case none
        /// More is lost than the link loses by itself, and packets wait before it.
        case queued
        /// The same, and nothing waits.
        case unqueued
        /// Less was sent, and as much was lost.
        case inVain
    }

    /// The part that is lost whatever is sent.
    private(set) var inherent = 0.0
    /// The part lost in the last window.
    private(set) var fraction = 0.0
    /// The rate before it was lowered for losses, while that is on trial; 0 otherwise.
    private(set) var rateBefore = 0.0
    private var fractionBefore = 0.0
    private var lost = 0
    private var total = 0
    /// Stretches of losses, one behind the other.
    private var runs = 0
    private var isInRun = false
    private var windowStart: UInt64 = 0
    /// What left before was sent at the old rate.
    private var ignoredUntil: UInt64 = 0

    init() {}

    /// A packet's fate was told. One that was taken for lost and came after all is -1 lost of 0.
    mutating func count(lost lostPackets: Int, of packets: Int) {
        if lostPackets == 1, !isInRun { runs += 1 }
        isInRun = lostPackets == 1
        lost += lostPackets
        total += packets
    }

    mutating func take(isQueued: Bool, now: UInt64) -> Finding {
        guard now >= ignoredUntil else {
            begin(now)
            return .none
        }
        let elapsed = now &- windowStart
        let isEnough =
            isQueued
            ? isHeavy(Self.packetsMin / 2) || total >= Self.packetsMin && elapsed >= Self.windowNanoseconds
            : isHeavy(Self.packetsMin) && elapsed >= Self.windowNanoseconds / 2
                || total >= Self.packetsUnqueuedMin && elapsed >= Self.windowUnqueuedNanoseconds
        guard isEnough else { return .none }
        fraction = min(max(Double(lost) / Double(total), 0), 1)
        let deviation = chance()
        begin(now)
        return judge(deviation, isQueued)
    }

    /// Half of what is sent is lost: a link that became much narrower.
    private func isHeavy(_ packetsMin: Int) -> Bool { total >= packetsMin && 2 * lost >= total }

    private mutating func begin(_ now: UInt64) { (lost, total, runs, windowStart) = (0, 0, 0, now) }

    /// Two standard deviations of a window's losses by nothing but chance. Losses in bursts of a mean length vary as if
    /// there were fewer packets by that factor, twice.
    private mutating func chance() -> Double {
        let known = max(inherent, 0.02)
        let length = runs > 0 ? max(2 * Double(lost) / Double(runs) - 1, 1) : 1
        return 2 * (known * (1 - known) * length / Double(total)).squareRoot()
    }

    private mutating func judge(_ chance: Double, _ isQueued: Bool) -> Finding {
        if rateBefore > 0, !isQueued, fraction > 0.7 * fractionBefore + chance {
            inherent = min(fraction, Self.inherentMax)
            return .inVain
        }
        rateBefore = 0
        guard fraction > inherent + (isQueued ? Self.toleranceQueued : Self.tolerance) + chance else {
            if !isQueued { inherent += 0.2 * (fraction - inherent) }
            return .none
        }
        return isQueued ? .queued : .unqueued
    }

    /// The rate is lowered now, and a round trip later it will be seen whether that helps.
    mutating func beginTrial(rate: Double, roundTrip: UInt64, now: UInt64) {
        rateBefore = rate
        fractionBefore = fraction
        begin(now)
        ignoredUntil = now &+ roundTrip &+ 100_000_000
    }

    mutating func endTrial() { rateBefore = 0 }
}
