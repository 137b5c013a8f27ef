import Platform
import Store

/// The chat of tenants' rooms, stored. `with` names the other one of two; nil for the conversation of the guest's room.
///
/// All of it throws `ChatError.rateLimited` when a person does too much, and `unavailable` when the database does not answer.
extension Tenancy {
    /// The same `clientId` of the same person twice is one message.
    public func send(
        _ text: String, with userId: String?, clientId: String, by guest: Guest
    ) async throws(ChatError) -> ChatSent {
        let key = clientId.isEmpty ? ChatEntry.nameless + Self.randomName() : clientId
        return try await asked { () async throws(PlatformError) in
            let sent = try await platform.send(
                text, to: userId.map { .person($0) } ?? .room, clientKey: key, from: guest.member)
            // What was sent before may have been reacted to since.
            guard !sent.isNew else { return ChatSent(ChatEntry(sent.event.message), isNew: true) }
            let found = try await platform.find(messageId: sent.event.message.id, for: guest.member)
            return ChatSent(ChatEntry(found.message, found.reactions), isNew: false)
        }
    }

    private static func randomName() -> String { String(UInt64.random(in: .min ... .max), radix: 36) }

    public func edit(_ messageId: String, text: String, by guest: Guest) async throws(ChatError) -> ChatEntry {
        try await asked { () async throws(PlatformError) in
            let found = try await platform.find(messageId: messageId, for: guest.member)
            let event = try await platform.edit(
                found.message.sequence, in: found.conversation, body: text, by: guest.member)
            return ChatEntry(event.message, found.reactions)
        }
    }

    public func delete(_ messageId: String, by guest: Guest) async throws(ChatError) -> ChatEntry {
        try await asked { () async throws(PlatformError) in
            let found = try await platform.find(messageId: messageId, for: guest.member)
            let event = try await platform.delete(found.message.sequence, in: found.conversation, by: guest.member)
            return ChatEntry(event.message)
        }
    }

    public func react(
        _ messageId: String, with reaction: String, isOn: Bool, by guest: Guest
    ) async throws(ChatError) -> ChatSent {
        try await asked { () async throws(PlatformError) in
            let place = try await platform.find(messageId: messageId, for: guest.member)
            let event = try await platform.react(
                reaction, isOn: isOn, to: place.message.sequence, in: place.conversation, by: guest.member)
            let found = try await platform.find(messageId: messageId, for: guest.member)
            return ChatSent(ChatEntry(event?.message ?? found.message, found.reactions), isNew: event != nil)
        }
    }

    /// Checked and counted; there is nothing to store.
    public func typing(with userId: String?, by guest: Guest) throws(ChatError) {
        do throws(PlatformError) {
            _ = try platform.typing(to: userId.map { .person($0) } ?? .room, from: guest.member)
        } catch {
            throw ChatError(error)
        }
    }

    // MARK: reading

    public func read(upTo number: UInt64, with userId: String?, by guest: Guest) async throws(ChatError) -> ChatReadMark
    {
        try await asked { () async throws(PlatformError) in
            let place = Conversation(of: guest, with: userId)
            let reach = try await platform.read(upTo: Int64(clamping: number), in: place, by: guest.member)
            return ChatReadMark(userId: guest.userId, number: UInt64(reach))
        }
    }

    public func history(
        with userId: String?, before: UInt64?, limit: Int, by guest: Guest
    ) async throws(ChatError) -> ChatSheet {
        try await asked { () async throws(PlatformError) in
            ChatSheet(
                try await platform.sheet(
                    of: Conversation(of: guest, with: userId), before: before.map { Int64(clamping: $0) } ?? .max,
                    limit: limit, by: guest.member))
        }
    }

    /// With whom the guest has written, the last first.
    public func partners(of guest: Guest) async throws(ChatError) -> [String] {
        try await asked { () async throws(PlatformError) in try await platform.partners(of: guest.member) }
    }

    public func pending(
        with userId: String?, after change: UInt64?, device: String, limit: Int, by guest: Guest
    ) async throws(ChatError) -> ChatSheet {
        try await asked { () async throws(PlatformError) in
            ChatSheet(
                try await platform.changes(
                    in: Conversation(of: guest, with: userId), after: change.map { Int64(clamping: $0) },
                    device: device, limit: limit, by: guest.member))
        }
    }

    public func acknowledge(
        upTo change: UInt64, device: String, with userId: String?, by guest: Guest
    ) async throws(ChatError) {
        try await asked { () async throws(PlatformError) in
            try await platform.acknowledge(
                Int64(clamping: change), device: device, in: Conversation(of: guest, with: userId), by: guest.member)
        }
    }

    private func asked<Value>(
        _ body: () async throws(PlatformError) -> Value
    ) async throws(ChatError) -> Value {
        do throws(PlatformError) { return try await body() } catch { throw ChatError(error) }
    }
}

extension Conversation {
    fileprivate init(of guest: Guest, with userId: String?) {
        self = userId.map { .between(guest.userId, $0) } ?? .room(guest.room)
    }
}

extension ChatError {
    fileprivate init(_ error: PlatformError) {
        self =
            switch error.code {
            case .validation: .invalid(error.message)
            // What is deleted cannot be changed any more.
            case .notFound: .notFound
            case .conflict: .notFound
            case .unauthorized, .forbidden: .notAllowed
            case .rateLimitExceeded: .rateLimited
            case .internalError: .unavailable
            }
    }
}

extension ChatEntry {
    /// Begins what a message is called that its client gave no name.
    fileprivate static let nameless = "unnamed "

    fileprivate init(_ message: Message, _ reactions: [Reaction] = []) {
        let other: String? =
            if case .pair(let a, let b)? = Conversation(key: message.conversation) {
                a == message.sender ? b : a
            } else { nil }
        self.init(
            messageId: message.id, number: UInt64(message.sequence), change: UInt64(message.change),
            fromUserId: message.sender, fromName: message.senderName, toUserId: other, text: message.body,
            sentMilliseconds: UInt64(message.provenance.created.at),
            clientId: message.clientKey.hasPrefix(Self.nameless) ? "" : message.clientKey)
        editedMilliseconds = UInt64(message.editedAt ?? 0)
        deletedMilliseconds = UInt64(message.deletedAt ?? 0)
        self.reactions = Self.grouped(reactions)
    }

    /// By kind, in the order in which each began.
    private static func grouped(_ reactions: [Reaction]) -> [ChatReactions] {
        var kinds: [ChatReactions] = []
        for reaction in reactions {
            if let place = kinds.firstIndex(where: { $0.reaction == reaction.emoji }) {
                kinds[place].userIds.append(reaction.userId)
            } else {
                kinds.append(ChatReactions(reaction: reaction.emoji, userIds: [reaction.userId]))
            }
        }
        return kinds
    }
}

extension ChatSheet {
    fileprivate init(_ sheet: MessageSheet) {
        self.init()
        let byMessage = Dictionary(grouping: sheet.reactions, by: \.message)
        entries = sheet.messages.map { ChatEntry($0, byMessage[$0.sequence] ?? []) }
        hasMore = sheet.hasMore
        unread = UInt32(clamping: sheet.unread)
        marks = sheet.marks.map { ChatReadMark(userId: $0.userId, number: UInt64($0.sequence)) }
    }
}
