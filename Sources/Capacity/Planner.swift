import Synchronization

/// One host as it is bought.
public struct HostShape: Codable, Equatable, Sendable {
    public var processors: Int
    /// Threads for packets: one processor is left to everything else.
    public var shards: Int
    public var memoryGigabytes: Double
    /// Of its network card, each way.
    public var gigabits: Double

    public init(processors: Int, memoryGigabytes: Double, gigabits: Double) {
        self.processors = processors
        shards = max(1, processors - 1)
        self.memoryGigabytes = memoryGigabytes
        self.gigabits = gigabits
    }
}

/// What is to hold.
public struct Goal: Codable, Equatable, Sendable {
    /// Part of a shard's processor that may be in use: from 0.9 on the server lets nobody in.
    public var busy = 0.7
    /// One way through the server.
    public var p99Milliseconds = 20.0
    /// Hosts that may be lost at the busiest hour.
    public var spareHosts = 1
    /// Part of memory and of the network card that may be in use.
    public var filled = 0.8

    public init() {}
}

/// Finds how many hosts a workload needs, and how much of it one holds.
public struct Planner: Sendable {
    public let model: CostModel
    public let host: HostShape
    public let goal: Goal
    private let cache = LoadCache()

    public init(model: CostModel, host: HostShape, goal: Goal = Goal()) {
        self.model = model
        self.host = host
        self.goal = goal
    }

    /// A room with fewer members stays on one shard.
    static let splitPeers = 64
    static let shardsMax = 100_000

    func suffices(_ load: ShardLoad) -> Bool {
        !load.isOverloaded && load.busy <= goal.busy && load.all.p99 <= goal.p99Milliseconds
    }

    /// Whether a shard carries all of it, within its bounds.
    func carries(_ shard: Workload) -> Bool {
        Places(shard).lacking == nil && least(shard) <= goal.busy
            && suffices(model.load(of: shard, eventsMax: 15_000))
    }

    /// Why a shard does not carry it; nil when it does.
    func obstacle(_ shard: Workload) -> String? {
        if let lacking = Places(shard).lacking { return "\(lacking) of a shard" }
        let load = model.load(of: shard, eventsMax: 15_000)
        if suffices(load) { return nil }
        return load.isOverloaded || load.busy > goal.busy ? "processor of a shard" : "p99 of a shard"
    }

    /// What it costs at least, in processors: however well it is batched.
    func least(_ workload: Workload) -> Double {
        workload.rooms.reduce(0) { sum, kind in
            var work = alone(kind).work
            work[.wakeup] = 0
            work[.run] = min(work[.run], work[.segment] / 64)
            return sum + Double(kind.count) * work.cost(model.prices) / 1e9
        }
    }

    /// One room of the kind with a shard to itself.
    func alone(_ kind: RoomKind) -> ShardLoad {
        var one = kind
        one.count = 1
        return cache.load(of: one) { model.load(of: Workload(rooms: [one]), eventsMax: 15_000) }
    }

    // MARK: one shard

    /// With rooms that are too large for a shard cut in parts, each with all that is sent in it and some of who receives.
    func split(_ workload: Workload) throws(CapacityError) -> Workload {
        var cut = workload
        for index in workload.rooms.indices {
            var parts = 1
            while true {
                let piece = workload.rooms[index].piece(of: parts)
                var alone = Workload(rooms: [piece])
                alone.rooms[0].count = 1
                let load = self.alone(piece)
                let lacking = Places(alone).lacking
                if lacking == nil, suffices(load) || workload.rooms[index].count == 0 {
                    cut.rooms[index] = piece
                    break
                }
                guard workload.rooms[index].peers >= Self.splitPeers, piece.receivers > 1 else {
                    throw CapacityError(tooLarge(workload.rooms[index], load, lacking))
                }
                parts = load.busy > 2 * goal.busy ? parts * 2 : parts + 1
            }
        }
        return cut
    }

    private func tooLarge(_ kind: RoomKind, _ load: ShardLoad, _ lacking: String?) -> String {
        if let lacking { return "\(kind.name): one such room needs more \(lacking) than a shard has" }
        let why =
            load.isOverloaded || load.busy > goal.busy
            ? "would keep a shard busy to \(percent(load.busy)), and \(percent(goal.busy)) is the most that is asked for"
            : "has a p99 of \(milliseconds(load.all.p99)) by itself, and \(milliseconds(goal.p99Milliseconds)) is the most that is asked for"
        return "\(kind.name): one such room \(why)"
            + (kind.peers < Self.splitPeers
                ? "; rooms of less than \(Self.splitPeers) connections stay on one shard" : "")
    }

    /// What each of `shards` shards has, those alike once: room by room, the costliest first, to whoever has least.
    func spread(_ workload: Workload, shards: Int) -> [Workload] {
        let costs = workload.rooms.map { alone($0).busy }
        var spread = Spread(shards: shards, kinds: costs.count)
        for kind in costs.indices.sorted(by: { costs[$0] > costs[$1] }) {
            spread.add(workload.rooms[kind].count, of: kind, cost: max(costs[kind], 1e-9))
        }
        return spread.counts.map { counts in
            var shard = workload
            for (kind, count) in counts.enumerated() { shard.rooms[kind].count = count }
            shard.joinsPerSecond = workload.joinsPerSecond / Double(shards)
            shard.growth = 1
            return shard
        }
    }

    /// That of them which is busiest.
    func busiest(_ workload: Workload, shards: Int) -> Workload {
        let all = spread(workload, shards: shards)
        guard all.count > 1 else { return all[0] }
        return all.max { model.load(of: $0, eventsMax: 8000).busy < model.load(of: $1, eventsMax: 8000).busy }!
    }

    /// Whether so many shards carry all of it.
    func carries(_ workload: Workload, shards: Int) -> Bool {
        spread(workload, shards: shards).allSatisfy { carries($0) }
    }

    /// Why so many shards do not; nil when they do.
    func obstacle(_ workload: Workload, shards: Int) -> String? {
        spread(workload, shards: shards).lazy.compactMap { obstacle($0) }.first
    }

    /// The fewest shards that carry it. `workload` is split.
    func shards(for workload: Workload) throws(CapacityError) -> Int {
        func holds(_ shards: Int) -> Bool { carries(workload, shards: shards) }
        var high = max(1, Int(least(workload) / goal.busy))
        var low = high - 1
        while !holds(high) {
            low = high
            high *= 2
            guard high <= Self.shardsMax else {
                throw CapacityError("more than \(Self.shardsMax) shards would be needed: expected a smaller workload")
            }
        }
        while high - low > 1 {
            let middle = (low + high) / 2
            if holds(middle) { high = middle } else { low = middle }
        }
        return high
    }

    // MARK: all

    /// What the whole workload is, whoever carries it.
    func totals(_ workload: Workload) -> Totals {
        var totals = Totals()
        totals.rooms = workload.rooms.reduce(0) { $0 + $1.count }
        totals.people = workload.people
        totals.connections = workload.peers
        for kind in workload.rooms {
            let load = alone(kind)
            let count = Double(kind.count)
            totals.packetsIn += count * load.packetsInAll
            totals.packetsOut += count * load.work[.segment]
            totals.gigabitsIn += count * Totals.gigabits(bytes: load.bytesIn, packets: load.packetsInAll)
            totals.gigabitsOut +=
                count * Totals.gigabits(bytes: load.work[.kilobyte] * 1024, packets: load.work[.segment])
        }
        totals.memoryBytes = model.memory.bytes(workload)
        totals.controlProcessors =
            (workload.joinsPerSecond * model.controlJoinNanoseconds + Double(workload.peers)
                * model.controlPeerNanoseconds)
            / 1e9
        return totals
    }

    /// Hosts that each limit asks for by itself.
    func hosts(_ totals: Totals, shards: Int) throws(CapacityError) -> [Limit] {
        let memory = host.memoryGigabytes * 1e9 * goal.filled - model.memory.emptyBytes
        guard memory > 0 else {
            throw CapacityError(
                "a host of \(plain(host.memoryGigabytes)) GB has no room for the server itself, which takes "
                    + "\(fixedGigabytes(model.memory.emptyBytes)) GB: expected more memory")
        }
        func needed(_ part: Double) -> Int { max(1, Int((part - 1e-9).rounded(.up))) }
        return [
            Limit(name: "shards", hosts: needed(Double(shards) / Double(host.shards))),
            Limit(name: "network out", hosts: needed(totals.gigabitsOut / (host.gigabits * goal.filled))),
            Limit(name: "network in", hosts: needed(totals.gigabitsIn / (host.gigabits * goal.filled))),
            Limit(name: "memory", hosts: needed(totals.memoryBytes / memory)),
            Limit(name: "connections", hosts: needed(Double(totals.connections) / Double(Places.connectionsMax))),
            Limit(name: "processor of everything else", hosts: needed(totals.controlProcessors / goal.busy)),
        ]
    }

    public func plan(_ given: Workload) throws(CapacityError) -> CapacityPlan {
        let workload = given.grown
        let cut = try split(workload)
        let shards = try shards(for: cut)
        let totals = totals(workload)
        let limits = try hosts(totals, shards: shards)
        let needed = limits.map(\.hosts).max() ?? 1
        return CapacityPlan(
            planner: self, workload: given, grown: cut, totals: totals, shards: shards, limits: limits, hosts: needed)
    }
}

extension RoomKind {
    /// One of `parts` parts of it, on a shard of its own: everything that is sent comes there, and a part of the receivers is there.
    func piece(of parts: Int) -> RoomKind {
        guard parts > 1 else { return self }
        var piece = self
        piece.receivers = (receivers + parts - 1) / parts
        piece.people = publishers + piece.receivers
        piece.count = count * parts
        return piece
    }
}

/// What was found out about a kind of room is not found out twice.
private final class LoadCache: Sendable {
    private let loads = Mutex<[RoomKind: ShardLoad]>([:])

    func load(of kind: RoomKind, _ find: () -> ShardLoad) -> ShardLoad {
        if let known = loads.withLock({ $0[kind] }) { return known }
        let found = find()
        loads.withLock { $0[kind] = found }
        return found
    }
}
