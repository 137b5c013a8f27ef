import Contract
import Testing

@testable import SessionDescription

@Suite struct ClientOfferTests {
    private func read(_ text: String) -> SdpError? {
        refusal { () throws(SdpError) in try ClientOffer(reading: text) }
    }

    @Test func chromiumSimulcastIsSummarised() throws {
        let offer = try ClientOffer(reading: Samples.chromiumPublishVp8Simulcast)
        #expect(offer.remote.ice == IceParameters(ufrag: "Jqj9", password: "1uTrCrz0PsyJMB02+FeeLp5P"))
        #expect(offer.remote.fingerprint.sha256[0] == 0xC6)
        #expect(offer.remote.fingerprint.sha256[31] == 0xCB)
        #expect(offer.sections.map(\.mid) == ["0", "1"])
        #expect(offer.sections.map(\.kind) == [.audio, .video])
        #expect(offer.sections.map(\.direction) == [.sendonly, .sendonly])
        #expect(offer.sections[0].codecs == [.opus, .red])
        #expect(
            offer.sections[1].codecs == [
                .vp8, .h264Baseline, .h264ConstrainedBaseline, .h264Main, .av1, .vp9, .vp9Profile2,
            ])
        #expect(offer.sections[0].layers.map(\.ssrc) == [2_189_785_968])
        #expect(offer.sections[1].layers.map(\.name) == ["q", "h", "f"])
        #expect(offer.sections[1].streamID == "0ca4ac63-b082-450c-8600-c0858701a381")
        #expect(offer.sections[1].trackID == "3aeb2dbc-bcb4-4a66-94ee-fa1232b727e0")
    }

    @Test func theMapHoldsTheClientsNumbers() throws {
        let map = try ClientOffer(reading: Samples.chromiumPublishVp8Simulcast).media
        #expect(map.codecOfPayloadType[96] == .vp8)
        #expect(map.codecOfPayloadType[108] == .h264ConstrainedBaseline)
        // packetization-mode=0
        #expect(map.codecOfPayloadType[104] == .none)
        #expect(map.repairedPayloadType[97] == 96)
        #expect(map.repairedPayloadType[107] == 255)
        #expect(map.rtxPayloadTypeOfCodec[Int(Codec.av1.rawValue)] == 46)
        #expect(map.payloadTypeOfCodec[Int(Codec.red.rawValue)] == 63)
        #expect(map.id(of: .mid) == 4)
        #expect(map.id(of: .rid) == 10)
        #expect(map.id(of: .videoLayersAllocation) == 9)
        #expect(map.id(of: .absCaptureTime) == 0)
    }

    @Test func firefoxSimulcastIsSummarised() throws {
        let offer = try ClientOffer(reading: Samples.firefoxPublishVp8Simulcast)
        #expect(offer.sections[1].codecs == [.vp8, .vp9, .av1])
        #expect(offer.sections[1].layers.map(\.name) == ["q", "h", "f"])
        #expect(offer.sections[1].layers.map(\.ssrc) == [0, 0, 0])
        #expect(offer.sections[1].streamID == "{cccb6d84-4a6a-4c5f-b2b1-2d40b7eb65e2}")
        #expect(offer.media.id(of: .rid) == 9)
        #expect(offer.media.id(of: .audioLevel) == 1)
        #expect(offer.media.payloadTypeOfCodec[Int(Codec.opus.rawValue)] == 109)
        #expect(offer.media.rtxPayloadTypeOfCodec[Int(Codec.av1.rawValue)] == 100)
    }

    @Test func oneLayerTakesItsSsrcsFromTheGroup() throws {
        let layers = try ClientOffer(reading: Samples.firefoxPublishVp9Svc).sections[1].layers
        #expect(layers.map(\.ssrc) == [3_160_769_776])
        #expect(layers.map(\.rtxSsrc) == [2_476_846_073])
    }

    @Test func aiortcIsReadWithItsManyFingerprintsAndItsDataChannel() throws {
        let offer = try ClientOffer(reading: Samples.aiortcOfferSendrecvDc)
        #expect(offer.remote.fingerprint.text.hasPrefix("sha-256 37:5D:AB"))
        #expect(offer.sections.map(\.isUsable) == [true, true, false])
        #expect(offer.sections[2].kind == nil)
        #expect(offer.sections[1].direction == .sendrecv)
        #expect(offer.sections[1].layers.map(\.rtxSsrc) == [1_846_543_224])
        #expect(offer.media.id(of: .transportCC) == 0)
    }

    @Test func aSectionThatOnlyReceivesHasNoLayers() throws {
        for text in [Samples.chromiumRecvonly, Samples.firefoxRecvonly, Samples.aiortcRecvonly, Samples.wrtcRecvonly] {
            let offer = try ClientOffer(reading: text)
            #expect(offer.sections.allSatisfy { $0.layers.isEmpty && $0.direction == .recvonly })
            #expect(offer.subscribableSections == [0, 1])
        }
    }

    @Test func aDataChannelAloneIsRefused() {
        #expect(read(Samples.chromiumDatachannel)?.reason == .nothingAccepted)
        #expect(read(Samples.firefoxDatachannel)?.reason == .nothingAccepted)
    }

    @Test func whatCannotBeServedIsRefusedWithItsReason() {
        let offer = Samples.chromiumPublishVp8Simulcast
        #expect(read(offer.without("a=group"))?.reason == .notBundled)
        #expect(read(offer.without("a=rtcp-mux"))?.reason == .rtcpMuxMissing)
        #expect(read(offer.without("a=ice-ufrag"))?.reason == .iceCredentials)
        #expect(read(offer.without("a=ice-pwd"))?.reason == .iceCredentials)
        #expect(read(offer.without("a=fingerprint"))?.reason == .fingerprint)
        #expect(read(offer.without("a=mid"))?.reason == .missingMid)
        #expect(read(offer.replacing("a=mid:1", with: "a=mid:0"))?.reason == .duplicateMid)
        #expect(read(offer.replacing("a=mid:1", with: "a=mid:0123456789abcdefg"))?.reason == .missingMid)
        #expect(read(offer.replacing("sha-256", with: "sha-1"))?.reason == .fingerprint)
        #expect(read(offer.replacing("C6:76", with: "C676"))?.reason == .fingerprint)
        #expect(read(offer.replacing("a=setup:actpass", with: "a=setup:passive"))?.reason == .setup)
        #expect(read(offer.replacing("a=setup:actpass", with: "a=setup:active")) == nil)
        #expect(read("v=0\no=-\n")?.reason == .noSections)
    }

    @Test func transportOfTheSessionCountsForItsSections() throws {
        let transport = ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=setup"]
        let session = Samples.chromiumRecvonly.split(separator: "\n").map(String.init)
        let stated = transport.compactMap { name in session.first { $0.hasPrefix(name) } }.joined(separator: "\n")
        let bare = transport.reduce(Samples.chromiumRecvonly) { $0.without($1) }
        let offer = try ClientOffer(reading: bare.replacing("a=group", with: stated + "\na=group"))
        #expect(offer.remote.ice.ufrag == "0g5a")
    }

    @Test func transportOfTheTaggedSectionIsEnough() throws {
        // RFC 9143 §7.1.3: what a second section repeats may be left out.
        var parts = Samples.chromiumRecvonly.replacing("m=video", with: "\u{1}m=video").split(separator: "\u{1}").map(
            String.init)
        for name in ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=setup", "a=rtcp-mux"] {
            parts[1] = parts[1].without(name)
        }
        #expect(try ClientOffer(reading: parts.joined()).sections.allSatisfy(\.isUsable))
    }

    @Test func aSectionOutsideTheGroupIsNotUsable() throws {
        let offer = try ClientOffer(reading: Samples.chromiumRecvonly.replacing("BUNDLE 0 1", with: "BUNDLE 0"))
        #expect(offer.sections.map(\.isUsable) == [true, false])
    }

    @Test func onePayloadTypeForTwoCodecsIsRefused() throws {
        let clash = Samples.chromiumPublishVp8Simulcast
            .replacing("SAVPF 96 97", with: "SAVPF 111 97").replacing("a=rtpmap:96 VP8", with: "a=rtpmap:111 VP8")
        #expect(read(clash)?.reason == .payloadTypeConflict)
        let ids = Samples.chromiumPublishVp8Simulcast.replacing("a=extmap:13 urn:3gpp", with: "a=extmap:1 urn:3gpp")
        #expect(read(ids)?.reason == .extensionConflict)
    }

    @Test func payloadTypesMayMove() throws {
        let moved = Samples.chromiumPublishVp8Simulcast
            .replacing("SAVPF 111 63", with: "SAVPF 63 111").replacing(":111 ", with: ":@ ").replacing(
                ":63 ", with: ":111 "
            )
            .replacing(":@ ", with: ":63 ").replacing("111/111", with: "63/63")
        let offer = try ClientOffer(reading: moved)
        #expect(offer.media.codecOfPayloadType[63] == .opus)
        #expect(offer.media.codecOfPayloadType[111] == .red)
    }
}
