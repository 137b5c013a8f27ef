import Contract

/// Prices of a machine, found from its calibration, and how well they fit.
public struct CostModel: Sendable {
    /// A scenario, measured, and as the model has it from the workload alone.
    public struct Check: Codable, Sendable {
        public var scenario: String
        public var role: String
        public var level: Int
        public var busyMeasured: Double
        /// By the prices and what was counted.
        public var busyFitted: Double
        /// By the workload alone.
        public var busyPredicted: Double
        public var wakeupsMeasured: Double
        public var wakeupsPredicted: Double
        public var runsMeasured: Double
        public var runsPredicted: Double
        /// Of the first kind of room, in milliseconds; 0 where nobody got media.
        public var p50Measured: Double
        public var p50Predicted: Double
        public var p99Measured: Double
        public var p99Predicted: Double
    }

    public var machine: Calibration.Machine
    /// Nanoseconds for each part.
    public var prices: Work
    public var queue: QueueSettings
    /// Nanoseconds of other threads: a join, and a connection a second.
    public var controlJoinNanoseconds = 0.0
    public var controlPeerNanoseconds = 0.0
    public var memory = MemoryModel()
    public private(set) var checks: [Check] = []

    public init(_ calibration: Calibration) {
        machine = calibration.machine
        let runs = calibration.best
        let fitted = runs.filter { $0.role == "fit" }
        prices = Self.prices(fitted)
        queue = QueueSettings()
        let found = fitted.filter { $0.perSecond.runs > 0 && !$0.workload.rooms.allSatisfy { $0.publishers == 0 } }
        fitQueue(found)
        fitControl(fitted)
        memory = MemoryModel(fitted)
        checks = runs.map { check($0) }
    }

    /// A model that nobody measured, for tests.
    init(prices: Work, queue: QueueSettings = QueueSettings(), memory: MemoryModel = MemoryModel()) {
        machine = Calibration.Machine(
            processor: "none", processors: 1, isVirtual: false, kernel: "", commit: "", date: "")
        self.prices = prices
        self.queue = queue
        self.memory = memory
    }

    // MARK: prices

    /// What a part costs on many a machine. The fit is drawn to it a little, so that what the scenarios do not tell apart (runs and the
    /// bytes in them, say) does not fall to one of both alone.
    static var usual: Work {
        var work = Work()
        work[.wakeup] = 15_000
        work[.packetIn] = 1000
        work[.run] = 3500
        work[.segment] = 250
        work[.kilobyte] = 60
        work[.cipher] = 1.5
        work[.feedback] = 1500
        work[.peer] = 15_000
        work[.join] = 300_000
        return work
    }
    static let pull = 0.02

    /// Errors count by what they are of the whole: a small scenario as much as a large one.
    private static func prices(_ runs: [Calibration.Run]) -> Work {
        var rows = runs.map { run in run.work.amounts.map { $0 / run.shardNanoseconds } }
        var targets = runs.map { _ in 1.0 }
        for part in Part.allCases {
            var row = Work()
            row[part] = pull / usual[part]
            rows.append(row.amounts)
            targets.append(pull)
        }
        var prices = Work()
        prices.amounts = LeastSquares.nonNegative(rows, targets)
        return prices
    }

    // MARK: waiting

    /// The wait for which wake-ups, runs and the usual time come closest to what was measured; then what is left over.
    private mutating func fitQueue(_ runs: [Calibration.Run]) {
        guard !runs.isEmpty else { return }
        fitWakeups(runs)
        var best = (error: Double.infinity, settings: queue)
        for wake in [10.0, 30, 60, 90, 120, 160, 200] {
            queue.wakeMicroseconds = wake
            let error = runs.reduce(0) { $0 + difference($1) }
            if error < best.error { best = (error, queue) }
        }
        queue = best.settings
        fitWakeups(runs)
        fitTail(runs)
    }

    private func difference(_ run: Calibration.Run) -> Double {
        let load = generated(run.workload, eventsMax: 8000)
        let pairs = [
            (load.work[.wakeup], run.perSecond.wakeups), (load.work[.run], run.perSecond.runs),
            (load.kinds[0].p50, run.rooms.first?.p50Milliseconds ?? 0),
        ]
        return pairs.reduce(0) { sum, pair in
            let part = pair.1 > 0 ? pair.0 / pair.1 - 1 : 0
            return sum + part * part
        }
    }

    /// What wakes the shard besides arrivals.
    private mutating func fitWakeups(_ runs: [Calibration.Run]) {
        (queue.wakeupsPerJoin, queue.wakeupsPerFeedback) = (0, 0)
        var rows: [[Double]] = []
        var targets: [Double] = []
        for run in runs {
            let counted = max(run.perSecond.wakeups, 1)
            let rest = run.perSecond.wakeups - generated(run.workload, eventsMax: 8000).work[.wakeup]
            rows.append([run.perSecond.joins / counted, ShardQueue.feedback(run.workload) / counted])
            targets.append(rest / counted)
        }
        let found = LeastSquares.nonNegative(rows, targets)
        (queue.wakeupsPerJoin, queue.wakeupsPerFeedback) = (found[0], found[1])
    }

    /// Medians of what the slowest hundredth took more than the queue says; with feedback and video the pacer is in it.
    private mutating func fitTail(_ runs: [Calibration.Run]) {
        (queue.tailMilliseconds, queue.pacingMilliseconds) = (0, 0)
        var plain: [Double] = []
        var paced: [Double] = []
        for run in runs {
            let load = generated(run.workload)
            for (place, room) in run.rooms.enumerated() where room.p99Milliseconds > 0 && place < load.kinds.count {
                let rest = room.p99Milliseconds - load.kinds[place].p99
                let kind = run.workload.rooms[place]
                if kind.feedback, kind.videoKilobits > 0 { paced.append(rest) } else { plain.append(rest) }
            }
        }
        queue.tailMilliseconds = max(0, middle(plain))
        queue.pacingMilliseconds = max(0, middle(paced) - queue.tailMilliseconds)
    }

    // MARK: the rest

    private mutating func fitControl(_ runs: [Calibration.Run]) {
        let rows = runs.map { [$0.perSecond.joins, $0.peers] }
        let found = LeastSquares.nonNegative(rows, runs.map(\.otherNanoseconds))
        (controlJoinNanoseconds, controlPeerNanoseconds) = (found[0], found[1])
    }

    func load(of workload: Workload, eventsMax: Double = 40_000) -> ShardLoad {
        ShardQueue.run(workload, prices: prices, settings: queue, eventsMax: eventsMax)
    }

    /// The same when `millrace load` is the clients.
    func generated(_ workload: Workload, eventsMax: Double = 40_000) -> ShardLoad {
        var settings = queue
        settings.careMicroseconds = QueueSettings.generatorCareMicroseconds
        return ShardQueue.run(workload, prices: prices, settings: settings, eventsMax: eventsMax)
    }

    private func check(_ run: Calibration.Run) -> Check {
        let load = generated(run.workload)
        return Check(
            scenario: run.scenario, role: run.role, level: run.level, busyMeasured: run.shardNanoseconds / 1e9,
            busyFitted: run.work.cost(prices) / 1e9, busyPredicted: load.busy, wakeupsMeasured: run.perSecond.wakeups,
            wakeupsPredicted: load.work[.wakeup], runsMeasured: run.perSecond.runs, runsPredicted: load.work[.run],
            p50Measured: run.rooms.first?.p50Milliseconds ?? 0, p50Predicted: load.kinds.first?.p50 ?? 0,
            p99Measured: run.rooms.first?.p99Milliseconds ?? 0, p99Predicted: load.kinds.first?.p99 ?? 0)
    }
}

/// Memory of a process that serves.
public struct MemoryModel: Codable, Equatable, Sendable {
    public var emptyBytes = 60e6
    public var peerBytes = 50e3
    /// How much of what a layer's history could hold has been touched.
    public var historyPart = 1.0

    public init() {}

    init(_ runs: [Calibration.Run]) {
        let rows = runs.map { [$0.peers, Self.historyBytes($0.workload)] }
        let grown = runs.map { max(0, $0.residentBytes - $0.emptyBytes) }
        let found = LeastSquares.nonNegative(rows, grown)
        emptyBytes = middle(runs.map(\.emptyBytes))
        if !runs.isEmpty { (peerBytes, historyPart) = (found[0], found[1]) }
    }

    static func historyBytes(_ workload: Workload) -> Double {
        workload.rooms.reduce(0) { $0 + Double($1.count) * Places.historyPackets($1) * Double(Limits.slotBytes) }
    }

    func bytes(_ workload: Workload) -> Double {
        Double(workload.peers) * peerBytes + Self.historyBytes(workload) * historyPart
    }
}
