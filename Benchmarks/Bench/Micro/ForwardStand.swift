import Contract
import Forward
import Memory
import Secure
import Wire

/// The second half of a shard alone: one producer, its packets already decrypted, and subscribers that take them.
struct ForwardStand: ~Copyable {
    var forwarder: Forwarder
    var departures: Departures
    private let arena: Arena
    private var sequence: UInt64 = 0x1_0000
    private var now: UInt64 = 1_000_000_000
    let payloadBytes: Int

    static let runs = 512

    static func make(subscribers: Int, payloadBytes: Int, profile: SrtpProfile = .aes128Gcm) throws(BenchError)
        -> ForwardStand
    {
        let limits = Limits(
            roomsMax: 4, peersMax: subscribers + 1, producersMax: 4, consumersMax: subscribers + 1,
            producersPerRoomMax: 4, slots: 4096, runs: runs, mailboxMax: 64)
        let bytes = Forwarder.byteCount(limits, shardCount: 1) + Departures.byteCount(capacity: runs) + 65536
        guard var arena = Arena(byteCount: bytes), let cipher = Cipher() else {
            throw BenchError("no memory, or no cipher")
        }
        let report = UnsafeMutablePointer<ShardReport>.allocate(capacity: 1)
        report.initialize(to: ShardReport())
        let departures = Departures(arena: &arena, capacity: runs)
        let forwarder = Forwarder(
            arena: &arena, limits: limits, cipher: cipher, report: report,
            trunk: TrunkMatrix(limits: limits, shardCount: 1).ends(of: 0))
        var stand = ForwardStand(forwarder: forwarder, departures: departures, arena: arena, payloadBytes: payloadBytes)
        stand.fill(subscribers: subscribers, profile: profile)
        return stand
    }

    private init(
        forwarder: consuming Forwarder, departures: consuming Departures, arena: consuming Arena, payloadBytes: Int
    ) {
        self.forwarder = forwarder
        self.departures = departures
        self.arena = arena
        self.payloadBytes = payloadBytes
    }

    private mutating func fill(subscribers: Int, profile: SrtpProfile) {
        var holds = forwarder.openRoom(RoomIndex(0))
        for peer in 0...subscribers {
            holds = holds && forwarder.openSubscriber(UInt32(peer), room: RoomIndex(0), media: Sample.media)
            forwarder.subscribers[peer].key.install(Sample.keys(profile, peer: peer), by: &forwarder.cipher)
        }
        let publisher = PeerHandle(shard: 0, index: UInt32(subscribers), generation: 1)
        holds =
            holds
            && forwarder.openProducer(
                OpenProducer(
                    producer: ProducerIndex(0), peer: publisher, kind: .video, source: .camera, mid: FixedBytes("1")!,
                    layers: [LayerDescription(ssrc: 77)]),
                room: 0)
        for peer in 0..<subscribers {
            let handle = PeerHandle(shard: 0, index: UInt32(peer), generation: 1)
            let order = OpenConsumer(
                consumer: ConsumerIndex(UInt32(peer)), peer: handle, kind: .video, mid: FixedBytes("1")!)
            holds =
                holds && forwarder.openConsumer(order, firstSequence: UInt16(peer), firstRtxSequence: 5)
                && forwarder.bind(consumer: UInt32(peer), producer: 0)
            forwarder.setReady(UInt32(peer), endpoint: Sample.endpoint(peer), tagBytes: profile.tagBytes)
        }
        precondition(holds, "the stand's commands do not fit the forwarder")
        burst(packets: 1, startsWithKeyframe: true)
    }

    /// Takes in so many packets of one frame, lets them depart to everybody, and throws the runs away.
    mutating func burst(packets: Int, startsWithKeyframe: Bool = false) {
        now += 5_000_000
        forwarder.beginBurst()
        for packet in 0..<packets {
            accept(isKeyframeStart: startsWithKeyframe && packet == 0, isLast: packet == packets - 1)
        }
        while forwarder.depart(now: now, departures: &departures) { discard() }
        discard()
    }

    private mutating func accept(isKeyframeStart: Bool, isLast: Bool) {
        guard let slot = forwarder.slots.take() else { return }
        let fact = forwarder.facts + Int(slot.index)
        fact.pointee = PacketFacts()
        fact.pointee.sequence = sequence
        fact.pointee.arrivalNanoseconds = now
        fact.pointee.timestamp = UInt32(truncatingIfNeeded: now / 11111)
        fact.pointee.payloadOffset = UInt16(Sample.headerBytes)
        fact.pointee.payloadBytes = UInt16(payloadBytes)
        fact.pointee.codec = .vp8
        fact.pointee.isKeyframeStart = isKeyframeStart
        fact.pointee.isMarked = isLast
        sequence += 1
        forwarder.accept(slot, producer: 0)
    }

    mutating func discard() {
        for index in 0..<departures.count { departures.giveBack(cell: departures[index].cell) }
        departures.removeAll()
    }

    /// One packet that left lately, asked for again by one subscriber.
    mutating func retransmit(consumer: Int, back: Int) {
        let newest = forwarder.consumers[consumer].sequence.next &- UInt64(back)
        let outcome = forwarder.retransmit(
            consumer: UInt32(consumer), sequence: UInt16(truncatingIfNeeded: newest), now: now, departures: &departures)
        precondition(outcome == .sent, "a packet that is kept was not sent again")
        forwarder.closeRun(&departures)
        forwarder.cipher.finish()
        discard()
    }

    /// Keeping a packet, and finding it again.
    mutating func storeAndFind() {
        forwarder.beginBurst()
        accept(isKeyframeStart: false, isLast: true)
        keep(forwarder.verdict(producer: 0, layer: 0, sequence: sequence - 1) == .kept ? 1 : 0)
        // Nobody takes it: the first subscriber stands for an empty room.
        while forwarder.depart(now: now, departures: &departures) { discard() }
        discard()
    }
}

/// Fan-out without a network: choose, rewrite, encrypt.
func forwardCases() throws(BenchError) -> [MicroCase] {
    var cases: [MicroCase] = [headerCase()]
    for (subscribers, packets, iterations) in [(3, 2, 400), (50, 6, 20), (200, 1, 20), (200, 6, 10)] {
        let stand = placed(try ForwardStand.make(subscribers: subscribers, payloadBytes: 1050))
        cases.append(
            MicroCase(
                name: "forward.fan-out-\(packets)x\(subscribers)", packets: subscribers * packets,
                iterations: iterations
            ) { count in for _ in 0..<count { stand.pointee.burst(packets: packets) } })
    }
    let audio = placed(try ForwardStand.make(subscribers: 300, payloadBytes: 80))
    cases.append(
        MicroCase(name: "forward.fan-out-audio-1x300", packets: 300, iterations: 20) { count in
            for _ in 0..<count { audio.pointee.burst(packets: 1) }
        })
    let lone = placed(try ForwardStand.make(subscribers: 1, payloadBytes: 1050))
    lone.pointee.burst(packets: 60)
    cases.append(
        MicroCase(name: "forward.nack-answer", iterations: 500) { count in
            for number in 0..<count { lone.pointee.retransmit(consumer: 0, back: 1 + number % 50) }
        })
    let empty = placed(try ForwardStand.make(subscribers: 0, payloadBytes: 1050))
    cases.append(
        MicroCase(name: "forward.history-store", iterations: 1000) { count in
            for _ in 0..<count { empty.pointee.storeAndFind() }
        })
    return cases
}

private func headerCase() -> MicroCase {
    let packet = lasting(Sample.rtp(ssrc: 1, sequence: 2, timestamp: 3, isAudio: true, bytes: 100))
    let out = lasting([], room: 128)
    let facts = placed(PacketFacts())
    facts.pointee.extensions[0] = ExtensionPlace(offset: 22, length: 1)
    let ids = CarriedIds(Sample.media)
    return MicroCase(name: "forward.header-rewrite") { count in
        for number in 0..<count {
            let header = OutgoingHeader(
                payloadType: 111, isMarked: false, sequence: UInt16(truncatingIfNeeded: number), timestamp: 3, ssrc: 4)
            keep(HeaderRewriter.headerBytes(facts.pointee, ids: ids))
            keep(
                HeaderRewriter.write(
                    header, facts: facts.pointee, packet: packet.baseAddress!, ids: ids, to: out.baseAddress!))
        }
    }
}
