import CPlatform
import Contract
import Load
import Memory
import SessionDescription
import Shard
import Testing

/// A data plane on loopback with one room: a publisher and its subscribers, which are clients of the load generator.
/// This is the control side, by commands and events alone.
final class RunningRoom {
    let plane: DataPlane
    let clients: EngineThread
    let inbox: Inbox
    let subscribers: Int
    /// What the shard said before anybody came.
    private(set) var empty = ShardReport()
    private(set) var secured: Set<PeerHandle> = []
    private(set) var released: Set<PeerHandle> = []
    private(set) var roomIsReleased = false
    private(set) var lost: [PeerHandle: PeerLoss] = [:]
    private var reportSequence: UInt64 = 0
    private var reported: UInt64 = 0
    private let reportMemory = UnsafeMutablePointer<ShardReport>.allocate(capacity: 1)
    /// For a run that hangs; nothing is judged by it.
    private let deadline = cp_now() + 120_000_000_000

    static let limits = Limits(
        roomsMax: 4, peersMax: 64, producersMax: 8, consumersMax: 128, producersPerRoomMax: 8, slots: 2048, runs: 128,
        mailboxMax: 512)

    init(_ backend: DataPlaneConfiguration.Backend, subscribers: Int) throws {
        self.subscribers = subscribers
        var configuration = DataPlaneConfiguration()
        configuration.bindAddress = "127.0.0.1"
        configuration.mediaPort = 0
        configuration.backend = backend
        configuration.useHugePages = false
        configuration.limits = Self.limits
        plane = try startOnThreadOfItsOwn(configuration)
        let inbox = Inbox()
        self.inbox = inbox
        clients = try EngineThread(configuration: EngineConfiguration(), profiles: [.aes128Gcm]) { inbox.push($0) }
        reportMemory.initialize(to: ShardReport())
        empty = try report()
    }

    deinit { reportMemory.deallocate() }

    private var link: ShardLink { plane.links[0] }

    var peers: [PeerHandle] { (0...subscribers).map { PeerHandle(shard: 0, index: UInt32($0), generation: 1) } }

    /// Everybody joins: peer 0 publishes sound and picture to all others.
    func join() throws {
        try tell(.openRoom(RoomIndex(0)))
        for peer in peers { try join(peer) }
    }

    private func join(_ peer: PeerHandle) throws {
        let identity = ClientIdentity(fingerprint: clients.fingerprint)
        let ufrag = IceCredentials.ufragPrefix(shard: 0, peer: peer.index) + "room"
        let password = "a-password-of-this-room-alone"
        try #require(plane.handshakeOrders.push(.open(peer, fingerprint: clients.fingerprint)))
        plane.handshakeBell.ring()
        let ice = IceCredentials(
            localUfrag: FixedBytes(ufrag)!, localPassword: FixedBytes(password)!,
            remoteUfrag: FixedBytes(identity.ice.ufrag)!)
        let media = Self.media
        try tell(
            .openPeer(
                OpenPeer(
                    peer: peer, room: RoomIndex(0), ice: ice, media: media, localSsrc: 0x4E00_0000 | peer.index)))
        var plan = PeerPlan(
            id: peer.index, local: identity.ice, remote: IceParameters(ufrag: ufrag, password: password),
            remoteFingerprint: plane.fingerprint, address: AnswerFacts.bytes(of: "127.0.0.1")!, port: plane.mediaPort)
        plan.media = media
        if peer.index == 0 {
            plan.publishing = try publish(peer, identity)
        } else {
            plan.incoming = try subscribe(peer)
        }
        clients.link.send(.open(plan))
    }

    private static var media: MediaMap {
        var map = MediaMap()
        map.set(.opus, payloadType: OfferText.opusPayloadType)
        map.set(.vp8, payloadType: OfferText.videoPayloadType)
        map.setRtx(payloadType: OfferText.rtxPayloadType, repairing: OfferText.videoPayloadType)
        map.set(.audioLevel, id: 1)
        map.set(.absSendTime, id: 2)
        map.set(.transportCC, id: 3)
        map.set(.mid, id: 4)
        return map
    }

    private func publish(_ peer: PeerHandle, _ identity: ClientIdentity) throws -> Publishing {
        var publishing = Publishing(number: peer.index)
        publishing.audioSsrc = identity.audioSsrc
        publishing.videoSsrc = identity.videoSsrc
        publishing.rtxSsrc = identity.rtxSsrc
        publishing.audioMid = FixedBytes("0")!
        publishing.videoMid = FixedBytes("1")!
        publishing.videoBitsPerSecond = 4_000_000
        publishing.keyframeIntervalNanoseconds = 1_000_000_000
        try tell(
            .openProducer(
                OpenProducer(
                    producer: ProducerIndex(0), peer: peer, kind: .audio, source: .microphone,
                    mid: publishing.audioMid, layers: [LayerDescription(ssrc: identity.audioSsrc)])))
        try tell(
            .openProducer(
                OpenProducer(
                    producer: ProducerIndex(1), peer: peer, kind: .video, source: .camera, mid: publishing.videoMid,
                    layers: [LayerDescription(ssrc: identity.videoSsrc, rtxSsrc: identity.rtxSsrc)])))
        return publishing
    }

    private func subscribe(_ peer: PeerHandle) throws -> [IncomingStream] {
        let consumers = [0, 1].map { ConsumerIndex(peer.index * 2 + $0) }
        for (place, kind) in [MediaKind.audio, .video].enumerated() {
            try tell(
                .openConsumer(
                    OpenConsumer(
                        consumer: consumers[place], peer: peer, kind: kind, mid: FixedBytes("\(place)")!)))
            try tell(.bindConsumer(consumers[place], ProducerIndex(UInt32(place))))
        }
        return [
            IncomingStream(ssrc: ConsumerSsrc.media(consumers[0]), kind: .audio),
            IncomingStream(ssrc: ConsumerSsrc.media(consumers[1]), kind: .video),
            IncomingStream(ssrc: ConsumerSsrc.rtx(consumers[1]), kind: .rtx),
        ]
    }

    /// The clients' last word; their thread has ended.
    func stopClients() throws -> Snapshot {
        clients.stop()
        for case .stopped(let snapshot) in inbox.take(until: deadline) { return snapshot }
        throw RoomError(description: "the clients ended without a word")
    }

    /// Closes all peers and the room, and waits for the release of each.
    func close() throws {
        for peer in peers {
            try #require(plane.handshakeOrders.push(.close(peer)))
            plane.handshakeBell.ring()
            try tell(.closePeer(peer))
        }
        try waitForEvents("the peers' release") { released.count == peers.count }
        try tell(.closeRoom(RoomIndex(0)))
        try waitForEvents("the room's release") { roomIsReleased }
    }
}

struct RoomError: Error, CustomStringConvertible {
    let description: String
}

/// Commands, events and counters.
extension RunningRoom {
    private func tell(_ command: Command) throws {
        try #require(link.commands.push(command), "the shard's mailbox is full")
        link.commandBell.ring()
    }

    func report() throws -> ShardReport {
        reportSequence += 1
        try tell(.report(address: UInt(bitPattern: reportMemory), sequence: reportSequence))
        try waitForEvents("a report") { reported == reportSequence }
        return reportMemory.pointee
    }

    /// Asks the shard for its counters until they are as wanted.
    func waitForCounters(_ what: String, _ isDone: (ShardReport) -> Bool) throws -> ShardReport {
        while cp_now() < deadline {
            let now = try report()
            if isDone(now) { return now }
            // Something new can be expected with the clients' next word, twice a second.
            _ = inbox.take(until: cp_now() + 20_000_000)
        }
        throw RoomError(description: "waited in vain for \(what)")
    }

    func waitForEvents(_ what: String, _ isDone: () -> Bool) throws {
        while !isDone() {
            guard cp_now() < deadline else { throw RoomError(description: "waited in vain for \(what)") }
            awaitBell(plane.eventBell.descriptor, until: deadline)
            plane.eventBell.clear()
            while let event = link.events.pop() { take(event) }
        }
    }

    private func take(_ event: Event) {
        switch event {
        case .peerSecured(let peer, _): secured.insert(peer)
        case .peerLost(let peer, let loss): lost[peer] = loss
        case .peerReleased(let peer): released.insert(peer)
        case .roomReleased: roomIsReleased = true
        case .reported(let sequence, _): reported = sequence
        default: break
        }
    }
}

/// The start takes the shards' processors out of its thread's mask; the test's own thread is to keep its mask.
private func startOnThreadOfItsOwn(_ configuration: DataPlaneConfiguration) throws -> DataPlane {
    final class Start {
        let configuration: DataPlaneConfiguration
        var outcome: Result<DataPlane, any Error> = .failure(RoomError(description: "no thread"))
        init(_ configuration: DataPlaneConfiguration) { self.configuration = configuration }
    }
    let start = Start(configuration)
    var thread: UInt64 = 0
    let status = cp_spawn(
        &thread, 0,
        { argument in
            let start = Unmanaged<Start>.fromOpaque(argument!).takeUnretainedValue()
            start.outcome = Result { try DataPlane.start(start.configuration) }
            return nil
        }, Unmanaged.passUnretained(start).toOpaque())
    if status == 0 { _ = cp_join(thread) }
    return try start.outcome.get()
}
