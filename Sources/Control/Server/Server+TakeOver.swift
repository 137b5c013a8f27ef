import NIOCore

/// A server in a process that takes over from another. All of it is the main thread's.
extension Server {
    /// Waits until the other process has handed everything over; then this one serves.
    public func takeOver(_ successor: Successor) { successor.takeOver(self) }

    /// Opens what the other process knows. Sessions wait, with their sockets, until the other has ended.
    func restore(_ picture: ControlPicture, sockets: [Int32]) throws -> UncheckedBox<[AdoptedSession]> {
        let site = site
        let (told, descriptors) = (UncheckedBox(picture), sockets)
        return try loop.submit {
            let value = site.value
            try value.registry.restore(told.value)
            let all = value.registry.rooms.values.flatMap(\.peers)
            let peers = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
            for room in told.value.rooms {
                for picture in room.peers {
                    if let peer = peers[picture.id] { try value.stays.restore(picture.stay.words, for: peer) }
                }
            }
            try value.whip.restore(told.value.whip, peers: peers)
            return UncheckedBox(
                try value.signaling.restore(
                    told.value.sessions, sockets: descriptors, peers: peers, loop: site.eventLoop))
        }.wait()
    }

    /// Whether the shards and the handshake thread have been told everything.
    func hasSaidAll() throws -> Bool {
        let site = site
        return try loop.submit { site.value.registry.hasSaidAll }.wait()
    }

    func goOn(_ adopted: UncheckedBox<[AdoptedSession]>, http: [Int32]) throws {
        let site = site
        try loop.submit {
            let value = site.value
            value.registry.takeEvents()
            for one in adopted.value { value.signaling.adopt(one, loop: site.eventLoop) }
            value.leaveAbandoned(except: adopted.value.compactMap(\.peer))
        }.wait()
        try listen(on: http)
    }
}

extension Site {
    /// Why nothing can be handed over now, as a sentence; nil when it can.
    var obstacle: String? {
        if cluster != nil { return "this host is one of a cluster: drain it, and the others take its rooms" }
        if !remote.sessions.isEmpty { return "another control plane has peers" }
        return registry.obstacle
    }

    /// Members whose sessions were not kept.
    fileprivate func leaveAbandoned(except adopted: [Peer]) {
        let kept = Set(adopted.map(\.id) + whip.sessions.values.map(\.peer.id))
        for peer in registry.rooms.values.flatMap(\.peers) where !kept.contains(peer.id) { registry.leave(peer) }
    }
}
