import Store

/// A page of a conversation, the youngest message first.
public struct HistoryPage: Sendable, Equatable {
    public var messages: [Message]
    public var reactions: [Reaction]
    /// Where the page before begins; nil at the conversation's start.
    public var before: Int64?
}

extension Platform {
    /// For a tenant's own server.
    public func history(
        ofRoom room: String, app: String, before: Int64 = .max, limit: Int = 50, _ origin: Origin
    ) async throws(PlatformError) -> HistoryPage {
        try checkAuthority(origin, over: app)
        try Checks.range(limit, "limit", 1...200)
        return try await read { tx throws(StoreError) in
            _ = try tx.room(room, of: app)
            let key = Conversation.room(room).key
            let messages = try tx.history(of: key, app: app, before: before, limit: limit)
            guard let first = messages.last?.sequence, let last = messages.first?.sequence else {
                return HistoryPage(messages: [], reactions: [], before: nil)
            }
            return HistoryPage(
                messages: messages, reactions: try tx.reactions(of: key, app: app, from: first, to: last),
                before: messages.count == limit ? first : nil)
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
