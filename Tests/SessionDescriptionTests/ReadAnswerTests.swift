import Contract
import Testing

@testable import SessionDescription

@Suite struct ReadAnswerTests {
    private func read(_ text: String, to sections: [OfferedSection] = publishSections) throws -> NegotiatedAnswer {
        try offer(sections).readAnswer(text)
    }

    private func reason(_ text: String, to sections: [OfferedSection] = publishSections) -> SdpError.Reason? {
        refusal { () throws(SdpError) in try offer(sections).readAnswer(text) }?.reason
    }

    @Test(arguments: [
        ("chromium", AnswerSamples.chromiumAnswerPublish), ("firefox", AnswerSamples.firefoxAnswerPublish),
        ("wrtc", AnswerSamples.wrtcAnswerPublish),
    ])
    func aBrowserPublishesThreeLayers(name: String, text: String) throws {
        let answer = try read(text)
        #expect(answer.sections.map(\.isAccepted) == [true, true])
        #expect(answer.sections.map(\.direction) == [.sendonly, .sendonly])
        #expect(answer.sections[1].layers.map(\.name) == ["q", "h", "f"])
        #expect(answer.sections[1].codecs.first == .vp8)
        let audio = try #require(answer.sections[0].layers.first)
        #expect(audio.ssrc != 0 && audio.rid.isEmpty)
        #expect(answer.media.id(of: .rid) == ServerOffer.mediaMap.id(of: .rid))
        #expect(answer.media.id(of: .transportCC) == ServerOffer.mediaMap.id(of: .transportCC))
        #expect(!answer.sections[1].trackID.isEmpty)
    }

    @Test func whatTheClientDroppedIsAbsent() throws {
        let map = try read(AnswerSamples.firefoxAnswerPublish).media
        for codec in [Codec.red, .h264ConstrainedBaseline, .h264High, .vp9Profile2] {
            #expect(map.payloadTypeOfCodec[Int(codec.rawValue)] == 255)
            #expect(map.rtxPayloadTypeOfCodec[Int(codec.rawValue)] == 255)
            #expect(!(0..<128).contains { map.codecOfPayloadType[$0] == codec })
        }
        #expect(map.payloadTypeOfCodec[Int(Codec.av1.rawValue)] == 112)
        #expect(map.rtxPayloadTypeOfCodec[Int(Codec.av1.rawValue)] == 113)
        #expect(map.id(of: .videoOrientation) == 0)
        #expect(map.id(of: .mid) == 4)
    }

    @Test(arguments: [("chromium", AnswerSamples.chromiumAnswerMixed), ("firefox", AnswerSamples.firefoxAnswerMixed)])
    func sendingAndReceivingShareOneConnection(name: String, text: String) throws {
        let answer = try read(text, to: mixedSections)
        #expect(answer.sections.map(\.mid) == ["0", "1", "2", "3", "4"])
        #expect(answer.sections.map(\.direction) == [.sendonly, .sendonly, .recvonly, .recvonly, .recvonly])
        #expect(answer.sections.map(\.layers.count) == [1, 3, 0, 0, 0])
        #expect(answer.remote.ufragBytes.text == answer.remote.ice.ufrag)
        #expect(!answer.candidates.isEmpty)
    }

    @Test func aClientWithoutSimulcastSendsOneLayer() throws {
        let answer = try read(AnswerSamples.aiortcAnswerMixed, to: mixedSections)
        let layers = answer.sections[1].layers
        #expect(layers.count == 1)
        #expect(layers[0].rid.isEmpty && layers[0].ssrc != 0 && layers[0].rtxSsrc != 0)
        #expect(answer.media.id(of: .transportCC) == 0)
        #expect(answer.media.id(of: .absSendTime) == 2)
        #expect(answer.sections[0].codecs == [.opus])
        #expect(answer.sections[1].codecs == [.vp8, .h264ConstrainedBaseline, .h264Baseline])
    }

    @Test func stoppedAndInactiveSectionsAreTold() throws {
        let answer = try read(AnswerSamples.chromiumAnswerStopped, to: stoppedSections)
        #expect(answer.sections.map(\.isAccepted) == [true, true, true, false, true])
        #expect(answer.sections.map(\.direction) == [.sendonly, .inactive, .recvonly, .inactive, .inactive])
        #expect(answer.sections.map(\.layers.count) == [1, 0, 0, 0, 0])
    }

    @Test func aSectionMayBeRejected() throws {
        let text = AnswerSamples.chromiumAnswerPublish
            .replacing("m=video 9", with: "m=video 0").replacing("BUNDLE 0 1", with: "BUNDLE 0")
        let answer = try read(text)
        #expect(answer.sections.map(\.isAccepted) == [true, false])
        #expect(answer.media.payloadTypeOfCodec[Int(Codec.vp8.rawValue)] == 255)
    }

    @Test func nothingAcceptedIsRefused() {
        let text = AnswerSamples.chromiumAnswerPublish
            .replacing("m=video 9", with: "m=video 0").replacing("m=audio 9", with: "m=audio 0")
        #expect(reason(text) == .nothingAccepted)
    }

    @Test func layersFollowTheOfferNotTheAnswer() throws {
        let text = AnswerSamples.chromiumAnswerPublish.replacing("send q;h;f", with: "send f;~h;q")
        #expect(try read(text).sections[1].layers.map(\.name) == ["q", "h", "f"])
        let two = AnswerSamples.chromiumAnswerPublish.replacing("send q;h;f", with: "send h;q")
        #expect(try read(two).sections[1].layers.map(\.name) == ["q", "h"])
        let foreign = AnswerSamples.chromiumAnswerPublish.replacing("send q;h;f", with: "send h;z")
        #expect(try read(foreign).sections[1].layers.map(\.name) == ["h"])
    }

    @Test func aDirectionThatWasNotOfferedIsNarrowed() throws {
        let text = AnswerSamples.chromiumAnswerPublish.replacing("a=sendonly", with: "a=sendrecv")
        #expect(try read(text).sections.map(\.direction) == [.sendonly, .sendonly])
    }

    @Test func theClientMustOpenDtls() throws {
        let text = AnswerSamples.chromiumAnswerPublish.replacing("a=setup:active", with: "a=setup:passive")
        let error = try #require(refusal { () throws(SdpError) in try offer(publishSections).readAnswer(text) })
        #expect(error.reason == .setup)
        #expect(
            error.description.contains("expected a=setup:active") && error.description.contains("found \"passive\""))
    }

    @Test func anAnswerToAnotherOfferIsRefused() {
        let text = AnswerSamples.chromiumAnswerPublish
        #expect(reason(text, to: mixedSections) == .sectionMismatch)
        #expect(reason(text.replacing("a=mid:1", with: "a=mid:9")) == .sectionMismatch)
        #expect(reason(text.replacing("m=video", with: "m=audio")) == .sectionMismatch)
        #expect(reason(text.replacing("BUNDLE 0 1", with: "BUNDLE 0")) == .notBundled)
        #expect(reason(text.replacing("BUNDLE 0 1", with: "LS 0 1")) == .notBundled)
        #expect(reason(text.replacing("a=extmap:10 ", with: "a=extmap:8 ")) == .extensionConflict)
        #expect(reason(text.without("a=rtcp-mux")) == .rtcpMuxMissing)
        #expect(reason(text.without("a=ice-ufrag")) == .iceCredentials)
        #expect(reason(text.without("a=fingerprint")) == .fingerprint)
    }

    @Test func anAnswerWithItsOwnPayloadTypeIsHeardUnderBoth() throws {
        let text = AnswerSamples.chromiumAnswerPublish
            .replacing("SAVPF 111", with: "SAVPF 120").replacing("rtpmap:111", with: "rtpmap:120")
            .replacing("111/111", with: "120/120")
        let map = try read(text).media
        #expect(map.payloadTypeOfCodec[Int(Codec.opus.rawValue)] == 120)
        #expect(map.codecOfPayloadType[120] == .opus)
        #expect(map.codecOfPayloadType[111] == .opus)
    }

    @Test func whatTheClientOnlySendsIsNotSentToIt() throws {
        // In the sections where it receives, this client takes VP8 alone.
        let parts = AnswerSamples.firefoxAnswerMixed.replacing("m=", with: "\u{1}m=").split(separator: "\u{1}").map(
            String.init)
        let narrowed = parts.enumerated().map {
            $0 >= 3 ? $1.replacing("VP9/", with: "X9/").replacing("AV1/", with: "X1/") : $1
        }
        let map = try read(narrowed.joined(), to: mixedSections).media
        #expect(map.codecOfPayloadType[98] == .vp9)
        #expect(map.payloadTypeOfCodec[Int(Codec.vp9.rawValue)] == 255)
        #expect(map.payloadTypeOfCodec[Int(Codec.vp8.rawValue)] == 96)
    }

    @Test(arguments: AnswerSamples.all.map(\.name))
    func aCutAnswerIsRefusedOrReadButNeverCrashes(name: String) throws {
        let bytes = Array(try #require(AnswerSamples.all.first { $0.name == name }?.text).utf8)
        var refused = 0
        for length in stride(from: 0, to: bytes.count, by: 29) {
            if reason(String(decoding: bytes[..<length], as: UTF8.self), to: mixedSections) != nil { refused += 1 }
        }
        #expect(refused > 10)
    }

    @Test func anAnswerMayGrowWithItsOffer() throws {
        let video: [OfferedSection] = (0..<200).map { .send(mid: "\($0)", kind: .video, stream: stream(UInt32($0))) }
        let offer = try offer(video)
        // Our own offer with the roles turned round is about as long as an answer gets.
        let text = offer.text.replacing("a=sendonly", with: "a=recvonly").replacing(
            "a=setup:actpass", with: "a=setup:active")
        #expect(text.utf8.count > SdpLimits.standard.textBytesMax)
        #expect(try offer.readAnswer(text).sections.count == 200)
    }
}
