import Tenancy

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
    /// Nil for who belongs to no tenant.
    public var guest: Guest?

    public init(
        room: ChatRoom, userId: String, name: String, role: Role, deviceId: String, guest: Guest? = nil
    ) {
        self.room = room
        self.userId = userId
        self.name = name
        self.role = role
        self.deviceId = deviceId
        self.guest = guest
    }
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
        -> ChatSent

    /// Whether the others are told; nothing is stored.
    func typing(_ isOn: Bool, to userId: String?, by author: ChatAuthor) async throws(ChatError)

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
