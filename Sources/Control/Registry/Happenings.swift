/// What happens in any room, for those who watch from outside. Told on the loop, after the books were changed.
enum Happening {
    case roomOpened(Room)
    case roomClosed(Room)
    case peerJoined(Peer)
    case peerConnected(Peer)
    /// `Peer.departure` says why.
    case peerLeft(Peer)
    case producerOpened(Producer)
    case producerClosed(Producer)
    /// Paused or resumed.
    case producerChanged(Producer)
    case consumerHeld(Consumer)
    case speakerChanged(Room)

    var room: Room {
        switch self {
        case .roomOpened(let room), .roomClosed(let room), .speakerChanged(let room): room
        case .peerJoined(let peer), .peerConnected(let peer), .peerLeft(let peer): peer.room
        case .producerOpened(let producer), .producerClosed(let producer), .producerChanged(let producer):
            producer.peer.room
        case .consumerHeld(let consumer): consumer.peer.room
        }
    }
}

extension Registry {
    func tell(_ happening: Happening) {
        for watcher in watchers { watcher(happening) }
    }

    /// Puts a peer out, whatever kind of session it has.
    func remove(_ peer: Peer, because reason: String) {
        guard peer.state != .closed else { return }
        peer.departure = reason
        peer.observer?.peerRemoved()
        leave(peer)
    }

    /// A room that stays without peers; nil when there is one already.
    func keepRoom(_ name: String) throws(RegistryError) -> Room? {
        if let known = rooms[name] {
            guard !known.isKept else { return nil }
            known.isKept = true
            return known
        }
        let room = try openRoom(name)
        room.isKept = true
        return room
    }

    /// Puts everybody out and lets the room go when its shards have released all.
    func close(_ room: Room) {
        room.isKept = false
        for peer in room.peers { remove(peer, because: "closed") }
        for part in room.parts { closeIfUnused(part) }
    }
}
