import Protocol

/// What a client asks of the chat, checked.
extension ClientRequest {
    static let historyMax = 100
    static let historyDefault = 50

    static func chat(_ message: ClientMessage) throws(RefusalError) -> ChatCommand {
        let id = message.requestID
        switch message.body {
        case .chatSend(let send):
            let to = try userId(send.toUserID, id)
            try checkName(send.clientID, "client_id", id)
            return .send(text: try text(send.text, id), to: to, clientId: send.clientID)
        case .chatEdit(let edit):
            return .edit(messageId: try messageId(edit.messageID, id), text: try text(edit.text, id))
        case .chatDelete(let delete): return .delete(messageId: try messageId(delete.messageID, id))
        case .chatReact(let react):
            guard (1...MessageBounds.reactionBytesMax).contains(react.reaction.utf8.count) else {
                throw .invalid("a reaction has 1...\(MessageBounds.reactionBytesMax) bytes", id)
            }
            return .react(messageId: try messageId(react.messageID, id), reaction: react.reaction, isOn: react.on)
        case .chatTyping(let typing): return .typing(typing.on, to: try userId(typing.toUserID, id))
        case .chatRead(let read): return .read(upTo: read.number, in: try conversation(read.userID, id))
        case .chatHistory(let history):
            guard history.limit <= historyMax else { throw .invalid("a page has \(historyMax) messages at most", id) }
            return .history(
                of: try conversation(history.userID, id),
                before: history.before == 0 ? nil : history.before,
                limit: history.limit == 0 ? historyDefault : Int(history.limit))
        case .chatAcknowledge(let acknowledge):
            return .acknowledge(upTo: acknowledge.change, in: try conversation(acknowledge.userID, id))
        default: throw .invalid("not a chat message", id)
        }
    }

    private static func text(_ text: String, _ id: UInt32) throws(RefusalError) -> String {
        guard (1...MessageBounds.chatTextBytesMax).contains(text.utf8.count) else {
            throw .invalid("a message has 1...\(MessageBounds.chatTextBytesMax) bytes", id)
        }
        return text
    }

    private static func messageId(_ messageId: String, _ id: UInt32) throws(RefusalError) -> String {
        guard (1...MessageBounds.messageIdBytesMax).contains(messageId.utf8.count) else {
            throw .invalid("a message_id has 1...\(MessageBounds.messageIdBytesMax) bytes", id)
        }
        return messageId
    }

    private static func conversation(_ user: String, _ id: UInt32) throws(RefusalError) -> ChatConversation {
        try userId(user, id).map { .person($0) } ?? .room
    }

    private static func userId(_ userId: String, _ id: UInt32) throws(RefusalError) -> String? {
        try checkName(userId, "to_user_id", id)
        return userId.isEmpty ? nil : userId
    }

    private static func checkName(_ text: String, _ name: String, _ id: UInt32) throws(RefusalError) {
        guard text.utf8.count <= MessageBounds.nameBytesMax else { throw .invalid("the \(name) is too long", id) }
    }
}
