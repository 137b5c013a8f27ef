/// When to probe, and at what rate.
///
/// At the start at three times the first rate; each probe that the link carried is followed at once by one at twice its rate.
/// Later now and then, since a link that became wider shows it in no other way, and soon after a drop, since many drops
/// pass.
struct ProbeController: BitwiseCopyable, Sendable {
    static let startFactor = 3.0
    static let stepFactor = 2.0
    /// A probe of what is wanted must be faster than that by a little to show it.
    static let lead = 1.2
    static let regularFactor = 1.5
    static let regularNanoseconds: UInt64 = 4_000_000_000
    static let afterDropNanoseconds: UInt64 = 2_000_000_000
    static let patienceNanoseconds: UInt64 = 1_500_000_000
    static let retryNanoseconds: UInt64 = 200_000_000
    static let memoryNanoseconds: UInt64 = 10_000_000_000
    static let drop = 0.4
    static let recovered = 0.7
    static let hopeNanoseconds: UInt64 = 60_000_000_000
    /// Of its rate, what a probe must arrive with when the link carried it.
    static let carried = 0.88

    private var result = ProbeResult()
    private var count: UInt8 = 0
    private var startedAt: UInt64 = 0
    private var nextProbe: UInt64 = 0
    private var isStarting = true
    private var high = 0.0
    private var highMoment: UInt64 = 0
    /// What the rate was before it fell; 0 when that is over.
    private var droppedFrom = 0.0
    private var droppedAt: UInt64 = 0

    init() {}

    var isUnderWay: Bool { result.cluster != 0 }

    /// The wish for the next probe, when it is time for one.
    mutating func due(rate: Double, most: Double, isUseful: Bool, now: UInt64) -> ProbeCluster? {
        if isUnderWay {
            guard now &- startedAt > Self.patienceNanoseconds else { return nil }
            finish(next: now &+ Self.regularNanoseconds)
        }
        guard now >= nextProbe, isUseful || hopes, rate < most else { return nil }
        return make(min(rate * (isStarting ? Self.startFactor : Self.regularFactor), Self.lead * most), now)
    }

    mutating func make(_ bitsPerSecond: Double, _ now: UInt64) -> ProbeCluster {
        count = count == 255 ? 1 : count + 1
        startedAt = now
        // Its first packet will say where it begins.
        result = ProbeResult(cluster: count, bitsPerSecond: bitsPerSecond, first: .max)
        return ProbeCluster(cluster: count, bitsPerSecond: UInt64(bitsPerSecond))
    }

    mutating func noteSent(_ number: UInt64, cluster: UInt8) {
        guard cluster == result.cluster else { return }
        if result.first == .max {
            result = ProbeResult(cluster: cluster, bitsPerSecond: result.bitsPerSecond, first: number)
        }
        result.noteSent(number)
    }

    mutating func noteArrived(_ number: UInt64, sent: Int64, arrival: Int64, bytes: Int) {
        result.noteArrived(number, sent: sent, arrival: arrival, bytes: bytes)
    }

    /// The rate as it is now. When it has fallen far below what it was lately, look soon, and for some time, whether that
    /// passes. Lesser falls are the common ones of flows that share a link: probes would only take from the others.
    mutating func note(rate: Double, now: UInt64) {
        if now &- highMoment > Self.memoryNanoseconds || rate >= high { (high, highMoment) = (rate, now) }
        if droppedFrom == 0, rate < Self.drop * high {
            (droppedFrom, droppedAt) = (high, now)
            nextProbe = min(max(nextProbe, now), now &+ Self.afterDropNanoseconds)
            isStarting = false
        }
        let isOver = rate > Self.recovered * droppedFrom || now &- droppedAt > Self.hopeNanoseconds
        if droppedFrom > 0, isOver { droppedFrom = 0 }
    }

    /// A fall that may pass is not long ago.
    var hopes: Bool { droppedFrom > 0 }

    /// What the probe that is under way has shown: a rate in bits per second that the link carries for certain, and the
    /// next probe's rate, 0 for none. Nil while there is no result.
    mutating func take(rate: Double, now: UInt64) -> (carries: Double, next: Double)? {
        guard isUnderWay, let rates = result.rates() else { return nil }
        let isCarried = rates.arrived >= Self.carried * rates.sent
        let wasStarting = isStarting
        finish(next: now &+ Self.regularNanoseconds)
        if isCarried {
            isStarting = wasStarting
            let carries = min(rates.sent, rates.arrived)
            return (carries, Self.stepFactor * carries)
        }
        return (wasStarting ? 0.85 * rates.arrived : 0, 0)
    }

    /// It was not sent.
    mutating func cancel(now: UInt64) {
        result = ProbeResult()
        nextProbe = now &+ Self.retryNanoseconds
    }

    private mutating func finish(next: UInt64) {
        result = ProbeResult()
        nextProbe = next
        isStarting = false
    }
}
