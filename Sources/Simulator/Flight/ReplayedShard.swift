import Contract
import Engine
import Flight
import Forward
import Memory

/// An engine in the state of an image, and what a shard's thread owns besides.
final class ReplayedShard {
    let recorder: FlightRecorder
    private let file: FlightFile
    private var engine: Engine
    private var departures: Departures
    private var arrivals: Arrivals
    private let arena: Arena
    private let mailboxes: EngineMailboxes
    private let handovers: MailboxMatrix<Handover>
    private let trunk: TrunkMatrix
    private let clients: ReplayedClients
    private let shard: ShardIndex
    private let shardCount: Int
    /// Cells that are under way, as far as the engine is to believe.
    private var held: [UInt32] = []
    private var buffers: [UnsafeMutableRawPointer] = []
    /// The burst has not left as a whole.
    private var isDeparting = false

    private static let arrivalsMax = 1024

    init(_ file: FlightFile, _ image: FlightFile.Image) throws(FlightReplayError) {
        self.file = file
        do throws(EngineImageError) {
            let configuration = try Engine.configuration(of: file)
            let (limits, count) = (configuration.limits, configuration.shardCount)
            (shard, shardCount) = (configuration.shard, count)
            handovers = MailboxMatrix(count: count, capacity: 256)
            trunk = TrunkMatrix(limits: limits, shardCount: count)
            mailboxes = EngineMailboxes(
                commands: Mailbox(capacity: 4096), events: Mailbox(capacity: 1 << 16),
                handshakeInput: Mailbox(capacity: 1024), handshakeOutput: Mailbox(capacity: 1024),
                handoverTo: handovers.to(Int(shard)), handoverFrom: handovers.from(Int(shard)),
                trunk: trunk.ends(of: Int(shard)))
            let bytes =
                Departures.byteCount(capacity: limits.runs) + Arrivals.byteCount(capacity: Self.arrivalsMax) + 65536
            guard
                var engine = Engine(
                    configuration, mailboxes: mailboxes, useHugePages: false, now: image.nowNanoseconds),
                let recorder = FlightRecorder(
                    shard: Int(shard), shardCount: count, ringBytes: Int(file.head.ring_bytes) * 2 + (1 << 20),
                    imageBytes: 0),
                var arena = Arena(byteCount: bytes, useHugePages: false)
            else { throw .noMemory }
            engine.record(configuration, in: recorder, now: image.nowNanoseconds)
            try engine.restore(image, of: file)
            self.engine = engine
            self.recorder = recorder
            departures = Departures(arena: &arena, capacity: limits.runs)
            arrivals = Arrivals(arena: &arena, capacity: Self.arrivalsMax)
            self.arena = arena
            clients = ReplayedClients(file)
        } catch { throw .engine(error) }
        fillSlots(before: image.position)
    }

    deinit {
        for buffer in buffers { buffer.deallocate() }
        recorder.free()
        mailboxes.commands.deallocate()
        mailboxes.events.deallocate()
        mailboxes.handshakeInput.deallocate()
        mailboxes.handshakeOutput.deallocate()
        handovers.deallocate()
        trunk.deallocate()
    }

    /// Packets that lay in histories when the tables were copied: as much of them as the log still has.
    private func fillSlots(before position: UInt64) {
        for entry in file.entries where entry.kind == .rtp && entry.position < position {
            guard let packet = file.value(entry, as: FlightPacket.self), packet.outcome == .opened,
                packet.slot < UInt32(engine.forward.limits.slots)
            else { continue }
            let bytes = Array(file.packetBytes(entry, packet).prefix(Limits.slotBytes))
            engine.forward.slots.memory(of: packet.slot).copyMemory(from: bytes, byteCount: bytes.count)
        }
    }

    func perform(_ call: FlightCall) {
        switch call.kind {
        case .take: take(call)
        case .depart:
            prepareCells(call)
            isDeparting = engine.depart(now: call.now, departures: &departures)
        case .turn: turn(call)
        case .burstTime(let time): engine.note(time, now: call.now)
        case .window(let cpu): engine.closeWindow(now: call.now, cpuNanoseconds: cpu)
        }
    }

    private func take(_ call: FlightCall) {
        flush()
        departRest(now: call.now)
        prepareCells(call)
        for arriving in call.arrivals where !arriving.flags.has(FlightArrival.isHandedOver) { append(arriving) }
        for word in call.words where word.kind == .address { pushAddress(word) }
        for arriving in call.arrivals where arriving.flags.has(FlightArrival.isHandedOver) { pushHandover(arriving) }
        engine.take(arrivals, now: call.now, departures: &departures)
        arrivals.removeAll()
        drain()
    }

    /// Only where what leaves is no more what it was: then a burst may need more calls than were recorded.
    private func departRest(now: UInt64) {
        while isDeparting {
            for cell in held { departures.giveBack(cell: cell) }
            held.removeAll()
            isDeparting = engine.depart(now: now, departures: &departures)
            flush()
        }
    }

    private func turn(_ call: FlightCall) {
        prepareCells(call)
        for word in call.words {
            if let command = file.command(word) {
                _ = mailboxes.commands.push(command)
            } else if word.kind == .handshake {
                pushHandshake(word)
            }
        }
        _ = engine.turn(now: call.now, departures: &departures)
        drain()
    }

    /// What others would take.
    private func drain() {
        while mailboxes.events.pop() != nil {}
        while mailboxes.handshakeInput.pop() != nil {}
        while engine.takeAddressChange() != nil {}
        for other in 0..<shardCount where other != Int(shard) {
            while mailboxes.handoverTo[other].pop() != nil {}
        }
        engine.signals = EngineSignals()
    }

    // MARK: Cells

    private func flush() {
        for place in 0..<departures.count { departures.giveBack(cell: departures[place].cell) }
        departures.removeAll()
    }

    /// As many runs wait and as many cells are free as then.
    private func prepareCells(_ call: FlightCall) {
        if call.runsWaiting < departures.count { flush() }
        while departures.freeCount > call.freeCells, let cell = departures.takeCell() { held.append(cell) }
        while departures.freeCount < call.freeCells, let cell = held.popLast() { departures.giveBack(cell: cell) }
    }

    // MARK: Arrivals

    private func append(_ arriving: FlightArriving) {
        if arriving.flags.has(FlightArrival.isEnd) { return push(arriving.source, [], segment: 0) }
        let datagrams = datagrams(of: arriving)
        // What was dropped without a record: all that matters is that something came.
        guard let first = datagrams.first else { return push(arriving.source, [255], segment: 1) }
        let isUniform = datagrams.dropLast().allSatisfy { $0.count == first.count }
        if isUniform, datagrams.last!.count <= first.count {
            return push(arriving.source, datagrams.reduce([], +), segment: first.count)
        }
        for datagram in datagrams { push(arriving.source, datagram, segment: datagram.count) }
    }

    private func push(_ source: Endpoint, _ bytes: [UInt8], segment: Int) {
        guard bytes.count <= 65536, !arrivals.isFull else { return }
        let buffer = self.buffer(arrivals.count)
        buffer.copyMemory(from: bytes, byteCount: bytes.count)
        _ = arrivals.append(
            Arrival(
                bytes: buffer, byteCount: UInt32(bytes.count), segmentBytes: UInt32(segment), source: source,
                buffer: Arrival.noBuffer))
    }

    private func datagrams(of arriving: FlightArriving) -> [[UInt8]] {
        let protection = engine.protection(of: arriving.peer)
        return arriving.datagrams.map { clients.datagram($0, protection) }
    }

    private func buffer(_ place: Int) -> UnsafeMutableRawPointer {
        while buffers.count <= place { buffers.append(.allocate(byteCount: 65536, alignment: 64)) }
        return buffers[place]
    }

    // MARK: Other threads

    /// It does not matter which of the others handed it over.
    private var neighbour: Int { shard == 0 ? 1 : 0 }

    private func pushHandover(_ arriving: FlightArriving) {
        guard shardCount > 1 else { return }
        for datagram in datagrams(of: arriving) where datagram.count <= recordBytesMax {
            guard let place = mailboxes.handoverFrom[neighbour].reserve() else { return }
            place.pointee.kind = .datagram
            place.pointee.source = arriving.source
            place.pointee.bytes.fill(datagram, count: datagram.count)
            mailboxes.handoverFrom[neighbour].commit()
        }
    }

    private func pushAddress(_ entry: FlightEntry) {
        guard entry.argument < shardCount, entry.argument != Int(shard),
            let place = mailboxes.handoverFrom[entry.argument].reserve()
        else { return }
        place.pointee.kind = entry.flags == 1 ? .addressAdded : .addressRemoved
        place.pointee.source = file.endpoint(entry)
        place.pointee.bytes.count = 0
        mailboxes.handoverFrom[entry.argument].commit()
    }

    private func pushHandshake(_ entry: FlightEntry) {
        guard let kind = HandshakeOutput.Kind(rawValue: entry.flags), let place = mailboxes.handshakeOutput.reserve()
        else { return }
        let name = file.word(entry, 0)
        place.pointee.kind = kind
        place.pointee.peer = PeerHandle(
            shard: ShardIndex(name & 0xFFFF), index: UInt32(name >> 32),
            generation: UInt16(truncatingIfNeeded: name >> 16))
        place.pointee.keys = nil
        place.pointee.bytes.count = 0
        switch kind {
        case .datagram:
            let bytes = [UInt8](repeating: 22, count: min(entry.argument, recordBytesMax))
            place.pointee.bytes.fill(bytes, count: bytes.count)
        case .keys:
            guard let profile = SrtpProfile(rawValue: UInt16(entry.argument)) else { return }
            place.pointee.keys = FlightSecrets.keys(profile)
        case .lost: place.pointee.loss = PeerLoss(rawValue: UInt8(clamping: entry.argument)) ?? .closedByPeer
        }
        mailboxes.handshakeOutput.commit()
    }
}

extension UInt8 {
    fileprivate func has(_ flag: UInt8) -> Bool { self & flag != 0 }
}
