/// The other way round: from a host to what it holds.
extension Planner {
    /// The most of it that one host holds, with nothing to spare.
    public func holding(_ given: Workload) throws(CapacityError) -> Holding {
        let steps = Steps(given)
        guard fits(steps.workload(1)) else {
            let room = largestRoom(given.rooms[0])
            throw CapacityError(
                "a host of \(host.processors) processors does not hold one room of \"\(given.rooms[0].name)\" with "
                    + "\(given.rooms[0].people) people"
                    + (room > 0 ? "; the largest such room that it holds has \(room)" : ""))
        }
        let most = Self.largest { fits(steps.workload($0)) }
        let held = steps.workload(most)
        let shard = busiest(try split(held), shards: host.shards)
        let load = model.load(of: shard)
        return Holding(
            workload: given, machine: model.machine, host: host, goal: goal, held: held, totals: totals(held),
            shard: ShardView(shard, load), limit: limit(steps.workload(most + max(1, most / 50))),
            largestRoom: largestRoom(given.rooms[0]),
            shares: CapacityPlan.shares(load.work, model.prices))
    }

    private func limit(_ workload: Workload) -> String {
        guard let cut = try? split(workload) else { return "size of one room" }
        if let obstacle = obstacle(cut, shards: host.shards) { return obstacle }
        let limits = (try? hosts(totals(workload), shards: 1)) ?? []
        return limits.first { $0.hosts > 1 }?.name ?? "nothing"
    }

    /// Whether one host carries all of it.
    func fits(_ workload: Workload) -> Bool {
        do throws(CapacityError) {
            let cut = try split(workload)
            guard carries(cut, shards: host.shards) else { return false }
            return try hosts(totals(workload), shards: 1).allSatisfy { $0.hosts == 1 }
        } catch { return false }
    }

    /// People in the largest room of this kind that a host holds by itself; 0 for none.
    func largestRoom(_ kind: RoomKind) -> Int {
        func room(_ people: Int) -> Workload {
            var one = kind
            one.count = 1
            one.people = max(people, kind.publishers == kind.people ? 1 : kind.publishers)
            one.publishers = kind.publishers == kind.people ? people : kind.publishers
            one.receivers = max(0, one.people - (kind.people - kind.receivers))
            return Workload(rooms: [one])
        }
        guard fits(room(2)) else { return 0 }
        return Self.largest(below: 100_000) { fits(room($0)) }
    }

    /// The largest number for which it holds; it holds for 1.
    static func largest(below limit: Int = 1 << 30, _ holds: (Int) -> Bool) -> Int {
        var low = 1
        var high = 2
        while high < limit, holds(high) { (low, high) = (high, high * 2) }
        while high - low > max(0, low / 200) + 1 {
            let middle = (low + high) / 2
            if holds(middle) { low = middle } else { high = middle }
        }
        return holds(high - 1) ? high - 1 : low
    }

    /// A workload in steps: rooms of one kind one by one, of several in their proportion.
    struct Steps {
        private let given: Workload
        private let rooms: Int

        init(_ given: Workload) {
            self.given = given
            rooms = given.rooms.reduce(0) { $0 + $1.count }
        }

        func workload(_ step: Int) -> Workload {
            // Each kind has one room at least, so that no kind is forgotten.
            given.scaled(by: Double(step) / Double(max(rooms, 1)), rounding: .up)
        }
    }
}
