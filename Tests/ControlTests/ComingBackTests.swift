import Contract
import Protocol
import Testing

@testable import Control

/// Clients whose sockets are lost.
@Suite(.serialized) struct ComingBackTests {
    /// Whether a pong comes before anything that `body` finds.
    private func isQuiet(_ socket: Socket, _ body: (ServerMessage) -> Bool) throws -> Bool {
        try socket.send(99, .ping(Ping()))
        let isFirst = try socket.first { message -> Bool? in
            if body(message) { return false }
            if case .pong? = message.body { return true }
            return nil
        }
        return try #require(isFirst)
    }

    private func isLeft(_ message: ServerMessage) -> Bool {
        if case .peerLeft? = message.body { true } else { false }
    }

    @Test(arguments: [true, false]) func drainingDoesNotWaitForWhoHasNoSocket(isLostBefore: Bool) throws {
        let test = try TestServer { $0.drainSeconds = 600 }
        var anna: Socket? = try Socket(port: test.port)
        _ = try #require(try anna?.join(test.token("r", "anna")))
        func lose() throws {
            anna = nil
            while try test.server.onLoop({ $0.signaling.keptCount }) == 0,
                try test.server.onLoop({ $0.registry.peerCount }) > 0
            {}
        }
        if isLostBefore { try lose() }
        test.server.drain()
        if !isLostBefore {
            #expect(try test.server.onLoop { $0.registry.peerCount } == 1)
            try lose()
        }
        try test.server.waitUntilFinished()
        withExtendedLifetime(anna) {}
    }

    @Test func aLostSocketKeepsItsPeerAndAnotherOneGoesOn() throws {
        let test = try TestServer()
        let bert = try test.member("garden", "bert")
        var anna: Socket? = try Socket(port: test.port)
        let first = try #require(try anna?.join(test.token("garden", "anna", user: "u1")))
        try anna?.answer(#require(try anna?.offer()))
        try anna?.publish(.microphone)
        _ = try #require(try bert.tracks(count: 1))
        #expect(first.resumeSeconds == 30 && first.resumeToken.utf8.count == 32 && !first.resumed)
        anna = nil
        #expect(try isQuiet(bert, isLeft))
        let again = try Socket(port: test.port)
        let second = try #require(try again.join("") { $0.resumeToken = first.resumeToken })
        #expect(second.resumed && second.peerID == first.peerID && second.name == "anna" && second.userID == "u1")
        #expect(second.members.map(\.name) == ["bert"])
        #expect(try isQuiet(bert, isLeft))
        #expect(try test.server.onLoop { $0.registry.peerCount } == 2)
        // It is the same session in all: what it publishes can be muted.
        var muted = SetMuted()
        muted.source = .microphone
        muted.muted = true
        try again.send(0, .setMuted(muted))
        #expect(try bert.first { if case .trackChanged(let changed)? = $0.body { changed.muted } else { nil } } == true)
    }

    @Test func theOfferThatIsOpenComesAgain() throws {
        let test = try TestServer()
        var anna: Socket? = try Socket(port: test.port)
        let first = try #require(try anna?.join(test.token("garden", "anna")))
        let offer = try #require(try anna?.offer())
        anna = nil
        let again = try Socket(port: test.port)
        _ = try #require(try again.join("") { $0.resumeToken = first.resumeToken })
        #expect(try again.offer() == offer)
        try again.answer(offer)
        #expect(try isQuiet(again) { if case .offer? = $0.body { true } else { false } })
    }

    @Test func aSocketThatTheServerStillBelievesInGivesWay() throws {
        let test = try TestServer()
        let old = try Socket(port: test.port)
        let first = try #require(try old.join(test.token("garden", "anna")))
        let again = try Socket(port: test.port)
        #expect(try #require(try again.join("") { $0.resumeToken = first.resumeToken }).resumed)
        #expect(try old.first { _ in nil as Bool? } == nil)
        #expect(old.closeStatus == 1000)
        #expect(try isQuiet(again) { if case .closing? = $0.body { true } else { false } })
    }

    @Test func aTokenThatIsUnknownIsPassedOver() throws {
        let test = try TestServer()
        let anna = try Socket(port: test.port)
        let token = try test.token("garden", "anna")
        let joined = try #require(try anna.join(token) { $0.resumeToken = "nobody's" })
        #expect(!joined.resumed)
        let stranger = try Socket(port: test.port)
        var join = Join()
        join.resumeToken = "nobody's"
        try stranger.send(1, .join(join))
        #expect(try stranger.refusal()?.code == .invalidToken)
    }

    @Test func afterItsTimeTheSessionIsGone() throws {
        let test = try TestServer { $0.signaling.resumeSeconds = 1 }
        let bert = try test.member("garden", "bert")
        var anna: Socket? = try Socket(port: test.port)
        let first = try #require(try anna?.join(test.token("garden", "anna")))
        anna = nil
        let left = try bert.first { if case .peerLeft(let left)? = $0.body { left.peerID } else { nil } }
        #expect(left == first.peerID)
        let again = try Socket(port: test.port)
        let token = try test.token("garden", "anna")
        #expect(try #require(try again.join(token) { $0.resumeToken = first.resumeToken }).resumed == false)
    }

    @Test(arguments: [1000, 1001]) func aFarewellIsForGood(status: Int) throws {
        let test = try TestServer()
        let bert = try test.member("garden", "bert")
        let anna = try Socket(port: test.port)
        _ = try #require(try anna.join(test.token("garden", "anna")))
        anna.frame(opcode: 8, [UInt8(status >> 8), UInt8(status & 255)])
        #expect(try bert.first { isLeft($0) ? true : nil } == true)
    }

    @Test func aCloseFrameWithoutStatusIsNoFarewell() throws {
        let test = try TestServer()
        let bert = try test.member("garden", "bert")
        let anna = try Socket(port: test.port)
        let first = try #require(try anna.join(test.token("garden", "anna")))
        anna.frame(opcode: 8, [])
        #expect(try anna.first { _ in nil as Bool? } == nil)
        #expect(try isQuiet(bert, isLeft))
        let again = try Socket(port: test.port)
        #expect(try #require(try again.join("") { $0.resumeToken = first.resumeToken }).resumed)
    }

    @Test func whoIsPutOutIsToldAndKeptNoLonger() throws {
        let test = try TestServer()
        let anna = try Socket(port: test.port)
        let first = try #require(try anna.join(test.token("garden", "anna", user: "u1", app: "app_a")))
        var bert: Socket? = try Socket(port: test.port)
        _ = try #require(try bert?.join(test.token("garden", "bert", user: "u2", app: "app_a")))
        bert = nil
        let other = try Socket(port: test.port)
        _ = try #require(try other.join(test.token("garden", "cleo", user: "u1", app: "app_b")))
        try test.server.onLoop { $0.signaling.putOut { $0.appId == "app_a" } }
        #expect(try anna.closing()?.reason == .removed)
        #expect(try test.server.onLoop { $0.registry.peerCount } == 1)
        let again = try Socket(port: test.port)
        #expect(try again.join("") { $0.resumeToken = first.resumeToken } == nil)
        #expect(try isQuiet(other) { if case .closing? = $0.body { true } else { false } })
    }

    @Test func aShardThatLosesThePeerEndsTheSessionThatIsKept() throws {
        let test = try TestServer()
        var anna: Socket? = try test.member("garden", "anna")
        let bert = try test.member("garden", "bert")
        let peer = try #require(
            test.shards.first { if case .openPeer(let open) = $0 { open.peer } else { nil } })
        #expect(anna != nil)
        anna = nil
        test.shards.emit(.peerLost(peer, .consentExpired))
        #expect(try bert.first { isLeft($0) ? true : nil } == true)
    }
}
