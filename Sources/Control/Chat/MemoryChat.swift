import Foundation
import Tenancy

/// A chat that ends with the process: for tests, and for a server without a store.
public actor MemoryChat: ChatService {
    /// The oldest messages of a room go when there are more.
    private let entriesMax: Int
    private let booksMax: Int
    private var books: [Place: Book] = [:]
    /// In the order in which they began.
    private var order: [Place] = []
    /// With whom somebody has a book, in the order in which those began.
    private var partners: [Person: [String]] = [:]
    /// Where a message is.
    private var places: [String: Place] = [:]
    private let now: @Sendable () -> UInt64

    /// A conversation among those of all tenants.
    private enum Place: Hashable {
        case room(ChatRoom)
        /// Of a tenant; in alphabetical order.
        case pair(String, String, String)

        init(_ conversation: ChatConversation, _ author: ChatAuthor) {
            switch conversation {
            case .room: self = .room(author.room)
            case .person(let id): self = .pair(author.room.appId, min(id, author.userId), max(id, author.userId))
            }
        }

        func isOpen(to author: ChatAuthor) -> Bool {
            switch self {
            case .room(let room): room == author.room
            case .pair(let app, let a, let b): app == author.room.appId && (a == author.userId || b == author.userId)
            }
        }

        /// Of a conversation of two, each with the other.
        var people: [(person: Person, other: String)] {
            guard case .pair(let app, let a, let b) = self else { return [] }
            return [(Person(appId: app, userId: a), b), (Person(appId: app, userId: b), a)]
        }
    }

    private struct Person: Hashable {
        var appId: String
        var userId: String
    }

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
        entriesMax: Int = 10_000, booksMax: Int = 1000,
        now: @escaping @Sendable () -> UInt64 = { UInt64(Date().timeIntervalSince1970 * 1000) }
    ) {
        self.entriesMax = entriesMax
        self.booksMax = booksMax
        self.now = now
    }

    // MARK: writing

    public func send(_ text: String, to userId: String?, clientId: String, by author: ChatAuthor) throws(ChatError)
        -> ChatSent
    {
        guard author.role.mayPublish else { throw .notAllowed }
        guard userId != author.userId else { throw .invalid("nobody writes to themselves") }
        let place = Place(ChatConversation(with: userId), author)
        var book = book(of: place)
        if !clientId.isEmpty, let known = book.sent[author.userId]?[clientId],
            let entry = book.entries.first(where: { $0.messageId == known })
        {
            return ChatSent(entry, isNew: false)
        }
        book.lastNumber += 1
        book.lastChange += 1
        let entry = ChatEntry(
            messageId: "msg_" + randomText(20), number: book.lastNumber, change: book.lastChange,
            fromUserId: author.userId, fromName: author.name, toUserId: userId, text: text, sentMilliseconds: now(),
            clientId: clientId)
        book.entries.append(entry)
        if !clientId.isEmpty { book.sent[author.userId, default: [:]][clientId] = entry.messageId }
        places[entry.messageId] = place
        if book.entries.count > entriesMax { forgetOldest(of: &book) }
        books[place] = book
        return ChatSent(entry, isNew: true)
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
        -> ChatSent
    {
        let before = places[messageId].flatMap { books[$0] }?.entries.first { $0.messageId == messageId }
        let after = try change(messageId, by: author) { (entry, _) throws(ChatError) in
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
        return ChatSent(after, isNew: before?.reactions != after.reactions)
    }

    public func typing(_ isOn: Bool, to userId: String?, by author: ChatAuthor) throws(ChatError) {
        guard author.role.mayPublish else { throw .notAllowed }
    }

    private func change(
        _ messageId: String, by author: ChatAuthor, _ body: (inout ChatEntry, UInt64) throws(ChatError) -> Void
    ) throws(ChatError) -> ChatEntry {
        guard author.role.mayPublish else { throw .notAllowed }
        guard let place = places[messageId], place.isOpen(to: author), var book = books[place],
            let index = book.entries.firstIndex(where: { $0.messageId == messageId })
        else { throw .notFound }
        try body(&book.entries[index], now())
        book.lastChange += 1
        book.entries[index].change = book.lastChange
        books[place] = book
        return book.entries[index]
    }

    private func forgetOldest(of book: inout Book) {
        let gone = book.entries.removeFirst()
        book.sent[gone.fromUserId]?[gone.clientId] = nil
        places[gone.messageId] = nil
    }

    // MARK: reading

    public func read(upTo number: UInt64, in conversation: ChatConversation, by author: ChatAuthor) throws(ChatError)
        -> ChatReadMark
    {
        let place = Place(conversation, author)
        var book = book(of: place)
        let known = book.marks.firstIndex { $0.userId == author.userId }
        let before = known.map { book.marks[$0].number } ?? 0
        let mark = ChatReadMark(userId: author.userId, number: max(before, min(number, book.lastNumber)))
        if let known { book.marks[known] = mark } else { book.marks.append(mark) }
        books[place] = book
        return mark
    }

    public func history(
        of conversation: ChatConversation, before: UInt64?, limit: Int, by author: ChatAuthor
    ) throws(ChatError) -> ChatSheet {
        let book = book(of: Place(conversation, author))
        let older = book.entries.filter { $0.number < before ?? .max }
        return sheet(Array(older.suffix(limit)), of: book, for: author, hasMore: older.count > limit)
    }

    public func conversations(of author: ChatAuthor) throws(ChatError) -> [ChatConversation] {
        let person = Person(appId: author.room.appId, userId: author.userId)
        return [.room] + (partners[person] ?? []).map { .person($0) }
    }

    public func pending(
        in conversation: ChatConversation, after change: UInt64?, limit: Int, by author: ChatAuthor
    ) throws(ChatError) -> ChatSheet {
        let book = book(of: Place(conversation, author))
        let all = book.entries.sorted { $0.change < $1.change }
        guard let start = change ?? book.acknowledged[Self.key(author)] else {
            return sheet(Array(all.suffix(limit)), of: book, for: author, hasMore: false)
        }
        let fresh = all.filter { $0.change > start }
        return sheet(Array(fresh.prefix(limit)), of: book, for: author, hasMore: fresh.count > limit)
    }

    public func acknowledge(upTo change: UInt64, in conversation: ChatConversation, by author: ChatAuthor)
        throws(ChatError)
    {
        guard !author.deviceId.isEmpty else { return }
        let place = Place(conversation, author)
        var book = book(of: place)
        let known = book.acknowledged[Self.key(author)] ?? 0
        book.acknowledged[Self.key(author)] = max(known, min(change, book.lastChange))
        books[place] = book
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
            })
        return sheet
    }

    private static func key(_ author: ChatAuthor) -> String { author.userId + " " + author.deviceId }

    /// The one that began first goes when there are too many.
    private func book(of place: Place) -> Book {
        if let known = books[place] { return known }
        if order.count >= booksMax { forget(order.removeFirst()) }
        order.append(place)
        for (person, other) in place.people { partners[person, default: []].append(other) }
        books[place] = Book()
        return Book()
    }

    private func forget(_ place: Place) {
        for entry in books.removeValue(forKey: place)?.entries ?? [] { places[entry.messageId] = nil }
        for (person, other) in place.people {
            partners[person]?.removeAll { $0 == other }
            if partners[person]?.isEmpty == true { partners[person] = nil }
        }
    }
}
