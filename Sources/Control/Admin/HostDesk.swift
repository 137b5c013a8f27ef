import Cluster
import NIOCore
import Protocol
import Rest
import Synchronization

/// The operator's hands on this host and its cluster. The platform that asks comes into being before the site does; until
/// then there is nothing.
final class HostDesk: Desk {
    private let site = Mutex<NIOLoopBound<Site>?>(nil)

    func serve(_ site: NIOLoopBound<Site>?) { self.site.withLock { $0 = site } }

    /// Nil when there is no site, or its loop has ended.
    private func onLoop<Value: Sendable>(_ body: @escaping @Sendable (Site) -> Value) async -> Value? {
        guard let site = site.withLock({ $0 }) else { return nil }
        return try? await site.eventLoop.submit { body(site.value) }.get()
    }

    func hosts() async -> [DeskHost] { await onLoop { $0.deskHosts } ?? [] }

    func rooms() async -> DeskRooms {
        guard let (here, cluster) = await onLoop({ ($0.deskRooms, $0.cluster) }) else {
            return DeskRooms(rooms: [], isComplete: false)
        }
        guard let cluster else { return DeskRooms(rooms: here, isComplete: true) }
        let places = await cluster.places()
        let known = Set(here.map(\.key))
        let elsewhere = (places ?? []).filter { !known.contains($0.room) && $0.hostID != cluster.id }
            .map { cluster.deskRoom($0.room, at: $0.hostID, size: $0.people) }
        return DeskRooms(rooms: (here + elsewhere).sorted { $0.key < $1.key }, isComplete: places != nil)
    }

    func room(_ key: String) async -> DeskRoom? {
        guard let (here, cluster) = await onLoop({ ($0.deskRoom(key), $0.cluster) }) else { return nil }
        if let here { return here }
        guard let people = await cluster?.people(in: key), let first = people.first, let cluster else { return nil }
        var room = cluster.deskRoom(key, at: first.hostID, size: people.count)
        room.people = people.map { DeskPerson($0) }
        return room
    }

    func numbers(of key: String) async -> DeskNumbers? {
        guard let site = site.withLock({ $0 }) else { return nil }
        let stats = site.eventLoop.flatSubmit { () -> EventLoopFuture<[PeerStats]> in
            let room = site.value.registry.rooms[key]
            return room.map { site.value.peerStats(of: $0) } ?? site.eventLoop.makeSucceededFuture([])
        }
        guard let numbers = try? await stats.get(), !numbers.isEmpty else { return nil }
        return DeskNumbers(numbers)
    }

    func kick(_ person: DeskPerson, from room: DeskRoom) async {
        guard
            let cluster = await onLoop({ site -> ClusterNode? in
                site.kickMember(person.id, of: room.key)
                return site.cluster
            })
        else { return }
        guard !room.here, let cluster else { return }
        let (app, name) = ClusterNode.parts(room.key)
        await cluster.published(
            .kick(
                .with {
                    ($0.appID, $0.roomID, $0.userID) = (app, name, person.userId)
                    $0.peerIds = [person.id]
                }))
    }

    func clear(_ room: DeskRoom) async {
        guard
            let cluster = await onLoop({ site -> ClusterNode? in
                site.clearRoom(room.key)
                return site.cluster
            })
        else { return }
        guard !room.here, let cluster else { return }
        let (app, name) = ClusterNode.parts(room.key)
        await cluster.published(.roomClosed(.with { ($0.appID, $0.roomID) = (app, name) }))
    }

    func drain(_ host: String) async -> Bool {
        let isHere = await onLoop { site in
            guard site.hostName == host else { return false }
            site.drain()
            return true
        }
        if isHere == true { return true }
        guard let cluster = await onLoop({ $0.cluster }) ?? nil else { return false }
        return await cluster.published(.drain(.with { $0.name = host }))
    }
}

extension ClusterNode {
    /// Without its people.
    fileprivate func deskRoom(_ room: String, at hostID: String, size: Int) -> DeskRoom {
        let host = status.hosts.first { $0.hostID == hostID }
        return DeskRoom(
            key: room, host: host?.name ?? hostID, url: host?.publicURL ?? "", here: false, mode: nil, size: size,
            people: nil)
    }
}

extension DeskPerson {
    /// Hosts tell each other of those who came by WebSocket.
    fileprivate init(_ presence: ClusterPresence) {
        self.init(
            id: presence.peerID, userId: presence.userID, name: presence.name, by: "websocket",
            from: Int64(clamping: presence.joinedMs))
    }
}
