/// A message as it is now. `ChatMessage` in signaling.proto says what the fields mean.
public struct ChatEntry: Equatable, Sendable {
    public var messageId: String
    public var number: UInt64
    public var change: UInt64
    public var fromUserId: String
    public var fromName: String
    /// Nil for all of the room.
    public var toUserId: String?
    public var text: String
    public var sentMilliseconds: UInt64
    public var editedMilliseconds: UInt64 = 0
    public var deletedMilliseconds: UInt64 = 0
    public var reactions: [ChatReactions] = []
    public var clientId: String

    public init(
        messageId: String, number: UInt64, change: UInt64, fromUserId: String, fromName: String, toUserId: String?,
        text: String, sentMilliseconds: UInt64, clientId: String
    ) {
        self.messageId = messageId
        self.number = number
        self.change = change
        self.fromUserId = fromUserId
        self.fromName = fromName
        self.toUserId = toUserId
        self.text = text
        self.sentMilliseconds = sentMilliseconds
        self.clientId = clientId
    }

    /// Whether a user may see it: the others of a private message do not even learn that there is one.
    public func isVisible(to userId: String) -> Bool {
        toUserId == nil || toUserId == userId || fromUserId == userId
    }
}

public struct ChatReactions: Equatable, Sendable {
    public var reaction: String
    /// In the order in which they reacted.
    public var userIds: [String]

    public init(reaction: String, userIds: [String]) {
        self.reaction = reaction
        self.userIds = userIds
    }
}

/// A message that is stored, or was changed.
public struct ChatSent: Equatable, Sendable {
    public var entry: ChatEntry
    /// False when it is as it was before: the others have been told of it.
    public var isNew: Bool

    public init(_ entry: ChatEntry, isNew: Bool) {
        self.entry = entry
        self.isNew = isNew
    }
}

/// How far a user has read.
public struct ChatReadMark: Equatable, Sendable {
    public var userId: String
    public var number: UInt64

    public init(userId: String, number: UInt64) {
        self.userId = userId
        self.number = number
    }
}

/// Some messages, with what there is to know beside them.
public struct ChatSheet: Equatable, Sendable {
    public var entries: [ChatEntry] = []
    public var hasMore = false
    public var unread: UInt32 = 0
    public var marks: [ChatReadMark] = []

    public init() {}
}

/// Why the chat does not do what it was asked.
public enum ChatError: Error, Equatable, Sendable {
    case notFound
    case notAllowed
    case invalid(String)
    case rateLimited
    /// The store cannot be reached; nothing was changed.
    case unavailable
}
