import Contract

/// When a room goes to more shards than the one where it began.
struct Spreading {
    /// Smaller rooms stay together: passing packets on costs a wake-up a burst.
    var roomPeersMin = 64
    /// How much more load than the least loaded shard the room's own must have before one more shard is used.
    var loadMargin = 32
}

/// Rooms, and where their peers live.
extension Registry {
    // MARK: Placement

    /// Where a new peer goes. Who gets nothing goes home: others are then nearer to it. Everybody else goes home until the
    /// room has outgrown that shard, and then to the least loaded one. Nobody goes where there is no place or no time left,
    /// unless there is nowhere else: the caller refuses then.
    func part(of room: Room, for interest: Interest) throws(RegistryError) -> RoomPart {
        let home = room.home
        let isSmall = room.peers.count < spreading.roomPeersMin
        if shards.count == 1 || canTakePeer(home.shard) && (interest == .nobody || isSmall) { return home }
        let open = room.parts.filter { canTakePeer($0.shard) }.min { $0.shard.load < $1.shard.load }
        let fresh = shards.filter { room.part(on: $0) == nil && canTakePart($0, of: room) }.min { $0.load < $1.load }
        if let fresh, open == nil || open!.shard.load > fresh.load + spreading.loadMargin {
            return openPart(of: room, on: fresh)
        }
        guard let open else { return home }
        // Its last peer may have left a moment ago, and its mirrors with it.
        for producer in room.producers { mirror(producer, in: open) }
        return open
    }

    private func canTakePeer(_ shard: ShardState) -> Bool {
        !shard.commands.isCongested && !shard.isOverloaded && shard.peers.freeCount > 0
    }

    private func canTakePart(_ shard: ShardState, of room: Room) -> Bool {
        canTakePeer(shard) && shard.rooms.freeCount > 0 && shard.producers.freeCount > room.producers.count
    }

    // MARK: Rooms

    /// On the shard with the least load that has a place for a room.
    func openRoom(_ name: String) throws(RegistryError) -> Room {
        if isDraining { throw .draining }
        let byLoad = shards.sorted { $0.load < $1.load }
        let candidates = byLoad.lazy.filter { !$0.commands.isCongested && !$0.isOverloaded && $0.rooms.freeCount > 0 }
        guard let shard = candidates.first else {
            if byLoad.contains(where: \.isOverloaded) { throw .overloaded }
            throw byLoad.allSatisfy { $0.rooms.freeCount > 0 } ? .shardBusy : .roomsExhausted
        }
        let room = Room(name: name)
        _ = openPart(of: room, on: shard)
        rooms[name] = room
        tell(.roomOpened(room))
        return room
    }

    private func openPart(of room: Room, on shard: ShardState) -> RoomPart {
        guard let place = shard.rooms.reserve() else { preconditionFailure("a shard without a place was chosen") }
        let part = RoomPart(room: room, index: RoomIndex(place), shard: shard)
        room.parts.append(part)
        shard.rooms.set(place, room)
        shard.commands.send(.openRoom(part.index))
        for producer in room.producers { mirror(producer, in: part) }
        return part
    }

    /// A part is closed after its last peer and its mirrors are released, as its shard requires; the home after all others.
    /// Until then the room's name leads to it.
    func closeIfUnused(_ part: RoomPart) {
        let room = part.room
        guard part.peerCount == 0, part.closingCount == 0, rooms[room.name] === room,
            room.part(on: part.shard) === part
        else { return }
        if part !== room.home {
            for producer in room.producers { closeMirror(of: producer, in: part) }
        } else if room.parts.count > 1 || room.isKept {
            return
        }
        guard part.mirrorCount == 0 else { return }
        part.shard.commands.send(.closeRoom(part.index))
        let home = room.home
        guard part !== home else {
            rooms[room.name] = nil
            tell(.roomClosed(room))
            return
        }
        room.parts.removeAll { $0 === part }
        closeIfUnused(home)
    }

    // MARK: Mirrors

    /// Makes a producer available to the members of its room that live on another shard.
    func mirror(_ producer: Producer, in part: RoomPart) {
        let shard = part.shard
        guard producer.index(on: shard) == nil, let place = shard.producers.reserve() else { return }
        shard.producers.set(place, producer)
        let mirror = ProducerIndex(place)
        producer.mirrors[shard.index] = mirror
        part.mirrorCount += 1
        shard.commands.send(
            .openMirror(
                OpenMirror(
                    mirror: mirror, room: part.index, kind: producer.kind, source: producer.source,
                    layerCount: UInt8(producer.layerCount), originShard: producer.peer.shard.index,
                    originProducer: producer.index, originSerial: producer.serial,
                    member: MemberNumber(producer.peer.handle))))
        if producer.isMuted { shard.commands.send(.pauseProducer(mirror, true)) }
    }

    func closeMirror(of producer: Producer, in part: RoomPart) {
        guard let mirror = producer.mirrors.removeValue(forKey: part.shard.index) else { return }
        part.shard.commands.send(.closeProducer(mirror))
    }
}
