import Contract
import Protocol
import Testing

@testable import Control

/// Rooms of two whose media the server never sees.
@Suite(.serialized) struct PairTests {
    private func member(_ test: TestServer, _ name: String) throws -> (Socket, Joined) {
        let socket = try Socket(port: test.port)
        return (socket, try #require(try socket.join(test.token("pair", name, mode: .p2p))))
    }

    private func offer(_ version: UInt32, _ sdp: String) -> Offer {
        var offer = Offer()
        offer.version = version
        offer.sdp = sdp
        return offer
    }

    @Test func descriptionsAndCandidatesArePassedOn() throws {
        let test = try TestServer()
        let (anna, first) = try member(test, "anna")
        let (bert, second) = try member(test, "bert")
        #expect(first.mode == .p2P && second.mode == .p2P)
        #expect(second.members.map(\.name) == ["anna"])
        let joined = try anna.first { if case .peerJoined(let joined)? = $0.body { joined.member } else { nil } }
        #expect(joined?.peerID == second.peerID)
        try anna.send(0, .offer(offer(1, "an offer")))
        #expect(try bert.offer() == offer(1, "an offer"))
        var answer = Answer()
        answer.version = 1
        answer.sdp = "an answer"
        try bert.send(0, .answer(answer))
        #expect(try anna.first { if case .answer(let answer)? = $0.body { answer } else { nil } } == answer)
        var ice = Ice()
        ice.candidate = "candidate:1"
        ice.sdpMid = "0"
        try bert.send(0, .ice(ice))
        #expect(try anna.first { if case .ice(let ice)? = $0.body { ice } else { nil } } == ice)
        try bert.send(0, .iceRestart(IceRestart()))
        #expect(try anna.first { if case .iceRestart? = $0.body { true } else { nil } } == true)
        #expect(try test.server.onLoop { $0.registry.peerCount } == 0)
        #expect(test.shards.commands.isEmpty)
    }

    @Test func whatIsOnIsToldInTheLinesThatAreSetAside() throws {
        let test = try TestServer()
        let (anna, first) = try member(test, "anna")
        let (bert, _) = try member(test, "bert")
        try anna.publish(.camera, muted: true)
        let track = try #require(try bert.tracks(count: 1)).tracks[0]
        #expect(track.mid == "1" && track.peerID == first.peerID && track.source == .camera && track.muted)
        var muted = SetMuted()
        muted.source = .camera
        try anna.send(0, .setMuted(muted))
        #expect(
            try bert.first { if case .trackChanged(let changed)? = $0.body { !changed.muted } else { nil } } == true)
        try anna.publish(.camera, on: false)
        #expect(try bert.tracks(count: 0) != nil)
    }

    @Test func aThirdIsRefusedAndTheModeStays() throws {
        let test = try TestServer()
        let (anna, _) = try member(test, "anna")
        let (bert, _) = try member(test, "bert")
        let cleo = try Socket(port: test.port)
        #expect(try cleo.join(test.token("pair", "cleo", mode: .p2p)) == nil)
        let dora = try Socket(port: test.port)
        var join = Join()
        join.token = try test.token("pair", "dora")
        try dora.send(3, .join(join))
        #expect(try dora.refusal()?.code == .notAllowed)
        try bert.send(0, .leave(Leave()))
        #expect(try anna.first { if case .peerLeft? = $0.body { true } else { nil } } == true)
        _ = try member(test, "emil")
    }

    @Test func inOtherRoomsTheServerOffers() throws {
        let test = try TestServer()
        let anna = try test.member("garden", "anna")
        try anna.send(7, .offer(offer(1, "mine")))
        let refusal = try #require(try anna.refusal())
        #expect(refusal.code == .notAllowed && refusal.requestID == 7)
    }

    @Test func whoComesBackIsStillThere() throws {
        let test = try TestServer()
        var anna: Socket? = try Socket(port: test.port)
        let first = try #require(try anna?.join(test.token("pair", "anna", mode: .p2p)))
        let (bert, _) = try member(test, "bert")
        try bert.publish(.microphone)
        anna = nil
        let again = try Socket(port: test.port)
        let joined = try #require(try again.join("") { $0.resumeToken = first.resumeToken })
        #expect(joined.resumed && joined.mode == .p2P && joined.members.map(\.name) == ["bert"])
        #expect(try again.tracks(count: 1)?.tracks[0].source == .microphone)
    }
}
