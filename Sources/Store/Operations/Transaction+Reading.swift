extension Transaction {
    /// The youngest first, those before `before`.
    public func history(
        of conversation: String, app: String, before: Int64 = .max, limit: Int
    ) throws(StoreError) -> [Message] {
        try run(
            """
            SELECT \(Message.columns) FROM messages m WHERE m.app = ?1 AND m.conversation = ?2 AND m.sequence < ?3
            ORDER BY m.sequence DESC LIMIT ?4
            """, app.value, conversation.value, before.value, limit.value
        ).map { Message($0) }
    }

    public func reactions(
        of conversation: String, app: String, from: Int64, to: Int64
    ) throws(StoreError) -> [Reaction] {
        try run(
            """
            SELECT message, user_id, emoji FROM reactions
            WHERE app = ?1 AND conversation = ?2 AND message >= ?3 AND message <= ?4
            ORDER BY message, created_at, user_id, emoji
            """, app.value, conversation.value, from.value, to.value
        ).map {
            var row = $0
            return Reaction(message: row.integer(), userId: row.text(), emoji: row.text())
        }
    }

    /// The oldest first, those after `after`: what a device gets.
    public func events(
        of conversation: String, app: String, after: Int64, limit: Int
    ) throws(StoreError) -> [ChatEvent] {
        try run(
            """
            SELECT e.sequence, e.kind, e.emoji, e.created_by, e.created_at, \(Message.columns)
            FROM chat_events e
            JOIN messages m ON m.app = e.app AND m.conversation = e.conversation AND m.sequence = e.message
            WHERE e.app = ?1 AND e.conversation = ?2 AND e.sequence > ?3 ORDER BY e.sequence LIMIT ?4
            """, app.value, conversation.value, after.value, limit.value
        ).map { ChatEvent($0) }
    }

    // MARK: members

    public func join(_ conversation: String, of app: String, userId: String, _ stamp: Stamp) throws(StoreError) {
        try run(
            """
            INSERT INTO members (app, conversation, user_id, read_sequence, created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, ?3, 0, ?4, ?5, ?4, ?5) ON CONFLICT (app, user_id, conversation) DO NOTHING
            """, app.value, conversation.value, userId.value, stamp.by.value, stamp.at.value)
    }

    public func members(of conversation: String, app: String, limit: Int) throws(StoreError) -> [String] {
        try run(
            "SELECT user_id FROM members WHERE app = ?1 AND conversation = ?2 ORDER BY user_id LIMIT ?3", app.value,
            conversation.value, limit.value
        ).map {
            var row = $0
            return row.text()
        }
    }

    public func isMember(_ userId: String, of conversation: String, app: String) throws(StoreError) -> Bool {
        try first(
            "SELECT 1 FROM members WHERE app = ?1 AND user_id = ?2 AND conversation = ?3", app.value, userId.value,
            conversation.value) != nil
    }

    /// Never goes back. False when it stays where it was.
    public func markRead(
        _ sequence: Int64, in conversation: String, of app: String, userId: String, _ stamp: Stamp
    ) throws(StoreError) -> Bool {
        try first(
            """
            UPDATE members SET read_sequence = ?4, changed_by = ?5, changed_at = ?6
            WHERE app = ?1 AND conversation = ?2 AND user_id = ?3 AND read_sequence < ?4
                AND ?4 <= (SELECT sequence FROM conversations WHERE app = ?1 AND id = ?2)
            RETURNING read_sequence
            """, app.value, conversation.value, userId.value, sequence.value, stamp.by.value, stamp.at.value) != nil
    }

    /// Members that are in no room now, or not in `room` where one is named.
    public func absentMembers(
        of conversation: String, app: String, room: String?, limit: Int
    ) throws(StoreError) -> [String] {
        try run(
            """
            SELECT user_id FROM members p WHERE app = ?1 AND conversation = ?2 AND NOT EXISTS
                (SELECT 1 FROM sessions s WHERE s.app = ?1 AND s.user_id = p.user_id AND s.to_at IS NULL
                    AND (s.room = ?3 OR CAST(?3 AS TEXT) IS NULL))
            ORDER BY user_id LIMIT ?4
            """, app.value, conversation.value, room?.value, limit.value
        ).map {
            var row = $0
            return row.text()
        }
    }

    // MARK: devices

    /// How far a device has got; 0 for one that is new.
    public func cursor(
        of device: String, userId: String, in conversation: String, app: String
    ) throws(StoreError) -> Int64 {
        let row = try first(
            "SELECT sequence FROM cursors WHERE app = ?1 AND user_id = ?2 AND device = ?3 AND conversation = ?4",
            app.value, userId.value, device.value, conversation.value)
        guard var row else { return 0 }
        return row.integer()
    }

    public func deviceCount(of userId: String, app: String) throws(StoreError) -> Int64 {
        let row = try first(
            "SELECT COUNT(DISTINCT device) FROM cursors WHERE app = ?1 AND user_id = ?2", app.value, userId.value)
        guard var row else { return 0 }
        return row.integer()
    }

    /// Never goes back.
    public func advanceCursor(
        of device: String, userId: String, in conversation: String, app: String, to sequence: Int64, _ stamp: Stamp
    ) throws(StoreError) {
        try run(
            """
            INSERT INTO cursors (app, user_id, device, conversation, sequence,
                created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?7)
            ON CONFLICT (app, user_id, device, conversation) DO UPDATE
                SET sequence = ?5, changed_by = ?6, changed_at = ?7 WHERE cursors.sequence < ?5
            """, app.value, userId.value, device.value, conversation.value, sequence.value, stamp.by.value,
            stamp.at.value)
    }
}
