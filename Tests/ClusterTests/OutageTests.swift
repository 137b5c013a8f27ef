import Testing

@testable import Cluster

/// Redis goes away and comes back.
@Suite(.serialized) struct OutageTests {
    @Test func whatAHostHasIsWrittenAgainWhenRedisHasLostEverything() async throws {
        let redis = try RedisServer()
        let (a, b) = (TestHost("a", redis), TestHost("b", redis))
        #expect(await a.isReady())
        #expect(await b.isReady())
        #expect(await a.isHere("app/one"))
        a.report(open: ["app/one"])
        a.node.enter(presence("p1"), room: "app/one")
        #expect(await b.sees(["p1"], in: "app/one"))
        redis.stop()
        #expect(await isSoon { !a.node.status.isConnected && !b.node.status.isConnected })
        // What is here is served; what happens meanwhile is kept.
        #expect(await a.node.place("app/one") == .here)
        a.node.enter(presence("p2", user: "grace"), room: "app/one")
        a.node.leave(peer: "p1", room: "app/one")
        try redis.start()
        #expect(await b.sees(["p2"], in: "app/one"))
        // Not before all have said what they have would it be opened elsewhere.
        #expect(await b.node.place("app/one") == .there(url: "http://a"))
        #expect(await b.sees("a", "b"))
    }

    @Test func aRoomOfAHostThatIsCutOffGoesToAnotherAndItsPeopleAreToldWhere() async throws {
        let redis = try RedisServer()
        let (a, b) = (TestHost("a", redis), TestHost("b", redis))
        #expect(await a.isReady())
        #expect(await b.isReady())
        #expect(await a.isHere("app/one"))
        a.report(open: ["app/one"])
        #expect(await b.sees("a", "b"))
        // Its beats stop, its people stay.
        a.node.isHeldBack = true
        #expect(await isSoon { await b.node.place("app/one") == .here })
        b.report(open: ["app/one"])
        a.node.isHeldBack = false
        let moved = await a.heard.first {
            if case .lost(let room, let url) = $0 { room + " " + url } else { nil as String? }
        }
        #expect(moved == "app/one http://b")
        #expect(b.node.term(of: "app/one") != nil)
    }

    @Test func aRedisThatIsDeafIsAsGoodAsNoneAndNobodyIsTakenForDead() async throws {
        let redis = try RedisServer()
        let (a, b) = (TestHost("a", redis), TestHost("b", redis))
        #expect(await a.isReady())
        #expect(await b.isReady())
        #expect(await a.isHere("app/one"))
        a.report(open: ["app/one"])
        a.node.enter(presence("p1"), room: "app/one")
        #expect(await b.sees(["p1"], in: "app/one"))
        #expect(await b.sees("a", "b"))
        redis.freeze()
        #expect(await isSoon { !a.node.status.isConnected && !b.node.status.isConnected })
        redis.thaw()
        #expect(await b.isReady())
        #expect(await b.sees("a", "b"))
        #expect(await b.sees(["p1"], in: "app/one"))
        #expect(await b.node.place("app/one") == .there(url: "http://a"))
        #expect(a.heard.dead + b.heard.dead == [])
    }

    @Test func withoutRedisNothingIsOpenedAndNobodyWaitsForever() async throws {
        let redis = try RedisServer()
        redis.stop()
        var settings = ClusterSettings(
            redis: try #require(RedisAddress(redis.address)), name: "a", url: "http://a")
        settings.timings.patience = .milliseconds(50)
        let node = ClusterNode.start(settings, log: quietLog) { _ in }
        defer { node.close() }
        #expect(await node.place("app/one") == .nowhere)
        node.report(busyPercent: 0, peers: 1, isDraining: false, open: ["app/two"])
        #expect(await node.place("app/two") == .here)
        #expect(await isSoon { node.status.failure?.contains("cannot be reached") == true })
    }
}
