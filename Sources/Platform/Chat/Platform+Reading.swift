import Store

/// A page of a conversation, the youngest message first.
public struct HistoryPage: Sendable, Equatable {
    public var messages: [Message]
    public var reactions: [Reaction]
    /// Where the page before begins; nil at the conversation's start.
    public var before: Int64?
}

extension Platform {
    public func history(
        of conversation: Conversation, before: Int64 = .max, limit: Int = 50, by member: Member
    ) async throws(PlatformError) -> HistoryPage {
        try checkOpen(conversation, to: member)
        try Checks.range(limit, "limit", 1...200)
        return try await read { tx throws(StoreError) in
            try historyPage(conversation, of: member.app, before, limit, tx)
        }
    }

    /// For a tenant's own server.
    public func history(
        ofRoom room: String, app: String, before: Int64 = .max, limit: Int = 50, _ origin: Origin
    ) async throws(PlatformError) -> HistoryPage {
        try checkAuthority(origin, over: app)
        try Checks.range(limit, "limit", 1...200)
        return try await read { tx throws(StoreError) in
            _ = try tx.room(room, of: app)
            return try historyPage(.room(room), of: app, before, limit, tx)
        }
    }

    private func historyPage(
        _ conversation: Conversation, of app: String, _ before: Int64, _ limit: Int, _ tx: Transaction
    ) throws(StoreError) -> HistoryPage {
        let messages = try tx.history(of: conversation.key, app: app, before: before, limit: limit)
        guard let first = messages.last?.sequence, let last = messages.first?.sequence else {
            return HistoryPage(messages: [], reactions: [], before: nil)
        }
        return HistoryPage(
            messages: messages,
            reactions: try tx.reactions(of: conversation.key, app: app, from: first, to: last),
            before: messages.count == limit ? first : nil)
    }

    /// The conversations that the token opens, with what is unread: what a client asks for when it comes back.
    public func conversations(of member: Member) async throws(PlatformError) -> [Membership] {
        let all = try await read { tx throws(StoreError) in
            try tx.memberships(of: member.userId, app: member.app, limit: 1000)
        }
        return all.filter { Conversation(key: $0.conversation)?.isOpen(to: member) == true }
    }

    /// All up to this event is read, on all devices. False when it was before.
    public func markRead(
        _ sequence: Int64, in conversation: Conversation, by member: Member
    ) async throws(PlatformError) -> Bool {
        try checkOpen(conversation, to: member)
        let stamp = Stamp(by: "user:" + member.userId, at: now())
        return try await write { tx throws(StoreError) in
            try tx.markRead(sequence, in: conversation.key, of: member.app, userId: member.userId, stamp)
        }
    }

    // MARK: devices

    /// Where a device goes on: after what it says it has, or else after what it acknowledged last.
    public func openFeed(
        of device: String, in conversation: Conversation, after: Int64? = nil, by member: Member
    ) async throws(PlatformError) -> DeviceFeed {
        try checkOpen(conversation, to: member)
        try Checks.identifier(device, "device")
        if let after {
            try Checks.range(after, "after", 0...Int64.max)
            return DeviceFeed(after: after)
        }
        let cursor = try await read { tx throws(StoreError) in
            try tx.cursor(of: device, userId: member.userId, in: conversation.key, app: member.app)
        }
        return DeviceFeed(after: cursor)
    }

    /// What a feed asks for.
    public func events(
        of conversation: Conversation, after: Int64, limit: Int = 200, by member: Member
    ) async throws(PlatformError) -> [ChatEvent] {
        try checkOpen(conversation, to: member)
        try Checks.range(limit, "limit", 1...1000)
        return try await read { tx throws(StoreError) in
            try tx.events(of: conversation.key, app: member.app, after: after, limit: limit)
        }
    }

    /// The device has everything up to this event.
    public func acknowledge(
        _ sequence: Int64, device: String, in conversation: Conversation, by member: Member
    ) async throws(PlatformError) {
        try checkOpen(conversation, to: member)
        try Checks.identifier(device, "device")
        try Checks.range(sequence, "sequence", 0...Int64.max)
        let stamp = Stamp(by: "user:" + member.userId, at: now())
        try await write { tx throws(StoreError) in
            let known = try tx.cursor(of: device, userId: member.userId, in: conversation.key, app: member.app)
            guard sequence > known else { return }
            let last = try tx.events(of: conversation.key, app: member.app, after: sequence - 1, limit: 1)
            guard last.first?.sequence == sequence else {
                throw .refusing(.validation("there is no event \(sequence) in this conversation"))
            }
            if known == 0, try tx.deviceCount(of: member.userId, app: member.app) >= settings.devicesMax {
                throw .refusing(.conflict("a person has \(settings.devicesMax) devices at most"))
            }
            try tx.advanceCursor(
                of: device, userId: member.userId, in: conversation.key, app: member.app, to: sequence, stamp)
        }
    }
}
