import Cluster
import Protocol
import Rest

/// This host's part of what the operator sees and does; on the loop.
extension Site {
    var hostName: String { settings.cluster?.name ?? settings.tenancy?.host ?? "" }

    var deskHosts: [DeskHost] {
        if let status = cluster?.status {
            return status.hosts.enumerated().map { DeskHost($1, isHere: $0 == 0) }
        }
        return [
            DeskHost(
                name: hostName, url: "", version: version, rooms: registry.rooms.count + signaling.pairCount,
                peers: registry.peerCount + signaling.pairSeatCount,
                busyPercent: Int(registry.shards.map(\.busyPercent).max() ?? 0), draining: registry.isDraining,
                here: true)
        ]
    }

    /// Without their people.
    var deskRooms: [DeskRoom] {
        let forwarded = registry.rooms.values.filter { !$0.peers.isEmpty || $0.isKept }.map {
            deskRoom($0.name, mode: "sfu", size: $0.peers.count, people: nil)
        }
        let pairs = signaling.allPairs.map { deskRoom($0.key, mode: "p2p", size: $0.seats.count, people: nil) }
        return (forwarded + pairs).sorted { $0.key < $1.key }
    }

    /// With its people; nil for a room that is not open here.
    func deskRoom(_ key: String) -> DeskRoom? {
        if let pair = signaling.pair(key) {
            return deskRoom(key, mode: "p2p", size: pair.seats.count, people: pair.seats.map { DeskPerson($0) })
        }
        guard let room = registry.rooms[key], !room.peers.isEmpty || room.isKept else { return nil }
        return deskRoom(key, mode: "sfu", size: room.peers.count, people: room.peers.map { DeskPerson($0) })
    }

    private func deskRoom(_ key: String, mode: String, size: Int, people: [DeskPerson]?) -> DeskRoom {
        DeskRoom(
            key: key, host: hostName, url: settings.cluster?.url ?? "", here: true, mode: mode, size: size,
            people: people)
    }

    /// Who is here by this id; nobody where it is another host's room.
    func kickMember(_ id: String, of key: String) {
        let members: [any StayHolder] =
            signaling.pair(key)?.seats.filter { $0.id == id } ?? registry.rooms[key]?.peers.filter { $0.id == id } ?? []
        for member in members { member.putOut(by: registry, because: "kicked") }
    }

    /// Everybody out. A room that another control plane keeps open stays.
    func clearRoom(_ key: String) {
        let members: [any StayHolder] = signaling.pair(key)?.seats ?? registry.rooms[key]?.peers ?? []
        for member in members { member.putOut(by: registry, because: "room closed") }
    }
}

extension DeskHost {
    fileprivate init(_ host: ClusterHost, isHere: Bool) {
        self.init(
            name: host.name, url: host.publicURL, version: host.version, rooms: Int(host.rooms), peers: Int(host.peers),
            busyPercent: Int(host.busyPercent), draining: host.draining, here: isHere)
    }
}

extension DeskPerson {
    fileprivate init(_ seat: PairSeat) {
        self.init(
            id: seat.id, userId: seat.userId, name: seat.name, by: "websocket",
            from: Int64(clamping: seat.openedMilliseconds))
    }

    fileprivate init(_ peer: Peer) {
        let by =
            switch peer.observer {
            case is Session: "websocket"
            case let session as WhipSession: session.kind.rawValue
            default: "grpc"
            }
        self.init(
            id: peer.id, userId: peer.userId, name: peer.name, by: by, from: Int64(clamping: peer.openedMilliseconds))
    }
}
