/// A shard from little to more than it carries: what the plots show.
public struct Curve: Codable, Sendable {
    public struct Point: Codable, Equatable, Sendable {
        public var people: Int
        public var busy: Double
        public var p50Milliseconds: Double
        public var p99Milliseconds: Double
        public var wakeups: Double
        public var packetsPerRun: Double
    }

    public private(set) var points: [Point] = []

    /// - Parameter shard: what the busiest shard has; the curve goes on to half as much again, and ends where it cannot keep up.
    init(_ shard: Workload, model: CostModel) {
        for step in 1...16 {
            let part = Double(step) / 10
            let load = model.load(of: Self.part(shard, part), eventsMax: 15_000)
            if load.isOverloaded || load.busy > 1 { return }
            let people = Self.part(shard, part).people
            guard people > (points.last?.people ?? 0) else { continue }
            let runs = load.work[.run]
            points.append(
                Point(
                    people: people, busy: load.busy, p50Milliseconds: load.all.p50, p99Milliseconds: load.all.p99,
                    wakeups: load.work[.wakeup], packetsPerRun: runs > 0 ? load.work[.segment] / runs : 0))
        }
    }

    /// Fewer rooms, or, where there are only some, fewer receivers in them.
    private static func part(_ shard: Workload, _ part: Double) -> Workload {
        let rooms = shard.rooms.reduce(0) { $0 + $1.count }
        if rooms >= 10 { return shard.scaled(by: part, rounding: .toNearestOrAwayFromZero) }
        var smaller = shard
        smaller.joinsPerSecond *= part
        for place in shard.rooms.indices {
            let kind = shard.rooms[place]
            let receivers = max(1, Int((Double(kind.receivers) * part).rounded()))
            let silent = kind.people - kind.receivers
            smaller.rooms[place].receivers = receivers
            smaller.rooms[place].people = max(receivers + silent, 1)
            // Where all send, there are fewer who do; elsewhere the same.
            let publishers = kind.publishers == kind.people ? receivers : kind.publishers
            smaller.rooms[place].publishers = min(publishers, smaller.rooms[place].people)
        }
        return smaller
    }
}

extension CapacityPlan {
    /// Of the busiest shard after the loss of as many hosts as there are to spare.
    func curve(_ planner: Planner) throws(CapacityError) -> Curve {
        let cut = try planner.split(workload.grown)
        return Curve(planner.busiest(cut, shards: hostsNeeded * host.shards), model: planner.model)
    }
}

extension Holding {
    func curve(_ planner: Planner) throws(CapacityError) -> Curve {
        Curve(planner.busiest(try planner.split(held), shards: host.shards), model: planner.model)
    }
}
