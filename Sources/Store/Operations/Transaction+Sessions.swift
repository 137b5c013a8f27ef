extension Transaction {
    /// Somebody comes in, unless the room is full or its tenant has `liveMax` people in all its rooms.
    public func begin(_ session: Session, liveMax: Int64) throws(StoreError) {
        try takePlace(in: session, liveMax: liveMax)
        let made = session.provenance.created
        let inserted = try first(
            """
            INSERT INTO sessions (id, app, room, user_id, name, role, jti, host, from_at, metered_at,
                created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?10, ?10, ?9, ?10, ?9, ?10) ON CONFLICT (id) DO NOTHING RETURNING id
            """, session.id.value, session.app.value, session.room.value, session.userId.value, session.name.value,
            session.role.value, session.jti.value, session.host.value, made.by.value, made.at.value)
        guard inserted != nil else { throw .conflict(.session) }
    }

    private func takePlace(in session: Session, liveMax: Int64) throws(StoreError) {
        let place = try first(
            """
            UPDATE rooms SET participants_live = participants_live + 1
            WHERE app = ?1 AND id = ?2 AND closed_at IS NULL AND participants_live < participants_max RETURNING id
            """, session.app.value, session.room.value)
        if place == nil {
            _ = try room(session.room, of: session.app)
            throw .limit(.roomParticipants)
        }
        let counted = try first(
            """
            UPDATE apps SET participants_live = participants_live + 1
            WHERE id = ?1 AND deleted_at IS NULL AND participants_live < ?2 RETURNING id
            """, session.app.value, liveMax.value)
        guard counted != nil else { throw .limit(.participants) }
    }

    /// Returns what it was, with its end. `conflict` when it has ended already.
    @discardableResult
    public func endSession(_ id: String, of app: String, reason: String, _ stamp: Stamp) throws(StoreError) -> Session {
        let ended = try first(
            """
            UPDATE sessions SET to_at = ?4, reason = ?5, changed_by = ?3, changed_at = ?4
            WHERE app = ?1 AND id = ?2 AND to_at IS NULL RETURNING \(Session.columns), metered_at
            """, app.value, id.value, stamp.by.value, stamp.at.value, reason.value)
        guard let ended else {
            guard try first("SELECT id FROM sessions WHERE app = ?1 AND id = ?2", app.value, id.value) != nil else {
                throw .notFound(.session)
            }
            throw .conflict(.session)
        }
        var row = ended
        let session = Session(reading: &row)
        try run(
            "UPDATE rooms SET participants_live = participants_live - 1 WHERE app = ?1 AND id = ?2", app.value,
            session.room.value)
        try run("UPDATE apps SET participants_live = participants_live - 1 WHERE id = ?1", app.value)
        let spent = max(0, stamp.at - row.integer())
        try add(spent, to: .participantMilliseconds, of: app, stamp)
        return session
    }

    public func session(_ id: String, of app: String) throws(StoreError) -> Session {
        guard
            let row = try first(
                "SELECT \(Session.columns) FROM sessions WHERE app = ?1 AND id = ?2", app.value, id.value)
        else { throw .notFound(.session) }
        return Session(row)
    }

    /// In the order in which they came.
    public func sessions(of app: String, room: String, liveOnly: Bool, limit: Int) throws(StoreError) -> [Session] {
        try run(
            """
            SELECT \(Session.columns) FROM sessions
            WHERE app = ?1 AND room = ?2 AND (to_at IS NULL OR ?3 = 0) ORDER BY from_at, id LIMIT ?4
            """, app.value, room.value, liveOnly.value, limit.value
        ).map { Session($0) }
    }

    public func liveSessions(of app: String, jti: String) throws(StoreError) -> [Session] {
        try run(
            "SELECT \(Session.columns) FROM sessions WHERE app = ?1 AND jti = ?2 AND to_at IS NULL ORDER BY from_at, id",
            app.value, jti.value
        ).map { Session($0) }
    }

    /// All that a host serves: to end them when it has died, or when it starts anew under its name.
    public func liveSessions(on host: String) throws(StoreError) -> [Session] {
        try run(
            "SELECT \(Session.columns) FROM sessions WHERE host = ?1 AND to_at IS NULL ORDER BY from_at, id", host.value
        ).map { Session($0) }
    }

    /// Counts the time that a host's people spent since the last call to their tenants. Called every minute or so, so
    /// that no more than that is lost with the host.
    public func meterSessions(on host: String, _ stamp: Stamp) throws(StoreError) {
        // The rows of the tenants in one order on all hosts, which then wait for each other rather than for a deadlock.
        let spent = try run(
            """
            SELECT app, CAST(SUM(CAST(?2 AS BIGINT) - metered_at) AS BIGINT) FROM sessions
            WHERE host = ?1 AND to_at IS NULL AND metered_at < ?2 GROUP BY app ORDER BY app
            """, host.value, stamp.at.value)
        for var row in spent {
            let app = row.text()
            try add(row.integer(), to: .participantMilliseconds, of: app, stamp)
        }
        try run(
            "UPDATE sessions SET metered_at = ?2 WHERE host = ?1 AND to_at IS NULL AND metered_at < ?2", host.value,
            stamp.at.value)
    }
}
