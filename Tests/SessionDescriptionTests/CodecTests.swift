import Contract
import Testing

@testable import SessionDescription

@Suite struct CodecTests {
    @Test(arguments: [
        ("42e01f", Codec.h264ConstrainedBaseline), ("42E034", .h264ConstrainedBaseline),
        ("42c01f", .h264ConstrainedBaseline),
        ("4d801f", .h264ConstrainedBaseline), ("42001f", .h264Baseline), ("4d001f", .h264Main), ("4D0032", .h264Main),
        ("64001f", .h264High), ("640c1f", .none), ("f4001f", .none), ("42e0", .none), ("42e01g", .none), ("", .none),
    ])
    func anH264ProfileIsNamedByItsBits(profile: String, codec: Codec) {
        #expect(CodecTable.h264Profile(profile) == codec)
    }

    private func codecs(_ lines: String) throws -> [SectionCodec] {
        let section = "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98\n" + lines
        let sdp = try Sdp(parsing: "v=0\no=-\n" + section)
        return try PayloadFormats(sdp.sections[0]).codecs(kind: .video)
    }

    @Test(arguments: [
        "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1",
        "level-asymmetry-allowed=1; Packetization-Mode=1; PROFILE-LEVEL-ID=42E01F", "packetization-mode=1",
        "packetization-mode=1;;profile-level-id = 42e01f;",
    ])
    func theOrderOfH264ParametersDoesNotMatter(parameters: String) throws {
        let codecs = try codecs("a=fmtp:96 \(parameters)\na=rtpmap:96 H264/90000\n")
        #expect(codecs.map(\.codec) == [.h264ConstrainedBaseline])
    }

    @Test func h264WithoutFragmentsIsNotTaken() throws {
        #expect(try codecs("a=rtpmap:96 H264/90000\na=fmtp:96 profile-level-id=42e01f\n").isEmpty)
        #expect(try codecs("a=rtpmap:96 H264/90000\n").isEmpty)
    }

    @Test func profilesOfVp9AndAv1AreTold() throws {
        #expect(
            try codecs("a=rtpmap:96 VP9/90000\na=rtpmap:98 vp9/90000\na=fmtp:98 profile-id=2\n").map(\.codec) == [
                .vp9, .vp9Profile2,
            ])
        #expect(try codecs("a=rtpmap:96 VP9/90000\na=fmtp:96 profile-id=1\n").isEmpty)
        #expect(
            try codecs("a=rtpmap:96 AV1/90000\na=rtpmap:98 AV1/90000\na=fmtp:98 profile=1\n").map(\.payloadType) == [96]
        )
    }

    @Test func theFirstOfTwoEqualCodecsCounts() throws {
        let found = try codecs(
            "a=rtpmap:96 VP8/90000\na=rtpmap:98 VP8/90000\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=98\n")
        #expect(found.map(\.payloadType) == [96])
        #expect(found[0].rtxPayloadType == nil)
    }

    @Test func rtxFindsItsCodecAndNothingElse() throws {
        #expect(
            try codecs("a=rtpmap:96 VP8/90000\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=96;rtx-time=3000\n")[0]
                .rtxPayloadType == 97)
        #expect(
            try codecs("a=rtpmap:96 VP8/90000\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=300\n")[0].rtxPayloadType == nil)
        #expect(try codecs("a=rtpmap:96 VP8/90000\na=rtpmap:97 rtx/90000\n")[0].rtxPayloadType == nil)
    }

    @Test func feedbackForAllIsFeedbackForEach() throws {
        let found = try codecs(
            "a=rtpmap:96 VP8/90000\na=rtcp-fb:* nack\na=rtcp-fb:96 nack  pli \na=rtcp-fb:98 ccm fir\n")
        #expect(found[0].format.feedback == ["nack", "nack  pli"])
    }

    @Test func payloadTypesOutsideSevenBitsAreRefused() {
        for format in ["128", "999", "x", "-1"] {
            let text = "v=0\no=-\nm=video 9 UDP/TLS/RTP/SAVPF \(format)\n"
            let error = refusal { () throws(SdpError) in try PayloadFormats(Sdp(parsing: text).sections[0]) }
            #expect(error?.reason == .syntax)
            #expect(error?.line == 3)
        }
    }

    @Test func payloadTypesThatLookLikeRtcpAreLeftOut() throws {
        let text = "v=0\no=-\nm=video 9 UDP/TLS/RTP/SAVPF 72 35\na=rtpmap:72 VP8/90000\na=rtpmap:35 VP9/90000\n"
        let found = try PayloadFormats(Sdp(parsing: text).sections[0]).codecs(kind: .video)
        #expect(found.map(\.codec) == [.vp9])
    }

    @Test func redOverSomethingElseIsNotTaken() throws {
        let text = "v=0\no=-\nm=audio 9 UDP/TLS/RTP/SAVPF 111 63\na=rtpmap:111 opus/48000/2\na=rtpmap:63 red/48000/2\n"
        func found(_ fmtp: String) throws -> [Codec] {
            try PayloadFormats(Sdp(parsing: text + fmtp).sections[0]).codecs(kind: .audio).map(\.codec)
        }
        #expect(try found("a=fmtp:63 111/111\n") == [.opus, .red])
        #expect(try found("a=fmtp:63 111/0\n") == [.opus])
        #expect(try found("") == [.opus])
    }

    @Test func extensionsBeyondTheOneByteFormAreLeftOut() throws {
        let uri = HeaderExtension.mid.uri
        for (id, taken) in [("0", false), ("1", true), ("14", true), ("15", false), ("300", false), ("x", false)] {
            let text = "v=0\no=-\nm=video 9 UDP/TLS/RTP/SAVPF 96\na=extmap:\(id) \(uri)\n"
            #expect(try Sdp(parsing: text).sections[0].extensions(kind: .video).isEmpty != taken)
        }
    }
}
