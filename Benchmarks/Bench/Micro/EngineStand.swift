import Contract
import Engine
import Forward
import Memory
import Secure
import Wire

/// A whole shard without threads and sockets: bursts of datagrams in, runs out. One publisher with audio and video, and
/// subscribers that take both.
final class EngineStand {
    private let engine: UnsafeMutablePointer<Engine>
    private let departures: UnsafeMutablePointer<Departures>
    private let arrivals: UnsafeMutablePointer<Arrivals>
    private let arena: UnsafeMutablePointer<Arena>
    private let mailboxes: EngineMailboxes
    private let cipher: UnsafeMutablePointer<Cipher>
    private var sealing: [SealingKey] = []
    let subscribers: Int
    private var now: UInt64 = 1_000_000_000
    private var sequence: UInt64 = 1
    private var rtcpIndex: UInt32 = 1
    /// Datagrams that wait for `body`, and who sends them.
    private var waiting: [(bytes: UnsafeMutableRawBufferPointer, source: Endpoint)] = []
    private var used = 0

    var publisher: Int { subscribers }

    init(subscribers: Int) throws(BenchError) {
        self.subscribers = subscribers
        let limits = Limits(
            roomsMax: 4, peersMax: subscribers + 1, producersMax: 4, consumersMax: 2 * subscribers + 2,
            producersPerRoomMax: 4, slots: 4096, runs: 512, mailboxMax: 1024)
        let none = UnsafeMutablePointer<Mailbox<Handover>>.allocate(capacity: 1)
        mailboxes = EngineMailboxes(
            commands: Mailbox(capacity: 1024), events: Mailbox(capacity: 4096), handshakeInput: Mailbox(capacity: 16),
            handshakeOutput: Mailbox(capacity: 16), handoverTo: none, handoverFrom: none,
            trunk: TrunkMatrix(limits: limits, shardCount: 1).ends(of: 0))
        let configuration = EngineConfiguration(limits: limits, seed: 7, unixNanosecondsAtZero: 0)
        guard let made = Engine(configuration, mailboxes: mailboxes, useHugePages: false, now: now),
            var memory = Arena(
                byteCount: Departures.byteCount(capacity: 512) + Arrivals.byteCount(capacity: 64) + 65536),
            let cipher = Cipher()
        else { throw BenchError("no memory, or no cipher") }
        engine = placed(made)
        departures = placed(Departures(arena: &memory, capacity: 512))
        arrivals = placed(Arrivals(arena: &memory, capacity: 64))
        arena = placed(memory)
        self.cipher = placed(cipher)
        open()
    }

    private func handle(_ peer: Int) -> PeerHandle { PeerHandle(shard: 0, index: UInt32(peer), generation: 1) }

    private func open() {
        order(.openRoom(RoomIndex(0)))
        for peer in 0...subscribers { admit(peer) }
        let audio = OpenProducer(
            producer: ProducerIndex(0), peer: handle(publisher), kind: .audio, source: .microphone,
            mid: FixedBytes("0")!,
            layers: [LayerDescription(ssrc: 70)])
        let video = OpenProducer(
            producer: ProducerIndex(1), peer: handle(publisher), kind: .video, source: .camera, mid: FixedBytes("1")!,
            layers: [LayerDescription(ssrc: 71)])
        order(.openProducer(audio))
        order(.openProducer(video))
        for peer in 0..<subscribers {
            for kind in 0..<2 {
                let consumer = ConsumerIndex(UInt32(2 * peer + kind))
                order(
                    .openConsumer(
                        OpenConsumer(
                            consumer: consumer, peer: handle(peer), kind: kind == 0 ? .audio : .video,
                            mid: FixedBytes(String(kind))!)))
                order(.bindConsumer(consumer, ProducerIndex(UInt32(kind))))
            }
        }
        prepareMedia(bursts: 1, video: 1, audio: 1, startsWithKeyframe: true)
        takeWaiting(perBurst: 2)
        let report = engine.pointee.report.pointee
        precondition(
            report.commandsIgnored == 0 && report.forwarded == UInt64(2 * subscribers),
            "the stand's engine ignored \(report.commandsIgnored) commands and forwarded \(report.forwarded)")
    }

    private func order(_ command: Command) {
        precondition(mailboxes.commands.push(command))
        turn()
    }

    /// Opens a peer, proves its address by a check, and installs its keys.
    private func admit(_ peer: Int) {
        let ice = IceCredentials(
            localUfrag: FixedBytes(Sample.localUfrag(peer))!, localPassword: FixedBytes(Sample.password)!,
            remoteUfrag: FixedBytes<256>())
        order(
            .openPeer(
                OpenPeer(peer: handle(peer), room: RoomIndex(0), ice: ice, media: Sample.media, localSsrc: UInt32(peer))
            ))
        enqueue(Sample.check(peer: peer, transaction: UInt64(peer)), from: peer)
        takeWaiting(perBurst: 1)
        let keys = Sample.keys(.aes128Gcm, peer: peer)
        guard let place = mailboxes.handshakeOutput.reserve() else { fatalError("the mailbox is full") }
        place.pointee.kind = .keys
        place.pointee.peer = handle(peer)
        place.pointee.keys = keys
        mailboxes.handshakeOutput.commit()
        turn()
        let key = SealingKey(at: Sample.keyMemory())
        key.install(Sample.mirrored(keys), by: &cipher.pointee)
        sealing.append(key)
    }

    private func turn() {
        while engine.pointee.turn(now: now, departures: &departures.pointee) {}
        discard()
        while mailboxes.events.pop() != nil {}
        while engine.pointee.takeAddressChange() != nil {}
    }

    private func discard() {
        for index in 0..<departures.pointee.count { departures.pointee.giveBack(cell: departures.pointee[index].cell) }
        departures.pointee.removeAll()
    }

    // MARK: what arrives

    func enqueue(_ bytes: [UInt8], from peer: Int, isKnown: Bool = true) {
        waiting.append((lasting(bytes), Sample.endpoint(isKnown ? peer : peer + 50_000)))
    }

    func clear() {
        for datagram in waiting { datagram.bytes.deallocate() }
        waiting.removeAll(keepingCapacity: true)
        used = 0
    }

    /// Bursts of one frame's video packets of about 1100 bytes and as many Opus packets.
    func prepareMedia(bursts: Int, video: Int, audio: Int, startsWithKeyframe: Bool = false) {
        clear()
        for burst in 0..<bursts {
            for packet in 0..<video {
                let isKeyframe = startsWithKeyframe && burst == 0 && packet == 0
                seal(
                    Sample.rtp(
                        ssrc: 71, sequence: UInt16(truncatingIfNeeded: sequence),
                        timestamp: UInt32(truncatingIfNeeded: sequence * 3000), isAudio: false, bytes: 1080,
                        isMarked: packet == video - 1, descriptor: Sample.vp8(isKeyframe: isKeyframe)), ssrc: 71)
            }
            for _ in 0..<audio {
                seal(
                    Sample.rtp(
                        ssrc: 70, sequence: UInt16(truncatingIfNeeded: sequence),
                        timestamp: UInt32(truncatingIfNeeded: sequence * 960), isAudio: true, bytes: 110), ssrc: 70)
            }
        }
    }

    private var sequences: [UInt32: UInt64] = [:]

    private func seal(_ packet: [UInt8], ssrc: UInt32) {
        var packet = packet
        let index = sequences[ssrc, default: 1]
        sequences[ssrc] = index + 1
        sequence += 1
        packet.replaceSubrange(2..<4, with: Sample.big(index & 0xFFFF, 2))
        let memory = lasting(packet, room: packet.count + 16)
        let bytes = cipher.pointee.sealRtp(
            sealing[publisher], out: memory.baseAddress!, headerLength: Sample.headerBytes,
            payload: memory.baseAddress! + Sample.headerBytes, payloadLength: packet.count - Sample.headerBytes,
            ssrc: ssrc,
            index: index)
        cipher.pointee.finish()
        precondition(bytes == memory.count)
        waiting.append((memory, Sample.endpoint(publisher)))
    }

    /// Receiver reports of one subscriber about its video, with or without a request for a packet that left lately.
    func prepareReports(count: Int, asksAgain: Bool) {
        // What is asked for again must be young.
        prepareMedia(bursts: 10, video: 1, audio: 0)
        takeWaiting(perBurst: 1)
        clear()
        let consumer = ConsumerIndex(1)
        let newest = engine.pointee.forward.consumers[1].sequence.next
        for number in 0..<count {
            let lost = asksAgain ? UInt16(truncatingIfNeeded: newest - 1 - UInt64(number % 8)) : nil
            let plain = Sample.receiverReport(sender: 900, about: ConsumerSsrc.media(consumer), lost: lost)
            let memory = lasting(plain, room: 256)
            let bytes = cipher.pointee.sealRtcp(
                sealing[0], packet: memory.baseAddress!, length: plain.count, index: rtcpIndex)
            cipher.pointee.finish()
            rtcpIndex += 1
            waiting.append((UnsafeMutableRawBufferPointer(rebasing: memory[0..<bytes]), Sample.endpoint(0)))
        }
    }

    /// Takes what waits, in bursts of so many datagrams, as a shard's loop does.
    func takeWaiting(perBurst: Int, apart nanoseconds: UInt64 = 5_000_000) {
        while used < waiting.count {
            now += nanoseconds
            for _ in 0..<min(perBurst, waiting.count - used) {
                let (bytes, source) = waiting[used]
                let count = UInt32(bytes.count)
                _ = arrivals.pointee.append(
                    Arrival(bytes: bytes.baseAddress!, byteCount: count, segmentBytes: count, source: source, buffer: 0)
                )
                used += 1
            }
            takeArrivals()
        }
    }

    private func takeArrivals() {
        engine.pointee.take(arrivals.pointee, now: now, departures: &departures.pointee)
        arrivals.pointee.removeAll()
        while engine.pointee.depart(now: now, departures: &departures.pointee) { discard() }
        turn()
    }

    var report: ShardReport { engine.pointee.report.pointee }
}
