import Protocol
import Tenancy

/// What is said of the chat on the wire.
extension ChatEntry {
    func message(isOwn: Bool) -> ChatMessage {
        var message = ChatMessage()
        message.messageID = messageId
        message.number = number
        message.change = change
        message.fromUserID = fromUserId
        message.fromName = fromName
        message.toUserID = toUserId ?? ""
        message.text = text
        message.sentMs = sentMilliseconds
        message.editedMs = editedMilliseconds
        message.deletedMs = deletedMilliseconds
        message.reactions = reactions.map { reactions in
            var message = ChatReaction()
            message.reaction = reactions.reaction
            message.userIds = reactions.userIds
            return message
        }
        if isOwn { message.clientID = clientId }
        return message
    }
}

extension ChatReadMark {
    func message(in conversation: ChatConversation) -> ChatMark {
        var mark = ChatMark()
        mark.userID = userId
        mark.number = number
        mark.toMe = conversation != .room
        return mark
    }
}

extension ChatSheet {
    func message(of conversation: ChatConversation, for userId: String) -> ChatPage {
        var page = ChatPage()
        page.messages = entries.map { $0.message(isOwn: $0.fromUserId == userId) }
        page.hasMore_p = hasMore
        page.unread = unread
        page.userID = conversation.userId
        page.marks = marks.map { $0.message(in: conversation) }
        return page
    }
}

extension ChatError {
    func refusal(_ id: UInt32) -> RefusalError {
        switch self {
        case .notFound: RefusalError(code: .notFound, message: "there is no such message", requestID: id)
        case .notAllowed: RefusalError(code: .notAllowed, message: "not with this role", requestID: id)
        case .invalid(let text): RefusalError(code: .invalidMessage, message: text, requestID: id)
        case .rateLimited: RefusalError(code: .rateLimited, message: "too much chat", requestID: id)
        case .unavailable: RefusalError(code: .internal, message: "the chat cannot be stored now", requestID: id)
        }
    }
}
