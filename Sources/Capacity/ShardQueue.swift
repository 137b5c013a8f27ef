import Glibc

/// How a shard waits, and what the host adds to that.
public struct QueueSettings: Codable, Equatable, Sendable {
    /// From an arrival until the sleeping thread has taken it.
    public var wakeMicroseconds = 20.0
    /// Between two sends of one frame.
    public var splitMicroseconds = 15.0
    /// As `millrace serve --gather` and `--feedback-wait`.
    public var gatherMicroseconds = 500.0
    public var feedbackWaitMicroseconds = 5000.0
    /// How often clients look whether a report or a check is due: `millrace load` does for all of its clients at once, people's browsers
    /// each by a clock of its own.
    public var careMicroseconds = 0.0
    static let generatorCareMicroseconds = 10_000.0
    /// Of the delay of a wake-up when the shard's own timer ends its sleep and not another processor.
    static let timerWakePart = 0.5
    /// What the slowest hundredth takes besides the queue: other work of the host, and the pacer where video meets estimates.
    public var tailMilliseconds = 0.0
    public var pacingMilliseconds = 0.0
    /// Wake-ups for a join (handshakes, commands), and for a packet of feedback (the pacer's and the estimator's timers).
    public var wakeupsPerJoin = 0.0
    public var wakeupsPerFeedback = 0.0

    public init() {}
}

/// What a shard does with a load, a second.
struct ShardLoad: Sendable {
    var work = Work()
    /// Part of the processor.
    var busy = 0.0
    var bytesIn = 0.0
    var packetsInAll = 0.0
    /// One way, from arrival to the run's departure, in milliseconds; by kind of room.
    var kinds: [(p50: Double, p99: Double)] = []
    var all: (p50: Double, p99: Double) = (0, 0)
    /// It cannot keep up: times mean nothing.
    var isOverloaded = false
}

/// A shard in virtual time: what comes while a burst is served is the next burst. The rules are those of Driver/Gathering.swift and
/// Forward/RunBuilder.swift.
struct ShardQueue {
    private let rooms: [OpenRoom]
    private let prices: Work
    private let settings: QueueSettings
    private let seconds: Double
    private let arrivals: [Arrival]
    private let feedback: [Double]
    /// Nanoseconds of wall time for one of work: timers and joins take their part.
    private let stretch: Double
    private let steady: Work

    private var next = 0
    private var nextFeedback = 0
    private var done = Work()
    private var bytesIn = 0.0
    private var busyNanoseconds = 0.0
    private var times: [LatencyHistogram]
    private var gather: GatherRule
    private var byRoom: [Int: [Arrival]] = [:]

    static func run(
        _ workload: Workload, prices: Work, settings: QueueSettings, eventsMax: Double = 40_000, seed: UInt64 = 1
    ) -> ShardLoad {
        let rate = workload.rooms.reduce(1) { $0 + Double($1.count) * ArrivalMaker.rate($1) }
        var queue = ShardQueue(
            workload, prices: prices, settings: settings, seconds: min(20, max(0.3, eventsMax / rate)), seed: seed)
        return queue.run()
    }

    private init(_ workload: Workload, prices: Work, settings: QueueSettings, seconds: Double, seed: UInt64) {
        var rooms: [OpenRoom] = []
        var maker = ArrivalMaker(seconds: seconds, settings: settings, seed: seed)
        for (place, kind) in workload.rooms.enumerated() {
            for number in 0..<kind.count {
                let room = OpenRoom(kind, kindPlace: place, number: number)
                maker.add(room, at: rooms.count)
                rooms.append(room)
            }
        }
        self.rooms = rooms
        self.prices = prices
        self.settings = settings
        self.seconds = seconds
        arrivals = maker.arrivals.filter { $0.kind != .feedback }.sorted { $0.time < $1.time }
        feedback = maker.arrivals.filter { $0.kind == .feedback }.map(\.time).sorted()
        steady = Self.steady(workload, settings)
        stretch = 1 / max(0.05, 1 - steady.cost(prices) / 1e9)
        times = workload.rooms.map { _ in LatencyHistogram() }
        gather = GatherRule(nanoseconds: settings.gatherMicroseconds * 1000)
    }

    /// What comes by the clock and not by arrivals: the server's reports and feedback, and its answers to checks.
    private static func steady(_ workload: Workload, _ settings: QueueSettings) -> Work {
        var work = Work()
        let peers = Double(workload.peers)
        work[.peer] = peers
        work[.join] = workload.joinsPerSecond
        work[.run] = peers * Client.checksPerSecond
        work[.wakeup] = workload.joinsPerSecond * settings.wakeupsPerJoin
        work[.wakeup] += Self.feedback(workload) * settings.wakeupsPerFeedback
        for kind in workload.rooms where kind.publishers > 0 {
            let (count, publishers) = (Double(kind.count), Double(kind.publishers))
            work[.run] += count * Double(kind.peers) * Client.serverReportsPerSecond
            work[.run] += count * publishers * Client.serverFeedbackPerSecond
        }
        work[.segment] = work[.run]
        work[.kilobyte] = work[.run] * 0.1
        return work
    }

    /// Packets of it a second.
    static func feedback(_ workload: Workload) -> Double {
        workload.rooms.reduce(0) {
            $0 + ($1.feedback ? Double($1.count * $1.receivers) * Client.feedbackPerSecond : 0)
        }
    }

    private mutating func run() -> ShardLoad {
        var now = 0.0
        var isAwake = false
        while let due = nextDue {
            let gathered = gather.earliest + settings.wakeMicroseconds * 1000 * QueueSettings.timerWakePart
            if due > now || !isAwake { now = max(now, due) + settings.wakeMicroseconds * 1000 }
            now = max(now, gathered)
            if now > seconds * 1.5e9 { break }
            now += serve(at: now)
            isAwake = next < arrivals.count && arrivals[next].time <= now
        }
        return result(isOverloaded: next < arrivals.count)
    }

    /// When the next arrival wakes the shard.
    private var nextDue: Double? {
        let late =
            nextFeedback < feedback.count
            ? feedback[nextFeedback] + settings.feedbackWaitMicroseconds * 1000 : .infinity
        let media = next < arrivals.count ? arrivals[next].time : .infinity
        let due = min(late, media)
        return due.isFinite ? due : nil
    }

    /// One burst; how long it takes.
    private mutating func serve(at now: Double) -> Double {
        var burst = Work()
        burst[.wakeup] = 1
        let first = next
        while next < arrivals.count, arrivals[next].time <= now {
            take(arrivals[next], &burst)
            next += 1
        }
        while nextFeedback < feedback.count, feedback[nextFeedback] <= now {
            burst[.feedback] += 1
            bytesIn += 100
            nextFeedback += 1
        }
        let (runs, nanoseconds) = fanOut(burst, at: now)
        gather.woke(now: now, receives: next - first, sends: runs)
        return nanoseconds
    }

    private mutating func take(_ arrival: Arrival, _ burst: inout Work) {
        bytesIn += Double(arrival.packets * arrival.bytes)
        guard arrival.kind != .check else { return }
        guard arrival.kind != .report else {
            burst[.feedback] += 1
            return
        }
        let room = rooms[arrival.room]
        burst[.packetIn] += Double(arrival.packets)
        burst[.cipher] += Double(arrival.packets) * room.cipher.openNanoseconds(Double(arrival.bytes))
        byRoom[arrival.room, default: []].append(arrival)
    }

    /// Room by room. Runs that leave, and nanoseconds from the wake-up to the last of them.
    private mutating func fanOut(_ begun: Work, at now: Double) -> (Double, Double) {
        var burst = begun
        var spent = burst.cost(prices) * stretch
        for place in byRoom.keys.sorted() {
            let room = rooms[place]
            let groups = byRoom[place]!
            let work = FanOut(room, groups).work
            let cost = work.cost(prices) * stretch
            note(groups, room, sent: work[.segment], from: now + spent, to: now + spent + cost)
            spent += cost
            burst = burst + work
        }
        byRoom.removeAll(keepingCapacity: true)
        done = done + burst
        busyNanoseconds += spent
        return (burst[.run], spent)
    }

    /// Receivers are served one after the other: what they wait is spread evenly over the fan-out.
    private mutating func note(_ groups: [Arrival], _ room: OpenRoom, sent: Double, from: Double, to: Double) {
        let packets = Double(groups.reduce(0) { $0 + $1.packets })
        guard sent > 0, packets > 0 else { return }
        let steps = sent > packets ? 8 : 1
        for group in groups {
            let weight = sent * Double(group.packets) / packets / Double(steps)
            for step in 0..<steps {
                let left = from + (to - from) * (Double(step) + 0.5) / Double(steps)
                times[room.kindPlace].add(left - group.time, weight: weight)
            }
        }
    }

    private func rooms(of kind: Int) -> RoomKind? { rooms.first { $0.kindPlace == kind }?.kind }

    private func tail(_ times: LatencyHistogram, _ kinds: [RoomKind?]) -> Double {
        let queued = times.milliseconds(0.99)
        guard queued > 0 else { return 0 }
        let isPaced = kinds.contains { $0?.feedback == true && ($0?.videoKilobits ?? 0) > 0 }
        return queued + settings.tailMilliseconds + (isPaced ? settings.pacingMilliseconds : 0)
    }

    private func result(isOverloaded: Bool) -> ShardLoad {
        var load = ShardLoad()
        load.work = done * (1 / seconds) + steady
        load.busy = load.work.cost(prices) / 1e9
        load.bytesIn = bytesIn / seconds
        load.isOverloaded = isOverloaded || load.busy >= 1
        load.packetsInAll = Double(arrivals.reduce(0) { $0 + $1.packets } + feedback.count) / seconds
        load.kinds = times.indices.map { (times[$0].milliseconds(0.5), tail(times[$0], [rooms(of: $0)])) }
        var all = LatencyHistogram()
        for one in times { all.add(one) }
        load.all = (all.milliseconds(0.5), tail(all, times.indices.map { rooms(of: $0) }))
        return load
    }
}

/// As Driver/Gathering.swift has it.
struct GatherRule {
    private let interval: Double
    private var isOn = false
    private var lastWake = -1e12
    private var windowStart = 0.0
    private var windowWakes = 0
    private var windowReceives = 0
    private var wasLarge = false

    init(nanoseconds: Double) { interval = nanoseconds }

    /// The next wake-up is not before this moment.
    var earliest: Double { isOn && interval > 0 && !wasLarge ? lastWake + interval : -1e12 }

    mutating func woke(now: Double, receives: Int, sends: Double) {
        wasLarge = sends >= 64
        guard receives > 0 else { return }
        lastWake = now
        windowWakes += 1
        windowReceives += receives
        guard windowWakes == 32 else { return }
        isOn = Double(windowReceives) * 1e9 > 2000 * (now - windowStart)
        windowStart = now
        windowWakes = 0
        windowReceives = 0
    }
}

/// Times by powers of two, 32 steps to each.
struct LatencyHistogram {
    private var weights = [Double](repeating: 0, count: 32 * 40)
    private var total = 0.0

    mutating func add(_ nanoseconds: Double, weight: Double) {
        let place = Int(log2(max(nanoseconds, 1)) * 32)
        weights[min(max(place, 0), weights.count - 1)] += weight
        total += weight
    }

    mutating func add(_ other: LatencyHistogram) {
        for place in weights.indices { weights[place] += other.weights[place] }
        total += other.total
    }

    /// 0 when nothing was noted.
    func milliseconds(_ quantile: Double) -> Double {
        var left = total * quantile
        guard total > 0 else { return 0 }
        for (place, weight) in weights.enumerated() {
            left -= weight
            if left <= 0 { return exp2((Double(place) + 0.5) / 32) / 1e6 }
        }
        return exp2(Double(weights.count) / 32) / 1e6
    }
}
