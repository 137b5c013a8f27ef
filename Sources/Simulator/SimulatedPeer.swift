import Contract
import Links
import Memory
import Secure
import Wire

/// One client: it speaks the real wire, with its own payload types, extension ids and keys.
public final class SimulatedPeer {
    public let number: Int
    public let room: Int
    public let handle: PeerHandle
    unowned let world: Simulator
    public let media: MediaMap
    /// The transport-wide number of the next packet that leaves for this client.
    var nextTransportNumber: UInt16 = 0
    /// What it answers with, where it negotiated that.
    let feedback = FeedbackReceiver()
    public internal(set) var endpoint: Endpoint
    var credentials: IceCredentials
    let localUfrag: String
    public internal(set) var isConnected = false
    public internal(set) var isClosed = false
    /// The shard said that it has let go of the peer.
    var isReleased = false
    /// The control side was told that the peer is lost.
    public internal(set) var loss: PeerLoss?
    /// The client went silent without a word.
    public var isGone = false
    /// Connectivity checks stop; media goes on.
    public var withholdsConsent = false
    var handshakeStarted = false
    public internal(set) var gotRecord = false
    /// The engine was told of its link.
    var wasPaced = false
    /// What leaves for it may wait.
    var isPaced: Bool { wasPaced || world.options.givesFeedback }
    /// The handshake's record has left the host.
    var recordHasLeft = false
    var srtp: SrtpBox?

    // ICE
    var nextCheck: UInt64 = 0
    var nextHello: UInt64 = 0
    var tieBreaker: UInt64 = 0
    var transactions: [StunTransactionId] = []
    public internal(set) var checksAnswered = 0

    // Sending
    public internal(set) var publications: [Publication] = []
    var transportNext: UInt64
    var transportArrivals: [UInt64: UInt64] = [:]
    var rtcpIndex: UInt32 = 0
    /// What the last REMB said, and when each came; 0 before the first.
    public internal(set) var bitsPerSecondTold: UInt64 = 0
    public internal(set) var rembTimes: [UInt64] = []
    var nextReport: UInt64 = 0
    /// The client's clock against ours.
    let clockSkewNanoseconds: Int64

    // Receiving
    var receivers: [UInt32: StreamReceiver] = [:]
    var receiverOrder: [UInt32] = []
    /// By the SSRC that is protected.
    var parity: [UInt32: ParityReceiver] = [:]
    /// Consumers by the producer they carry, as the control side bound them.
    public internal(set) var consumers: [ConsumerIndex] = []
    /// What leaves for this client.
    var outgoing: [UInt32: OutgoingStream] = [:]
    var rtcpWindow = ReplayWindow()
    var clientRtcpWindow = ReplayWindow()
    var keyframeRequestTimes: [UInt32: UInt64] = [:]

    init(number: Int, room: Int, handle: PeerHandle, credentials: IceCredentials, localUfrag: String, world: Simulator)
    {
        self.number = number
        self.room = room
        self.handle = handle
        self.credentials = credentials
        self.localUfrag = localUfrag
        self.world = world
        endpoint = Endpoint(ipv4: 0x0A00_0001 + UInt32(number) << 4, port: 20_000 + UInt16(number % 30_000))
        media = world.dice.mediaMap(takesFec: world.options.takesFec)
        tieBreaker = world.dice.next()
        transportNext = 0x1_0000 + world.dice.next() % 0x1_0000
        clockSkewNanoseconds = Int64(world.dice.next() % 100_000_000_000)
    }

    var isActive: Bool { !isClosed && !isGone }

    /// The client's wall clock, in nanoseconds since 1970.
    var wallNanoseconds: UInt64 {
        Simulator.unixNanosecondsAtZero &+ world.now &- UInt64(bitPattern: clockSkewNanoseconds)
    }

    static let tickNanoseconds: UInt64 = 5_000_000

    func tick() {
        guard isActive else { return }
        world.calendar.add(.tick(peer: number), at: world.now + Self.tickNanoseconds)
        checkConnectivity()
        guard srtp != nil else { return }
        for publication in publications { publication.tick() }
        sendReports()
        repair()
    }

    /// A datagram reaches the client.
    func receive(_ bytes: [UInt8]) {
        guard isActive, let first = bytes.first else { return }
        switch PacketKind.classify(firstByte: first) {
        case .stun: receiveStun(bytes)
        case .dtls: gotRecord = true
        case .rtpOrRtcp: receiveMedia(bytes)
        default: break
        }
    }

    func send(_ bytes: [UInt8], configure: (inout Datagram) -> Void = { _ in }) {
        var datagram = Datagram(bytes: bytes, source: endpoint, peer: number)
        configure(&datagram)
        world.sendToServer(datagram, from: number)
    }

    func transportArrived(_ number: UInt64, now: UInt64) {
        if transportArrivals[number] == nil { transportArrivals[number] = now }
    }

    public func publication(_ producer: ProducerIndex) -> Publication? {
        publications.first { $0.producer == producer }
    }

    /// Packets that the client decrypted on this consumer's stream.
    public func packetsReceived(_ consumer: ConsumerIndex) -> Int {
        receivers[ConsumerSsrc.media(consumer)]?.packets ?? 0
    }

    /// The client knows RED (RFC 2198), both ways.
    public var takesRed: Bool { media.payloadTypeOfCodec[Int(Codec.red.rawValue)] != 255 }

    public var packetsReceived: Int { receivers.values.reduce(0) { $0 + $1.packets } }
}

extension Dice {
    /// Payload types and extension ids as some client might choose them.
    mutating func mediaMap(takesFec: Bool?) -> MediaMap {
        var map = MediaMap()
        var types = Array(UInt8(96)...127)
        func shuffled<Element>(_ elements: [Element]) -> [Element] {
            var rest = elements
            for place in rest.indices { rest.swapAt(place, place + below(rest.count - place)) }
            return rest
        }
        types = shuffled(types)
        map.set(.opus, payloadType: types[0])
        if types[9] & 1 == 0 { map.set(.red, payloadType: types[9]) }
        map.set(.vp8, payloadType: types[1])
        map.setRtx(payloadType: types[2], repairing: types[1])
        for (place, codec) in [Codec.vp9, .h264ConstrainedBaseline, .av1].enumerated() {
            map.set(codec, payloadType: types[3 + 2 * place])
            map.setRtx(payloadType: types[4 + 2 * place], repairing: types[3 + 2 * place])
        }
        if takesFec ?? (types[10] & 1 == 0) { map.fecPayloadType = types[10] }
        let ids = shuffled(Array(UInt8(1)...14))
        let kinds: [HeaderExtension] = [
            .mid, .rid, .repairedRid, .audioLevel, .transportCC, .videoOrientation, .absSendTime, .dependencyDescriptor,
        ]
        for (place, kind) in kinds.enumerated() { map.set(kind, id: ids[place]) }
        map.transportKinds = UInt8(below(4))
        return map
    }
}
