import Contract
import SessionDescription
import Testing

@testable import Control

@Suite(.serialized) struct WhipTests {
    @Test func aPublisherGetsAnAnswerAndIsOpenedInOrder() throws {
        let test = try TestServer()
        let reply = try test.post("/whip/garden?peer=anna", sdp: Offers.text("chromiumPublishVp8Simulcast.sdp"))
        #expect(reply.status == 201, "\(reply.text)")
        #expect(reply.headers["location"]?.hasPrefix("/whip/garden/") == true)
        #expect(reply.headers["etag"]?.hasPrefix("\"") == true)
        #expect(reply.headers["content-type"] == "application/sdp")
        #expect(reply.headers["access-control-allow-origin"] == "*")
        #expect(reply.text.contains("a=ice-lite"))
        #expect(reply.text.contains("127.0.0.1 7000 typ host"))

        let peer = try #require(test.shards.first { if case .openPeer(let peer) = $0 { peer } else { nil } })
        #expect(reply.text.contains("a=ice-ufrag:" + peer.ice.localUfrag.text))
        #expect(peer.ice.localUfrag.text.hasPrefix(IceCredentials.ufragPrefix(shard: 0, peer: peer.peer.index)))
        let video = try #require(
            test.shards.first { command -> OpenProducer? in
                if case .openProducer(let producer) = command, producer.kind == .video { producer } else { nil }
            })
        #expect(video.layerCount == 3)
        #expect(video.layers[0].rid.text == "q")
        let names = test.shards.commands.map { String(describing: $0).prefix { $0 != "(" } }
        #expect(names.first == "openRoom")
        #expect(names.firstIndex(of: "openPeer")! < names.firstIndex(of: "openProducer")!)
        guard case .open(let handle, let fingerprint)? = test.shards.handshakeOrders.first else {
            Issue.record("the handshake thread was not told")
            return
        }
        #expect(handle == peer.peer)
        #expect(fingerprint.count == 32)
    }

    @Test func aViewerIsBoundToWhatIsThereAndToWhatComesLater() throws {
        let test = try TestServer()
        _ = try test.post("/whip/garden?peer=anna", sdp: Offers.text("wrtcPublish.sdp"))
        let offer = try Offers.text("chromiumRecvonly.sdp")
        let reply = try test.post("/whep/garden", sdp: offer)
        #expect(reply.status == 201, "\(reply.text)")
        #expect(reply.text.contains("a=sendonly"))
        let bound = try #require(
            test.shards.first { command -> (ConsumerIndex, ProducerIndex)? in
                if case .bindConsumer(let consumer, let producer) = command { (consumer, producer) } else { nil }
            })
        #expect(bound.1 != .none)
        #expect(reply.text.contains("a=ssrc:\(ConsumerSsrc.media(bound.0))"))
    }

    @Test func aViewerBeforeThePublisherHasItsSsrcsAlready() throws {
        let test = try TestServer()
        let reply = try test.post("/whep/garden?from=anna", sdp: Offers.text("chromiumRecvonly.sdp"))
        let usable = try ClientOffer(reading: Offers.text("chromiumRecvonly.sdp")).subscribableSections.count
        #expect(reply.text.components(separatedBy: "a=sendonly").count - 1 == usable)
        _ = try test.post("/whip/garden?peer=bert", sdp: Offers.text("chromiumPublishVp8Simulcast.sdp"))
        _ = try test.post("/whip/garden?peer=anna", sdp: Offers.text("chromiumPublishVp8Simulcast.sdp"))
        let annas = try test.server.onLoop { site in
            site.registry.rooms["garden"]!.peers.filter { $0.name == "anna" }.flatMap { $0.producers.map(\.index) }
        }
        let bound = try #require(
            test.shards.first { command -> ProducerIndex? in
                if case .bindConsumer(_, let producer) = command { producer } else { nil }
            })
        #expect(annas.contains(bound))
    }

    @Test func deleteEndsTheSessionAndTheRoom() throws {
        let test = try TestServer()
        let reply = try test.post("/whip/garden?peer=anna", sdp: Offers.text("chromiumPublishVp8Simulcast.sdp"))
        let path = try #require(reply.headers["location"])
        #expect(try http(test.port, "DELETE", path).status == 200)
        #expect(try http(test.port, "DELETE", path).status == 404)
        let closed = test.shards.first { if case .closeRoom = $0 { true } else { nil } }
        #expect(closed == true)
    }

    @Test func trickleAndRestartFollowTheEntityTag() throws {
        let test = try TestServer()
        let offer = try Offers.text("chromiumPublishVp8Simulcast.sdp")
        let reply = try test.post("/whip/garden?peer=anna", sdp: offer)
        let path = try #require(reply.headers["location"])
        let tag = try #require(reply.headers["etag"])
        let remote = try ClientOffer(reading: offer).remote.ice
        func patch(_ match: String?, ufrag: String, password: String) throws -> Reply {
            let body =
                "a=ice-ufrag:\(ufrag)\r\na=ice-pwd:\(password)\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
                + "a=candidate:1 1 udp 2122 10.0.0.1 5000 typ host\r\na=end-of-candidates\r\n"
            var headers = ["Content-Type": "application/trickle-ice-sdpfrag"]
            headers["If-Match"] = match
            return try http(test.port, "PATCH", path, headers: headers, body: Array(body.utf8))
        }
        #expect(try patch(nil, ufrag: remote.ufrag, password: remote.password).status == 428)
        #expect(try patch("\"other\"", ufrag: remote.ufrag, password: remote.password).status == 412)
        #expect(try patch(tag, ufrag: remote.ufrag, password: remote.password).status == 204)
        let restarted = try patch("*", ufrag: "newone", password: "abcdefghijklmnopqrstuvwx")
        #expect(restarted.status == 200)
        let newTag = try #require(restarted.headers["etag"])
        #expect(newTag != tag)
        let credentials = try #require(
            test.shards.first { command -> IceCredentials? in
                if case .restartIce(_, let credentials) = command { credentials } else { nil }
            })
        #expect(credentials.remoteUfrag.text == "newone")
        #expect(restarted.text.contains("a=ice-ufrag:" + credentials.localUfrag.text))
        #expect(try patch(tag, ufrag: "newone", password: "abcdefghijklmnopqrstuvwx").status == 412)
        #expect(try patch(newTag, ufrag: "newone", password: "abcdefghijklmnopqrstuvwx").status == 204)
    }

    @Test func whatIsWrongIsNamed() throws {
        let test = try TestServer()
        let offer = try Offers.text("chromiumPublishVp8Simulcast.sdp")
        #expect(try test.post("/whip/garden", sdp: offer, headers: ["Content-Type": "text/plain"]).status == 415)
        #expect(try test.post("/whip/garden", sdp: offer, headers: ["Accept": "application/json"]).status == 406)
        #expect(try test.post("/whip/garden", sdp: "hello").status == 400)
        #expect(try test.post("/whip/no%20room", sdp: offer).errorCode == "ROOM_NAME")
        #expect(try test.post("/whip/garden?peer=%07", sdp: offer).errorCode == "PEER_NAME")
        #expect(
            try test.post("/whip/garden", sdp: Offers.text("chromiumRecvonly.sdp")).errorCode == "NOTHING_TO_PUBLISH")
        #expect(try test.post("/whip/garden", sdp: String(repeating: "a", count: 300_000)).status == 413)
        #expect(try test.post("/whip/garden", sdp: String(repeating: "a=b\r\n", count: 35_000)).status == 413)
        #expect(try http(test.port, "GET", "/whip/garden").status == 405)
        #expect(try http(test.port, "GET", "/nowhere").status == 404)
        #expect(try http(test.port, "OPTIONS", "/whip/garden").headers["accept-post"] == "application/sdp")
        _ = try test.post("/whip/garden?peer=anna", sdp: offer)
        let second = try test.post("/whip/garden?peer=anna", sdp: offer)
        #expect(second.status == 409)
        #expect(second.errorCode == "PEER_EXISTS")
        // A refused session leaves nothing behind.
        #expect(try test.server.onLoop { $0.registry.peerCount } == 1)
    }

    @Test func aFullRoomRefuses() throws {
        let test = try TestServer { $0.roomPeersMax = 1 }
        let offer = try Offers.text("chromiumPublishVp8Simulcast.sdp")
        #expect(try test.post("/whip/garden?peer=anna", sdp: offer).status == 201)
        #expect(try test.post("/whip/garden?peer=bert", sdp: offer).errorCode == "ROOM_FULL")
    }

    @Test func aDrainingServerOpensNoRoomAndLetsPeopleIntoThoseThatAreOpen() throws {
        let test = try TestServer { $0.drainSeconds = 60 }
        let offer = try Offers.text("chromiumPublishVp8Simulcast.sdp")
        let anna = try test.post("/whip/garden?peer=anna", sdp: offer)
        #expect(anna.status == 201)
        test.server.drain()
        let refused = try test.post("/whip/meadow", sdp: offer)
        #expect(refused.status == 503)
        #expect(refused.errorCode == "DRAINING")
        #expect(try http(test.port, "GET", "/health").status == 503)
        let bert = try test.post("/whip/garden?peer=bert", sdp: offer)
        #expect(bert.status == 201)
        let carl = try test.post("/whep/garden", sdp: Offers.text("chromiumRecvonly.sdp"))
        #expect(carl.status == 201)
        // The end comes with the last who leaves.
        for reply in [anna, bert, carl] {
            #expect(try http(test.port, "DELETE", #require(reply.headers["location"])).status == 200)
        }
        try test.server.waitUntilFinished()
    }

    @Test func aPeerThatTheShardLostIsGone() throws {
        let test = try TestServer()
        let reply = try test.post("/whip/garden?peer=anna", sdp: Offers.text("chromiumPublishVp8Simulcast.sdp"))
        let peer = try #require(test.shards.first { if case .openPeer(let peer) = $0 { peer.peer } else { nil } })
        test.shards.emit(.peerLost(peer, .consentExpired))
        let closed = test.shards.first { command -> Bool? in
            if case .closePeer(let handle) = command { handle == peer } else { nil }
        }
        #expect(closed == true)
        #expect(try http(test.port, "DELETE", reply.headers["location"]!).status == 404)
    }

    @Test func aLayerIsChosenByMid() throws {
        let test = try TestServer()
        _ = try test.post("/whip/garden?peer=anna", sdp: Offers.text("chromiumPublishVp8Simulcast.sdp"))
        let offer = try Offers.text("chromiumRecvonly.sdp")
        let reply = try test.post("/whep/garden", sdp: offer)
        let video = try #require(try ClientOffer(reading: offer).sections.first { $0.kind == .video })
        func choose(_ json: String) throws -> Reply {
            try http(
                test.port, "POST", reply.headers["location"]! + "/layer", headers: ["Content-Type": "application/json"],
                body: Array(json.utf8))
        }
        #expect(try choose(#"{"mid": "\#(video.mid)", "spatial": 0}"#).status == 204)
        let chosen = test.shards.first { command -> UInt8? in
            if case .selectLayer(_, let spatial) = command { spatial } else { nil }
        }
        #expect(chosen == 0)
        #expect(try choose(#"{"mid": "zz", "spatial": 0}"#).errorCode == "NO_SUCH_MID")
        #expect(try choose("layer").status == 400)
    }
}
