import Contract
import Foundation
import Protocol
import Testing

@testable import Control

extension TestServer {
    func token(
        _ room: String, _ name: String, user: String? = nil, role: Role = .participant, app: String? = nil,
        mode: Control.RoomMode = .sfu
    ) throws -> String {
        try Tokens.issue(
            room: room, name: name, role: role.rawValue, userId: user, appId: app, mode: mode.rawValue,
            lifetimeSeconds: 60, secret: Self.secret)
    }

    /// A socket that has joined and answered the first offer.
    func member(_ room: String, _ name: String) throws -> Socket {
        let socket = try Socket(port: port)
        _ = try #require(try socket.join(token(room, name)))
        try socket.answer(#require(try socket.offer()))
        return socket
    }
}

@Suite(.serialized) struct SignalingTests {
    @Test func aTrackReachesTheOthersInASlotOfANewOffer() throws {
        let test = try TestServer()
        let anna = try test.member("garden", "anna")
        let bert = try test.member("garden", "bert")
        try anna.publish(.microphone)
        let tracks = try #require(try bert.tracks(count: 1))
        #expect(tracks.tracks[0].source == .microphone)
        let offer = try #require(try bert.offer())
        #expect(offer.version == 2)
        #expect(offer.sdp.contains("a=mid:" + tracks.tracks[0].mid))
        try bert.answer(offer)
        let bound = try #require(
            test.shards.first { command -> ConsumerIndex? in
                if case .bindConsumer(let consumer, let producer) = command, producer != .none { consumer } else { nil }
            })
        #expect(offer.sdp.contains("a=ssrc:\(ConsumerSsrc.media(bound))"))
    }

    @Test func aFreedSlotIsUsedAgainWithoutAnOffer() throws {
        let test = try TestServer()
        let anna = try test.member("garden", "anna")
        let bert = try test.member("garden", "bert")
        try anna.publish(.camera)
        let first = try #require(try bert.tracks(count: 1)).tracks[0]
        try bert.answer(#require(try bert.offer()))
        try anna.publish(.camera, on: false)
        _ = try #require(try bert.tracks(count: 0))
        try anna.publish(.screen)
        let second = try #require(try bert.tracks(count: 1)).tracks[0]
        #expect(second.mid == first.mid)
        #expect(second.source == .screen)
        // Were there an offer, it would come before the pong.
        try bert.send(5, .ping(Ping()))
        let next = try bert.first { message -> String? in
            switch message.body {
            case .offer?: "offer"
            case .pong?: "pong"
            default: nil
            }
        }
        #expect(next == "pong")
    }

    @Test func changesDuringAnOpenOfferComeTogetherInTheNext() throws {
        let test = try TestServer()
        let bert = try Socket(port: test.port)
        _ = try #require(try bert.join(test.token("garden", "bert")))
        let first = try #require(try bert.offer())
        #expect(first.version == 1)
        let anna = try test.member("garden", "anna")
        try anna.publish(.microphone)
        try anna.publish(.camera)
        try anna.publish(.screen)
        _ = try #require(try bert.tracks(count: 3))
        try bert.answer(first)
        let second = try #require(try bert.offer())
        #expect(second.version == 2)
        #expect(second.sdp.components(separatedBy: "\r\nm=").count - 1 == 6)
    }

    @Test func aCameraIsOpenedWithThreeLayersAndMuted() throws {
        let test = try TestServer()
        let anna = try test.member("garden", "anna")
        try anna.publish(.camera, muted: true)
        let producer = try #require(
            test.shards.first { if case .openProducer(let producer) = $0 { producer } else { nil } })
        #expect(producer.mid.text == "1")
        #expect(producer.layerCount == 3)
        #expect((0..<3).map { producer.layers[$0].rid.text } == ["q", "h", "f"])
        let paused = test.shards.first { command -> Bool? in
            if case .pauseProducer(producer.producer, let isPaused) = command { isPaused } else { nil }
        }
        #expect(paused == true)
    }

    @Test func mutingIsToldToTheOthers() throws {
        let test = try TestServer()
        let anna = try test.member("garden", "anna")
        let bert = try test.member("garden", "bert")
        try anna.publish(.microphone)
        _ = try #require(try bert.tracks(count: 1))
        var muted = SetMuted()
        muted.source = .microphone
        muted.muted = true
        try anna.send(0, .setMuted(muted))
        let changed = try #require(
            try bert.first { if case .trackChanged(let changed)? = $0.body { changed } else { nil } })
        #expect(changed.muted && changed.source == .microphone)
    }

    @Test func whoSpeaksIsToldToAll() throws {
        let test = try TestServer()
        let anna = try test.member("garden", "anna")
        let bert = try test.member("garden", "bert")
        try anna.publish(.microphone)
        let producer = try #require(
            test.shards.first { if case .openProducer(let producer) = $0 { producer.producer } else { nil } })
        let room = try #require(test.shards.first { if case .openRoom(let room) = $0 { room } else { nil } })
        test.shards.emit(.speakerChanged(room, producer))
        let speaker = try #require(
            try bert.first { if case .activeSpeaker(let speaker)? = $0.body { speaker.peerID } else { nil } })
        #expect(!speaker.isEmpty)
        test.shards.emit(.speakerChanged(room, .none))
        let silence = try bert.first { if case .activeSpeaker(let speaker)? = $0.body { speaker.peerID } else { nil } }
        #expect(silence == "")
    }

    @Test func whatIsShownReachesTheShardAndWhatIsHeldTheClient() throws {
        let test = try TestServer()
        let anna = try test.member("garden", "anna")
        let bert = try test.member("garden", "bert")
        try anna.publish(.camera)
        let tracks = try #require(try bert.tracks(count: 1))
        try bert.answer(#require(try bert.offer()))
        let bound = try #require(
            test.shards.first { command -> ConsumerIndex? in
                if case .bindConsumer(let consumer, let producer) = command, producer != .none { consumer } else { nil }
            })
        var shown = SetView()
        shown.mid = tracks.tracks[0].mid
        shown.width = 640
        shown.height = 360
        shown.pinned = true
        try bert.send(0, .setView(shown))
        let view = try #require(
            test.shards.first { if case .setView(bound, let view) = $0 { view } else { nil } })
        #expect(view == View(width: 640, height: 360, isPinned: true))
        test.shards.emit(.consumerHeld(bound, .bandwidth))
        let held = try #require(try bert.first { if case .held(let held)? = $0.body { held } else { nil } })
        #expect(held.mid == shown.mid && held.reason == .bandwidth)
        shown.mid = "77"
        try bert.send(5, .setView(shown))
        #expect(try bert.refusal()?.requestID == 5)
    }

    @Test func theNewerOfTwoWithOneUserStays() throws {
        let test = try TestServer()
        let token = try test.token("garden", "anna", user: "u1")
        let older = try Socket(port: test.port)
        _ = try #require(try older.join(token))
        let newer = try Socket(port: test.port)
        let joined = try #require(try newer.join(token))
        #expect(joined.members.isEmpty)
        #expect(try older.closing()?.reason == .replaced)
        #expect(try test.server.onLoop { $0.registry.peerCount } == 1)
        var again = Join()
        again.token = token
        try newer.send(4, .join(again))
        let refusal = try #require(try newer.refusal())
        #expect(refusal.code == .alreadyInRoom && refusal.requestID == 4)
    }

    @Test func aStayGoesOnByAnotherSocket() throws {
        let test = try TestServer()
        let bert = try test.member("garden", "bert")
        let token = try test.token("garden", "anna", user: "u1")
        let older = try Socket(port: test.port)
        let before = try #require(try older.join(token))
        try older.answer(#require(try older.offer()))
        try older.publish(.microphone)
        _ = try #require(try bert.tracks(count: 1))

        let newer = try Socket(port: test.port)
        let joined = try #require(try newer.join(token, resuming: before.peerID))
        #expect(joined.resumed && joined.peerID == before.peerID && joined.members.map(\.name) == ["bert"])
        #expect(try older.closing() == nil)
        let offer = try #require(try newer.offer())
        #expect(offer.version == 2)
        try newer.answer(offer)
        let restarted = test.shards.first { command -> PeerHandle? in
            if case .restartIce(let peer, _) = command { peer } else { nil }
        }
        #expect(restarted != nil)
        // Who sees it from outside sees nothing.
        try newer.publish(.camera)
        #expect(try bert.tracks(count: 2) != nil)
        #expect(try test.server.onLoop { $0.registry.peerCount } == 2)
    }

    @Test(arguments: ["", "somebody else's"]) func aStayThatIsNotOnesOwnIsNotTakenOver(user: String) throws {
        let test = try TestServer()
        let anna = try Socket(port: test.port)
        let before = try #require(try anna.join(test.token("garden", "anna", user: "u1")))
        let eve = try Socket(port: test.port)
        let joined = try #require(try eve.join(test.token("garden", "eve", user: user), resuming: before.peerID))
        #expect(!joined.resumed && joined.peerID != before.peerID && joined.members.map(\.name) == ["anna"])
        #expect(try test.server.onLoop { $0.registry.peerCount } == 2)
    }

    @Test func whatIsRefusedSaysWhy() throws {
        let test = try TestServer { $0.roomPeersMax = 1 }
        let text = try Socket(port: test.port)
        text.frame(opcode: 1, Array("hello".utf8))
        #expect(try text.receive() == nil)
        #expect(text.closeStatus == 1003)

        let early = try Socket(port: test.port)
        try early.publish(.camera)
        #expect(try early.refusal()?.code == .notInRoom)
        early.frame(opcode: 2, [0xFF, 0xFF, 0xFF])
        #expect(try early.refusal()?.code == .invalidMessage)
        #expect(try early.join("not.a.token") == nil)

        let stranger = try Socket(port: test.port)
        var join = Join()
        join.token = "not.a.token"
        try stranger.send(2, .join(join))
        #expect(try stranger.refusal()?.code == .invalidToken)
        #expect(try stranger.receive() == nil)

        let anna = try Socket(port: test.port)
        _ = try #require(try anna.join(test.token("garden", "anna")))
        let bert = try Socket(port: test.port)
        join.token = try test.token("garden", "bert")
        try bert.send(2, .join(join))
        #expect(try bert.refusal()?.code == .roomFull)
        #expect(try test.server.onLoop { $0.registry.peerCount } == 1)
    }

    @Test func aListenerMayNotPublish() throws {
        let test = try TestServer()
        let anna = try Socket(port: test.port)
        let joined = try #require(try anna.join(test.token("garden", "anna", role: .viewer)))
        #expect(!joined.mayPublish)
        try anna.publish(.microphone)
        let refusal = try #require(try anna.refusal())
        #expect(refusal.code == .notAllowed && refusal.requestID == 9)
    }

    @Test func aSocketThatClosesLeavesTheRoomWhereSessionsAreNotKept() throws {
        let test = try TestServer { $0.signaling.resumeSeconds = 0 }
        let bert = try test.member("garden", "bert")
        var anna: Socket? = try test.member("garden", "anna")
        let joined = try bert.first { if case .peerJoined(let joined)? = $0.body { joined.member.peerID } else { nil } }
        #expect(anna != nil)
        anna = nil
        let left = try bert.first { if case .peerLeft(let left)? = $0.body { left.peerID } else { nil } }
        #expect(left == joined)
    }

    @Test func floodingIsRefusedAndTooLongEndsTheSocket() throws {
        let test = try TestServer()
        let flooder = try Socket(port: test.port)
        for _ in 0..<400 { try flooder.send(0, .ping(Ping())) }
        #expect(try flooder.refusal()?.code == .rateLimited)
        let long = try Socket(port: test.port)
        long.frame(opcode: 2, [UInt8](repeating: 0, count: 300_000))
        #expect(try long.receive() == nil)
    }

    @Test func iceRestartsWithANewOffer() throws {
        let test = try TestServer()
        let anna = try test.member("garden", "anna")
        try anna.send(0, .iceRestart(IceRestart()))
        let offer = try #require(try anna.offer())
        var answer = Answer()
        answer.version = offer.version
        answer.sdp = Answers.text(to: offer.sdp, ufrag: "again")
        try anna.send(0, .answer(answer))
        let credentials = try #require(
            test.shards.first { command -> IceCredentials? in
                if case .restartIce(_, let credentials) = command { credentials } else { nil }
            })
        #expect(credentials.remoteUfrag.text == "again")
        #expect(offer.sdp.contains("a=ice-ufrag:" + credentials.localUfrag.text))
    }

    @Test func statsAnswerTheRequest() throws {
        let test = try TestServer()
        let anna = try test.member("garden", "anna")
        try anna.publish(.microphone)
        try anna.send(77, .statsRequest(StatsRequest()))
        let stats = try #require(
            try anna.first { message -> Stats? in
                if case .stats(let stats)? = message.body, message.requestID == 77 { stats } else { nil }
            })
        #expect(stats.packetsReceived == 7)
        #expect(stats.producers.first?.layers.first?.packets == 5)
    }

    @Test func drainingEndsSessionsWithAReason() throws {
        let test = try TestServer { $0.drainSeconds = 0 }
        let anna = try test.member("garden", "anna")
        test.server.drain()
        #expect(try anna.closing()?.reason == .draining)
        try test.server.waitUntilFinished()
    }

    @Test func whoComesToAMeetingIsLetInWhileTheServerDrains() throws {
        let test = try TestServer { $0.drainSeconds = 60 }
        let anna = try test.member("garden", "anna")
        test.server.drain()
        let bert = try test.member("garden", "bert")
        try bert.publish(.microphone)
        #expect(try anna.tracks(count: 1)?.tracks.first?.source == .microphone)
    }

    @Test func aSlotThatTheClientDoesNotTakeIsLeftAlone() throws {
        let test = try TestServer()
        let anna = try test.member("garden", "anna")
        let bert = try test.member("garden", "bert")
        try anna.publish(.microphone)
        let offer = try #require(try bert.offer())
        try bert.answer(offer) { $0 != "3" }
        // What it carried is offered in another slot.
        let next = try #require(try bert.offer())
        #expect(next.sdp.contains("a=mid:4"))
    }
}
