import CPlatform
import Contract
import Handshake
import Peer
import Secure

/// One stream that a peer receives.
struct StreamState: BitwiseCopyable {
    var ssrc: UInt32 = 0
    var kind: StreamKind = .audio
    /// By SRTP's own sequence numbers.
    var window = ReplayWindow()
    var reception = ReceptionStatistics()
    var ledger = ArrivalLedger()
    /// What the ledgers before this one counted: an SFU may put another source into the same stream.
    var tally = Tally()
    var hasKeyframe = false
    var nextKeyframeRequest: UInt64 = 0
    /// Of a media stream, when lost packets are asked for.
    var nack: UnsafeMutablePointer<NackTracker>?

    init(ssrc: UInt32 = 0, kind: StreamKind = .audio) {
        self.ssrc = ssrc
        self.kind = kind
    }
}

/// Up to `capacity` streams of one peer, at an address of their own.
struct StreamTable: BitwiseCopyable {
    static let capacity = 64
    let streams: UnsafeMutablePointer<StreamState>
    private(set) var count = 0
    /// Packets of one stream come in rows.
    private var last = 0

    init() {
        streams = .allocate(capacity: Self.capacity)
    }

    mutating func find(_ ssrc: UInt32) -> UnsafeMutablePointer<StreamState>? {
        if last < count, streams[last].ssrc == ssrc { return streams + last }
        for place in 0..<count where streams[place].ssrc == ssrc {
            last = place
            return streams + place
        }
        return nil
    }

    /// Nil when there is no place left.
    mutating func add(_ stream: StreamState) -> UnsafeMutablePointer<StreamState>? {
        guard count < Self.capacity else { return nil }
        (streams + count).initialize(to: stream)
        count += 1
        return streams + (count - 1)
    }

    mutating func deallocate() {
        for place in 0..<count { streams[place].nack?.deallocate() }
        streams.deallocate()
        count = 0
    }
}

/// One peer's keys, in memory of their own.
struct KeyPair: BitwiseCopyable {
    private let memory: UnsafeMutableRawPointer
    let sealing: SealingKey
    let opening: OpeningKey

    init() {
        let stride = (SealingKey.byteCount + 63) / 64 * 64
        let bytes = stride + OpeningKey.byteCount
        memory = .allocate(byteCount: bytes, alignment: SealingKey.alignment)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        sealing = SealingKey(at: memory)
        opening = OpeningKey(at: memory + stride)
    }

    func deallocate() {
        sealing.wipe()
        opening.wipe()
        memory.deallocate()
    }
}

enum PeerPhase: UInt8, BitwiseCopyable {
    case free
    /// Connectivity checks go out; nothing has been answered.
    case checking
    case handshaking
    case connected
    case lost
}

/// What the engine keeps of one peer, as plain data; what is not is in `PeerSide`.
struct PeerState: BitwiseCopyable {
    var phase = PeerPhase.free
    var descriptor: Int32 = -1
    var id: UInt32 = 0
    var isPublisher = false
    var isReceiving = false
    var keys: KeyPair?
    var streams: StreamTable?
    var openedNanoseconds: UInt64 = 0
    var nextCheckNanoseconds: UInt64 = 0
    var checkWaitNanoseconds: UInt64 = 0
    var lastAnswerNanoseconds: UInt64 = 0
    var nextReportNanoseconds: UInt64 = 0
    var rtcpIndex: UInt32 = 0
    /// In receiver reports and requests.
    var ownSsrc: UInt32 = 0
    var feedback: TransportFeedbackRecorder?
    var feedbackTicks: UnsafeMutablePointer<UInt32>?
    /// Place in the table of publishers, -1 for none.
    var publisher: Int32 = -1

    init() {}
}

/// What of a peer is not plain data.
final class PeerSide {
    let plan: PeerPlan
    let username: [UInt8]
    let remotePassword: [UInt8]
    let localPassword: [UInt8]
    let endpoint: DtlsEndpoint

    init(plan: PeerPlan, context: DtlsContext) throws(HandshakeError) {
        self.plan = plan
        // RFC 8445 §7.2.2: theirs, a colon, ours.
        username = Array((plan.remote.ufrag + ":" + plan.local.ufrag).utf8)
        remotePassword = Array(plan.remote.password.utf8)
        localPassword = Array(plan.local.password.utf8)
        endpoint = try DtlsEndpoint(
            context: context, role: plan.remoteIsDtlsClient ? .server : .client,
            expectedFingerprint: plan.remoteFingerprint, retransmission: .wallClock)
    }
}
