import Testing

@testable import Capacity

@Suite struct PlannerTests {
    private func planner(_ processors: Int = 8, _ change: (inout Goal) -> Void = { _ in }) -> Planner {
        var goal = Goal()
        change(&goal)
        return Planner(
            model: Machine.model, host: HostShape(processors: processors, memoryGigabytes: 32, gigabits: 10), goal: goal
        )
    }

    private func refusal(_ planner: Planner, _ workload: Workload, holding: Bool = false) -> String {
        do throws(CapacityError) {
            if holding { _ = try planner.holding(workload) } else { _ = try planner.plan(workload) }
            return ""
        } catch { return error.description }
    }

    @Test func theBusiestShardStaysWithinWhatIsAskedFor() throws {
        let plan = try planner().plan(Machine.rooms(1000, of: 4))
        #expect(plan.worst.busy <= 0.7 && plan.worst.p99Milliseconds <= 20)
        #expect(plan.usual.busy < plan.worst.busy)
        #expect(plan.hosts == plan.hostsNeeded + 1)
        #expect(plan.hostsNeeded * 7 >= plan.shards)
    }

    @Test func theSharesAreTheWhole() throws {
        let plan = try planner().plan(Machine.rooms(1000, of: 4))
        #expect(abs(plan.shares.reduce(0) { $0 + $1.busy } - plan.worst.busy) < 1e-9)
    }

    @Test func moreIsAskedForMore() throws {
        var last = 0
        for growth in [1.0, 2, 4, 8] {
            var workload = Machine.rooms(500, of: 4)
            workload.growth = growth
            let shards = try planner().plan(workload).shards
            #expect(shards > last)
            last = shards
        }
    }

    /// Both directions: what a host holds needs one host, and a little more needs two.
    @Test(arguments: [2, 5]) func whatAHostHoldsNeedsOneHost(processors: Int) throws {
        let planner = planner(processors)
        let meetings = Machine.rooms(1, of: 6) { $0.videoKilobits = 600 }
        let held = try planner.holding(meetings).held
        #expect(try planner.plan(held).hostsNeeded == 1)
        #expect(try planner.plan(held.scaled(by: 1.05)).hostsNeeded == 2)
    }

    @Test func ofAMixedWorkloadAHostHoldsAPart() throws {
        var workload = Machine.rooms(400, of: 4)
        workload.rooms.append(Machine.webinar(300) { $0.name = "webinar" })
        workload.rooms[1].count = 20
        let held = try planner(4).holding(workload).held
        let part = Double(held.rooms[0].count) / 400
        #expect(part > 0.02 && part < 1)
        #expect(abs(Double(held.rooms[1].count) - 20 * part) <= 1)
        #expect(try planner(4).plan(held).hostsNeeded == 1)
    }

    @Test func aLargeRoomIsCutOverShards() throws {
        let planner = planner(32)
        let plan = try planner.plan(Workload(rooms: [Machine.webinar(20_000)]))
        #expect(plan.shards > 1 && plan.worst.busy <= 0.7)
        #expect(try planner.holding(Workload(rooms: [Machine.webinar(100)])).largestRoom > 2000)
    }

    @Test func aTighterTailNeedsMoreShards() throws {
        let workload = Workload(rooms: [Machine.webinar(4000) { $0.videoKilobits = 4000 }])
        let loose = try planner { $0.p99Milliseconds = 50 }.plan(workload)
        let tight = try planner { $0.p99Milliseconds = 2 }.plan(workload)
        #expect(tight.shards > loose.shards && tight.worst.p99Milliseconds <= 2)
    }

    @Test func whatDecidesIsNamed() throws {
        var small = planner()
        small = Planner(
            model: Machine.model, host: HostShape(processors: 8, memoryGigabytes: 32, gigabits: 0.5), goal: small.goal)
        #expect(try small.plan(Machine.rooms(1000, of: 4)).binding.name == "network out")
        #expect(try planner(2).plan(Machine.rooms(1000, of: 4)).binding.name == "shards")
        // Nobody sends: connections are all there is.
        let silent = Machine.rooms(10_000, of: 4) { ($0.audioShare, $0.videoKilobits) = (0, 0) }
        #expect(try planner(64).plan(silent).binding.name == "connections")
    }

    @Test func whatAShardLacksIsNamed() throws {
        #expect(try planner().plan(Machine.rooms(1000, of: 4)).shardLimit == "packet slots of a shard")
        #expect(try planner().plan(Workload(rooms: [Machine.webinar(9000)])).shardLimit == "processor of a shard")
        #expect(try planner(3).holding(Machine.rooms(1, of: 4)).limit == "packet slots of a shard")
    }

    @Test func hostsToSpareAreAdded() throws {
        let plan = try planner { $0.spareHosts = 2 }.plan(Machine.rooms(10, of: 4))
        #expect(plan.hostsNeeded == 1 && plan.hosts == 3)
    }

    @Test func whatCannotBeIsRefusedWithItsReason() {
        let screens = Machine.rooms(1, of: 30) { ($0.videoKilobits, $0.videos, $0.name) = (60_000, 0, "screens") }
        #expect(refusal(planner(), screens).hasPrefix("screens: one such room would keep a shard busy to"))
        #expect(refusal(planner(), screens).hasSuffix("rooms of less than 64 connections stay on one shard"))
        #expect(
            refusal(planner(2), screens, holding: true).contains("does not hold one room of \"screens\" with 30 people")
        )
        let bare = Planner(model: Machine.model, host: HostShape(processors: 2, memoryGigabytes: 0.05, gigabits: 1))
        #expect(refusal(bare, Machine.rooms(1, of: 4)).hasPrefix("a host of 0.05 GB has no room for the server itself"))
    }

    @Test func roomsLeftOverGoToWhoHasLeast() {
        var workload = Machine.rooms(7, of: 4)
        workload.rooms.append(Machine.webinar(100))
        // The webinar has a shard to itself as long as it costs more than all meetings of another.
        #expect(
            Set(planner().spread(workload, shards: 3).map { $0.rooms.map(\.count) }) == [[0, 1], [3, 0], [4, 0]])
        #expect(planner().busiest(Machine.rooms(7, of: 4), shards: 3).rooms[0].count == 3)
    }

    @Test func aShardHasOnlySoManyPlaces() {
        #expect(Places(Machine.rooms(30, of: 4)).lacking == nil)
        #expect(Places(Machine.rooms(40, of: 4)).lacking == "packet slots")
        #expect(Places(Machine.rooms(1100, of: 1) { $0.videoKilobits = 0 }).lacking == "rooms")
    }
}
