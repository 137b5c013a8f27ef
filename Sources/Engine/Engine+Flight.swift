import Contract
import Flight
import Forward
import Memory
import Peer
import Secure
import Wire

/// What the notes need to know between calls. Plain data, a part of the engine's state.
struct FlightNotes: BitwiseCopyable {
    /// The sender of the arrival that is being taken has been noted.
    var isArrivalNoted = false
    var source = Endpoint.none
    /// How far tables were ever used.
    var rooms: UInt32 = 0
    var peers: UInt32 = 0
    var producers: UInt32 = 0
    var consumers: UInt32 = 0
    var streams: UInt32 = 0
    var imageDueNanoseconds: UInt64 = 0
    var imagePosition: UInt64 = 0
    var dropsDueNanoseconds: UInt64 = 0

    static let dropsIntervalNanoseconds: UInt64 = 100_000_000
}

/// The flight recorder's notes: all that the engine is told, and what it decides. Payload is left out, but for the front of
/// a video packet, which says what its frame is.
extension Engine {
    /// Bytes of a video packet's payload that are kept: the codec's descriptor, and what says that a keyframe begins.
    private static let frontBytes = 24

    // MARK: The three calls

    mutating func noteTake(now: UInt64, _ departures: borrowing Departures) {
        guard let flight else { return }
        flight.head.pointee.burst &+= 1
        flight.head.pointee.now_nanoseconds = now
        flight.enter(.taking)
        flight.note(.take, now, argument: departures.freeCount)
    }

    mutating func noteDepart(now: UInt64, _ departures: borrowing Departures) {
        guard let flight else { return }
        flight.enter(.departing)
        flight.note(.depart, now, UInt64(truncatingIfNeeded: departures.count), argument: departures.freeCount)
    }

    mutating func noteTurn(now: UInt64, _ departures: borrowing Departures) {
        guard let flight else { return }
        flight.enter(.turning)
        flight.note(.turn, now, UInt64(truncatingIfNeeded: departures.count), argument: departures.freeCount)
    }

    // MARK: What arrives

    mutating func noteArrival(_ source: Endpoint, _ owner: AddressTable.Owner?) {
        guard let flight else { return }
        flightNotes.isArrivalNoted = false
        flightNotes.source = source
        // Strangers' packets change nothing, but for checks that are answered: those note their sender themselves.
        guard case .peer(let peer)? = owner else { return }
        flight.at(peer: peer)
        noteSender(flight, flags: 0, peer: peer)
    }

    /// Whose it is, is recorded too: an address may become a peer's in the middle of a burst.
    private mutating func noteSender(_ flight: FlightRecorder, flags: UInt8, peer: UInt32 = .max) {
        flightNotes.isArrivalNoted = true
        let source = flightNotes.source
        let body = flight.reserve(24)
        body.storeBytes(of: source.high, as: UInt64.self)
        body.storeBytes(of: source.low, toByteOffset: 8, as: UInt64.self)
        body.storeBytes(
            of: UInt64(peer >> 16) << 48 | UInt64(source.connection) << 16 | UInt64(source.port), toByteOffset: 16,
            as: UInt64.self)
        flight.commit(.arrival, body, bytes: 24, flags: flags, argument: Int(peer & 0xFFFF))
    }

    mutating func noteEnd(of source: Endpoint) {
        guard let flight else { return }
        flightNotes.source = source
        noteSender(flight, flags: FlightArrival.isEnd)
    }

    mutating func noteHandover(_ message: UnsafeMutablePointer<Handover>, from other: ShardIndex) {
        guard let flight else { return }
        flightNotes.source = message.pointee.source
        guard message.pointee.kind == .datagram else {
            let isAdded = message.pointee.kind == .addressAdded
            return noteAddress(flight, shard: other, isAdded: isAdded)
        }
        guard case .peer(let peer)? = addresses.owner(of: message.pointee.source) else {
            flightNotes.isArrivalNoted = false
            return
        }
        noteSender(flight, flags: FlightArrival.isHandedOver, peer: peer)
    }

    private mutating func noteAddress(_ flight: FlightRecorder, shard: ShardIndex, isAdded: Bool) {
        let source = flightNotes.source
        let body = flight.reserve(24)
        body.storeBytes(of: source.high, as: UInt64.self)
        body.storeBytes(of: source.low, toByteOffset: 8, as: UInt64.self)
        body.storeBytes(
            of: UInt64(source.connection) << 16 | UInt64(source.port), toByteOffset: 16, as: UInt64.self)
        flight.commit(.address, body, bytes: 24, flags: isAdded ? 1 : 0, argument: Int(shard))
    }

    mutating func noteRefused(_ datagram: Datagram, _ owner: AddressTable.Owner? = .peer(0)) {
        guard let flight, case .peer? = owner else { return }
        flight.note(.refused, flags: datagram.bytes.load(as: UInt8.self), argument: datagram.count)
    }

    mutating func noteDtls(_ datagram: Datagram) {
        flight?.note(.dtls, flags: datagram.bytes.load(as: UInt8.self), argument: datagram.count)
    }

    /// An authentic check; it may be a stranger's first.
    mutating func noteStun(_ datagram: Datagram) {
        guard let flight, datagram.count <= FlightRecorder.recordBytesMax else { return }
        if !flightNotes.isArrivalNoted { noteSender(flight, flags: 0) }
        flight.note(.stun, from: datagram.bytes, bytes: datagram.count, argument: datagram.count)
    }

    mutating func noteUnopened(_ datagram: Datagram, index: UInt64, outcome: FlightPacket.Outcome = .unopened) {
        guard let flight else { return }
        let copied = min(datagram.count, 96)
        flight.note(
            .rtp,
            FlightPacket(index: index, wireBytes: datagram.count, copiedBytes: copied, outcome: outcome),
            datagram.bytes)
    }

    /// An authentic packet: its header, and of its payload what tells frames and blocks apart.
    mutating func notePacket(_ packet: PlainPacket, of peer: UInt32, slot: UInt32, wireBytes: Int) {
        guard let flight else { return }
        let header = packet.header.headerLength
        let codec = peers[Int(peer)].media.codecOfPayloadType[Int(packet.header.payloadType & 127)]
        var front = Self.frontBytes
        if codec == .opus { front = 0 } else if codec == .red { front = redHeaderBytes(packet) }
        let isPadded = packet.bytes[0] & 0x20 != 0
        var note = FlightPacket(
            index: packet.index, wireBytes: wireBytes, copiedBytes: min(packet.bytes.count, header &+ front),
            outcome: .opened, padding: isPadded ? packet.bytes[packet.bytes.count &- 1] : 0)
        note.slot = slot
        flight.note(.rtp, note, packet.bytes.baseAddress!)
    }

    /// RFC 2198: four bytes for each block but the last, which has one.
    private mutating func redHeaderBytes(_ packet: PlainPacket) -> Int {
        var place = packet.header.headerLength
        while place < packet.bytes.count, packet.bytes[place] & 0x80 != 0, place < packet.header.headerLength &+ 64 {
            place &+= 4
        }
        return place &+ 1 &- packet.header.headerLength
    }

    // MARK: SRTCP

    /// RFC 3711 §3.4, RFC 7714 §9.2: the index word, before the tag or behind it.
    private mutating func rtcpIndex(_ datagram: Datagram, of peer: UInt32) -> UInt64 {
        let isBeforeTag = peers[Int(peer)].profile == .aes128CmSha1
        let place = datagram.count &- 4 &- (isBeforeTag ? SrtpProfile.aes128CmSha1.tagBytes : 0)
        guard place >= 8, !peers[Int(peer)].isClear else { return 0 }
        return UInt64(
            UInt32(bigEndian: datagram.bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)) & 0x7FFF_FFFF)
    }

    mutating func noteCompound(_ datagram: Datagram, plainBytes: Int, from peer: UInt32) {
        guard let flight else { return }
        let copied = min(plainBytes, FlightRecorder.recordBytesMax)
        let packet = FlightPacket(
            index: rtcpIndex(datagram, of: peer), wireBytes: datagram.count, copiedBytes: copied, outcome: .opened)
        flight.note(.rtcp, packet, datagram.bytes)
    }

    mutating func noteClosedCompound(_ datagram: Datagram, _ opened: OpenedRtcp, from peer: UInt32) {
        guard let flight else { return }
        let packet = FlightPacket(
            index: opened == .malformed ? .max : rtcpIndex(datagram, of: peer), wireBytes: datagram.count,
            copiedBytes: 8,
            outcome: opened == .authentication ? .forged : .unopened)
        flight.note(.rtcp, packet, datagram.bytes)
    }

    // MARK: What other threads say

    /// Apart from the loop that takes commands: this one copies the command, to take secrets out of it.
    @inline(never)
    mutating func note(_ command: UnsafeMutablePointer<Command>) {
        guard let flight else { return }
        noteMarks(command)
        flight.note(command.pointee.withoutSecrets)
    }

    private mutating func noteMarks(_ command: UnsafeMutablePointer<Command>) {
        func raise(_ mark: inout UInt32, _ index: UInt32, _ limit: Int) {
            if index < UInt32(limit) { mark = max(mark, index + 1) }
        }
        switch command.pointee {
        case .openRoom(let room): raise(&flightNotes.rooms, UInt32(room.value), limits.roomsMax)
        case .openPeer(let order): raise(&flightNotes.peers, order.peer.index, limits.peersMax)
        case .openProducer(let order): raise(&flightNotes.producers, order.producer.value, limits.producersMax)
        case .openMirror(let order): raise(&flightNotes.producers, order.mirror.value, limits.producersMax)
        case .openConsumer(let order): raise(&flightNotes.consumers, order.consumer.value, limits.consumersMax)
        default: break
        }
    }

    mutating func note(_ message: UnsafeMutablePointer<HandshakeOutput>) {
        guard let flight else { return }
        let peer = message.pointee.peer
        let name = UInt64(peer.index) << 32 | UInt64(peer.generation) << 16 | UInt64(peer.shard)
        let argument =
            switch message.pointee.kind {
            case .datagram: message.pointee.bytes.count
            case .keys: Int(message.pointee.keys?.profile.rawValue ?? 0)
            case .lost: Int(message.pointee.loss.rawValue)
            }
        flight.note(.handshake, name, flags: message.pointee.kind.rawValue, argument: argument)
    }

    mutating func noteTrunk(_ bells: UInt64) {
        guard let flight, recordsTaken > 0 || bells != 0 else { return }
        flight.note(.trunk, bells, argument: recordsTaken)
    }

    mutating func noteTime(_ burst: BurstTime, now: UInt64) {
        flight?.note(.burstTime, burst.nanoseconds, now, flags: burst.isFull ? 1 : 0, argument: burst.arrivals)
    }

    mutating func noteWindow(now: UInt64, cpuNanoseconds: UInt64?) {
        flight?.note(.window, now, cpuNanoseconds ?? .max)
    }

    // MARK: What is decided

    mutating func note(_ event: Event) {
        guard let flight else { return }
        // What the control side asked for is not asked for again in a replay.
        if case .reported = event { return }
        let body = flight.reserve(MemoryLayout<Event>.size)
        body.storeBytes(of: event, as: Event.self)
        flight.commit(.event, body, bytes: MemoryLayout<Event>.size)
    }

    /// What has been put into the departures since there were `first`.
    mutating func noteRuns(_ departures: borrowing Departures, from first: Int) {
        guard let flight else { return }
        var place = first
        while place < departures.count {
            let run = departures[place]
            noteRun(run, UnsafeRawPointer(departures.memory(of: run.cell)), flight)
            place &+= 1
        }
    }

    private mutating func noteRun(_ run: Run, _ memory: UnsafeRawPointer, _ flight: FlightRecorder) {
        let first = RunHead(memory)
        var digest = (run.destination.low ^ UInt64(run.destination.port)) &* RunHead.prime
        var offset = 0
        while offset < Int(run.byteCount) {
            digest = RunHead.mix(memory + offset, into: digest)
            offset &+= Int(run.segmentBytes)
        }
        let body = flight.reserve(16)
        body.storeBytes(
            of: FlightRun(
                ssrc: first.ssrc, digest: UInt32(truncatingIfNeeded: digest >> 32), bytes: run.byteCount,
                sequence: first.sequence, port: run.destination.port), as: FlightRun.self)
        flight.commit(.run, body, bytes: 16, argument: Int(run.segments))
    }

    // MARK: Between bursts

    mutating func endNotes(now: UInt64) {
        guard let flight else { return }
        if now >= flightNotes.dropsDueNanoseconds {
            flightNotes.dropsDueNanoseconds = now &+ FlightNotes.dropsIntervalNanoseconds
            noteDrops(flight)
        }
        if now >= flightNotes.imageDueNanoseconds
            || flight.position &- flightNotes.imagePosition > flight.head.pointee.ring_bytes / 3
        {
            copyTables(flight, now: now)
        }
        flight.enter(.idle)
    }

    /// Every reason whose count is not 0, as it stands.
    private mutating func noteDrops(_ flight: FlightRecorder) {
        for reason in 0..<report.pointee.drops.count where report.pointee.drops[reason] != 0 {
            flight.note(.drops, report.pointee.drops[reason], flags: UInt8(truncatingIfNeeded: reason))
        }
    }
}

/// What a datagram that leaves says in the clear, whatever it was encrypted with.
private struct RunHead {
    static let prime: UInt64 = 0x9E37_79B9_7F4A_7C15
    var ssrc: UInt32 = 0
    var sequence: UInt16 = 0

    init(_ memory: UnsafeRawPointer) {
        let first = memory.load(as: UInt8.self)
        guard first >> 6 == 2 else { return }
        let isRtcp = PacketKind.isRtcp(secondByte: memory.load(fromByteOffset: 1, as: UInt8.self))
        ssrc = UInt32(bigEndian: memory.loadUnaligned(fromByteOffset: isRtcp ? 4 : 8, as: UInt32.self))
        if !isRtcp { sequence = UInt16(bigEndian: memory.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) }
    }

    /// RTP: marker, payload type, number, timestamp and SSRC; RTCP: the first report's kind and SSRC; a check's first eight
    /// bytes; nothing of DTLS.
    @inline(__always)
    static func mix(_ memory: UnsafeRawPointer, into digest: UInt64) -> UInt64 {
        let word = memory.loadUnaligned(as: UInt64.self)
        let first = UInt8(truncatingIfNeeded: UInt64(littleEndian: word))
        if first >> 6 == 2 {
            let mixed = (digest ^ word) &* prime
            if PacketKind.isRtcp(secondByte: memory.load(fromByteOffset: 1, as: UInt8.self)) { return mixed }
            return (mixed ^ UInt64(memory.loadUnaligned(fromByteOffset: 8, as: UInt32.self))) &* prime
        }
        return (digest ^ (first < 4 ? word : 0)) &* prime
    }
}

extension Command {
    /// Without what opens a call: passwords and keys are replaced.
    var withoutSecrets: Command {
        switch self {
        case .openPeer(var order):
            order.ice.blank()
            return .openPeer(order)
        case .restartIce(let peer, var credentials):
            credentials.blank()
            return .restartIce(peer, credentials)
        case .connectPlain(let peer, var connection):
            connection.keys = connection.keys.map { FlightSecrets.keys($0.profile) }
            return .connectPlain(peer, connection)
        default: return self
        }
    }
}

extension IceCredentials {
    mutating func blank() { localPassword = FlightSecrets.password }
}

/// What stands in a record in place of secrets, and what a replay uses in their place.
public enum FlightSecrets {
    public static var password: FixedBytes<32> {
        var password = FixedBytes<32>()
        password.count = 24
        for place in 0..<24 { password.storage[place] = UInt8(ascii: "x") }
        return password
    }

    public static func keys(_ profile: SrtpProfile) -> SrtpKeys {
        var (key, salt) = (FixedBytes<32>(), FixedBytes<14>())
        (key.count, salt.count) = (profile.keyBytes, profile.saltBytes)
        for place in 0..<profile.keyBytes { key.storage[place] = UInt8(truncatingIfNeeded: place &* 7 &+ 1) }
        for place in 0..<profile.saltBytes { salt.storage[place] = UInt8(truncatingIfNeeded: place &+ 3) }
        return SrtpKeys(profile: profile, receiveKey: key, receiveSalt: salt, sendKey: key, sendSalt: salt)
    }
}
