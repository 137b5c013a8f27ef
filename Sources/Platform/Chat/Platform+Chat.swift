import Store

/// A message that is stored.
public struct Sent: Sendable, Equatable {
    public var conversation: Conversation
    public var event: ChatEvent
    /// False when the client had sent it before: everybody has it, or will get it.
    public var isNew: Bool
}

/// Somebody is writing. Not stored: who is not there now need not know.
public struct Typing: Sendable, Equatable {
    public var conversation: Conversation
    public var userId: String
    public var name: String
}

/// What members do. Whatever returns an event has stored it; the caller hands it to whoever is connected, on all hosts.
extension Platform {
    /// `clientKey` is the client's own name for the message: sent again with it after a lost connection, it is the same one.
    public func send(
        _ body: String, to recipient: Recipient, clientKey: String, from member: Member
    ) async throws(PlatformError) -> Sent {
        try member.check(.writeChat)
        try Checks.plain(body, "a message", bytesMax: settings.messageBytesMax, takesLines: true)
        try Checks.name(clientKey, "clientKey")
        let conversation = try conversation(of: member, with: recipient)
        let stamp = try spend(member, "chat")
        let message = Message(
            conversation: conversation.key, id: Identifier.make("msg", at: stamp.at), sender: member.userId,
            senderName: member.name, clientKey: clientKey, body: body, stamp: stamp)
        let sent = try await write { tx throws(StoreError) in
            _ = try tx.app(member.app)
            try prepare(conversation, member, tx, stamp)
            let sent = try tx.send(message, of: member.app)
            if sent.isNew { try tellAbsent(conversation, sent.event.message, member, tx, stamp) }
            return Sent(conversation: conversation, event: sent.event, isNew: sent.isNew)
        }
        if sent.isNew { counts.add(1, to: .messages, of: member.app) }
        return sent
    }

    private func conversation(of member: Member, with recipient: Recipient) throws(PlatformError) -> Conversation {
        switch recipient {
        case .room: return .room(member.room)
        case .person(let id):
            try Checks.identifier(id, "to")
            guard id != member.userId else { throw .validation("nobody writes to themselves") }
            return .between(member.userId, id)
        }
    }

    /// One bucket for all that a person writes, on all its devices.
    private func spend(_ member: Member, _ what: String) throws(PlatformError) -> Stamp {
        let now = now()
        try rates.spend(
            "\(what) \(member.app) \(member.userId)", burst: settings.messagesBurst,
            perSecond: settings.messagesPerSecond, at: now)
        return Stamp(by: "user:" + member.userId, at: now)
    }

    /// To a person only who is, or was, in the writer's room, or has been written to before: others cannot be reached, nor
    /// can anybody find out whether they exist.
    private func prepare(
        _ conversation: Conversation, _ member: Member, _ tx: Transaction, _ stamp: Stamp
    ) throws(StoreError) {
        let key = conversation.key
        switch conversation {
        case .room(let id):
            _ = try tx.room(id, of: member.app)
            try tx.join(key, of: member.app, userId: member.userId, stamp)
        case .pair(let a, let b):
            guard try !tx.isMember(member.userId, of: key, app: member.app) else { return }
            let other = a == member.userId ? b : a
            guard try tx.isMember(other, of: Conversation.room(member.room).key, app: member.app) else {
                throw .refusing(.notFound("there is no such person in the room"))
            }
            for person in [a, b] { try tx.join(key, of: member.app, userId: person, stamp) }
        }
    }

    private func tellAbsent(
        _ conversation: Conversation, _ message: Message, _ member: Member, _ tx: Transaction, _ stamp: Stamp
    ) throws(StoreError) {
        // Asked first, since nearly all tenants have none: then a message costs no more than this.
        guard try !tx.endpoints(of: member.app).isEmpty else { return }
        let room: String? = if case .room(let id) = conversation { id } else { nil }
        let absent = try tx.absentMembers(of: conversation.key, app: member.app, room: room, limit: 100)
            .filter { $0 != member.userId }
        guard !absent.isEmpty else { return }
        let data = [
            "conversation": conversation.key, "messageId": message.id, "sequence": String(message.sequence),
            "from": member.userId, "name": member.name, "to": absent.joined(separator: " "),
        ]
        try tx.emit(.messageAbsent, data, of: member.app, stamp)
    }

    // MARK: changes

    /// One's own only.
    public func edit(
        _ message: Int64, in conversation: Conversation, body: String, by member: Member
    ) async throws(PlatformError) -> ChatEvent {
        try Checks.plain(body, "a message", bytesMax: settings.messageBytesMax, takesLines: true)
        return try await change(conversation, .writeChat, member) { tx, stamp throws(StoreError) in
            let before = try tx.message(message, in: conversation.key, of: member.app)
            guard before.sender == member.userId else {
                throw .refusing(.forbidden("only its sender edits a message"))
            }
            return try tx.edit(message, in: conversation.key, of: member.app, body: body, stamp)
        }
    }

    /// One's own, or as a host any in the room.
    public func delete(
        _ message: Int64, in conversation: Conversation, by member: Member
    ) async throws(PlatformError) -> ChatEvent {
        try await change(conversation, .writeChat, member) { tx, stamp throws(StoreError) in
            let before = try tx.message(message, in: conversation.key, of: member.app)
            let isModerator = conversation == .room(member.room) && member.role.may(.deleteOthersMessages)
            guard before.sender == member.userId || isModerator else {
                throw .refusing(.forbidden("only its sender or a host deletes a message"))
            }
            return try tx.delete(message, in: conversation.key, of: member.app, stamp)
        }
    }

    /// Nil when nothing changes by it, or the message has all the reactions that one may have.
    public func react(
        _ emoji: String, isOn: Bool = true, to message: Int64, in conversation: Conversation, by member: Member
    ) async throws(PlatformError) -> ChatEvent? {
        try Checks.plain(emoji, "a reaction", bytesMax: 32, takesLines: false)
        return try await change(conversation, .react, member) { tx, stamp throws(StoreError) in
            try tx.react(
                emoji, isOn: isOn, userId: member.userId, to: message, in: conversation.key, of: member.app,
                reactionsMax: settings.reactionsMax, stamp)
        }
    }

    private func change<Outcome: Sendable>(
        _ conversation: Conversation, _ action: Role.Action, _ member: Member,
        _ body: @escaping @Sendable (Transaction, Stamp) throws(StoreError) -> Outcome
    ) async throws(PlatformError) -> Outcome {
        try member.check(action)
        try checkOpen(conversation, to: member)
        let stamp = try spend(member, "chat")
        return try await write { tx throws(StoreError) in
            _ = try tx.app(member.app)
            return try body(tx, stamp)
        }
    }

    /// The same words as for a conversation that is not there.
    func checkOpen(_ conversation: Conversation, to member: Member) throws(PlatformError) {
        guard conversation.isOpen(to: member) else { throw .notFound("there is no such conversation") }
    }

    /// Checked and counted; there is nothing to store.
    public func typing(to recipient: Recipient, from member: Member) throws(PlatformError) -> Typing {
        try member.check(.writeChat)
        let conversation = try conversation(of: member, with: recipient)
        try rates.spend(
            "typing \(member.app) \(member.userId)", burst: 3, perSecond: settings.typingPerSecond, at: now())
        return Typing(conversation: conversation, userId: member.userId, name: member.name)
    }
}
