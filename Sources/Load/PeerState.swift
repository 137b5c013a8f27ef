import CPlatform
import Contract
import Driver
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
    /// Nothing is missing since the last keyframe.
    var isWhole = false
    var nextKeyframeRequest: UInt64 = 0
    /// Of a media stream, when lost packets are asked for.
    var nack: UnsafeMutablePointer<NackTracker>?

    init(ssrc: UInt32 = 0, kind: StreamKind = .audio) {
        self.ssrc = ssrc
        self.kind = kind
    }
}

/// Up to `capacity` streams of one peer, at an address of their own, found by SSRC in a table of open addressing.
struct StreamTable: BitwiseCopyable {
    let streams: UnsafeMutablePointer<StreamState>
    let capacity: Int
    private(set) var count = 0
    /// Packets of one stream come in rows.
    private var last = 0
    /// Place in `streams` and one; 0 for none. A power of two, at most half full.
    private let places: UnsafeMutablePointer<UInt16>
    private let mask: Int

    /// `capacity` is below 65535.
    init(capacity: Int) {
        self.capacity = capacity
        streams = .allocate(capacity: capacity)
        var size = 16
        while size < capacity * 2 { size *= 2 }
        mask = size - 1
        places = .allocate(capacity: size)
        places.initialize(repeating: 0, count: size)
    }

    private func home(of ssrc: UInt32) -> Int { Int(truncatingIfNeeded: (ssrc &* 0x9E37_79B1) >> 16) & mask }

    mutating func find(_ ssrc: UInt32) -> UnsafeMutablePointer<StreamState>? {
        if last < count, streams[last].ssrc == ssrc { return streams + last }
        var probe = home(of: ssrc)
        while places[probe] != 0 {
            let place = Int(places[probe]) - 1
            if streams[place].ssrc == ssrc {
                last = place
                return streams + place
            }
            probe = (probe + 1) & mask
        }
        return nil
    }

    /// Nil when there is no place left.
    mutating func add(_ stream: StreamState) -> UnsafeMutablePointer<StreamState>? {
        guard count < capacity else { return nil }
        (streams + count).initialize(to: stream)
        count += 1
        var probe = home(of: stream.ssrc)
        while places[probe] != 0 { probe = (probe + 1) & mask }
        places[probe] = UInt16(count)
        return streams + (count - 1)
    }

    mutating func deallocate() {
        for place in 0..<count { streams[place].nack?.deallocate() }
        streams.deallocate()
        places.deallocate()
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

    var isConnecting: Bool { self == .checking || self == .handshaking }
}

/// What the engine keeps of one peer, as plain data; what is not is in `PeerSide`.
struct PeerState: BitwiseCopyable {
    var phase = PeerPhase.free
    var descriptor: Int32 = -1
    var id: UInt32 = 0
    var isPublisher = false
    var isReceiving = false
    var isControlling = true
    var payloads = PayloadTypes()
    var keys: KeyPair?
    var streams: StreamTable?
    var openedNanoseconds: UInt64 = 0
    var nextCheckNanoseconds: UInt64 = 0
    var checkWaitNanoseconds: UInt64 = 0
    var lastAnswerNanoseconds: UInt64 = 0
    var nextReportNanoseconds: UInt64 = 0
    var rtcpIndex: UInt32 = 0
    /// Of who is counted in the kernel: its port, else 0.
    var countedPort: UInt16 = 0
    var isLight = false
    var room: UInt32 = 0
    var except: UInt32 = 0
    /// What had been counted when publishers were silent; see `compareFromHere`.
    var countedBase = RtpCounts()
    /// In receiver reports and requests.
    var ownSsrc: UInt32 = 0
    /// When media of any kind last came.
    var lastMediaNanoseconds: UInt64 = 0
    var feedback: TransportFeedbackRecorder?
    var feedbackTicks: UnsafeMutablePointer<UInt32>?
    /// Places in the table of publishers: one for each simulcast layer, none for who only receives.
    var publisher: Int32 = 0
    var publisherCount: Int32 = 0

    var publishers: Range<Int> { Int(publisher)..<Int(publisher + publisherCount) }

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
