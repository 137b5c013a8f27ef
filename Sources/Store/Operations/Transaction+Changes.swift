/// What devices ask for that look every now and then.
extension Transaction {
    public func message(id: String, of app: String) throws(StoreError) -> Message {
        let row = try first(
            "SELECT \(Message.columns) FROM messages m WHERE m.app = ?1 AND m.id = ?2", app.value, id.value)
        guard let row else { throw .notFound(.message) }
        return Message(row)
    }

    /// Messages that changed after this event, in the order of their last change.
    public func changed(
        in conversation: String, of app: String, after: Int64, limit: Int
    ) throws(StoreError) -> [Message] {
        try run(
            """
            SELECT \(Message.columns) FROM messages m
            WHERE m.app = ?1 AND m.conversation = ?2 AND m.change_sequence > ?3
            ORDER BY m.change_sequence LIMIT ?4
            """, app.value, conversation.value, after.value, limit.value
        ).map { Message($0) }
    }

    /// Those that changed last, in the order of their last change.
    public func changedLast(in conversation: String, of app: String, limit: Int) throws(StoreError) -> [Message] {
        try run(
            """
            SELECT \(Message.columns) FROM messages m WHERE m.app = ?1 AND m.conversation = ?2
            ORDER BY m.change_sequence DESC LIMIT ?3
            """, app.value, conversation.value, limit.value
        ).reversed().map { Message($0) }
    }

    /// To the messages whose last change is within these, both included.
    public func reactions(
        of conversation: String, app: String, changedFrom: Int64, to: Int64
    ) throws(StoreError) -> [Reaction] {
        try run(
            """
            SELECT r.message, r.user_id, r.emoji FROM messages m
            JOIN reactions r ON r.app = m.app AND r.conversation = m.conversation AND r.message = m.sequence
            WHERE m.app = ?1 AND m.conversation = ?2 AND m.change_sequence >= ?3 AND m.change_sequence <= ?4
            ORDER BY r.message, r.created_at, r.user_id, r.emoji
            """, app.value, conversation.value, changedFrom.value, to.value
        ).map {
            var row = $0
            return Reaction(message: row.integer(), userId: row.text(), emoji: row.text())
        }
    }

    /// The conversation's last event; 0 when nothing has happened.
    public func lastSequence(of conversation: String, app: String) throws(StoreError) -> Int64 {
        let row = try first(
            "SELECT sequence FROM conversations WHERE app = ?1 AND id = ?2", app.value, conversation.value)
        guard var row else { return 0 }
        return row.integer()
    }

    /// Messages of others that somebody has not read.
    public func unread(of userId: String, in conversation: String, app: String) throws(StoreError) -> Int64 {
        let row = try first(
            """
            SELECT COUNT(*) FROM messages m WHERE m.app = ?1 AND m.conversation = ?2 AND m.sender <> ?3
                AND m.deleted_at IS NULL AND m.sequence > COALESCE((SELECT read_sequence FROM members
                    WHERE app = ?1 AND conversation = ?2 AND user_id = ?3), 0)
            """, app.value, conversation.value, userId.value)
        guard var row else { return 0 }
        return row.integer()
    }

    public func readSequence(of userId: String, in conversation: String, app: String) throws(StoreError) -> Int64 {
        let row = try first(
            "SELECT read_sequence FROM members WHERE app = ?1 AND user_id = ?2 AND conversation = ?3", app.value,
            userId.value, conversation.value)
        guard var row else { return 0 }
        return row.integer()
    }

    /// Of those who read last.
    public func readMarks(of conversation: String, app: String, limit: Int) throws(StoreError) -> [ReadMark] {
        try run(
            """
            SELECT user_id, read_sequence FROM members
            WHERE app = ?1 AND conversation = ?2 AND read_sequence > 0 ORDER BY changed_at DESC, user_id LIMIT ?3
            """, app.value, conversation.value, limit.value
        ).map {
            var row = $0
            return ReadMark(userId: row.text(), sequence: row.integer())
        }
    }

    /// Conversations of somebody whose names begin so, which must hold no `%` or `_`; those where something happened last
    /// come first.
    public func conversations(
        of userId: String, app: String, beginning: String, limit: Int
    ) throws(StoreError) -> [String] {
        try run(
            """
            SELECT p.conversation FROM members p
            JOIN conversations c ON c.app = p.app AND c.id = p.conversation
            WHERE p.app = ?1 AND p.user_id = ?2 AND p.conversation LIKE ?3
            ORDER BY c.changed_at DESC, p.conversation LIMIT ?4
            """, app.value, userId.value, (beginning + "%").value, limit.value
        ).map {
            var row = $0
            return row.text()
        }
    }
}
