import Tenancy

/// What came of it.
enum ChatOutcome: Sendable {
    case changed(ChatEntry)
    /// As it was before: the one who asks is told, and nobody else.
    case unchanged(ChatEntry)
    case marked(ChatReadMark, ChatConversation)
    case sheet(ChatSheet, ChatConversation)
    /// What a client may have missed something of.
    case conversations([ChatConversation])
    case typing(Bool, to: String?)
    case news(ChatSheet, ChatConversation)
    case allNews([ChatConversation])
    case nothing
    case refused(ChatError)
}

extension ChatCommand {
    static let sheetMax = 100

    func perform(by author: ChatAuthor, with service: any ChatService) async -> ChatOutcome {
        do throws(ChatError) {
            return try await attempt(by: author, with: service)
        } catch {
            return .refused(error)
        }
    }

    private func attempt(by author: ChatAuthor, with service: any ChatService) async throws(ChatError) -> ChatOutcome {
        switch self {
        case .send(let text, let to, let clientId):
            let sent = try await service.send(text, to: to, clientId: clientId, by: author)
            return sent.isNew ? .changed(sent.entry) : .unchanged(sent.entry)
        case .edit(let id, let text): return .changed(try await service.edit(id, text: text, by: author))
        case .delete(let id): return .changed(try await service.delete(id, by: author))
        case .react(let id, let reaction, let isOn):
            let reacted = try await service.react(id, with: reaction, isOn: isOn, by: author)
            return reacted.isNew ? .changed(reacted.entry) : .unchanged(reacted.entry)
        case .typing(let isOn, let to):
            try await service.typing(isOn, to: to, by: author)
            return .typing(isOn, to: to)
        case .read(let number, let place):
            return .marked(try await service.read(upTo: number, in: place, by: author), place)
        case .history(let place, let before, let limit):
            return .sheet(try await service.history(of: place, before: before, limit: limit, by: author), place)
        case .acknowledge(let change, let place):
            try await service.acknowledge(upTo: change, in: place, by: author)
            return .nothing
        case .news(let place, let change):
            var reader = author
            // With a change nobody looks at what the device has acknowledged.
            if reader.deviceId.isEmpty { reader.deviceId = "none" }
            return .news(
                try await service.pending(in: place, after: change, limit: Self.sheetMax, by: reader), place)
        case .allNews: return .allNews(try await service.conversations(of: author))
        case .catchUp: return .conversations(try await service.conversations(of: author))
        case .pending(let places, let change):
            guard let place = places.first else { return .nothing }
            let sheet = try await service.pending(in: place, after: change, limit: Self.sheetMax, by: author)
            return .sheet(sheet, place)
        }
    }
}
