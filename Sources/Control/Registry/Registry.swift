import Contract
import Logging
import Memory
import NIOCore

/// The books of the data plane: which rooms, peers, producers and consumers are open, and on which shard. All changes go
/// through here, and from here to the shards. Confined to the loop.
final class Registry {
    let shards: [ShardState]
    let roomPeersMax: Int
    let reports: Reports
    let log: Logger
    let handshakeOrders: Outbox<HandshakeOrder>
    var rooms: [String: Room] = [:]
    var peerCount = 0
    var isDraining = false
    /// Runs when the last peer is gone.
    var becameEmpty: (() -> Void)?
    var counters = RegistryCounters()
    /// Who is told of what happens in all rooms.
    var watchers: [(Happening) -> Void] = []
    let spreading: Spreading
    let slotsMax: SlotsMax
    /// Video is offered with a stream of FlexFEC.
    let offersFec: Bool
    var serials: UInt32 = 0

    init(
        plane: Plane, roomPeersMax: Int, spreading: Spreading = Spreading(), slotsMax: SlotsMax = SlotsMax(),
        offersFec: Bool = true, loop: any EventLoop, log: Logger
    ) {
        shards = plane.links.map { ShardState($0, loop: loop) }
        handshakeOrders = Outbox(plane.handshakeOrders, bell: plane.handshakeBell, loop: loop)
        reports = Reports(shards: shards, loop: loop)
        self.roomPeersMax = roomPeersMax
        self.spreading = spreading
        self.slotsMax = slotsMax
        self.offersFec = offersFec
        self.log = log
    }

    /// Never 0, which stands for none.
    func nextSerial() -> UInt32 {
        serials = serials == .max ? 1 : serials + 1
        return serials
    }

    // MARK: Peers

    /// Reserves a place in the room, which is opened when it is not there yet. The shard hears of the peer with `open`.
    func enter(
        room name: String, as peerName: String, id: String = randomText(12), userId: String = "", interest: Interest,
        isMember: Bool
    ) throws(RegistryError) -> Peer {
        do throws(RegistryError) {
            return try letIn(
                room: name, as: peerName, id: id, userId: userId, interest: interest, isMember: isMember)
        } catch {
            counters.refusals[error.label, default: 0] += 1
            throw error
        }
    }

    private func letIn(
        room name: String, as peerName: String, id: String, userId: String, interest: Interest, isMember: Bool
    ) throws(RegistryError) -> Peer {
        let room: Room
        if let known = rooms[name] { room = known } else { room = try openRoom(name) }
        let peer: Peer
        do throws(RegistryError) {
            peer = try reserve(
                in: room, name: peerName, id: id, userId: userId, interest: interest, isMember: isMember)
        } catch {
            for part in room.parts { closeIfUnused(part) }
            throw error
        }
        for other in room.peers where isMember { other.observer?.memberJoined(peer) }
        room.peers.append(peer)
        peer.part.peerCount += 1
        peerCount += 1
        counters.joins += 1
        tell(.peerJoined(peer))
        return peer
    }

    private func reserve(
        in room: Room, name: String, id: String, userId: String, interest: Interest, isMember: Bool
    ) throws(RegistryError) -> Peer {
        // A meeting may go on, with those who come back to it; a room whose last peer is leaving is no meeting.
        if isDraining, room.peers.isEmpty { throw .draining }
        if room.peers.count >= roomPeersMax { throw .roomFull(max: roomPeersMax) }
        if handshakeOrders.isCongested { throw .shardBusy }
        let part = try part(of: room, for: interest)
        try part.shard.checkNotBusy()
        if part.shard.isOverloaded { throw .overloaded }
        guard let handle = part.shard.reservePeer() else { throw .peersExhausted }
        let peer = Peer(
            id: id, name: name, userId: userId, handle: handle, room: room, part: part, interest: interest,
            isMember: isMember, ice: LocalCredentials(handle))
        part.shard.peers.set(handle.index, peer)
        return peer
    }

    /// Makes the peer known to the handshake thread and its shard, in this order.
    /// `sctpPort`: the client's, when it negotiated data channels.
    func open(
        _ peer: Peer, remoteUfrag: String, fingerprint: FixedBytes<32>, media: MediaMap, sctpPort: UInt16? = nil
    ) throws(RegistryError) {
        precondition(peer.state == .reserved)
        try peer.shard.checkNotBusy()
        if handshakeOrders.isCongested { throw .shardBusy }
        peer.state = .open
        peer.fingerprint = fingerprint
        // The order reaches the handshake thread long before the first DTLS record can: the peer's address has to be
        // validated first, on a shard that hears of the peer after this.
        handshakeOrders.send(.open(peer.handle, fingerprint: fingerprint))
        if let sctpPort {
            let membership = ChannelMembership(
                room: peer.room.serial, id: FixedBytes(peer.id) ?? FixedBytes(), remotePort: sctpPort)
            handshakeOrders.send(.channels(peer.handle, membership))
        }
        sendOpen(peer, remoteUfrag: remoteUfrag, media: media)
    }

    /// The same for a peer at a fixed address: no checks, no handshake.
    func openPlain(_ peer: Peer, _ connection: PlainConnection, media: MediaMap) throws(RegistryError) {
        precondition(peer.state == .reserved)
        try peer.shard.checkNotBusy()
        peer.state = .open
        peer.isPlain = true
        sendOpen(peer, remoteUfrag: "", media: media)
        peer.shard.commands.send(.connectPlain(peer.handle, connection))
    }

    func sendOpen(_ peer: Peer, remoteUfrag: String, media: MediaMap) {
        peer.remoteUfrag = remoteUfrag
        peer.media = media
        peer.shard.commands.send(
            .openPeer(
                OpenPeer(
                    peer: peer.handle, room: peer.part.index, ice: peer.ice.withRemote(remoteUfrag), media: media,
                    localSsrc: 0x4E00_0000 | peer.handle.index)))
    }

    func setMedia(_ peer: Peer, _ media: MediaMap) throws(RegistryError) {
        precondition(peer.state == .open)
        try peer.shard.checkNotBusy()
        peer.media = media
        peer.shard.commands.send(.setMediaMap(peer.handle, media))
    }

    /// `credentials` are ours, made for this peer; they hold from now on.
    func restartIce(_ peer: Peer, _ credentials: LocalCredentials, remoteUfrag: String) throws(RegistryError) {
        precondition(peer.state == .open)
        try peer.shard.checkNotBusy()
        peer.ice = credentials
        peer.remoteUfrag = remoteUfrag
        peer.shard.commands.send(.restartIce(peer.handle, credentials.withRemote(remoteUfrag)))
    }

    /// Closes a peer with all it has. Does nothing when it is closed already.
    func leave(_ peer: Peer) {
        guard peer.state != .closed else { return }
        let wasOpen = peer.state == .open
        peer.state = .closed
        let room = peer.room
        room.peers.removeAll { $0 === peer }
        peer.part.peerCount -= 1
        peerCount -= 1
        counters.leaves += 1
        withdraw(peer.producers)
        abandon(peer.consumers)
        // Also ends the circle of references between the peer and what it had.
        peer.consumers = []
        if room.speaker === peer { setSpeaker(nil, in: room) }
        if wasOpen {
            if !peer.isPlain { handshakeOrders.send(.close(peer.handle)) }
            peer.shard.commands.send(.closePeer(peer.handle))
            peer.part.closingCount += 1
        } else {
            peer.shard.peers.release(peer.handle.index)
        }
        for other in room.peers where peer.isMember { other.observer?.memberLeft(peer) }
        tell(.peerLeft(peer))
        closeIfUnused(peer.part)
        if peerCount == 0 { becameEmpty?() }
    }

    func setSpeaker(_ peer: Peer?, in room: Room) {
        guard room.speaker !== peer else { return }
        room.speaker = peer
        tell(.speakerChanged(room))
        for member in room.peers { member.observer?.speakerChanged(peer) }
    }

    /// At the very end.
    func flushNow() {
        for shard in shards { shard.commands.flushNow() }
        handshakeOrders.flushNow()
    }
}

/// Sums since the start, for `/metrics`.
struct RegistryCounters {
    var joins: UInt64 = 0
    var leaves: UInt64 = 0
    var losses: [PeerLoss: UInt64] = [:]
    /// `RegistryError.label` → who was not let in.
    var refusals: [String: UInt64] = [:]
    var events: UInt64 = 0
    var staleEvents: UInt64 = 0
}
