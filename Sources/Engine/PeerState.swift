import Contract
import Estimate
import Forward
import Memory
import Peer
import Secure

/// What a shard knows of one remote end besides its sending side (`Forward.Subscriber`).
struct PeerState: BitwiseCopyable {
    static let feedbackCapacity = 512
    static let rtcpSourcesMax = 16
    static let streamsMax = 24
    static let producersMax = 8
    static let addressesMax = 4

    var isOpen = false
    var isSecured = false
    /// A connection event was sent for the present credentials.
    var isConnected = false
    /// A loss was reported; the control side will close the peer.
    var isLost = false
    /// Its address was told, not proved by ICE.
    var isPlain = false
    /// Nothing is encrypted.
    var isClear = false
    var generation: UInt16 = 0
    var room: UInt32 = 0
    var localSsrc: UInt32 = 0
    var ice: IceAgent
    var credentials: IceCredentials
    /// Before an ICE restart; its checks are answered until the new ones nominate.
    var previousCredentials: IceCredentials
    var media = MediaMap()
    var addresses: InlineArray<4, Endpoint> = InlineArray(repeating: .none)
    var addressCount = 0
    /// Incoming SSRCs and the streams that they are; parallel, the first `streamCount` valid.
    var ssrcs: InlineArray<24, UInt32> = InlineArray(repeating: 0)
    var streams: InlineArray<24, UInt32> = InlineArray(repeating: 0)
    var streamCount = 0
    var producers: InlineArray<8, UInt32> = InlineArray(repeating: 0)
    var producerCount = 0
    var openingKey: OpeningKey
    var profile = SrtpProfile.aes128Gcm
    var rtcpSources: InlineArray<16, RtcpSource> = InlineArray(repeating: RtcpSource())
    /// SRTCP index of the next compound that leaves.
    var rtcpIndex: UInt32 = 0
    var feedback: TransportFeedbackRecorder
    /// Memory of `feedback`.
    var feedbackTicks: UnsafeMutablePointer<UInt32>
    /// What its link to us carries; for publishers without transport-cc.
    var uplink = ReceiverEstimator()
    var roundTrip = RoundTrip()
    var reference = ReceiverReference()
    /// Where its last DTLS record came from: where to answer before an address is nominated.
    var handshakeAddress = Endpoint.none
    /// When anything last came from the address that media goes to.
    var selectedHeardNanoseconds: UInt64 = 0
    var nextReport: UInt64 = 0
    var nextHousekeeping: UInt64 = 0
    /// Between reports; short when something began, then longer each time.
    var reportInterval = Engine.reportNanoseconds
    /// What the timer wheels were told.
    var dueNanoseconds: UInt64 = .max
    var patientDueNanoseconds: UInt64 = .max
    var packetsReceived: UInt64 = 0
    var bytesReceived: UInt64 = 0
}

/// SRTCP replay state of one sender SSRC (RFC 3711 §3.2.1); a peer sends reports under few.
struct RtcpSource: BitwiseCopyable {
    var isUsed = false
    var ssrc: UInt32 = 0
    var window = ReplayWindow()
}

/// One incoming SSRC: a producer's layer, or the retransmissions of one.
struct StreamState: BitwiseCopyable {
    var isOpen = false
    var isRtx = false
    var layer: UInt8 = 0
    var ssrc: UInt32 = 0
    var peer: UInt32 = 0
    /// `endOfChain` while its producer is closed: a client that publishes the same source again goes on with the same
    /// SSRC, roll-over counter included, and names its MID no more.
    var producer: UInt32 = endOfChain
    var mid = FixedBytes<16>()
    var nextFree: UInt32 = 0
    /// Retransmissions of a source that was replaced: when that was last heard of; 0 otherwise.
    var replacedNanoseconds: UInt64 = 0
    var window = ReplayWindow()
    var statistics = ReceptionStatistics()
    var nacks = NackTracker()
}

/// What intake knows of a producer: how to recognise its packets.
struct ProducerIntake: BitwiseCopyable {
    var mid = FixedBytes<16>()
    var layers: InlineArray<3, LayerDescription> = InlineArray(repeating: LayerDescription())
    /// Stream index per layer, `endOfChain` until its first packet.
    var media: InlineArray<3, UInt32> = InlineArray(repeating: endOfChain)
    var rtx: InlineArray<3, UInt32> = InlineArray(repeating: endOfChain)
}
