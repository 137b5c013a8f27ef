import Store

/// Some messages of a conversation, oldest first, with what there is to know beside them.
public struct MessageSheet: Sendable, Equatable {
    public var messages: [Message]
    public var reactions: [Reaction]
    public var hasMore: Bool
    public var unread: Int64
    public var marks: [ReadMark]
}

/// What a device of a member asks for. Each call is one look at the database.
extension Platform {
    private static let marksMax = 200
    private static let partnersMax = 200

    /// Messages in the order of their numbers, those before `before`.
    public func sheet(
        of conversation: Conversation, before: Int64 = .max, limit: Int, by member: Member
    ) async throws(PlatformError) -> MessageSheet {
        try checkOpen(conversation, to: member)
        try Checks.range(limit, "limit", 1...200)
        return try await read { tx throws(StoreError) in
            let key = conversation.key
            // One more, to know whether there are more.
            let found = try tx.history(of: key, app: member.app, before: before, limit: limit + 1)
            let messages = Array(found.prefix(limit).reversed())
            let reactions =
                messages.isEmpty
                ? []
                : try tx.reactions(
                    of: key, app: member.app, from: messages[0].sequence, to: messages[messages.count - 1].sequence)
            return try sheet(messages, reactions, hasMore: found.count > limit, of: key, member, tx)
        }
    }

    /// Messages in the order of their last change: those that changed after `change`, or, without one, after what the device
    /// has acknowledged; for a device that was never seen those that changed last.
    public func changes(
        in conversation: Conversation, after change: Int64?, device: String, limit: Int, by member: Member
    ) async throws(PlatformError) -> MessageSheet {
        try checkOpen(conversation, to: member)
        try Checks.identifier(device, "device")
        try Checks.range(limit, "limit", 1...200)
        return try await read { tx throws(StoreError) in
            let (key, app) = (conversation.key, member.app)
            let start =
                if let change { change } else { try tx.cursor(of: device, userId: member.userId, in: key, app: app) }
            let found =
                start > 0 || change != nil
                ? try tx.changed(in: key, of: app, after: start, limit: limit + 1)
                : try tx.changedLast(in: key, of: app, limit: limit)
            let messages = Array(found.prefix(limit))
            let reactions =
                messages.isEmpty
                ? []
                : try tx.reactions(
                    of: key, app: app, changedFrom: messages[0].change, to: messages[messages.count - 1].change)
            return try sheet(messages, reactions, hasMore: found.count > limit, of: key, member, tx)
        }
    }

    private func sheet(
        _ messages: [Message], _ reactions: [Reaction], hasMore: Bool, of key: String, _ member: Member,
        _ tx: Transaction
    ) throws(StoreError) -> MessageSheet {
        MessageSheet(
            messages: messages, reactions: reactions, hasMore: hasMore,
            unread: try tx.unread(of: member.userId, in: key, app: member.app),
            marks: try tx.readMarks(of: key, app: member.app, limit: Self.marksMax))
    }

    /// Where a message is, and what it is now. In the same words for one that is not there and for one of others.
    public func find(
        messageId: String, for member: Member
    ) async throws(PlatformError) -> (conversation: Conversation, message: Message, reactions: [Reaction]) {
        let found = try await read { tx throws(StoreError) in
            let message = try tx.message(id: messageId, of: member.app)
            return (
                message,
                try tx.reactions(
                    of: message.conversation, app: member.app, from: message.sequence, to: message.sequence)
            )
        }
        guard let conversation = Conversation(key: found.0.conversation), conversation.isOpen(to: member) else {
            throw PlatformError(StoreError.notFound(.message))
        }
        return (conversation, found.0, found.1)
    }

    /// With whom the member has written.
    public func partners(of member: Member) async throws(PlatformError) -> [String] {
        let keys = try await read { tx throws(StoreError) in
            try tx.conversations(of: member.userId, app: member.app, beginning: "pair/", limit: Self.partnersMax)
        }
        return keys.compactMap { key in
            guard case .pair(let a, let b)? = Conversation(key: key) else { return nil }
            return a == member.userId ? b : a
        }
    }

    /// All up to this number is read, as far as there is something. Returns how far it is read now.
    public func read(
        upTo sequence: Int64, in conversation: Conversation, by member: Member
    ) async throws(PlatformError) -> Int64 {
        try checkOpen(conversation, to: member)
        let stamp = Stamp(by: "user:" + member.userId, at: now())
        return try await write { tx throws(StoreError) in
            let (key, app) = (conversation.key, member.app)
            let reach = min(sequence, try tx.lastSequence(of: key, app: app))
            _ = try tx.markRead(reach, in: key, of: app, userId: member.userId, stamp)
            return try tx.readSequence(of: member.userId, in: key, app: app)
        }
    }
}
