/// The room that a chat belongs to.
public struct ChatRoom: Hashable, Sendable {
    /// The tenant; "dev" where there are no tenants.
    public var appId: String
    public var roomId: String

    public init(appId: String, roomId: String) {
        self.appId = appId
        self.roomId = roomId
    }
}

/// Who writes or reads, all of it from the token but the device.
public struct ChatAuthor: Sendable {
    public var room: ChatRoom
    public var userId: String
    public var name: String
    public var role: Role
    /// One of the user's devices; empty for one that keeps nothing.
    public var deviceId: String

    public init(room: ChatRoom, userId: String, name: String, role: Role, deviceId: String) {
        self.room = room
        self.userId = userId
        self.name = name
        self.role = role
        self.deviceId = deviceId
    }
}

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

/// A message that is stored.
public struct ChatSent: Equatable, Sendable {
    public var entry: ChatEntry
    /// False when it was stored before: the others have been told of it.
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

/// Messages, stored: one conversation for each room, and one for each two people of a tenant. What is returned has been stored; what throws has changed nothing. Calls for one room come one
/// at a time from one host, and at any time from others: numbers and changes, which belong to a conversation, are the
/// store's to give out. A message's id says by itself where it is to be found.
///
/// Who must be told of an entry are all of its room, or the two whom it is between, on whatever host they are.
public protocol ChatService: Sendable {
    /// The same `clientId` of the same user twice is one message: the second call stores nothing.
    func send(_ text: String, to userId: String?, clientId: String, by author: ChatAuthor) async throws(ChatError)
        -> ChatSent

    /// The author alone may edit.
    func edit(_ messageId: String, text: String, by author: ChatAuthor) async throws(ChatError) -> ChatEntry

    /// The author and hosts may.
    func delete(_ messageId: String, by author: ChatAuthor) async throws(ChatError) -> ChatEntry

    func react(_ messageId: String, with reaction: String, isOn: Bool, by author: ChatAuthor) async throws(ChatError)
        -> ChatEntry

    /// For other hosts; nothing is stored.
    func typing(_ isOn: Bool, to userId: String?, by author: ChatAuthor) async

    /// Never goes back. Returns how far the user has read now.
    func read(upTo number: UInt64, in conversation: ChatConversation, by author: ChatAuthor) async throws(ChatError)
        -> ChatReadMark

    /// The `limit` newest with a number below `before`; nil for the newest of all. Oldest first.
    func history(
        of conversation: ChatConversation, before: UInt64?, limit: Int, by author: ChatAuthor
    ) async throws(ChatError) -> ChatSheet

    /// Those that the author is in, the room's first.
    func conversations(of author: ChatAuthor) async throws(ChatError) -> [ChatConversation]

    /// What changed after `change`, or, when that is nil, after what the author's device has acknowledged: in the order of
    /// change, at most `limit`. A device that was never seen gets the newest ones. `hasMore` when there is more.
    func pending(
        in conversation: ChatConversation, after change: UInt64?, limit: Int, by author: ChatAuthor
    ) async throws(ChatError) -> ChatSheet

    /// Never goes back.
    func acknowledge(upTo change: UInt64, in conversation: ChatConversation, by author: ChatAuthor)
        async throws(ChatError)
}
