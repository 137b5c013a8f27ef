import Protocol

extension ClusterNode {
    /// A room's people outlive its lease by a little, for whoever asks.
    var presenceMilliseconds: Int { settings.timings.lease.milliseconds * 3 }

    /// Somebody is in a room of this host. Every `leave` names the same peer.
    public func enter(_ presence: ClusterPresence, room: String) {
        var presence = presence
        presence.hostID = id
        let (held, written) = state.withLock { state in
            state.rooms.enter(presence, room)
            return (state.rooms.held[room], presence)
        }
        // Without a lease it is written when there is one.
        if let held { write([written], room, held.lease, isAnew: false) }
        let (app, name) = Self.parts(room)
        publish(.peerEntered(.with { ($0.appID, $0.roomID, $0.presence) = (app, name, written) }))
    }

    public func leave(peer: String, room: String) {
        state.withLock { $0.rooms.leave(peer, room) }
        redis.post(["HDEL", RedisWord(keys.presence(room)), RedisWord(peer)])
        let (app, name) = Self.parts(room)
        publish(.peerGone(.with { ($0.appID, $0.roomID, $0.peerID) = (app, name, peer) }))
    }

    /// Who is in a room, wherever it is; nil when Redis is away.
    public func people(in room: String) async -> [ClusterPresence]? {
        guard let answer = try? await redis.call(["HVALS", RedisWord(keys.presence(room))]) else { return nil }
        return answer.array.compactMap { $0.bytes.flatMap { try? ClusterPresence(serializedBytes: $0) } }
            .sorted { ($0.joinedMs, $0.peerID) < ($1.joinedMs, $1.peerID) }
    }

    func writeAll(in room: String) async throws(RedisError) {
        let (held, people) = state.withLock { ($0.rooms.held[room], $0.rooms.people(in: room)) }
        guard let held, !people.isEmpty else { return }
        _ = try await redis.call(entering(people, room, held.lease, isAnew: true))
    }

    private func write(_ people: [ClusterPresence], _ room: String, _ lease: [UInt8], isAnew: Bool) {
        redis.post(entering(people, room, lease, isAnew: isAnew))
    }

    private func entering(
        _ people: [ClusterPresence], _ room: String, _ lease: [UInt8], isAnew: Bool
    ) -> [RedisWord] {
        RedisCommands.script(
            Scripts.enter, keys: [keys.lease(room), keys.presence(room)],
            [RedisWord(lease), RedisWord(presenceMilliseconds), isAnew ? "1" : "0"]
                + people.flatMap { [RedisWord($0.peerID), RedisWord(Self.bytes($0))] })
    }

    /// Rooms without a tenant have no slash in their names.
    public static func parts(_ room: String) -> (app: String, room: String) {
        guard let slash = room.firstIndex(of: "/") else { return ("", room) }
        return (String(room[..<slash]), String(room[room.index(after: slash)...]))
    }

    /// What `parts` takes apart.
    public static func key(app: String, room: String) -> String { app.isEmpty ? room : app + "/" + room }
}
