/// Which conversation, as one user sees it.
public enum ChatConversation: Hashable, Sendable {
    /// Of all in the room.
    case room
    /// With this user.
    case person(String)

    init(with userId: String?) { self = userId.map { .person($0) } ?? .room }

    /// Empty for the room's.
    var userId: String { otherId ?? "" }

    /// Nil for the room's.
    var otherId: String? {
        if case .person(let id) = self { id } else { nil }
    }
}

/// What a client asks of its room's chat, read and checked.
enum ChatCommand: Equatable, Sendable {
    case send(text: String, to: String?, clientId: String)
    case edit(messageId: String, text: String)
    case delete(messageId: String)
    case react(messageId: String, reaction: String, isOn: Bool)
    case typing(Bool, to: String?)
    case read(upTo: UInt64, in: ChatConversation)
    case history(of: ChatConversation, before: UInt64?, limit: Int)
    case acknowledge(upTo: UInt64, in: ChatConversation)
    /// Asked by the server itself, once a client has joined: what it missed of these, the first of them after a change.
    case pending([ChatConversation], after: UInt64?)
    /// The same, with everything still to be found out.
    case catchUp
    /// Asked by the server when another host has told it of something: what this client did not hear of.
    case news(ChatConversation, after: UInt64?)
    /// The same for whatever the client is in, after a time in which hosts could not tell each other anything.
    case allNews

    /// Whether it costs the client of its smaller allowance.
    var isWrite: Bool {
        switch self {
        case .send, .edit, .delete, .react, .history: true
        case .typing, .read, .acknowledge, .pending, .catchUp, .news, .allNews: false
        }
    }

    /// What comes before all else when a client has joined.
    var isCatchingUp: Bool {
        switch self {
        case .pending, .catchUp: true
        default: false
        }
    }

    var isNews: Bool {
        switch self {
        case .news, .allNews: true
        default: false
        }
    }
}
