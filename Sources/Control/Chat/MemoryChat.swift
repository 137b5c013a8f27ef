import Foundation

/// A chat that ends with the process: for tests, and for a server without a store.
public actor MemoryChat: ChatService {
    /// The oldest messages of a room go when there are more.
    private let roomEntriesMax: Int
    private let roomsMax: Int
    private var rooms: [ChatRoom: Book] = [:]
    /// The rooms in the order in which they began.
    private var order: [ChatRoom] = []
    private let now: @Sendable () -> UInt64

    private struct Book {
        /// By number; numbers grow.
        var entries: [ChatEntry] = []
        var lastNumber: UInt64 = 0
        var lastChange: UInt64 = 0
        /// By user, then by what it called its message: the message's id.
        var sent: [String: [String: String]] = [:]
        var marks: [ChatReadMark] = []
        /// By user and device.
        var acknowledged: [String: UInt64] = [:]
    }

    public init(
        roomEntriesMax: Int = 10_000, roomsMax: Int = 1000,
        now: @escaping @Sendable () -> UInt64 = { UInt64(Date().timeIntervalSince1970 * 1000) }
    ) {
        self.roomEntriesMax = roomEntriesMax
        self.roomsMax = roomsMax
        self.now = now
    }

    // MARK: writing

    public func send(_ text: String, to userId: String?, clientId: String, by author: ChatAuthor) throws(ChatError)
        -> ChatEntry
    {
        guard author.role.mayPublish else { throw .notAllowed }
        var book = book(of: author.room)
        if !clientId.isEmpty, let known = book.sent[author.userId]?[clientId],
            let entry = book.entries.first(where: { $0.messageId == known })
        {
            return entry
        }
        book.lastNumber += 1
        book.lastChange += 1
        let entry = ChatEntry(
            messageId: "msg_" + randomText(20), number: book.lastNumber, change: book.lastChange,
            fromUserId: author.userId, fromName: author.name, toUserId: userId, text: text, sentMilliseconds: now(),
            clientId: clientId)
        book.entries.append(entry)
        if !clientId.isEmpty { book.sent[author.userId, default: [:]][clientId] = entry.messageId }
        if book.entries.count > roomEntriesMax { forgetOldest(of: &book) }
        rooms[author.room] = book
        return entry
    }

    public func edit(_ messageId: String, text: String, by author: ChatAuthor) throws(ChatError) -> ChatEntry {
        try change(messageId, by: author) { (entry, now) throws(ChatError) in
            guard entry.fromUserId == author.userId else { throw .notAllowed }
            guard entry.deletedMilliseconds == 0 else { throw .notFound }
            entry.text = text
            entry.editedMilliseconds = now
        }
    }

    public func delete(_ messageId: String, by author: ChatAuthor) throws(ChatError) -> ChatEntry {
        try change(messageId, by: author) { (entry, now) throws(ChatError) in
            guard entry.fromUserId == author.userId || author.role == .host else { throw .notAllowed }
            guard entry.deletedMilliseconds == 0 else { throw .notFound }
            entry.text = ""
            entry.reactions = []
            entry.deletedMilliseconds = now
        }
    }

    public func react(_ messageId: String, with reaction: String, isOn: Bool, by author: ChatAuthor) throws(ChatError)
        -> ChatEntry
    {
        try change(messageId, by: author) { (entry, _) throws(ChatError) in
            guard entry.deletedMilliseconds == 0 else { throw .notFound }
            var users = entry.reactions.first { $0.reaction == reaction }?.userIds ?? []
            users.removeAll { $0 == author.userId }
            if isOn { users.append(author.userId) }
            if let place = entry.reactions.firstIndex(where: { $0.reaction == reaction }) {
                entry.reactions[place].userIds = users
            } else if entry.reactions.count < 32 {
                entry.reactions.append(ChatReactions(reaction: reaction, userIds: users))
            } else {
                throw .invalid("a message has 32 kinds of reactions at most")
            }
            entry.reactions.removeAll(where: \.userIds.isEmpty)
        }
    }

    public func typing(_ isOn: Bool, to userId: String?, by author: ChatAuthor) {}

    private func change(
        _ messageId: String, by author: ChatAuthor, _ body: (inout ChatEntry, UInt64) throws(ChatError) -> Void
    ) throws(ChatError) -> ChatEntry {
        guard author.role.mayPublish else { throw .notAllowed }
        var book = book(of: author.room)
        guard let place = book.entries.firstIndex(where: { $0.messageId == messageId }),
            book.entries[place].isVisible(to: author.userId)
        else { throw .notFound }
        try body(&book.entries[place], now())
        book.lastChange += 1
        book.entries[place].change = book.lastChange
        rooms[author.room] = book
        return book.entries[place]
    }

    private func forgetOldest(of book: inout Book) {
        let gone = book.entries.removeFirst()
        book.sent[gone.fromUserId]?[gone.clientId] = nil
    }

    // MARK: reading

    public func read(upTo number: UInt64, by author: ChatAuthor) throws(ChatError) -> ChatReadMark {
        var book = book(of: author.room)
        let number = min(number, book.lastNumber)
        let place = book.marks.firstIndex { $0.userId == author.userId }
        let mark = ChatReadMark(userId: author.userId, number: max(number, place.map { book.marks[$0].number } ?? 0))
        if let place { book.marks[place] = mark } else { book.marks.append(mark) }
        rooms[author.room] = book
        return mark
    }

    public func history(before: UInt64?, limit: Int, by author: ChatAuthor) throws(ChatError) -> ChatSheet {
        let book = book(of: author.room)
        let visible = book.entries.filter { $0.isVisible(to: author.userId) && $0.number < before ?? .max }
        return sheet(Array(visible.suffix(limit)), of: book, for: author, hasMore: visible.count > limit)
    }

    public func pending(after change: UInt64?, limit: Int, by author: ChatAuthor) throws(ChatError) -> ChatSheet {
        let book = book(of: author.room)
        let visible = book.entries.filter { $0.isVisible(to: author.userId) }.sorted { $0.change < $1.change }
        guard let start = change ?? book.acknowledged[Self.key(author)] else {
            return sheet(Array(visible.suffix(limit)), of: book, for: author, hasMore: false)
        }
        let fresh = visible.filter { $0.change > start }
        return sheet(Array(fresh.prefix(limit)), of: book, for: author, hasMore: fresh.count > limit)
    }

    public func acknowledge(upTo change: UInt64, by author: ChatAuthor) throws(ChatError) {
        guard !author.deviceId.isEmpty else { return }
        var book = book(of: author.room)
        let known = book.acknowledged[Self.key(author)] ?? 0
        book.acknowledged[Self.key(author)] = max(known, min(change, book.lastChange))
        rooms[author.room] = book
    }

    private func sheet(_ entries: [ChatEntry], of book: Book, for author: ChatAuthor, hasMore: Bool) -> ChatSheet {
        let read = book.marks.first { $0.userId == author.userId }?.number ?? 0
        var sheet = ChatSheet()
        sheet.entries = entries
        sheet.hasMore = hasMore
        sheet.marks = book.marks
        sheet.unread = UInt32(
            book.entries.count {
                $0.number > read && $0.fromUserId != author.userId && $0.deletedMilliseconds == 0
                    && $0.isVisible(to: author.userId)
            })
        return sheet
    }

    private static func key(_ author: ChatAuthor) -> String { author.userId + " " + author.deviceId }

    /// The room that began first goes when there are too many.
    private func book(of room: ChatRoom) -> Book {
        if let known = rooms[room] { return known }
        if order.count >= roomsMax { rooms[order.removeFirst()] = nil }
        order.append(room)
        rooms[room] = Book()
        return Book()
    }
}
