import Tenancy

/// Tenants' chat is in their database; that of rooms without a tenant ends with the process.
struct TenantChat: ChatService {
    let tenancy: Tenancy
    private let memory = MemoryChat()

    init(_ tenancy: Tenancy) { self.tenancy = tenancy }

    func send(_ text: String, to userId: String?, clientId: String, by author: ChatAuthor) async throws(ChatError)
        -> ChatSent
    {
        guard let guest = author.guest else {
            return try await memory.send(text, to: userId, clientId: clientId, by: author)
        }
        return try await tenancy.send(text, with: userId, clientId: clientId, by: guest)
    }

    func edit(_ messageId: String, text: String, by author: ChatAuthor) async throws(ChatError) -> ChatEntry {
        guard let guest = author.guest else { return try await memory.edit(messageId, text: text, by: author) }
        return try await tenancy.edit(messageId, text: text, by: guest)
    }

    func delete(_ messageId: String, by author: ChatAuthor) async throws(ChatError) -> ChatEntry {
        guard let guest = author.guest else { return try await memory.delete(messageId, by: author) }
        return try await tenancy.delete(messageId, by: guest)
    }

    func react(_ messageId: String, with reaction: String, isOn: Bool, by author: ChatAuthor) async throws(ChatError)
        -> ChatSent
    {
        guard let guest = author.guest else {
            return try await memory.react(messageId, with: reaction, isOn: isOn, by: author)
        }
        return try await tenancy.react(messageId, with: reaction, isOn: isOn, by: guest)
    }

    func typing(_ isOn: Bool, to userId: String?, by author: ChatAuthor) async throws(ChatError) {
        guard let guest = author.guest else { return try await memory.typing(isOn, to: userId, by: author) }
        try tenancy.typing(with: userId, by: guest)
    }

    func read(upTo number: UInt64, in conversation: ChatConversation, by author: ChatAuthor) async throws(ChatError)
        -> ChatReadMark
    {
        guard let guest = author.guest else {
            return try await memory.read(upTo: number, in: conversation, by: author)
        }
        return try await tenancy.read(upTo: number, with: conversation.otherId, by: guest)
    }

    func history(
        of conversation: ChatConversation, before: UInt64?, limit: Int, by author: ChatAuthor
    ) async throws(ChatError) -> ChatSheet {
        guard let guest = author.guest else {
            return try await memory.history(of: conversation, before: before, limit: limit, by: author)
        }
        return try await tenancy.history(with: conversation.otherId, before: before, limit: limit, by: guest)
    }

    func conversations(of author: ChatAuthor) async throws(ChatError) -> [ChatConversation] {
        guard let guest = author.guest else { return try await memory.conversations(of: author) }
        return [.room] + (try await tenancy.partners(of: guest)).map { .person($0) }
    }

    func pending(
        in conversation: ChatConversation, after change: UInt64?, limit: Int, by author: ChatAuthor
    ) async throws(ChatError) -> ChatSheet {
        guard let guest = author.guest else {
            return try await memory.pending(in: conversation, after: change, limit: limit, by: author)
        }
        return try await tenancy.pending(
            with: conversation.otherId, after: change, device: author.deviceId, limit: limit, by: guest)
    }

    func acknowledge(upTo change: UInt64, in conversation: ChatConversation, by author: ChatAuthor)
        async throws(ChatError)
    {
        guard let guest = author.guest else {
            return try await memory.acknowledge(upTo: change, in: conversation, by: author)
        }
        // A device without a name keeps nothing.
        guard !author.deviceId.isEmpty else { return }
        try await tenancy.acknowledge(
            upTo: change, device: author.deviceId, with: conversation.otherId, by: guest)
    }
}
