public struct Message: Sendable, Equatable {
    public var conversation: String
    /// The number of the event that brought it.
    public var sequence: Int64
    /// The number of the last event about it.
    public var change: Int64
    public var id: String
    public var sender: String
    public var senderName: String
    /// Chosen by the client: sent again with the same key it is the same message.
    public var clientKey: String
    /// Empty once it is deleted.
    public var body: String
    public var editedAt: Milliseconds?
    public var deletedAt: Milliseconds?
    public var provenance: Provenance

    public init(
        conversation: String, id: String, sender: String, senderName: String, clientKey: String, body: String,
        stamp: Stamp
    ) {
        self.conversation = conversation
        sequence = 0
        change = 0
        self.id = id
        self.sender = sender
        self.senderName = senderName
        self.clientKey = clientKey
        self.body = body
        provenance = Provenance(stamp)
    }

    static let columns: StaticString = """
        m.conversation, m.sequence, m.change_sequence, m.id, m.sender, m.sender_name, m.client_key, m.body, m.edited_at, m.deleted_at, \
        m.created_by, m.created_at, m.changed_by, m.changed_at
        """

    init(_ row: Row) {
        var row = row
        self.init(reading: &row)
    }

    init(reading row: inout Row) {
        conversation = row.text()
        sequence = row.integer()
        change = row.integer()
        id = row.text()
        sender = row.text()
        senderName = row.text()
        clientKey = row.text()
        body = row.text()
        editedAt = row.integerOrNil()
        deletedAt = row.integerOrNil()
        provenance = Provenance(&row)
    }
}

/// Whatever happens in a conversation, numbered from 1 without gaps: this is what devices get in order.
public struct ChatEvent: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable { case message, edit, deletion, reaction, unreaction }

    public var sequence: Int64
    public var kind: Kind
    public var emoji: String
    public var stamp: Stamp
    /// What it is about, as it is now, not as it was: nobody gets to read what was deleted.
    public var message: Message

    init(_ row: Row) {
        var row = row
        sequence = row.integer()
        kind = row.named()
        emoji = row.text()
        stamp = Stamp(by: row.text(), at: row.integer())
        message = Message(reading: &row)
    }

    public init(sequence: Int64, kind: Kind, emoji: String, stamp: Stamp, message: Message) {
        self.sequence = sequence
        self.kind = kind
        self.emoji = emoji
        self.stamp = stamp
        self.message = message
    }
}

public struct Reaction: Sendable, Equatable {
    public var message: Int64
    public var userId: String
    public var emoji: String

    public init(message: Int64, userId: String, emoji: String) {
        self.message = message
        self.userId = userId
        self.emoji = emoji
    }
}

/// How far somebody has read.
public struct ReadMark: Sendable, Equatable {
    public var userId: String
    public var sequence: Int64

    public init(userId: String, sequence: Int64) {
        self.userId = userId
        self.sequence = sequence
    }
}
