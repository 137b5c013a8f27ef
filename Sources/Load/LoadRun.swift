import CLoad
import Contract
import Driver
import Glibc

/// One run from the first join to the report: what `millrace load` does. Used on one thread, which it keeps busy.
public final class LoadRun {
    enum Happening: Sendable {
        case engine(EngineEvent)
        case answered(UInt32, Result<HttpResponse, HttpFailure>)
        case deleted(UInt32, Result<HttpResponse, HttpFailure>)
        case janus(UInt64, Result<HttpResponse, HttpFailure>)
        case token(UInt32, Result<HttpResponse, HttpFailure>)
        case room(UInt32, RoomWord)
        case scraped(Result<HttpResponse, HttpFailure>)
    }

    let options: LoadOptions
    let target: HttpTarget
    let http: any HttpTransport
    let progress: (String) -> Void
    let happenings = EventQueue<Happening>()
    let engine: EngineThread

    var janus: JanusLink?
    let roomTransport: (any RoomTransport)?
    /// By client; see `RoomTransport`.
    var sockets: [UInt32: any RoomSocket] = [:]
    var nextPingNanoseconds: UInt64 = 0
    /// The handle that makes rooms.
    var janusManager: UInt64 = 0
    /// Rooms are numbers there; those of two runs are not the same.
    let janusBase = 1_000_000 + Int(cl_random() % 1_000_000_000)

    var clients: [UInt32: Client] = [:]
    var nextId: UInt32 = 1
    /// Clients that have not asked yet, in order.
    var waiting: [UInt32] = []
    var nextJoinNanoseconds: UInt64 = 0
    var requestsUnderWay = 0
    /// Refused for the moment; asked again later.
    var retries: [(id: UInt32, atNanoseconds: UInt64)] = []
    var retried = 0
    var roomNumbers: [String: UInt32] = [:]
    /// Receivers of the standing load so far: who of them is measured follows from the number.
    var receiversAdded = 0
    /// Why the kernel does not count, so that everybody is measured.
    var countingRefusal: String?
    var levels: [LevelMark] = []
    var level = 100.0
    /// Left, with a socket that is still read for a moment.
    var lingering: [(id: UInt32, untilNanoseconds: UInt64)] = []
    var snapshot = Snapshot()
    var series = SeriesRecorder()
    /// What the run is at, for who watches it.
    var phase = Phase.joining
    var scraped: Metrics?
    var hasScraped = false
    var scrapeFailure: String?
    var finalSnapshot: Snapshot?

    var connectTimes = Histogram()
    var mediaTimes = Histogram()
    /// What went wrong with joins, and how often.
    var failures: [String: Int] = [:]
    var joined = 0
    var left = 0
    var isEnding = false
    var isInterrupted: @Sendable () -> Bool = { false }

    static let requestsMax = 32

    enum Phase: String {
        case joining, warming, measuring, ending
    }

    /// `progress` gets one line twice a second.
    public init(
        options: LoadOptions, http: any HttpTransport, rooms: (any RoomTransport)? = nil,
        isInterrupted: @escaping @Sendable () -> Bool = { false },
        progress: @escaping (String) -> Void
    ) throws(LoadError) {
        let mistakes = options.mistakes
        guard mistakes.isEmpty, let target = HttpTarget(options.url) else {
            throw LoadError(mistakes.joined(separator: "\n"))
        }
        self.options = options
        self.target = target
        self.http = http
        roomTransport = rooms
        self.isInterrupted = isInterrupted
        self.progress = progress
        let descriptors = cl_raise_descriptors()
        let atOnce = options.peers + min(options.churn, Int(options.churnPerSecond * (options.churnHoldSeconds + 20)))
        guard descriptors > UInt64(atOnce) + 64 else {
            throw LoadError(
                "\(atOnce) peers need as many descriptors; this process may have \(descriptors) (ulimit -n)")
        }
        var configuration = EngineConfiguration()
        configuration.peersMax = atOnce + 16
        configuration.asksForLost = options.asksForLost
        configuration.videoCodec = options.videoCodec
        configuration.comparesVideo = options.comparesVideo
        if !options.levels.isEmpty { configuration.snapshotNanoseconds = 100_000_000 }
        if options.countsSome {
            do throws(CountingRefusal) {
                configuration.counter = try RtpCounter.make()
            } catch { countingRefusal = error.description }
        }
        let happenings = happenings
        engine = try EngineThread(configuration: configuration, profiles: options.profiles) {
            happenings.push(.engine($0))
        }
    }

    /// Runs to the end. Throws when the SFU cannot be used at all.
    public func run() throws(LoadError) -> LoadReport {
        var report = LoadReport(options)
        do throws(LoadError) {
            try work(&report)
        } catch {
            leaveAll()
            engine.stop()
            throw error
        }
        leaveAll()
        engine.stop()
        pump(for: 2) { self.finalSnapshot != nil }
        try finish(&report)
        return report
    }

    private func work(_ report: inout LoadReport) throws(LoadError) {
        report.metrics.before = try scrape()
        report.sfu.before = try sampleSfu()
        try openJanus()
        try joinEverybody()
        phase = .warming
        wait(seconds: options.warmUpSeconds)
        if options.countsSome, countingRefusal == nil { compareFromSilence() }
        report.metrics.begin = try scrape()
        let begin = nextSnapshot()
        phase = .measuring
        report.sfu.begin = try sampleSfu()
        let (quotaBegin, ownBegin) = (CpuQuota.now(), ProcessSample(pid: getpid()))
        let cpuBegin = cl_process_cpu()
        engine.link.send(.measure(true))
        let began = cl_now()
        if options.churn > 0 { try churn() }
        try playLevels()
        let rest = options.durationSeconds - Double(cl_now() - began) / 1e9
        if rest > 0, options.churn == 0, options.levels.isEmpty { wait(seconds: rest) }
        // The next snapshot tells how the window ended; then publishers fall silent and what is under way arrives.
        let end = nextSnapshot()
        report.measuredSeconds = Double(cl_now() - began) / 1e9
        report.processCpuNanoseconds = cl_process_cpu() - cpuBegin
        report.sfu.end = try sampleSfu()
        engine.link.send(.measure(false))
        phase = .ending
        report.metrics.end = try scrape()
        report.window(from: begin, to: end)
        report.quota = CpuQuota.now().since(quotaBegin)
        report.waitedNanoseconds = mediaThreadWait(since: ownBegin)
        engine.link.send(.play(false))
        wait(seconds: options.levels.isEmpty ? 0.7 : 1.5)
        report.totals = nextSnapshot()
        report.metrics.quiet = try scrape()
    }

    private func finish(_ report: inout LoadReport) throws(LoadError) {
        report.joined = joined
        report.retried = retried
        report.countingRefusal = countingRefusal
        report.levels = levels.map { LevelFigures($0) }
        report.left = left
        report.failures = failures
        report.connectTimes = connectTimes
        report.mediaTimes = mediaTimes
        report.metrics.after = try scrapeWhenReturned(before: report.metrics.before)
        report.sfu.after = options.sfuPid.flatMap { ProcessSample(pid: $0) }
        report.series = series.points
        report.judge()
    }

    func nextSnapshot() -> Snapshot {
        let now = cl_now()
        pump(for: 3) { self.snapshot.nowNanoseconds > now }
        return snapshot
    }
}

// MARK: events

extension LoadRun {
    /// Handles what happens until `isDone`, at most `seconds`. Whether it was done.
    @discardableResult
    func pump(for seconds: Double, until isDone: () -> Bool) -> Bool {
        let deadline = cl_now() + UInt64(seconds * 1e9)
        while !isDone() {
            let now = cl_now()
            guard now < deadline else { return false }
            if isInterrupted(), !isEnding { return false }
            takeRetries(now: now)
            startJoins(now: now)
            closeLingering(now: now)
            pingRooms(now: now)
            for happening in happenings.take(until: min(deadline, now + 10_000_000)) { handle(happening) }
        }
        return true
    }

    func wait(seconds: Double) { pump(for: seconds) { false } }

    private func handle(_ happening: Happening) {
        switch happening {
        case .engine(let event): handle(event)
        case .answered(let id, let result):
            requestsUnderWay -= 1
            answered(id, result)
        case .deleted(let id, let result):
            requestsUnderWay -= 1
            deleted(id, result)
        case .janus(let number, let result): janus?.take(number, result)
        case .token(let id, let result): tokenCame(id, result)
        case .room(let id, let word): heard(id, word)
        case .scraped(let result):
            hasScraped = true
            scraped = nil
            switch result {
            case .success(let response) where response.isSuccess: scraped = Metrics(parsing: response.body)
            case .success(let response): scrapeFailure = "GET /metrics: status \(response.status)"
            case .failure(let failure): scrapeFailure = "GET /metrics: \(failure)"
            }
        }
    }

    private func handle(_ event: EngineEvent) {
        let now = cl_now()
        switch event {
        case .connected(let id, _):
            guard let client = clients[id] else { return }
            connectTimes.record(Int64(now - client.beganNanoseconds))
            joined += 1
            if client.stage == .connecting { clients[id]?.stage = .connected }
        case .receiving(let id, _):
            guard let client = clients[id], client.isOnline else { return }
            mediaTimes.record(Int64(now - client.beganNanoseconds))
            clients[id]?.stage = .receiving
            if client.isChurning { clients[id]?.leaveNanoseconds = now + UInt64(options.churnHoldSeconds * 1e9) }
        case .lost(let id, let reason):
            guard let client = clients[id], client.stage != .leaving, client.stage != .left else { return }
            fail(id, reason)
        case .closed: break
        case .snapshot(let snapshot):
            note(snapshot)
        case .stopped(let snapshot): finalSnapshot = snapshot
        }
    }

    func fail(_ id: UInt32, _ reason: String) {
        failures[reason, default: 0] += 1
        clients[id]?.stage = .failed
        engine.link.send(.close(id))
    }
}
