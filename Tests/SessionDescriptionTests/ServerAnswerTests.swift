import Contract
import Testing

@testable import SessionDescription

@Suite struct ServerAnswerTests {
    private func whip(_ text: String) throws -> (sdp: Sdp, answer: ServerAnswer) {
        let answer = try whipAnswer(offer: text, origin: origin, local: local).answer
        return (try Sdp(parsing: answer.text), answer)
    }

    private func whep(_ text: String, _ streams: [OutgoingStream?]) throws -> (sdp: Sdp, answer: ServerAnswer) {
        let answer = try whepAnswer(offer: ClientOffer(reading: text), origin: origin, local: local, streams: streams)
        return (try Sdp(parsing: answer.text), answer)
    }

    @Test func aPublisherIsAnsweredUnderItsOwnNumbers() throws {
        let (sdp, answer) = try whip(Samples.chromiumPublishVp8Simulcast)
        #expect(sdp.iceLite)
        #expect(sdp.bundleGroups == [["0", "1"]])
        #expect(sdp.sections.map(\.statedDirection) == [.recvonly, .recvonly])
        #expect(sdp.sections.allSatisfy { $0.value("setup") == "passive" && $0.rtcpMux })
        #expect(sdp.sections[0].formats == ["111", "63"])
        #expect(
            sdp.sections[1].formats == [
                "96", "97", "102", "103", "108", "109", "116", "117", "45", "46", "98", "99", "100", "101",
            ])
        #expect(sdp.sections[1].value("simulcast") == "recv q;h;f")
        #expect(sdp.sections[1].values("extmap").contains("10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"))
        #expect(answer.sections[1].layers.map(\.name) == ["q", "h", "f"])
        #expect(answer.media.payloadTypeOfCodec[Int(Codec.h264Main.rawValue)] == 116)
    }

    @Test func parametersOfTheOfferAreKept() throws {
        let video = try whip(Samples.chromiumPublishVp8Simulcast).sdp.sections[1]
        #expect(
            video.values("fmtp").contains("108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"))
        #expect(video.values("fmtp").contains("45 level-idx=5;profile=0;tier=0"))
        #expect(video.values("rtcp-fb").filter { $0.hasPrefix("96 ") }.count == 5)
        // aiortc knows no transport-cc: what the offer does not name, the answer does not claim.
        let plain = try whip(Samples.aiortcOfferSendrecvDc).sdp.sections[1]
        #expect(plain.values("rtcp-fb").filter { $0.hasPrefix("97 ") } == ["97 goog-remb", "97 nack", "97 nack pli"])
    }

    @Test func stereoPasses() throws {
        #expect(
            try whip(Samples.firefoxPublishVp9Svc).sdp.sections[0].values("fmtp")
                == ["109 minptime=10;useinbandfec=1;stereo=1"])
        #expect(
            try whip(Samples.chromiumPublishVp9Svc).sdp.sections[0].values("fmtp")
                == ["111 minptime=10;useinbandfec=1", "63 111/111"])
    }

    @Test func firefoxExtensionsKeepTheirDirections() throws {
        let video = try whip(Samples.firefoxPublishVp8Simulcast).sdp.sections[1]
        let extensions = video.values("extmap")
        #expect(extensions.contains("9/recvonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"))
        #expect(extensions.contains("3 urn:ietf:params:rtp-hdrext:sdes:mid"))
        // Offered for receiving alone, in a section that only sends.
        #expect(!extensions.contains { $0.contains("playout-delay") })
        #expect(video.extmapAllowMixed)
    }

    /// Without it libwebrtc sends no dependency descriptor, and AV1 with spatial layers cannot be decoded.
    @Test func mixedExtensionFormsAreTakenWhereTheSessionOffersThem() throws {
        let (sdp, _) = try whip(Samples.chromiumPublishAv1Svc)
        #expect(sdp.sections.allSatisfy { $0.extmapAllowMixed })
    }

    @Test func dataChannelsAreTakenInTheirPlace() throws {
        let (sdp, answer) = try whip(Samples.aiortcOfferSendrecvDc)
        #expect(sdp.sections.map(\.port) == [9, 9, 9])
        #expect(sdp.sections[2].media == "application" && sdp.sections[2].proto == "UDP/DTLS/SCTP")
        #expect(sdp.sections[2].value("sctp-port") == "5000" && sdp.sections[2].value("max-message-size") == "65536")
        #expect(!sdp.sections[2].has("rtcp-mux") && sdp.sections[2].value("setup") == "passive")
        #expect(sdp.sections[2].formats == ["webrtc-datachannel"])
        #expect(sdp.sections[2].mid == "2")
        #expect(sdp.bundleGroups == [["0", "1", "2"]])
        #expect(answer.sections.map(\.isAccepted) == [true, true, true])
        #expect(answer.sections[2].kind == nil)
    }

    @Test(arguments: ["a=sctp-port:0", "a=sctp-port:70000", "a=sctp-port:x"])
    func dataChannelsWithoutAPortAreRejected(_ line: String) throws {
        let (sdp, answer) = try whip(Samples.aiortcOfferSendrecvDc.replacing("a=sctp-port:5000", with: line))
        #expect(sdp.sections.map(\.port) == [9, 9, 0])
        #expect(answer.sections.map(\.isAccepted) == [true, true, false])
    }

    @Test func anUnknownCodecIsRejectedAndTheRestServed() throws {
        let (sdp, answer) = try whip(Samples.wrtcPublish.replacing("VP8/90000", with: "VP7/90000"))
        #expect(sdp.sections.map(\.port) == [9, 0])
        #expect(answer.sections[1].layers.isEmpty)
        #expect(answer.media.payloadTypeOfCodec[Int(Codec.vp8.rawValue)] == 255)
    }

    @Test func whoOnlyReceivesDoesNotPublish() {
        let error = refusal { () throws(SdpError) in
            try whipAnswer(offer: Samples.chromiumRecvonly, origin: origin, local: local)
        }
        #expect(error?.reason == .nothingAccepted)
    }

    @Test(arguments: [
        ("q;h;f", ["q", "h", "f"]), ("f;h;q", ["q", "h", "f"]), ("h;q", ["q", "h"]), ("q;h", ["q", "h"]),
        ("f;q", ["q", "f"]),
    ])
    func layersAreLowToHigh(stated: String, layers: [String]) throws {
        let text = Samples.chromiumPublishVp8Simulcast.replacing("send q;h;f", with: "send \(stated)")
        let (sdp, answer) = try whip(text)
        #expect(answer.sections[1].layers.map(\.name) == layers)
        // The client's own order, as it knows it.
        #expect(sdp.sections[1].value("simulcast") == "recv \(stated)")
    }

    @Test func atMostThreeLayersAreTaken() throws {
        let text = Samples.chromiumPublishVp8Simulcast
            .replacing("a=rid:f send", with: "a=rid:f send\na=rid:x send").replacing("send q;h;f", with: "send q;h;f;x")
        let (sdp, answer) = try whip(text)
        #expect(answer.sections[1].layers.map(\.name) == ["q", "h", "f"])
        #expect(sdp.sections[1].value("simulcast") == "recv q;h;f")
    }

    @Test(arguments: [
        ("chromium", Samples.chromiumRecvonly), ("firefox", Samples.firefoxRecvonly), ("wrtc", Samples.wrtcRecvonly),
        ("aiortc", Samples.aiortcRecvonly),
    ])
    func aSubscriberGetsItsStreams(name: String, text: String) throws {
        let (sdp, answer) = try whep(text, [stream(1), stream(2)])
        #expect(sdp.sections.map(\.statedDirection) == [.sendonly, .sendonly])
        #expect(sdp.sections[1].value("msid") == "stream2 track2")
        #expect(sdp.sections[1].value("ssrc-group") == "FID \(0x4D00_0004) \(0x4D00_0005)")
        // There is no RTX for audio.
        #expect(!sdp.sections[0].has("ssrc-group"))
        #expect(sdp.sections.allSatisfy { !$0.has("simulcast") && $0.value("setup") == "passive" })
        #expect(answer.sections.map(\.direction) == [.recvonly, .recvonly])
        #expect(answer.sections.map(\.layers.count) == [0, 0])
    }

    @Test func aSubscriberMayLeaveSectionsEmpty() throws {
        let (sdp, _) = try whep(Samples.chromiumRecvonly, [nil, stream(2)])
        #expect(sdp.sections.map(\.statedDirection) == [.inactive, .sendonly])
        #expect(sdp.sections.map(\.port) == [9, 9])
        #expect(try whep(Samples.chromiumRecvonly, []).sdp.sections.map(\.statedDirection) == [.inactive, .inactive])
    }

    @Test func slotsMustFitTheOffer() throws {
        let offer = try ClientOffer(reading: Samples.chromiumRecvonly)
        func reason(_ slots: [AnswerSlot]) -> SdpError.Reason? {
            refusal { () throws(SdpError) in try offer.answer(origin: origin, local: local, slots: slots) }?.reason
        }
        #expect(reason([.inactive]) == .invalidArgument)
        #expect(reason([.receive, .inactive]) == .invalidArgument)
        #expect(reason([.reject, .reject]) == .nothingAccepted)
        #expect(reason([.reject, .send(stream(1))]) == nil)
        var bad = stream(1)
        bad.cname = "two words"
        #expect(reason([.send(bad), .inactive]) == .invalidArgument)
    }

    @Test(arguments: Samples.offers.map(\.name))
    func everyAnswerParses(name: String) throws {
        let text = try #require(Samples.offers.first { $0.name == name }?.text)
        guard let offer = try? ClientOffer(reading: text) else {
            #expect(name.hasSuffix("Datachannel"))
            return
        }
        let answer = try offer.answer(origin: origin, local: local, slots: offer.publishSlots)
        let sdp = try Sdp(parsing: answer.text)
        #expect(sdp.sections.map(\.mid) == offer.sections.map(\.mid))
        #expect(answer.sections.count == offer.sections.count)
        #expect(sdp.bundleGroups[0] == answer.sections.filter(\.isAccepted).map(\.mid))
    }
}
