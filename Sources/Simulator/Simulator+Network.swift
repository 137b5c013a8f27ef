import Contract
import Memory

/// What a link remembers between datagrams.
struct Link {
    var lossesLeft = 0
    /// When the last datagram arrives, by peer: order is kept.
    var last: [Int: UInt64] = [:]
    /// Until when the link sends what it has, by peer.
    var busy: [Int: UInt64] = [:]
    /// Datagrams that found its queue full.
    var overflows = 0

    /// How long a datagram is on its way through the bottleneck, waiting included; nil when it finds no room.
    mutating func pass(_ count: Int, mood: NetworkMood, peer: Int, now: UInt64) -> UInt64? {
        guard mood.bitsPerSecond > 0 else { return 0 }
        let wait = max(busy[peer] ?? 0, now) - now
        guard wait <= mood.queueNanoseconds else {
            overflows += 1
            return nil
        }
        let span = wait + UInt64(count) * 8_000_000_000 / mood.bitsPerSecond
        busy[peer] = now + span
        return span
    }
}

extension Simulator {
    /// A client sends.
    func sendToServer(_ datagram: Datagram, from peer: Int) {
        for (copy, time) in travel(datagram.bytes, mood: toServer, link: &uplink, peer: peer) {
            var arriving = datagram
            arriving.bytes = copy
            arriving.isDamaged = copy != datagram.bytes
            calendar.add(.toServer(arriving), at: time)
        }
    }

    func sendToClient(_ bytes: [UInt8], peer: Int) {
        for (copy, time) in travel(bytes, mood: toClient, link: &downlink, peer: peer) {
            calendar.add(.toClient(peer: peer, bytes: copy), at: time)
        }
    }

    /// The copies that arrive, and when.
    private func travel(
        _ bytes: [UInt8], mood: NetworkMood, link: inout Link, peer: Int
    ) -> [(bytes: [UInt8], time: UInt64)] {
        if link.lossesLeft > 0 {
            link.lossesLeft -= 1
            return []
        }
        if dice.chance(mood.burstLoss) { link.lossesLeft = mood.burstLength }
        guard let span = link.pass(bytes.count, mood: mood, peer: peer, now: now) else { return [] }
        if dice.chance(mood.loss) { return [] }
        var time = now + span + mood.delayNanoseconds
        if mood.jitterNanoseconds > 0 { time += dice.within(0...mood.jitterNanoseconds) }
        if dice.chance(mood.reorder) {
            time += dice.within(1_000_000...40_000_000)
        } else {
            time = max(time, link.last[peer] ?? 0)
            link.last[peer] = time
        }
        var copies = [(bytes: damaged(bytes, mood), time: time)]
        if dice.chance(mood.duplication) { copies.append((bytes, time + dice.within(0...30_000_000))) }
        return copies
    }

    private func damaged(_ bytes: [UInt8], _ mood: NetworkMood) -> [UInt8] {
        guard !bytes.isEmpty else { return bytes }
        var copy = bytes
        if dice.chance(mood.corruption) { copy[dice.below(copy.count)] ^= 1 << UInt8(dice.below(8)) }
        if dice.chance(mood.truncation) { copy.removeLast(1 + dice.below(copy.count)) }
        return copy
    }

    /// A datagram reaches the host: the kernel chooses a socket.
    func deliver(_ datagram: Datagram) {
        var shard = shards[Int(datagram.source.port) % shards.count]
        if shards.count > 1, dice.chance(options.kernel.missteering) { shard = dice.pick(shards) }
        shard.enqueue(datagram)
    }

    /// The burst that its shard is about to take holds the datagram.
    func arrived(_ datagram: Datagram, now: UInt64) {
        guard !datagram.isDamaged else { return }
        arrivalOrder += 1
        departureChecker.noteArrival(datagram)
        if let media = datagram.media {
            media.source.arrived(media.sequence, order: arrivalOrder, now: now, isRtx: media.isRtx)
        }
        if let transport = datagram.transport { peers[transport.peer].transportArrived(transport.number, now: now) }
    }

    /// A run leaves.
    func departed(_ run: Run, memory: UnsafeMutableRawPointer, from shard: SimulatedShard) {
        let times = sing(memory)
        for _ in 0..<times { departed(run, UnsafeRawBufferPointer(start: memory, count: Int(run.byteCount))) }
    }

    /// What a canary does to a run: how often it leaves.
    private func sing(_ memory: UnsafeMutableRawPointer) -> Int {
        let isMedia = memory.load(as: UInt8.self) >> 6 == 2
        guard options.canary != .none, !hasSung, isMedia, counts.mediaPackets > 300 else { return 1 }
        switch options.canary {
        case .flipsBit:
            hasSung = true
            memory.storeBytes(of: memory.load(fromByteOffset: 20, as: UInt8.self) ^ 1, toByteOffset: 20, as: UInt8.self)
            return 1
        case .losesRun:
            // RTCP may be lost and nobody the wiser.
            return dice.chance(0.1) ? 0 : 1
        case .repeatsRun:
            hasSung = true
            return 2
        case .none, .leaksSlot, .miscounts, .breaksIds, .losesFrame: return 1
        }
    }

    private func isAudio(type: UInt8, of peer: Int) -> Bool {
        peers[peer].media.payloadTypeOfCodec[Int(Codec.opus.rawValue)] == type
    }

    private func departed(_ run: Run, _ bytes: UnsafeRawBufferPointer) {
        let segment = Int(run.segmentBytes)
        if run.segments > 64 || (run.segments > 1 && (Int(run.segments) - 1) * segment >= bytes.count)
            || Int(run.segments) * segment < bytes.count
        {
            violate("run", "\(run.segments) segments of \(segment) bytes do not make \(bytes.count)")
        }
        var offset = 0
        while offset < bytes.count {
            let end = min(offset + segment, bytes.count)
            let datagram = Array(bytes[offset..<end])
            if let peer = departureChecker.check(datagram, to: run.destination, self) {
                if let onDeparture {
                    let isAudio = datagram.count > 1 && isAudio(type: datagram[1] & 0x7F, of: peer)
                    onDeparture(Departure(nanoseconds: now, peer: peer, bytes: datagram.count, isAudio: isAudio))
                }
                sendToClient(datagram, peer: peer)
            }
            offset = end
        }
    }
}
