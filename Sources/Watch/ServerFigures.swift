import Contract

/// One shard between two scrapes. Rates are a second, times milliseconds.
public struct ShardFigures: Codable, Equatable, Sendable {
    public var shard: Int
    /// Of one processor.
    public var cpuPercent: Double
    public var packetsIn: Double
    public var packetsOut: Double
    public var bitsIn: Double
    public var bitsOut: Double
    /// Nil when nothing was forwarded.
    public var forwardP50: Double?
    public var forwardP99: Double?
    public var forwardP999: Double?
    /// For want of time, memory or room: `ServerFigures.harmful`.
    public var dropsHarmful: Double
    public var segmentsPerRun: Double?
    public var burstsOverBudget: Double
    public var shedLevel: Int
    public var rooms: Int
    public var peers: Int
    public var producers: Int
    public var consumers: Int
    /// Peers whose link is estimated, and what those carry on average, in bits a second.
    public var estimates: Int
    public var estimateMean: Double?
    /// Consumers that get nothing because their link carries no more.
    public var heldForBandwidth: Int
    /// False for one that did not answer: all else is 0 then.
    public var isAnswering: Bool

    init(shard: Int, _ rates: Rates) {
        let labels = ["shard": "\(shard)"]
        func rate(_ name: String) -> Double { rates.rate("millrace_shard_" + name, labels) }
        func now(_ name: String) -> Double { rates.now.sum("millrace_shard_" + name, labels) }
        self.shard = shard
        cpuPercent = rate("cpu_nanoseconds_total") / 1e7
        packetsIn = rate("datagrams_received_total")
        packetsOut = rate("forwarded_total")
        bitsIn = rate("bytes_received_total") * 8
        bitsOut = rate("bytes_forwarded_total") * 8
        let times = Percentiles(rates, "millrace_shard_forward_seconds", labels)
        forwardP50 = times.milliseconds(0.5)
        forwardP99 = times.milliseconds(0.99)
        forwardP999 = times.milliseconds(0.999)
        dropsHarmful = ServerFigures.harmful.reduce(0) { sum, reason in
            sum + rates.rate("millrace_shard_drops_total", ["shard": "\(shard)", "reason": reason])
        }
        let runs = rate("runs_sent_total")
        segmentsPerRun = runs > 0 ? rate("segments_sent_total") / runs : nil
        burstsOverBudget = rate("bursts_over_budget_total")
        shedLevel = Int(now("shed_level"))
        rooms = Int(now("rooms"))
        peers = Int(now("peers"))
        producers = Int(now("producers"))
        consumers = Int(now("consumers"))
        estimates = Int(now("estimates"))
        estimateMean = estimates > 0 ? now("estimated_bits_per_second") / Double(estimates) : nil
        heldForBandwidth = Int(
            rates.now.sum("millrace_shard_consumers_held", ["shard": "\(shard)", "reason": "bandwidth"]))
        let answers = rates.now.samples("millrace_control_shard_answered").first { $0.labels == labels }
        isAnswering = answers?.value != 0
    }
}

/// A whole server between two scrapes.
public struct ServerFigures: Codable, Equatable, Sendable {
    public var seconds: Double
    public var version: String
    public var isDraining: Bool
    public var rooms: Int
    public var peers: Int
    /// Joins, and those that were refused, a second.
    public var joins: Double
    public var joinsRefused: Double
    public var processCpuPercent: Double
    public var residentBytes: Double
    public var shards: [ShardFigures]
    /// Rooms and peers by the number of members.
    public var roomsBySize: [String: Int]
    public var peersByRoomSize: [String: Int]
    /// Of all shards, a second; reasons with none are left out.
    public var drops: [String: Double]

    /// Reasons that mean a shard had no time, no memory or no room. All others are as they should be, or the clients' doing.
    public static let harmful: Set<String> = Set(
        [
            DropReason.slotsExhausted, .runsExhausted, .shed, .trunkFull, .handoverFull, .dtlsMailboxFull,
            .streamTableFull,
        ].map(\.label))

    public init(before: Scrape, now: Scrape) {
        let rates = Rates(before: before, now: now)
        func gauges(_ name: String) -> [String: Int] {
            var gauges: [String: Int] = [:]
            for sample in now.samples(name) { gauges[sample.labels["members"] ?? ""] = Int(sample.value) }
            return gauges
        }
        seconds = rates.seconds
        version = now.samples("millrace_build_info").first?.labels["version"] ?? ""
        isDraining = now.sum("millrace_control_draining") > 0
        rooms = Int(now.sum("millrace_control_rooms"))
        peers = Int(now.sum("millrace_control_peers"))
        joins = rates.rate("millrace_control_joins_total")
        joinsRefused = rates.rate("millrace_control_joins_refused_total")
        processCpuPercent = rates.rate("millrace_process_cpu_microseconds_total") / 1e4
        residentBytes = now.sum("millrace_process_resident_bytes")
        roomsBySize = gauges("millrace_control_rooms_by_size")
        peersByRoomSize = gauges("millrace_control_peers_by_room")
        let known = now.samples("millrace_control_shard_answered") + now.samples("millrace_shard_peers")
        let numbers = Set(known.compactMap { $0.labels["shard"].flatMap { Int($0) } })
        shards = numbers.sorted().map { ShardFigures(shard: $0, rates) }
        var drops: [String: Double] = [:]
        for reason in Set(now.samples("millrace_shard_drops_total").compactMap { $0.labels["reason"] }) {
            let rate = rates.rate("millrace_shard_drops_total", ["reason": reason])
            if rate > 0 { drops[reason] = rate }
        }
        self.drops = drops
    }
}
