import Contract
import SessionDescription

/// All that the engine must know to be one peer: what both descriptions settled.
public struct PeerPlan: Sendable {
    /// Chosen by whoever runs the engine; names the peer in commands and events.
    public var id: UInt32
    public var local: IceParameters
    public var remote: IceParameters
    public var remoteFingerprint: FixedBytes<32>
    /// 16 bytes in network order, IPv4 as ::ffff:a.b.c.d.
    public var address: InlineArray<16, UInt8>
    public var port: UInt16
    /// The remote end begins the DTLS handshake (a=setup:active).
    public var remoteIsDtlsClient = false
    /// This end takes the controlling part of ICE (RFC 8445 §6.1.1): it offered, or the other end is lite.
    public var isControlling = true
    /// An open socket to use, -1 for a new one.
    public var descriptor: Int32 = -1
    /// By which a stream that the remote end did not announce is known.
    public var payloads = PayloadTypes()
    /// Extension ids that both ends know.
    public var media = MediaMap()
    public var publishing: Publishing?
    /// Every packet is taken, opened and checked; else the kernel counts them, where it does.
    public var isMeasured = true
    /// Publishers of the same room are those whom the peer receives, but for `except` (a publisher's number; 0 for none).
    public var room: UInt32 = 0
    public var except: UInt32 = 0
    /// Streams that the remote end announced; others are learned as they come.
    public var incoming: [IncomingStream] = []

    public init(
        id: UInt32, local: IceParameters, remote: IceParameters, remoteFingerprint: FixedBytes<32>,
        address: InlineArray<16, UInt8>, port: UInt16
    ) {
        self.id = id
        self.local = local
        self.remote = remote
        self.remoteFingerprint = remoteFingerprint
        self.address = address
        self.port = port
    }
}

/// What a publisher sends. An SSRC of 0 stands for "not this kind".
public struct Publishing: Sendable {
    public var room: UInt32 = 0
    /// Stamps name it: audio is source 4n, video 4n + 1 and, by simulcast layer, on.
    public var number: UInt32
    public var audioSsrc: UInt32 = 0
    public var videoSsrc: UInt32 = 0
    public var rtxSsrc: UInt32 = 0
    public var audioMid = FixedBytes<16>()
    public var videoMid = FixedBytes<16>()
    /// Of the one layer that this is about; empty without simulcast.
    public var rid = FixedBytes<16>()
    public var layer: UInt32 = 0
    /// Further layers of the same camera, from the second lowest on.
    public var layers: [SimulcastLayer] = []
    /// How long one after the other speaks, and how many take turns; 0 for a room in which all speak at once.
    public var talkNanoseconds: UInt64 = 0
    public var talkers: UInt32 = 1
    public var payloads = PayloadTypes()
    public var videoBitsPerSecond = 1_500_000
    public var framesPerSecond = 30
    /// Between two bursts of a frame that is longer than one; 0 sends every frame whole.
    public var burstNanoseconds: UInt64 = 5_000_000
    public var keyframeIntervalNanoseconds: UInt64 = 10_000_000_000
    /// The largest payload of a packet, in bytes.
    public var payloadBytesMax = 1100

    public init(number: UInt32) { self.number = number }

    var audioSource: UInt32 { number &* 4 }
    var videoSource: UInt32 { number &* 4 &+ 1 &+ layer }

    /// What sends one of the further layers: video alone.
    func publishing(layer: SimulcastLayer, at place: Int) -> Publishing {
        var other = self
        other.layers = []
        other.layer = UInt32(place + 1)
        other.audioSsrc = 0
        other.videoSsrc = layer.ssrc
        other.rtxSsrc = layer.rtxSsrc
        other.rid = layer.rid
        other.videoBitsPerSecond = layer.bitsPerSecond
        return other
    }
}

/// One of several encodings of the same video.
public struct SimulcastLayer: Sendable {
    public var rid: FixedBytes<16>
    public var ssrc: UInt32
    public var rtxSsrc: UInt32
    public var bitsPerSecond: Int

    /// The rids of three layers, low to high, and the part of the whole rate that each has: as libwebrtc's at 720p, nearly.
    public static let names = ["q", "h", "f"]
    static let parts = [0.1, 0.3, 1.0]
    /// Streams take two SSRCs each, media and RTX.
    static let ssrcsEach: UInt32 = 2
}

/// Payload types of what a peer receives.
public struct PayloadTypes: BitwiseCopyable, Equatable, Sendable {
    public var audio = OfferText.opusPayloadType
    public var video = OfferText.videoPayloadType
    public var rtx = OfferText.rtxPayloadType

    public init() {}
}

public struct IncomingStream: Equatable, Sendable {
    public var ssrc: UInt32
    public var kind: StreamKind

    public init(ssrc: UInt32, kind: StreamKind) {
        self.ssrc = ssrc
        self.kind = kind
    }
}

public enum StreamKind: UInt8, BitwiseCopyable, Sendable {
    case audio = 0
    case video
    case rtx
}
