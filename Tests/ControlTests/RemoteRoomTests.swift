import Contract
import Protocol
import SessionDescription
import Testing

@testable import Control

/// Rooms and sessions by SDP, as another control plane asks for them.
struct RemoteRoomTests {
    let rig = RemoteRig()
    var remote: Remote { rig.remote }

    private func join(_ offer: String, _ name: String, _ room: String = "garden") throws -> RpcJoinResponse {
        try remote.join(
            .with {
                $0.room = room
                $0.name = name
                $0.offer = offer
            })
    }

    @Test func aCreatedRoomStaysUntilItIsClosed() throws {
        let free = rig.free
        _ = try remote.createRoom(.with { $0.room = "garden" })
        #expect(rig.code { _ = try remote.createRoom(.with { $0.room = "garden" }) } == "ROOM_EXISTS")
        let answer = try join(Offers.text("wrtcPublish.sdp"), "anna")
        _ = try remote.leave(
            .with {
                $0.room = "garden"
                $0.peerID = answer.peerID
            })
        rig.settle()
        #expect(try remote.getRoom(.with { $0.room = "garden" }).created)
        _ = try remote.closeRoom(.with { $0.room = "garden" })
        rig.settle()
        #expect(rig.registry.rooms.isEmpty && remote.sessions.isEmpty)
        #expect(rig.free == free)
    }

    @Test func aClientsOfferIsAnsweredAndPublished() throws {
        let answer = try join(Offers.text("chromiumPublishVp8Simulcast.sdp"), "anna")
        #expect(answer.answer.contains("a=ice-lite") && answer.offer.isEmpty)
        let room = try remote.getRoom(.with { $0.room = "garden" })
        #expect(room.peers.map(\.name) == ["anna"])
        #expect(room.peers[0].producers.contains { $0.kind == .video && $0.layers == 3 && $0.source == .camera })
    }

    @Test func aViewersSlotsAreFilled() throws {
        let publisher = try join(Offers.text("wrtcPublish.sdp"), "anna")
        let viewer = try join(Offers.text("chromiumRecvonly.sdp"), "bert")
        let peers = try remote.getRoom(.with { $0.room = "garden" }).peers
        let carried = peers.first { $0.peerID == viewer.peerID }?.consumers.map(\.producerID).filter { !$0.isEmpty }
        #expect(carried?.isEmpty == false)
        #expect(carried?.allSatisfy { $0.hasPrefix(publisher.peerID + ":") } == true)
    }

    @Test func theServerOffersAndOffersAgain() throws {
        let (stream, events) = AsyncThrowingStream<RpcEvent, any Error>.makeStream()
        _ = stream
        _ = try remote.watch(RpcWatchRequest(), events)
        let joined = try join("", "anna")
        #expect(joined.offerVersion == 1 && joined.answer.isEmpty)
        func answer(_ version: UInt32, _ sdp: String) throws {
            _ = try remote.answer(
                .with {
                    $0.room = "garden"
                    $0.peerID = joined.peerID
                    $0.offerVersion = version
                    $0.answer = sdp
                    $0.publish = [.microphone]
                })
        }
        #expect(rig.code { try answer(2, "v=0") } == "NO_OFFER")
        #expect(rig.code { try answer(1, "v=0") } != nil)
        try answer(1, Answers.text(to: joined.offer))
        let anna = try #require(try remote.getRoom(.with { $0.room = "garden" }).peers.first)
        #expect(anna.producers.map(\.source) == [.microphone])
        #expect(rig.code { try answer(1, Answers.text(to: joined.offer)) } == "NO_OFFER")
        // Somebody else's picture needs a slot, and that another offer.
        _ = try join(Offers.text("wrtcPublish.sdp"), "bert")
        rig.settle()
        let session = try remote.sdpPeer(joined.peerID, in: "garden")
        #expect(session.offer?.version == 2)
    }

    @Test func muteHoldsForOneSourceOrForAll() throws {
        let anna = try join(Offers.text("chromiumPublishVp8Simulcast.sdp"), "anna")
        func mute(_ source: RpcSource, _ isMuted: Bool) throws -> [Bool] {
            _ = try remote.mute(
                .with {
                    $0.room = "garden"
                    $0.peerID = anna.peerID
                    $0.source = source
                    $0.muted = isMuted
                })
            return rig.registry.rooms["garden"]!.producers.map(\.isMuted)
        }
        #expect(try mute(.unspecified, true).allSatisfy { $0 })
        #expect(try mute(.camera, false).contains(false))
    }

    @Test func aKickEndsAnybodysSession() throws {
        let anna = try join(Offers.text("wrtcPublish.sdp"), "anna")
        _ = try remote.kick(
            .with {
                $0.room = "garden"
                $0.peerID = anna.peerID
            })
        rig.settle()
        #expect(rig.registry.peerCount == 0 && remote.sessions.isEmpty)
    }

    @Test func anIceRestartIsAnswered() throws {
        let anna = try join(Offers.text("wrtcPublish.sdp"), "anna")
        let request = RpcRestartIceRequest.with {
            $0.room = "garden"
            $0.peerID = anna.peerID
            $0.fragment =
                "a=ice-ufrag:abcd\r\na=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
        }
        #expect(try remote.restartIce(request).fragment.contains("a=ice-ufrag:"))
    }

    @Test func roomsAreListedPageByPage() throws {
        for name in ["c", "a", "b"] { _ = try remote.createRoom(.with { $0.room = name }) }
        let first = try remote.listRooms(.with { $0.limit = 2 })
        #expect(first.rooms.map(\.room) == ["a", "b"] && first.next == "b")
        let rest = try remote.listRooms(.with { $0.after = first.next })
        #expect(rest.rooms.map(\.room) == ["c"] && rest.next.isEmpty)
    }

    @Test func everyRefusalHasItsCode() throws {
        #expect(rig.code { _ = try remote.createRoom(.with { $0.room = "no room" }) } == "INVALID_ARGUMENT")
        #expect(rig.code { _ = try remote.getRoom(.with { $0.room = "garden" }) } == "ROOM_NOT_FOUND")
        #expect(rig.code { _ = try remote.closeRoom(.with { $0.room = "garden" }) } == "ROOM_NOT_FOUND")
        #expect(rig.code { _ = try join("v=1", "anna") } == "SDP_MALFORMED")
        #expect(rig.code { _ = try join("", "an\u{7}na") } == "INVALID_ARGUMENT")
        #expect(rig.registry.rooms.isEmpty)
        let transport = try rig.webRtc()
        #expect(
            rig.code {
                _ = try remote.leave(
                    .with {
                        $0.room = "garden"
                        $0.peerID = transport
                    })
            } == "WRONG_KIND")
        #expect(
            rig.code {
                _ = try remote.kick(
                    .with {
                        $0.room = "garden"
                        $0.peerID = "nobody"
                    })
            } == "PEER_NOT_FOUND")
    }

    @Test func aFullRoomAndADrainingServerSaySo() throws {
        let rig = RemoteRig(roomPeersMax: 1)
        _ = try rig.webRtc()
        #expect(rig.code { _ = try rig.webRtc() } == "ROOM_FULL")
        rig.registry.isDraining = true
        #expect(rig.code { _ = try rig.webRtc("other") } == "DRAINING")
    }

    @Test func aShardThatHangsIsBusy() throws {
        let rig = RemoteRig()
        rig.shards.isListening = false
        let transport = try rig.webRtc()
        let producer = try rig.produce(transport).producerID
        var codes: Set<String?> = []
        for round in 0..<6000 {
            codes.insert(
                rig.code {
                    _ = try rig.remote.pauseProducer(
                        .with {
                            $0.room = "garden"
                            $0.producerID = producer
                            $0.paused = round % 2 == 0
                        })
                })
        }
        #expect(codes == [nil, "BUSY"])
    }
}
