extension Transaction {
    /// Adds a message and numbers it. The second value is false when its sender has sent it before, with this key:
    /// then it is the message of that time.
    public func send(_ message: Message, of app: String) throws(StoreError) -> (event: ChatEvent, isNew: Bool) {
        let stamp = message.provenance.created
        // First of all, so that two attempts to send it wait for each other here.
        let sequence = try nextSequence(message.conversation, of: app, stamp)
        if let before = try sentBefore(message, of: app) {
            try takeBack(sequence, message.conversation, of: app)
            return (before, false)
        }
        var message = message
        message.sequence = sequence
        message.change = sequence
        try run(
            """
            INSERT INTO messages (app, conversation, sequence, change_sequence, id, sender, sender_name, client_key, body,
                created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?9, ?10)
            """, app.value, message.conversation.value, sequence.value, message.id.value, message.sender.value,
            message.senderName.value, message.clientKey.value, message.body.value, stamp.by.value, stamp.at.value)
        try insertEvent(.message, about: sequence, emoji: "", in: message.conversation, of: app, sequence, stamp)
        return (ChatEvent(sequence: sequence, kind: .message, emoji: "", stamp: stamp, message: message), true)
    }

    private func sentBefore(_ message: Message, of app: String) throws(StoreError) -> ChatEvent? {
        let row = try first(
            """
            SELECT \(Message.columns) FROM messages m
            WHERE m.app = ?1 AND m.conversation = ?2 AND m.sender = ?3 AND m.client_key = ?4
            """, app.value, message.conversation.value, message.sender.value, message.clientKey.value)
        guard let row else { return nil }
        let found = Message(row)
        return ChatEvent(
            sequence: found.sequence, kind: .message, emoji: "", stamp: found.provenance.created, message: found)
    }

    /// Numbers have no gaps: the row stays locked until the transaction ends.
    private func nextSequence(_ conversation: String, of app: String, _ stamp: Stamp) throws(StoreError) -> Int64 {
        let row = try first(
            """
            INSERT INTO conversations (app, id, sequence, created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, 1, ?3, ?4, ?3, ?4)
            ON CONFLICT (app, id) DO UPDATE SET sequence = conversations.sequence + 1, changed_by = ?3, changed_at = ?4
            RETURNING sequence
            """, app.value, conversation.value, stamp.by.value, stamp.at.value)
        guard var row else { throw .broken("an upsert returned no row") }
        return row.integer()
    }

    private func takeBack(_ sequence: Int64, _ conversation: String, of app: String) throws(StoreError) {
        try run(
            "UPDATE conversations SET sequence = sequence - 1 WHERE app = ?1 AND id = ?2 AND sequence = ?3", app.value,
            conversation.value, sequence.value)
    }

    private func insertEvent(
        _ kind: ChatEvent.Kind, about message: Int64, emoji: String, in conversation: String, of app: String,
        _ sequence: Int64, _ stamp: Stamp
    ) throws(StoreError) {
        try run(
            """
            INSERT INTO chat_events (app, conversation, sequence, kind, message, emoji,
                created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7, ?8)
            """, app.value, conversation.value, sequence.value, kind.value, message.value, emoji.value,
            stamp.by.value, stamp.at.value)
    }

    // MARK: changes

    public func message(_ sequence: Int64, in conversation: String, of app: String) throws(StoreError) -> Message {
        let row = try first(
            "SELECT \(Message.columns) FROM messages m WHERE m.app = ?1 AND m.conversation = ?2 AND m.sequence = ?3",
            app.value, conversation.value, sequence.value)
        guard let row else { throw .notFound(.message) }
        return Message(row)
    }

    /// `conflict` when it is deleted.
    public func edit(
        _ message: Int64, in conversation: String, of app: String, body: String, _ stamp: Stamp
    ) throws(StoreError) -> ChatEvent {
        let changed = try first(
            """
            UPDATE messages SET body = ?4, edited_at = ?6, changed_by = ?5, changed_at = ?6
            WHERE app = ?1 AND conversation = ?2 AND sequence = ?3 AND deleted_at IS NULL RETURNING sequence
            """, app.value, conversation.value, message.value, body.value, stamp.by.value, stamp.at.value)
        return try event(.edit, changed: changed != nil, message, in: conversation, of: app, stamp)
    }

    /// Its text is gone for good; that there was a message stays. `conflict` when it is deleted already.
    public func delete(
        _ message: Int64, in conversation: String, of app: String, _ stamp: Stamp
    ) throws(StoreError) -> ChatEvent {
        let changed = try first(
            """
            UPDATE messages SET body = '', deleted_at = ?5, changed_by = ?4, changed_at = ?5
            WHERE app = ?1 AND conversation = ?2 AND sequence = ?3 AND deleted_at IS NULL RETURNING sequence
            """, app.value, conversation.value, message.value, stamp.by.value, stamp.at.value)
        try run(
            "DELETE FROM reactions WHERE app = ?1 AND conversation = ?2 AND message = ?3", app.value,
            conversation.value, message.value)
        return try event(.deletion, changed: changed != nil, message, in: conversation, of: app, stamp)
    }

    private func event(
        _ kind: ChatEvent.Kind, changed: Bool, emoji: String = "", _ message: Int64, in conversation: String,
        of app: String, _ stamp: Stamp
    ) throws(StoreError) -> ChatEvent {
        var now = try self.message(message, in: conversation, of: app)
        guard changed else { throw .conflict(.message) }
        let sequence = try nextSequence(conversation, of: app, stamp)
        try insertEvent(kind, about: message, emoji: emoji, in: conversation, of: app, sequence, stamp)
        try run(
            "UPDATE messages SET change_sequence = ?4 WHERE app = ?1 AND conversation = ?2 AND sequence = ?3",
            app.value, conversation.value, message.value, sequence.value)
        now.change = sequence
        return ChatEvent(sequence: sequence, kind: kind, emoji: emoji, stamp: stamp, message: now)
    }

    /// Nil when `userId` has reacted with this before, or, to take it back, has not. A message has at most
    /// `reactionsMax` reactions.
    public func react(
        _ emoji: String, isOn: Bool, userId: String, to message: Int64, in conversation: String, of app: String,
        reactionsMax: Int64, _ stamp: Stamp
    ) throws(StoreError) -> ChatEvent? {
        let target = try self.message(message, in: conversation, of: app)
        guard target.deletedAt == nil else { throw .conflict(.message) }
        let changed =
            try isOn
            ? first(
                """
                INSERT INTO reactions (app, conversation, message, user_id, emoji,
                    created_by, created_at, changed_by, changed_at)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?7 WHERE ?8 >
                    (SELECT COUNT(*) FROM reactions WHERE app = ?1 AND conversation = ?2 AND message = ?3)
                ON CONFLICT DO NOTHING RETURNING message
                """, app.value, conversation.value, message.value, userId.value, emoji.value, stamp.by.value,
                stamp.at.value, reactionsMax.value)
            : first(
                """
                DELETE FROM reactions WHERE app = ?1 AND conversation = ?2 AND message = ?3 AND user_id = ?4 AND emoji = ?5
                RETURNING message
                """, app.value, conversation.value, message.value, userId.value, emoji.value)
        guard changed != nil else { return nil }
        return try event(
            isOn ? .reaction : .unreaction, changed: true, emoji: emoji, message, in: conversation, of: app, stamp)
    }
}
