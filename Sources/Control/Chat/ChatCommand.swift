/// What a client asks of its room's chat, read and checked.
enum ChatCommand: Equatable, Sendable {
    case send(text: String, to: String?, clientId: String)
    case edit(messageId: String, text: String)
    case delete(messageId: String)
    case react(messageId: String, reaction: String, isOn: Bool)
    case typing(Bool, to: String?)
    case read(upTo: UInt64)
    case history(before: UInt64?, limit: Int)
    case acknowledge(upTo: UInt64)
    /// Asked by the server itself, once a client has joined.
    case pending(after: UInt64?)

    /// Whether it costs the client of its smaller allowance.
    var isWrite: Bool {
        switch self {
        case .send, .edit, .delete, .react, .history: true
        case .typing, .read, .acknowledge, .pending: false
        }
    }
}

extension ChatCommand {
    var isPending: Bool {
        if case .pending = self { true } else { false }
    }
}
