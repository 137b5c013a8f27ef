import Foundation

/// What a workload is in all.
public struct Totals: Codable, Equatable, Sendable {
    public var rooms = 0
    public var people = 0
    public var connections = 0
    /// A second.
    public var packetsIn = 0.0
    public var packetsOut = 0.0
    public var gigabitsIn = 0.0
    public var gigabitsOut = 0.0
    /// Of all hosts together, the processes themselves left out.
    public var memoryBytes = 0.0
    /// Processors for handshakes, HTTP and signaling.
    public var controlProcessors = 0.0

    /// Ethernet, IPv4 and UDP around each datagram.
    static let wireBytes = 46.0
    static func gigabits(bytes: Double, packets: Double) -> Double { (bytes + packets * wireBytes) * 8 / 1e9 }
}

/// How many hosts one of them asks for.
public struct Limit: Codable, Equatable, Sendable {
    public var name: String
    public var hosts: Int
}

/// The busiest shard.
public struct ShardView: Codable, Equatable, Sendable {
    public var people: Int
    public var busy: Double
    public var p50Milliseconds: Double
    public var p99Milliseconds: Double

    init(_ workload: Workload, _ load: ShardLoad) {
        people = workload.rooms.reduce(0) { $0 + $1.count * $1.people }
        busy = load.busy
        p50Milliseconds = load.all.p50
        p99Milliseconds = load.all.p99
    }
}

/// The answer to a workload.
public struct CapacityPlan: Codable, Sendable {
    /// What a shard spends on one part.
    public struct Share: Codable, Equatable, Sendable {
        public var part: Part
        public var perSecond: Double
        public var nanosecondsEach: Double
        /// Of the shard's processor.
        public var busy: Double
    }

    public var workload: Workload
    public var machine: Calibration.Machine
    public var host: HostShape
    public var goal: Goal
    public var totals: Totals
    /// Without hosts to spare.
    public var shards: Int
    /// What one shard less would have too little of.
    public var shardLimit: String
    public var limits: [Limit]
    public var hostsNeeded: Int
    public var hosts: Int
    /// While all hosts are there, and after as many are lost as there are to spare.
    public var usual: ShardView
    public var worst: ShardView
    /// Of the busiest shard after the loss.
    public var shares: [Share]
    /// On one host after the loss.
    public var memoryGigabytesPerHost: Double
    public var gigabitsOutPerHost: Double
    public var socketsPerHost: Int

    init(
        planner: Planner, workload: Workload, grown: Workload, totals: Totals, shards: Int, limits: [Limit],
        hosts needed: Int
    ) {
        self.workload = workload
        machine = planner.model.machine
        host = planner.host
        goal = planner.goal
        self.totals = totals
        self.shards = shards
        shardLimit = shards > 1 ? planner.obstacle(grown, shards: shards - 1) ?? "nothing" : "nothing"
        self.limits = limits
        hostsNeeded = needed
        hosts = needed + goal.spareHosts
        let full = planner.busiest(grown, shards: hosts * host.shards)
        usual = ShardView(full, planner.model.load(of: full))
        let short = planner.busiest(grown, shards: needed * host.shards)
        let load = planner.model.load(of: short)
        worst = ShardView(short, load)
        shares = Self.shares(load.work, planner.model.prices)
        memoryGigabytesPerHost = (totals.memoryBytes / Double(needed) + planner.model.memory.emptyBytes) / 1e9
        gigabitsOutPerHost = totals.gigabitsOut / Double(needed)
        // Two for media a shard, one for each client's WebSocket, some for the rest.
        socketsPerHost = (totals.connections + needed - 1) / needed + 2 * host.shards + 16
    }

    static func shares(_ work: Work, _ prices: Work) -> [Share] {
        Part.allCases.map { part in
            Share(
                part: part, perSecond: work[part], nanosecondsEach: prices[part], busy: work[part] * prices[part] / 1e9)
        }
    }

    /// Of the limits the one that decides.
    public var binding: Limit { limits.max { $0.hosts < $1.hosts }! }
}

/// How much of a workload one host holds.
public struct Holding: Codable, Sendable {
    public var workload: Workload
    public var machine: Calibration.Machine
    public var host: HostShape
    public var goal: Goal
    /// What it holds at most: the workload's rooms in their proportion.
    public var held: Workload
    public var totals: Totals
    public var shard: ShardView
    /// What a little more would have too little of.
    public var limit: String
    /// The largest room of the first kind, alone on the host.
    public var largestRoom: Int
    public var shares: [CapacityPlan.Share]
}

/// All of one line, or many.
public func planJson(_ value: some Encodable, isPretty: Bool = true) throws(CapacityError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = isPretty ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys]
    do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
        throw CapacityError("the plan cannot be written as JSON: \(error)")
    }
}
