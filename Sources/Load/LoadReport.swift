import Contract

/// What the server's counters said at the turns of a run; nil without `--metrics`.
public struct MetricsSeries: Sendable {
    /// Before the first join.
    public var before: Metrics?
    /// Everybody is there and warm.
    public var begin: Metrics?
    public var end: Metrics?
    /// Publishers are silent and nothing is under way any more.
    public var quiet: Metrics?
    /// Everybody has left.
    public var after: Metrics?

    var isComplete: Bool { before != nil && begin != nil && end != nil && quiet != nil && after != nil }
}

/// One statement about a run, and whether it holds.
public struct Finding: Codable, Sendable, Equatable {
    public var name: String
    public var holds: Bool
    /// Figures.
    public var detail: String
}

/// What a run has shown.
public struct LoadReport: Sendable {
    public let options: LoadOptions
    public var metrics = MetricsSeries()
    /// The command line, as it was given.
    public var command = ""
    public var host = HostFacts.now()
    public var series: [SeriesPoint] = []
    public var sfu = SfuSeries()
    /// How long the generator's threads stood ready without a processor, in the window; of the media thread alone.
    public var waitedNanoseconds: UInt64 = 0
    var quota = CpuQuota()
    /// At the end, when nothing is under way any more.
    public var totals = Snapshot()
    public var measuredSeconds = 0.0
    public var processCpuNanoseconds: UInt64 = 0
    public var threadCpuNanoseconds: UInt64 = 0
    /// In the measured window.
    public var receivedPackets: UInt64 = 0
    public var receivedBits: UInt64 = 0
    public var sentPackets: UInt64 = 0
    public var joined = 0
    /// Refused with 503 and asked again.
    public var retried = 0
    /// Why the kernel did not count, so that everybody was measured.
    public var countingRefusal: String?
    public var levels: [LevelFigures] = []
    public var left = 0
    public var failures: [String: Int] = [:]
    public var connectTimes = Histogram()
    public var mediaTimes = Histogram()

    public internal(set) var findings: [Finding] = []
    /// Sentences that say that the generator, not the SFU, was the limit; empty when it was not.
    public internal(set) var saturation: [String] = []

    init(_ options: LoadOptions) { self.options = options }

    mutating func window(from begin: Snapshot, to end: Snapshot) {
        receivedPackets = end.audio.received + end.video.received - begin.audio.received - begin.video.received
        receivedBits =
            8
            * (end.audio.receivedBytes + end.video.receivedBytes
                - begin.audio.receivedBytes - begin.video.receivedBytes)
        sentPackets = end.audio.sent + end.video.sent - begin.audio.sent - begin.video.sent
        threadCpuNanoseconds = end.threadCpuNanoseconds - begin.threadCpuNanoseconds
    }

    public var media: Tally {
        var sum = totals.audio
        sum += totals.video
        return sum
    }

    /// Every finding holds.
    public var isClean: Bool { findings.allSatisfy(\.holds) }

    /// CPU time of the server's shards for one forwarded packet in the window; nil without metrics.
    public var nanosecondsPerForward: Double? {
        guard let begin = metrics.begin, let end = metrics.end else { return nil }
        let forwarded = end.shard("forwarded_total") - begin.shard("forwarded_total")
        guard forwarded > 0 else { return nil }
        return (end.shard("cpu_nanoseconds_total") - begin.shard("cpu_nanoseconds_total")) / forwarded
    }

    /// Resident bytes that the server gained for each peer of the standing load; nil without metrics.
    public var residentBytesPerPeer: Double? {
        guard let before = metrics.before, let begin = metrics.begin, options.peers > 0 else { return nil }
        return (begin.process("resident_bytes") - before.process("resident_bytes")) / Double(options.peers)
    }

    /// One way, audio and video together.
    var allLatency: Histogram {
        var all = totals.audioLatency
        all.add(totals.videoLatency)
        return all
    }

    /// The figures say more about the generator or its host than about the SFU.
    public var generatorIsBottleneck: Bool { !saturation.isEmpty }

    var generatorBusy: Double {
        measuredSeconds > 0 ? Double(threadCpuNanoseconds) / 1e9 / measuredSeconds : 0
    }
}

// MARK: judgement

extension LoadReport {
    /// Fills `findings` and `saturation`.
    mutating func judge() {
        judgeMedia()
        judgeGenerator()
        if metrics.isComplete { judgeServer() }
    }

    private mutating func find(_ name: String, _ holds: Bool, _ detail: String) {
        findings.append(Finding(name: name, holds: holds, detail: detail))
    }

    private mutating func judgeMedia() {
        let media = media
        let streams = options.rooms * options.receivers
        let again = retried == 0 ? "" : "; asked \(retried) times to come later"
        find("everybody joined", failures.isEmpty, "\(joined) joined" + again + failureText)
        judgeCounted()
        if options.publishers > 0, streams > 0 {
            find(
                "every subscriber received media", totals.peers.receiving >= streams,
                "\(totals.peers.receiving) of \(streams)")
        }
        if options.churn == 0, expectedStreams > 0 {
            find("every stream arrived", media.streams >= expectedStreams, "\(media.streams) of \(expectedStreams)")
        }
        find("no packet lost", media.lost == 0, "\(media.lost) of \(media.received + media.lost)")
        find("no packet reordered", media.reordered == 0, "\(media.reordered)")
        find("no packet twice", media.duplicated == 0, "\(media.duplicated)")
        find("no packet changed", media.corrupt == 0, "\(media.corrupt)")
        let refused =
            totals.packets.notAuthentic + totals.packets.replayed + totals.packets.malformed
            + totals.packets.unknownStreams
        find(
            "every packet authentic and well formed", refused == 0,
            "\(totals.packets.notAuthentic) not authentic, \(totals.packets.replayed) replayed, "
                + "\(totals.packets.malformed) malformed, \(totals.packets.unknownStreams) of unknown streams")
        find(
            "no media before the handshake's end", totals.packets.early == 0, "\(totals.packets.early)")
    }

    /// Sources that all subscribers together are to get.
    private var expectedStreams: Int {
        let kinds = (options.sendsAudio ? 1 : 0) + (options.sendsVideo ? 1 : 0)
        let meeting =
            options.isMeeting ? options.publishers * min(options.publishers - 1, options.tracksPerSubscriber) : 0
        let others = options.subscribers * min(options.publishers, options.tracksPerSubscriber)
        // Of those who are only counted, no streams are known.
        let all = options.rooms * kinds * (meeting + others)
        return totals.counted.peers == 0 || options.receivers == 0
            ? all : all * options.measuredReceivers / (options.rooms * options.receivers)
    }

    /// What the kernel counted, against what was sent: exact, since publishers were silent before and after.
    private mutating func judgeCounted() {
        let counted = totals.counted
        guard counted.peers > 0 else { return }
        let missing = counted.missingAudio + counted.missingVideo
        find(
            "counted in the kernel: as much as was sent", missing == 0 && counted.surplus == 0,
            "\(counted.peers) receivers miss \(counted.missingAudio) of audio, "
                + (options.comparesVideo ? "\(counted.missingVideo) of video" : "video not known (simulcast)")
                + ", \(counted.surplus) too many")
    }

    private var failureText: String {
        failures.sorted { $0.value > $1.value }.prefix(5).map { "; \($0.value) times: \($0.key)" }.joined()
    }

    private mutating func judgeServer() {
        guard let before = metrics.before, let begin = metrics.begin, let end = metrics.end, let quiet = metrics.quiet,
            let after = metrics.after
        else { return }
        func since(_ name: String) -> Int { Int(quiet.shard(name) - before.shard(name)) }
        let departureDrops = Int(quiet.departureDrops - before.departureDrops)
        let offered = since("offered_total")
        find(
            "server: offered = forwarded + dropped", offered == since("forwarded_total") + departureDrops,
            "\(offered) = \(since("forwarded_total")) + \(departureDrops)")
        let taken = ["stun_handled", "dtls_passed", "rtcp_handled", "rtp_accepted", "handed_over"]
            .reduce(0) { $0 + since($1 + "_total") }
        let received = since("datagrams_received_total") + since("trunk_received_total")
        let arrivalDrops = Int(quiet.arrivalDrops - before.arrivalDrops)
        find(
            "server: received = taken in + dropped", received == taken + arrivalDrops,
            "\(received) = \(taken) + \(arrivalDrops)")
        let trunkDrops = Int(quiet.trunkDrops - before.trunkDrops)
        find(
            "server: for other shards = passed to them + dropped",
            since("trunk_offered_total") == since("trunk_passed_total") + trunkDrops
                && since("trunk_passed_total") == since("trunk_received_total"),
            "\(since("trunk_offered_total")) = \(since("trunk_passed_total")) + \(trunkDrops)")
        let here = Int(totals.packets.rtpReceived)
        find(
            "received here = forwarded there", here == since("forwarded_total"),
            "\(here) = \(since("forwarded_total"))")
        let allocations = Int(end.shard("allocations_total") - begin.shard("allocations_total"))
        find("server: shards allocate nothing once warm", allocations == 0, "\(allocations)")
        judgeReturn(before, after)
    }

    private mutating func judgeReturn(_ before: Metrics, _ after: Metrics) {
        let differing = Metrics.returning.filter { before.shard($0) != after.shard($0) }
        let detail = differing.map { "\($0) \(Int(before.shard($0))) before, \(Int(after.shard($0))) after" }
        find(
            "server: resources return", differing.isEmpty,
            differing.isEmpty ? Metrics.returning.joined(separator: ", ") : detail.joined(separator: "; "))
        let descriptors = (before.process("descriptors"), after.process("descriptors"))
        find(
            "server: descriptors return", descriptors.1 <= descriptors.0 + 2,
            "\(Int(descriptors.0)) before, \(Int(descriptors.1)) after")
    }
}
