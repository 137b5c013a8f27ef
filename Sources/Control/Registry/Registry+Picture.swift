import Contract
import Tenancy

/// The books as data, for a process that takes over.
extension Registry {
    /// Why no picture can be taken now, as a sentence; nil when one can.
    var obstacle: String? {
        if isDraining { return "the server is draining" }
        if rooms.values.contains(where: { $0.parts.count > 1 }) { return "a room is spread over several shards" }
        if rooms.values.contains(where: \.isKept) { return "another control plane has opened rooms" }
        if rooms.values.contains(where: { $0.peers.contains(where: \.isPlain) }) {
            return "another control plane has plain transports"
        }
        if rooms.values.contains(where: { $0.peers.contains { $0.interest == .byHand } }) {
            return "another control plane has peers"
        }
        return nil
    }

    /// Nothing is under way: what is closed has been released, and what was said has been heard.
    var isAtRest: Bool {
        let peers = rooms.values.flatMap(\.peers)
        let counts = [
            rooms.count, peers.count, rooms.values.reduce(0) { $0 + $1.producers.count },
            peers.reduce(0) { $0 + $1.consumers.count },
        ]
        let used = [
            shards.reduce(0) { $0 + $1.rooms.usedCount }, shards.reduce(0) { $0 + $1.peers.usedCount },
            shards.reduce(0) { $0 + $1.producers.usedCount }, shards.reduce(0) { $0 + $1.consumers.usedCount },
        ]
        let isQuiet = shards.allSatisfy { $0.commands.waitingCount == 0 && $0.link.commands.count == 0 }
        return counts == used && isQuiet && handshakeOrders.waitingCount == 0
    }

    /// Nothing waits for room in a mailbox.
    var hasSaidAll: Bool { shards.allSatisfy { $0.commands.waitingCount == 0 } && handshakeOrders.waitingCount == 0 }

    /// Handshakes that have not come to their end: a new process would have to begin them anew.
    var isShakingHands: Bool {
        rooms.values.contains { $0.peers.contains { $0.state == .open && $0.isConnected && $0.profile == nil } }
    }

    func picture() -> ControlPicture {
        var picture = ControlPicture()
        picture.shards = shards.map { ShardPicture(generations: $0.generations) }
        picture.rooms = rooms.values.map { room in
            RoomPicture(
                name: room.name, serial: room.serial, shard: room.home.shard.index, index: room.home.index.value,
                peers: room.peers.map(Self.picture), speaker: room.speaker?.id ?? "")
        }
        return picture
    }

    private static func picture(_ peer: Peer) -> PeerPicture {
        var picture = PeerPicture()
        (picture.id, picture.name, picture.userId) = (peer.id, peer.name, peer.userId)
        (picture.index, picture.generation) = (peer.handle.index, peer.handle.generation)
        picture.isMember = peer.isMember
        (picture.interest, picture.interestName) = peer.interest.picture
        (picture.ufrag, picture.password, picture.restarts) = (peer.ice.ufrag, peer.ice.password, peer.ice.restarts)
        if peer.state == .open {
            picture.order = PeerOrder(
                remoteUfrag: FixedBytes(peer.remoteUfrag) ?? FixedBytes(), media: peer.media)
        }
        picture.fingerprint = peer.fingerprint.array
        picture.isConnected = peer.isConnected
        picture.profile = peer.profile?.rawValue ?? 0
        picture.slots = [MediaKind.audio, .video].map { Int32(peer.slotsWanted[$0] ?? -1) }
        picture.chosenKinds = peer.chosenKinds.reduce(0) { $0 | 1 << $1.rawValue }
        picture.producers = peer.producers.map(picture(of:))
        picture.consumers = peer.consumers.map(picture(of:))
        picture.stay = [MidPicture](words: peer.stay?.words ?? [])
        return picture
    }

    private static func picture(of producer: Producer) -> ProducerPicture {
        ProducerPicture(
            index: producer.index.value, kind: producer.kind, source: producer.source, mid: producer.mid,
            serial: producer.serial, isMuted: producer.isMuted, codec: producer.codec?.rawValue ?? 0,
            layers: producer.layers.map { LayerPicture(layer: $0) })
    }

    private static func picture(of consumer: Consumer) -> ConsumerPicture {
        ConsumerPicture(
            index: consumer.index.value, kind: consumer.kind, mid: consumer.mid, group: Int32(consumer.group ?? -1),
            isOpen: consumer.state == .open, producer: consumer.producer?.serial ?? 0,
            spatial: consumer.spatial.map(Int32.init) ?? -1, isPaused: consumer.isPaused, held: consumer.held,
            isPinned: consumer.isPinned, hasView: consumer.view != nil, view: consumer.view ?? .unknown)
    }
}

extension Interest {
    /// As numbers and a name.
    var picture: (UInt8, String) {
        switch self {
        case .nobody: (0, "")
        case .everybody: (1, "")
        case .only(let name): (2, name)
        case .not(let name): (3, name)
        case .byHand: (4, "")
        }
    }

    init?(_ picture: PeerPicture) {
        switch picture.interest {
        case 0: self = .nobody
        case 1: self = .everybody
        case 2: self = .only(picture.interestName)
        case 3: self = .not(picture.interestName)
        default: return nil
        }
    }
}
