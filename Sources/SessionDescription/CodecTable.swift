import Contract

/// What is supported, in one place: names, parameters, feedback, and the payload types of our own offers.
public enum CodecTable {
    struct Entry {
        let codec: Codec
        /// As in a=rtpmap.
        let name: String
        /// Payload types in our offers. All lie in 96...127: 64...95 would be taken for RTCP (RFC 5761 §4), and some
        /// clients take nothing below 96.
        let payloadType: UInt8
        let rtxPayloadType: UInt8?
        /// As in a=fmtp of our offers; empty for none.
        let parameters: String
    }

    /// In order of preference: a client that has none of its own sends with the first that it knows.
    static let entries: [Entry] = [
        Entry(codec: .opus, name: "opus/48000/2", payloadType: 111, rtxPayloadType: nil, parameters: opusParameters),
        Entry(codec: .red, name: "red/48000/2", payloadType: 110, rtxPayloadType: nil, parameters: "111/111"),
        Entry(codec: .vp8, name: "VP8/90000", payloadType: 96, rtxPayloadType: 97, parameters: ""),
        Entry(codec: .vp9, name: "VP9/90000", payloadType: 98, rtxPayloadType: 99, parameters: "profile-id=0"),
        h264(.h264ConstrainedBaseline, "42e01f", 102),
        h264(.h264Baseline, "42001f", 104),
        h264(.h264Main, "4d001f", 106),
        h264(.h264High, "64001f", 108),
        Entry(codec: .av1, name: "AV1/90000", payloadType: 112, rtxPayloadType: 113, parameters: "profile=0"),
        Entry(
            codec: .vp9Profile2, name: "VP9/90000", payloadType: 100, rtxPayloadType: 101, parameters: "profile-id=2"),
    ]

    /// FlexFEC as libwebrtc takes it, which protects one stream by another. A client must be told for how long it may keep
    /// packets to be repaired, in microseconds (draft-ietf-payload-flexible-fec-scheme-03 §5.1).
    enum Fec {
        static let name = "flexfec-03/90000"
        static let payloadType: UInt8 = 118
        static let parameters = "repair-window=10000000"
        static let feedback = ["goog-remb", "transport-cc"]
    }

    static let opusParameters = "minptime=10;useinbandfec=1"

    /// All codecs in order of preference.
    public static let codecs: [Codec] = entries.map(\.codec)

    static func entry(_ codec: Codec) -> Entry? { entries.first { $0.codec == codec } }

    /// Feedback that we give and take, per kind. An answer holds those that the client named too.
    static func feedback(_ codec: Codec) -> [String] {
        switch codec {
        case .opus: ["transport-cc", "nack"]
        case .red: ["transport-cc"]
        default: ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"]
        }
    }

    private static func h264(_ codec: Codec, _ profile: String, _ payloadType: UInt8) -> Entry {
        Entry(
            codec: codec, name: "H264/90000", payloadType: payloadType, rtxPayloadType: payloadType + 1,
            parameters: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=\(profile)")
    }
}

extension CodecTable {
    /// The codec that an rtpmap and its parameters name; `.none` when it is not supported. RED is decided by the caller,
    /// who knows which payload type is Opus.
    static func codec(_ format: PayloadFormat, kind: MediaKind) -> Codec {
        switch (kind, format.name) {
        case (.audio, "opus/48000/2"): .opus
        case (.video, "vp8/90000"): .vp8
        case (.video, "vp9/90000"): vp9(format)
        case (.video, "h264/90000"): h264(format)
        case (.video, "av1/90000"): av1(format)
        default: .none
        }
    }

    /// RFC 9628 §6: profile-id is 0 when it is not stated.
    private static func vp9(_ format: PayloadFormat) -> Codec {
        switch format.parameter("profile-id") ?? "0" {
        case "0": .vp9
        case "2": .vp9Profile2
        default: .none
        }
    }

    /// RTP payload format for AV1 §7.2.1: profile is 0 when it is not stated.
    private static func av1(_ format: PayloadFormat) -> Codec {
        (format.parameter("profile") ?? "0") == "0" ? .av1 : .none
    }

    /// RFC 6184 §8.1: packetization-mode is 0 when it is not stated, and 0 cannot carry fragments.
    private static func h264(_ format: PayloadFormat) -> Codec {
        guard format.parameter("packetization-mode") == "1" else { return .none }
        return h264Profile(format.parameter("profile-level-id") ?? "42e01f")
    }

    /// RFC 6184 §8.1, table 5: the profile follows from profile_idc and some of the constraint bits; the rest of the
    /// second byte and the level say nothing about compatibility here.
    static func h264Profile(_ text: String) -> Codec {
        guard text.utf8.count == 6, let idc = hexadecimal(String(text.prefix(2))),
            let constraints = hexadecimal(String(text.dropFirst(2).prefix(2))),
            hexadecimal(String(text.suffix(2))) != nil
        else { return .none }
        return switch idc {
        case 0x42 where constraints & 0x4F == 0x40: .h264ConstrainedBaseline
        case 0x4D where constraints & 0x8F == 0x80: .h264ConstrainedBaseline
        case 0x58 where constraints & 0xCF == 0xC0: .h264ConstrainedBaseline
        case 0x42 where constraints & 0x4F == 0x00: .h264Baseline
        case 0x58 where constraints & 0xCF == 0x80: .h264Baseline
        case 0x4D where constraints & 0xAF == 0x00: .h264Main
        case 0x64 where constraints == 0x00: .h264High
        default: .none
        }
    }
}
