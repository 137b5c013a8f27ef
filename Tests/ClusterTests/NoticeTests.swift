import Protocol
import Testing

@testable import Cluster

struct NoticeTests {
    @Test func othersHearWhatIsToldInOrderAndOnceAndTheTellerDoesNot() async throws {
        let redis = try RedisServer()
        let (a, b, c) = (TestHost("a", redis), TestHost("b", redis), TestHost("c", redis))
        for heard in [a.heard, b.heard, c.heard] {
            #expect(await heard.first { if case .missed = $0 { true } else { nil } } == true)
        }
        for number in 1...500 { a.node.publish(chat(UInt64(number))) }
        #expect(await a.node.published(.kick(.with { $0.stayIds = ["ses_1"] })))
        for heard in [b.heard, c.heard] {
            #expect(await isSoon { heard.notices.count == 501 })
            #expect(heard.chats == Array(1...500))
        }
        #expect(a.heard.notices.isEmpty)
    }

    @Test func whatWasToldWhileAHostWasAwayIsReadWhenItIsBack() async throws {
        let redis = try RedisServer()
        let (a, b) = (TestHost("a", redis), TestHost("b", redis))
        #expect(await b.heard.first { if case .missed = $0 { true } else { nil } } == true)
        #expect(await a.isReady())
        #expect(await a.node.published(chat(1)))
        #expect(await isSoon { b.heard.chats == [1] })
        b.node.bus.close()
        for number in 2...5 { #expect(await a.node.published(chat(UInt64(number)))) }
        #expect(await a.node.published(.typing(.with { $0.userID = "ada" })))
        #expect(b.heard.chats == [1])
        b.node.bus.start()
        #expect(await isSoon { b.heard.chats.count == 5 })
        #expect(b.heard.chats == [1, 2, 3, 4, 5])
        // Live ones go on behind them; what happens only now was not kept.
        #expect(await a.node.published(chat(6)))
        #expect(await isSoon { b.heard.chats == [1, 2, 3, 4, 5, 6] })
        #expect(b.heard.notices.count == 6)
    }

    @Test func afterRedisWasAwayTheDatabaseIsToBeAsked() async throws {
        let redis = try RedisServer()
        let (a, b) = (TestHost("a", redis), TestHost("b", redis))
        #expect(await a.isReady())
        #expect(await b.heard.first { if case .missed = $0 { true } else { nil } } == true)
        redis.stop()
        #expect(await isSoon { !a.node.status.isConnected })
        #expect(await !a.node.published(chat(1)))
        try redis.start()
        #expect(await isSoon { b.heard.missedCount == 2 })
        #expect(await isSoon { await a.node.published(chat(2)) })
        #expect(await isSoon { b.heard.chats == [2] })
    }

    @Test func idsOfTheStreamAreInItsOrder() throws {
        let ids = try ["5-0", "5-9", "5-10", "10-0"].map { try #require(StreamId($0)) }
        #expect(ids.sorted() == ids)
        #expect(ids.map(\.text) == ["5-0", "5-9", "5-10", "10-0"])
        #expect(StreamId("-") == nil)
        #expect(StreamId("5") == nil)
        #expect(StreamId("5-x") == nil)
    }
}
