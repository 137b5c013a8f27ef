/// The codecs that are forwarded, each with the parameters that decide compatibility.
///
/// A value is a dense index for tables; `none` means "not negotiated".
@frozen
public enum Codec: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    case none = 0
    /// RFC 7587.
    case opus
    /// RFC 2198 over Opus, as libwebrtc sends it.
    case red
    /// RFC 7741.
    case vp8
    /// RFC 9628, profile-id 0.
    case vp9
    /// RFC 9628, profile-id 2.
    case vp9Profile2
    /// RFC 6184, packetization-mode 1, profile-level-id 42e0xx.
    case h264ConstrainedBaseline
    /// RFC 6184, packetization-mode 1, profile-level-id 4200xx.
    case h264Baseline
    /// RFC 6184, packetization-mode 1, profile-level-id 4d00xx.
    case h264Main
    /// RFC 6184, packetization-mode 1, profile-level-id 6400xx.
    case h264High
    /// RTP payload specification for AV1, profile 0.
    case av1

    /// How many values there are; the size of dense tables.
    @inlinable public static var count: Int { 16 }

    @inlinable
    public var isAudio: Bool { self == .opus || self == .red }

    @inlinable
    public var isH264: Bool {
        rawValue >= Codec.h264ConstrainedBaseline.rawValue && rawValue <= Codec.h264High.rawValue
    }

    /// RTP clock rate in hertz.
    @inlinable
    public var clockRate: UInt32 { isAudio ? 48_000 : 90_000 }
}

/// What a producer carries.
@frozen
public enum MediaKind: UInt8, BitwiseCopyable, Sendable {
    case audio = 0
    case video = 1
}

/// Where a producer's media comes from; a screen is a video that is shown large.
@frozen
public enum MediaSource: UInt8, BitwiseCopyable, Sendable {
    case microphone = 0
    case camera = 1
    case screen = 2
}

/// RTP header extensions that are understood, as dense indices.
@frozen
public enum HeaderExtension: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// urn:ietf:params:rtp-hdrext:sdes:mid (RFC 9143)
    case mid = 0
    /// urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id (RFC 8852)
    case rid
    /// urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id (RFC 8852)
    case repairedRid
    /// urn:ietf:params:rtp-hdrext:ssrc-audio-level (RFC 6464)
    case audioLevel
    /// http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
    case absSendTime
    /// http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
    case transportCC
    /// https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension
    case dependencyDescriptor
    /// urn:3gpp:video-orientation
    case videoOrientation
    /// http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
    case playoutDelay
    /// http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time
    case absCaptureTime
    /// http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00
    case videoLayersAllocation

    @inlinable public static var count: Int { 11 }

    public var uri: String {
        switch self {
        case .mid: "urn:ietf:params:rtp-hdrext:sdes:mid"
        case .rid: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
        case .repairedRid: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
        case .audioLevel: "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
        case .absSendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
        case .transportCC: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
        case .dependencyDescriptor:
            "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
        case .videoOrientation: "urn:3gpp:video-orientation"
        case .playoutDelay: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
        case .absCaptureTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
        case .videoLayersAllocation: "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00"
        }
    }
}

/// What one peer connection negotiated: payload types and header extension ids, in both directions (BUNDLE makes a
/// payload type and an extension id mean one thing in the whole session, RFC 9143 §9.1).
@frozen
public struct MediaMap: BitwiseCopyable, Sendable {
    /// Payload type (0...127) → codec; `.none` where nothing or RTX is negotiated.
    public var codecOfPayloadType: InlineArray<128, Codec>
    /// RTX payload type → the payload type that it repairs (RFC 4588 apt), 255 where the type is not RTX.
    public var repairedPayloadType: InlineArray<128, UInt8>
    /// Codec → payload type to send it with, 255 where the peer does not take the codec.
    public var payloadTypeOfCodec: InlineArray<16, UInt8>
    /// Codec → RTX payload type to repair it with, 255 where there is none.
    public var rtxPayloadTypeOfCodec: InlineArray<16, UInt8>
    /// Extension id (1...14) → extension raw value, 255 where the id is unknown. Index 0 and 15 are never used.
    public var extensionOfId: InlineArray<16, UInt8>
    /// Extension raw value → id, 0 where not negotiated.
    public var idOfExtension: InlineArray<16, UInt8>
    /// Payload type under which the peer takes FlexFEC (draft-ietf-payload-flexible-fec-scheme-03), 255 where it does not.
    public var fecPayloadType: UInt8 = 255
    /// Bit per `MediaKind` of which packets may carry a transport-wide number: a client that numbers only its video takes
    /// numbers on audio for losses.
    public var transportKinds: UInt8 = 0

    public init() {
        codecOfPayloadType = InlineArray(repeating: .none)
        repairedPayloadType = InlineArray(repeating: 255)
        payloadTypeOfCodec = InlineArray(repeating: 255)
        rtxPayloadTypeOfCodec = InlineArray(repeating: 255)
        extensionOfId = InlineArray(repeating: 255)
        idOfExtension = InlineArray(repeating: 0)
    }

    /// Records that `payloadType` carries `codec`. The first payload type named for a codec is the one to send with.
    public mutating func set(_ codec: Codec, payloadType: UInt8) {
        precondition(payloadType < 128)
        codecOfPayloadType[Int(payloadType)] = codec
        if payloadTypeOfCodec[Int(codec.rawValue)] == 255 { payloadTypeOfCodec[Int(codec.rawValue)] = payloadType }
    }

    /// Records that `payloadType` is RTX for `repaired` (whose codec must be known already to be used for sending).
    public mutating func setRtx(payloadType: UInt8, repairing repaired: UInt8) {
        precondition(payloadType < 128 && repaired < 128)
        repairedPayloadType[Int(payloadType)] = repaired
        let codec = codecOfPayloadType[Int(repaired)]
        if codec != .none, payloadTypeOfCodec[Int(codec.rawValue)] == repaired,
            rtxPayloadTypeOfCodec[Int(codec.rawValue)] == 255
        {
            rtxPayloadTypeOfCodec[Int(codec.rawValue)] = payloadType
        }
    }

    /// Records that extension `kind` has `id` (1...14).
    public mutating func set(_ kind: HeaderExtension, id: UInt8) {
        precondition(id >= 1 && id <= 14)
        extensionOfId[Int(id)] = kind.rawValue
        idOfExtension[Int(kind.rawValue)] = id
    }

    /// The id under which packets of this kind carry a transport-wide number; 0 for none.
    public func transportId(_ kind: MediaKind) -> UInt8 {
        transportKinds & 1 << kind.rawValue != 0 ? idOfExtension[Int(HeaderExtension.transportCC.rawValue)] : 0
    }

    @inlinable
    public func id(of kind: HeaderExtension) -> UInt8 { idOfExtension[Int(kind.rawValue)] }
}
