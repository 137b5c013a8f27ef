import Store

/// What a new room is asked to be.
public struct RoomRequest: Sendable {
    /// Chosen by the tenant, or made here.
    public var id: String?
    public var name: String?
    public var mode: Room.Mode
    public var participantsMax: Int64?
    public var bitrateMax: Int64?

    public init(
        id: String? = nil, name: String? = nil, mode: Room.Mode = .sfu, participantsMax: Int64? = nil,
        bitrateMax: Int64? = nil
    ) {
        self.id = id
        self.name = name
        self.mode = mode
        self.participantsMax = participantsMax
        self.bitrateMax = bitrateMax
    }
}

extension Platform {
    public func createRoom(
        _ request: RoomRequest, of app: String, _ origin: Origin
    ) async throws(PlatformError) -> Room {
        try checkAuthority(origin, over: app)
        let stamp = stamp(origin)
        let room = try room(request, of: app, stamp)
        try await write { tx throws(StoreError) in
            _ = try tx.app(app)
            try tx.insert(room, openMax: try quota(.rooms, of: app, tx))
            try tx.add(1, to: .roomsCreated, of: app, stamp)
            try tx.audit("room.create", room.id, ["mode": room.mode.rawValue], of: app, origin, stamp)
            try tx.emit(.roomCreated, ["roomId": room.id, "mode": room.mode.rawValue], of: app, stamp)
        }
        return room
    }

    private func room(_ request: RoomRequest, of app: String, _ stamp: Stamp) throws(PlatformError) -> Room {
        let id = request.id ?? Identifier.make("room", at: stamp.at)
        try Checks.identifier(id, "id")
        if let name = request.name { try Checks.name(name, "name") }
        // In a p2p room the server relays between two, and no more.
        let most = request.mode == .p2p ? 2 : settings.roomParticipantsMax
        try Checks.range(request.participantsMax ?? most, "participantsMax", 1...most)
        try Checks.range(request.bitrateMax ?? 0, "bitrateMax", 0...Int64(1) << 53)
        return Room(
            app: app, id: id, name: request.name ?? id, mode: request.mode,
            participantsMax: request.participantsMax ?? most, bitrateMax: request.bitrateMax ?? 0, stamp: stamp)
    }

    public func rooms(
        of app: String, after: String = "", limit: Int = 100, _ origin: Origin
    ) async throws(PlatformError) -> [Room] {
        try checkAuthority(origin, over: app)
        try Checks.range(limit, "limit", 1...1000)
        return try await read { tx throws(StoreError) in
            _ = try tx.app(app)
            return try tx.rooms(of: app, after: after, limit: limit)
        }
    }

    /// With who is in.
    public func room(
        _ id: String, of app: String, _ origin: Origin
    ) async throws(PlatformError) -> (room: Room, live: [Session]) {
        try checkAuthority(origin, over: app)
        return try await read { tx throws(StoreError) in
            _ = try tx.app(app)
            return (
                try tx.room(id, of: app), try tx.sessions(of: app, room: id, liveOnly: true, limit: 1000)
            )
        }
    }

    /// Returns who was in, for their connections to be closed.
    public func closeRoom(_ id: String, of app: String, _ origin: Origin) async throws(PlatformError) -> [Session] {
        try checkAuthority(origin, over: app)
        let stamp = stamp(origin)
        return try await write { tx throws(StoreError) in
            let live = try tx.closeRoom(id, of: app, stamp)
            try tx.audit("room.close", id, ["participants": String(live.count)], of: app, origin, stamp)
            for session in live { try tx.emitLeft(session, "room closed", stamp) }
            try tx.emit(.roomClosed, ["roomId": id], of: app, stamp)
            return live
        }
    }

    /// Ends one person's stay. The token stays good; `revoke` ends that.
    public func kick(session id: String, of app: String, _ origin: Origin) async throws(PlatformError) -> Session {
        try checkAuthority(origin, over: app)
        let stamp = stamp(origin)
        return try await write { tx throws(StoreError) in
            let session = try tx.endSession(id, of: app, reason: "kicked", stamp)
            try tx.audit("participant.kick", id, ["userId": session.userId], of: app, origin, stamp)
            try tx.emitLeft(session, "kicked", stamp)
            return session
        }
    }
}
