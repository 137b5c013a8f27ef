import Contract

/// Books that begin where another process's ended. Everything is opened on the shards by the commands that open it
/// everywhere.
extension Registry {
    /// In books that are empty. After a failure they are of no use any more.
    func restore(_ picture: ControlPicture) throws(UpgradeFailure) {
        guard picture.shards.count == shards.count else {
            throw UpgradeFailure("the other process has \(picture.shards.count) shards, this one \(shards.count)")
        }
        for (shard, told) in zip(shards, picture.shards) {
            guard told.generations.count <= shard.limits.peersMax || Self.isTailUnused(told, shard.limits.peersMax)
            else {
                throw UpgradeFailure("this process takes \(shard.limits.peersMax) peers on a shard")
            }
            for (place, generation) in told.generations.prefix(shard.limits.peersMax).enumerated() {
                shard.generations[place] = generation
            }
        }
        try reservePlaces(picture)
        for room in picture.rooms { try restore(room) }
    }

    private static func isTailUnused(_ told: ShardPicture, _ count: Int) -> Bool {
        told.generations.dropFirst(count).allSatisfy { $0 == 0 }
    }

    private func reservePlaces(_ picture: ControlPicture) throws(UpgradeFailure) {
        for shard in shards {
            let rooms = picture.rooms.filter { $0.shard == shard.index }
            let peers = rooms.flatMap(\.peers)
            let isRoom =
                shard.rooms.reserve(only: rooms.map(\.index)) && shard.peers.reserve(only: peers.map(\.index))
                && shard.producers.reserve(only: peers.flatMap(\.producers).map(\.index))
                && shard.consumers.reserve(only: peers.flatMap(\.consumers).map(\.index))
            guard isRoom else {
                throw UpgradeFailure("shard \(shard.index) has not the places that the old process had")
            }
        }
        guard picture.rooms.allSatisfy({ Int($0.shard) < shards.count }) else {
            throw UpgradeFailure("a room is on a shard that is not there")
        }
    }

    private func restore(_ told: RoomPicture) throws(UpgradeFailure) {
        guard rooms[told.name] == nil else { throw UpgradeFailure("a room is there twice") }
        let shard = shards[Int(told.shard)]
        let room = Room(name: told.name, serial: told.serial)
        let part = RoomPart(room: room, index: RoomIndex(told.index), shard: shard)
        room.parts = [part]
        shard.rooms.set(told.index, room)
        rooms[told.name] = room
        shard.commands.send(.openRoom(part.index))
        for peer in told.peers { try restore(peer, in: part) }
        for (peer, picture) in zip(room.peers, told.peers) { try openProducers(picture, of: peer) }
        // In the order in which they were opened: others are found by it.
        room.producers.sort { $0.serial < $1.serial }
        let bySerial = Dictionary(room.producers.map { ($0.serial, $0) }) { first, _ in first }
        for (peer, picture) in zip(room.peers, told.peers) {
            for consumer in picture.consumers { try restore(consumer, of: peer, bySerial) }
        }
        room.speaker = room.peers.first { $0.id == told.speaker }
    }

    private func restore(_ told: PeerPicture, in part: RoomPart) throws(UpgradeFailure) {
        let shard = part.shard
        guard let interest = Interest(told), let fingerprint = FixedBytes<32>(told.fingerprint) else {
            throw UpgradeFailure("a peer is not whole")
        }
        let handle = PeerHandle(shard: shard.index, index: told.index, generation: told.generation)
        let peer = Peer(
            id: told.id, name: told.name, userId: told.userId, handle: handle, room: part.room, part: part,
            interest: interest, isMember: told.isMember,
            ice: LocalCredentials(ufrag: told.ufrag, password: told.password, restarts: told.restarts))
        guard FixedBytes<32>(told.ufrag) != nil, FixedBytes<32>(told.password) != nil else {
            throw UpgradeFailure("a peer's credentials are too long")
        }
        shard.peers.set(told.index, peer)
        part.room.peers.append(peer)
        part.peerCount += 1
        peerCount += 1
        peer.fingerprint = fingerprint
        peer.isConnected = told.isConnected
        peer.profile = SrtpProfile(rawValue: told.profile)
        for (kind, count) in zip([MediaKind.audio, .video], told.slots) where count >= 0 {
            peer.slotsWanted[kind] = Int(count)
        }
        for kind in [MediaKind.audio, .video] where told.chosenKinds >> kind.rawValue & 1 == 1 {
            peer.chosenKinds.insert(kind)
        }
        guard let order = told.order else { return }
        peer.state = .open
        // Who has keys already needs no handshake; who has none may still begin one.
        if peer.profile == nil { handshakeOrders.send(.open(handle, fingerprint: fingerprint)) }
        sendOpen(peer, remoteUfrag: order.remoteUfrag.text, media: order.media)
    }

    private func openProducers(_ told: PeerPicture, of peer: Peer) throws(UpgradeFailure) {
        for picture in told.producers {
            guard peer.state == .open, let mid = FixedBytes<16>(picture.mid) else {
                throw UpgradeFailure("a producer is not whole")
            }
            let producer = Producer(
                index: ProducerIndex(picture.index), kind: picture.kind, source: picture.source, mid: picture.mid,
                layers: picture.layers.map(\.layer), peer: peer, serial: picture.serial)
            producer.isMuted = picture.isMuted
            producer.codec = picture.codec == 0 ? nil : Codec(rawValue: picture.codec)
            serials = max(serials, picture.serial)
            peer.shard.producers.set(picture.index, producer)
            peer.producers.append(producer)
            peer.room.producers.append(producer)
            sendOpen(producer, mid: mid)
        }
    }

    private func restore(
        _ told: ConsumerPicture, of peer: Peer, _ producers: [UInt32: Producer]
    ) throws(UpgradeFailure) {
        let consumer = Consumer(
            index: ConsumerIndex(told.index), kind: told.kind, mid: told.mid,
            group: told.group < 0 ? nil : Int(told.group),
            peer: peer)
        guard told.producer == 0 || producers[told.producer] != nil, FixedBytes<16>(told.mid) != nil else {
            throw UpgradeFailure("a consumer is not whole")
        }
        peer.shard.consumers.set(told.index, consumer)
        peer.consumers.append(consumer)
        consumer.producer = producers[told.producer]
        consumer.spatial = told.spatial < 0 ? nil : UInt8(told.spatial)
        consumer.isPaused = told.isPaused
        consumer.held = told.held
        consumer.isPinned = told.isPinned
        consumer.view = told.hasView ? told.view : nil
        if told.isOpen { openConsumer(consumer) }
    }
}
