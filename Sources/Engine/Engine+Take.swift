import Contract
import Flight
import Forward
import Memory
import Peer
import Wire

/// Taking a burst in: every datagram is sorted by its first byte, and counted once.
extension Engine {
    /// Datagrams taken from other shards' mailboxes in one burst.
    private static let handoversPerBurst = 256
    /// Another shard's claim to a peer's address is not believed before the peer has been silent for this long.
    private static let addressHoldNanoseconds: UInt64 = 200_000_000
    /// A peer that sends from another of its addresses has moved when nothing came from the selected one for this long. Packets
    /// that overtook each other on the way are later by less.
    private static let moveNanoseconds: UInt64 = 100_000_000

    /// Takes in what one wake-up brought, and what other shards have handed over. Answers (STUN, retransmissions) go
    /// into `departures` at once; packets to be forwarded leave by `depart`.
    public mutating func take(_ arrivals: borrowing Arrivals, now: UInt64, departures: inout Departures) {
        noteTake(now: now, departures)
        let first = departures.count
        forward.beginBurst()
        report.pointee.bursts &+= 1
        for index in 0..<arrivals.count { takeArrival(arrivals[index], now: now, departures: &departures) }
        takeHandovers(now: now, departures: &departures)
        takeRecords(now: now)
        forward.passBurst()
        let bells = forward.takeBells()
        signals.shards |= bells
        noteRuns(departures, from: first)
        noteTrunk(bells)
    }

    private mutating func takeArrival(_ arrival: Arrival, now: UInt64, departures: inout Departures) {
        guard !arrival.isTruncated else {
            report.pointee.datagramsReceived &+= 1
            return drop(.truncated)
        }
        guard arrival.byteCount > 0 else {
            if arrival.source.isTcp { return takeEnd(of: arrival.source, now: now) }
            report.pointee.datagramsReceived &+= 1
            return drop(.empty)
        }
        let owner = addresses.owner(of: arrival.source)
        noteArrival(arrival.source, owner)
        let accepted = report.pointee.rtpAccepted &+ report.pointee.rtcpHandled
        let segment = max(Int(arrival.segmentBytes), 1)
        var offset = 0
        while offset < Int(arrival.byteCount) {
            let count = min(segment, Int(arrival.byteCount) - offset)
            let datagram = Datagram(bytes: arrival.bytes + offset, count: count, source: arrival.source)
            takeDatagram(datagram, owner: owner, mayHandOver: true, now: now, departures: &departures)
            offset += count
        }
        guard case .peer(let peer)? = owner else { return }
        let hasMedia = accepted != report.pointee.rtpAccepted &+ report.pointee.rtcpHandled
        noteSource(arrival.source, of: peer, hasMedia: hasMedia, now: now)
        rescheduleAfterArrival(peer, now: now)
    }

    /// Once per arrival: media goes where media comes from, when the peer has left its selected address.
    private mutating func noteSource(_ source: Endpoint, of index: UInt32, hasMedia: Bool, now: UInt64) {
        let peer = peers + Int(index)
        if peer.pointee.ice.selected == AddressKey(source) {
            peer.pointee.selectedHeardNanoseconds = now
        } else if hasMedia, now > peer.pointee.selectedHeardNanoseconds &+ Self.moveNanoseconds {
            guard peer.pointee.ice.follow(AddressKey(source), now: now) else { return }
            peer.pointee.selectedHeardNanoseconds = now
            useSelectedAddress(index)
        }
    }

    mutating func takeDatagram(
        _ datagram: Datagram, owner: AddressTable.Owner?, mayHandOver: Bool, now: UInt64, departures: inout Departures
    ) {
        report.pointee.datagramsReceived &+= 1
        report.pointee.bytesReceived &+= UInt64(datagram.count)
        let first = datagram.bytes.load(as: UInt8.self)
        let kind = PacketKind.classify(firstByte: first)
        if kind == .stun {
            return takeStun(datagram, mayHandOver: mayHandOver, now: now, departures: &departures)
        }
        guard kind == .rtpOrRtcp || kind == .dtls else {
            noteRefused(datagram, owner)
            return drop(.notRecognised)
        }
        switch owner {
        case .peer(let peer)?:
            take(datagram, kind, from: peer, now: now, departures: &departures)
        case .shard(let shard)?:
            if mayHandOver { handOver(datagram, to: shard) } else { drop(.unknownAddress) }
        case nil:
            drop(.unknownAddress)
        }
    }

    private mutating func take(
        _ datagram: Datagram, _ kind: PacketKind, from peer: UInt32, now: UInt64, departures: inout Departures
    ) {
        peers[Int(peer)].packetsReceived &+= 1
        peers[Int(peer)].bytesReceived &+= UInt64(datagram.count)
        if kind == .dtls {
            noteDtls(datagram)
            return peers[Int(peer)].isPlain ? drop(.notRecognised) : takeDtls(datagram, from: peer)
        }
        guard peers[Int(peer)].isSecured, datagram.count >= 2 else {
            noteRefused(datagram)
            return drop(peers[Int(peer)].isSecured ? .rtpMalformed : .notSecured)
        }
        if PacketKind.isRtcp(secondByte: datagram.bytes.load(fromByteOffset: 1, as: UInt8.self)) {
            takeRtcp(datagram, from: peer, now: now, departures: &departures)
        } else {
            takeRtp(datagram, from: peer, now: now)
        }
    }

    private mutating func takeHandovers(now: UInt64, departures: inout Departures) {
        guard shardCount > 1 else { return }
        for other in 0..<shardCount where other != Int(shard) {
            var left = Self.handoversPerBurst
            while left > 0, let message = mailboxes.handoverFrom[other].front() {
                take(message, from: ShardIndex(other), now: now, departures: &departures)
                mailboxes.handoverFrom[other].advance()
                left -= 1
            }
        }
    }

    private mutating func take(
        _ message: UnsafeMutablePointer<Handover>, from other: ShardIndex, now: UInt64, departures: inout Departures
    ) {
        let source = message.pointee.source
        noteHandover(message, from: other)
        switch message.pointee.kind {
        case .addressAdded:
            if case .peer(let own)? = addresses.owner(of: source) {
                // Ours, if our peer was heard of lately; else a browser uses the port again on the other shard.
                guard now > peers[Int(own)].ice.lastRequest(from: AddressKey(source)) + Self.addressHoldNanoseconds
                else { return }
                giveUp(source, of: own)
            }
            _ = addresses.insert(source, owner: .shard(other))
            report.pointee.addressesNow = UInt64(addresses.count)
        case .addressRemoved:
            if case .shard(let owner)? = addresses.owner(of: source), owner == other { addresses.remove(source) }
            report.pointee.addressesNow = UInt64(addresses.count)
        case .datagram:
            let owner = addresses.owner(of: source)
            let count = message.pointee.bytes.count
            guard count > 0 else { return }
            // SAFETY: the message stays in its mailbox until `advance`, and nobody else touches it there.
            let bytes = UnsafeMutableRawPointer(message) + MemoryLayout<Handover>.offset(of: \.bytes.storage)!
            let datagram = Datagram(bytes: bytes, count: count, source: source)
            takeDatagram(datagram, owner: owner, mayHandOver: false, now: now, departures: &departures)
            if case .peer(let peer)? = owner { rescheduleAfterArrival(peer, now: now) }
        }
    }

    /// Passes a datagram to the shard that it belongs to. A TCP connection stays where its first frame belonged.
    mutating func handOver(_ datagram: Datagram, to other: ShardIndex) {
        guard !datagram.source.isTcp else { return drop(.unknownAddress) }
        guard Int(other) < shardCount, other != shard else { return drop(.handoverUnknownShard) }
        guard datagram.count <= recordBytesMax else { return drop(.packetTooLong) }
        guard let place = mailboxes.handoverTo[Int(other)].reserve() else { return drop(.handoverFull) }
        place.pointee.kind = .datagram
        place.pointee.source = datagram.source
        place.pointee.bytes.fill(datagram.bytes, count: datagram.count)
        mailboxes.handoverTo[Int(other)].commit()
        signals.shards |= 1 << UInt64(other)
        report.pointee.handedOver &+= 1
    }
}

/// One datagram in a receive buffer.
struct Datagram {
    var bytes: UnsafeMutableRawPointer
    var count: Int
    var source: Endpoint

    /// SAFETY: the bytes stay where they are until the driver takes its buffer back, after the burst was taken in.
    @inline(__always)
    var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: count) }
}
