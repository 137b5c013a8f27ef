import Testing

@testable import Cluster

@Suite(.serialized) struct PlacementTests {
    @Test func aRoomIsWhereItWasAskedForFirstAndOthersAreSentThere() async throws {
        let redis = try RedisServer()
        let (a, b) = (TestHost("a", redis), TestHost("b", redis))
        #expect(await a.isReady())
        #expect(await b.isReady())
        #expect(await a.sees("a", "b"))
        #expect(await b.sees("a", "b"))
        #expect(await a.node.place("app/one") == .here)
        #expect(await b.node.place("app/one") == .there(url: "http://a"))
    }

    @Test func whoAsksForAnothersRoomIsToldWhoseItIs() async throws {
        let redis = try RedisServer()
        let (a, b) = (TestHost("a", redis), TestHost("b", redis))
        #expect(await a.isReady())
        #expect(await b.isReady())
        #expect(await b.sees("a", "b"))
        #expect(await a.isHere("app/one"))
        #expect(await b.node.otherHolder(of: "app/one")?.name == "a")
        #expect(await a.node.otherHolder(of: "app/one") == nil)
        #expect(await b.node.otherHolder(of: "app/two") == nil)
        // And the operator is told of all.
        a.report(open: ["app/one"])
        a.node.enter(presence("p1"), room: "app/one")
        #expect(await b.sees(["p1"], in: "app/one"))
        let places = try #require(await b.node.places())
        #expect(places.map(\.room) == ["app/one"] && places[0].people == 1 && places[0].hostID == a.node.id)
    }

    @Test func theLeastLoadedHostThatTakesAnyIsChosen() async throws {
        let redis = try RedisServer()
        let (a, b, c) = (TestHost("a", redis), TestHost("b", redis), TestHost("c", redis))
        a.report(60)
        b.report(30)
        c.report(10, isDraining: true)
        #expect(await isSoon { a.node.status.hosts.filter { $0.busyPercent > 0 }.count == 3 })
        #expect(await a.isReady())
        #expect(await b.isReady())
        #expect(await a.node.place("app/one") == .there(url: "http://b"))
        // It finds itself chosen.
        #expect(await b.node.place("app/one") == .here)
        #expect(await a.node.place("app/one") == .there(url: "http://b"))
    }

    @Test func whereNobodyTakesNewRoomsThereIsNoPlaceButOpenOnesAreFound() async throws {
        let redis = try RedisServer()
        let (a, b) = (TestHost("a", redis), TestHost("b", redis))
        #expect(await a.isReady())
        #expect(await a.isHere("app/one"))
        a.report(open: ["app/one"], isDraining: true)
        b.report(isDraining: true)
        #expect(await isSoon { b.node.status.hosts.filter(\.draining).count == 2 })
        #expect(await b.isReady())
        #expect(await b.node.place("app/one") == .there(url: "http://a"))
        #expect(await b.node.place("app/two") == .nowhere)
    }

    @Test func aDeadHostsRoomIsFreeWhenItsLeaseEnds() async throws {
        let redis = try RedisServer()
        let b = TestHost("b", redis)
        do {
            let a = TestHost("a", redis)
            #expect(await a.isReady())
            #expect(await a.isHere("app/one"))
            a.report(open: ["app/one"])
            a.node.enter(presence("p1"), room: "app/one")
            #expect(await b.sees(["p1"], in: "app/one"))
            a.die()
        }
        #expect(await b.isReady())
        #expect(await isSoon { await b.node.place("app/one") == .here })
        #expect(await b.node.people(in: "app/one") == [])
        // The only other host is told to end its stays in the database.
        #expect(await b.heard.first { if case .died("a") = $0 { true } else { nil } } == true)
    }

    @Test func aHostThatIsBackUnderItsNameIsNotMourned() async throws {
        let redis = try RedisServer()
        let b = TestHost("b", redis)
        do {
            let a = TestHost("a", redis)
            #expect(await a.isReady())
            #expect(await b.sees("a", "b"))
            a.die()
        }
        let again = TestHost("a", redis)
        #expect(await again.isReady())
        do {
            let c = TestHost("c", redis)
            #expect(await b.sees("a", "b", "c"))
            c.die()
        }
        // Either of the two is told, of the other one alone.
        #expect(await isSoon { !(b.heard.dead + again.heard.dead).isEmpty })
        #expect(b.heard.dead + again.heard.dead == ["c"])
    }

    @Test func aRoomIsRenewedWhileItIsOpenAndGivenBackWhenItIsNot() async throws {
        let redis = try RedisServer()
        let (a, b) = (TestHost("a", redis), TestHost("b", redis))
        #expect(await a.isReady())
        #expect(await b.isReady())
        #expect(await a.isHere("app/one"))
        let term = a.node.term(of: "app/one")
        a.report(open: ["app/one"])
        b.report(99)
        #expect(await isSoon { a.node.status.hosts.contains { $0.busyPercent == 99 } })
        // Another one that nobody enters is given back meanwhile, after twice the time of a lease.
        #expect(await a.isHere("app/two"))
        #expect(await isSoon { a.node.term(of: "app/two") == nil })
        #expect(a.node.term(of: "app/one") == term)
        #expect(await b.node.place("app/one") == .there(url: "http://a"))
        a.report(99)
        b.report(0)
        #expect(await isSoon { a.node.term(of: "app/one") == nil })
        #expect(await isSoon { b.node.status.hosts.contains { $0.busyPercent == 99 } })
        #expect(await b.node.place("app/one") == .here)
        #expect(try #require(b.node.term(of: "app/one")) > #require(term))
    }

    @Test func whoWithdrawsLeavesNobodyWaiting() async throws {
        let redis = try RedisServer()
        // Leases that would outlast the patience of a join.
        let (a, b) = (TestHost("a", redis, lease: .seconds(60)), TestHost("b", redis, lease: .seconds(60)))
        for host in [a, b] {
            #expect(await isSoon { host.node.status.isConnected })
            host.node.openAtOnce()
        }
        #expect(await a.isHere("app/one"))
        a.report(open: ["app/one"])
        await a.node.withdraw()
        #expect(await b.node.place("app/one") == .here)
    }

    @Test func manyRoomsAreSpreadThoughLoadsAreSaidOnceASecondOnly() async throws {
        let redis = try RedisServer()
        let (a, b, c) = (TestHost("a", redis), TestHost("b", redis), TestHost("c", redis))
        #expect(await a.isReady())
        #expect(await a.sees("a", "b", "c"))
        var counts: [Placement: Int] = [:]
        for index in 0..<30 { counts[await a.node.place("app/room\(index)"), default: 0] += 1 }
        #expect(counts.count == 3)
        #expect(counts.values.allSatisfy { $0 >= 5 })
        _ = (b.node.id, c.node.id)
    }
}
