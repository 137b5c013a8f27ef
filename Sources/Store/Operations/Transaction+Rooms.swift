extension Transaction {
    /// Opens a room, unless its tenant has `openMax` open ones.
    public func insert(_ room: Room, openMax: Int64) throws(StoreError) {
        let made = room.provenance.created
        let inserted = try first(
            """
            INSERT INTO rooms (app, id, name, mode, participants_max, bitrate_max, participants_live,
                created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?7, ?8) ON CONFLICT (app, id) DO NOTHING RETURNING id
            """, room.app.value, room.id.value, room.name.value, room.mode.value, room.participantsMax.value,
            room.bitrateMax.value, made.by.value, made.at.value)
        guard inserted != nil else { throw .conflict(.room) }
        // Counted in the tenant's row, which two hosts cannot change at once: so the limit holds exactly.
        let counted = try first(
            """
            UPDATE apps SET rooms_open = rooms_open + 1
            WHERE id = ?1 AND deleted_at IS NULL AND rooms_open < ?2 RETURNING id
            """, room.app.value, openMax.value)
        guard counted != nil else { throw .limit(.rooms) }
    }

    /// An open room.
    public func room(_ id: String, of app: String) throws(StoreError) -> Room {
        guard
            let row = try first(
                "SELECT \(Room.columns) FROM rooms WHERE app = ?1 AND id = ?2 AND closed_at IS NULL", app.value,
                id.value)
        else { throw .notFound(.room) }
        return Room(row)
    }

    /// Nil when there is no such room, or it is closed.
    public func rules(
        ofRoom id: String, of app: String
    ) throws(StoreError) -> (mode: Room.Mode, bitrateMax: Int64)? {
        let row = try first(
            "SELECT mode, bitrate_max FROM rooms WHERE app = ?1 AND id = ?2 AND closed_at IS NULL", app.value, id.value)
        guard var row else { return nil }
        return (row.named(), row.integer())
    }

    /// Open ones by id, those after `after`.
    public func rooms(of app: String, after: String = "", limit: Int) throws(StoreError) -> [Room] {
        try run(
            """
            SELECT \(Room.columns) FROM rooms WHERE app = ?1 AND id > ?2 AND closed_at IS NULL ORDER BY id LIMIT ?3
            """, app.value, after.value, limit.value
        ).map { Room($0) }
    }

    func openRooms(of app: String) throws(StoreError) -> [String] {
        try run("SELECT id FROM rooms WHERE app = ?1 AND closed_at IS NULL ORDER BY id", app.value).map {
            var row = $0
            return row.text()
        }
    }

    /// Ends all stays in it, too, and returns them.
    @discardableResult
    public func closeRoom(_ id: String, of app: String, _ stamp: Stamp) throws(StoreError) -> [Session] {
        let live = try sessions(of: app, room: id, liveOnly: true, limit: Int(Int32.max))
        for session in live { try endSession(session.id, of: app, reason: "room closed", stamp) }
        let closed = try first(
            """
            UPDATE rooms SET closed_at = ?4, changed_by = ?3, changed_at = ?4
            WHERE app = ?1 AND id = ?2 AND closed_at IS NULL RETURNING id
            """, app.value, id.value, stamp.by.value, stamp.at.value)
        guard closed != nil else { throw .notFound(.room) }
        try run("UPDATE apps SET rooms_open = rooms_open - 1 WHERE id = ?1", app.value)
        return live
    }
}
