/// Where messages go.
public enum Conversation: Sendable, Equatable, Hashable {
    case room(String)
    /// Between two people of a tenant, in alphabetical order.
    case pair(String, String)

    public static func between(_ a: String, _ b: String) -> Conversation { a < b ? .pair(a, b) : .pair(b, a) }

    /// As it is stored. Identifiers hold no slash.
    public var key: String {
        switch self {
        case .room(let id): "room/" + id
        case .pair(let a, let b): "pair/" + a + "/" + b
        }
    }

    public init?(key: String) {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 2 where parts[0] == "room" && !parts[1].isEmpty: self = .room(parts[1])
        case 3 where parts[0] == "pair" && !parts[1].isEmpty && parts[1] < parts[2]: self = .pair(parts[1], parts[2])
        default: return nil
        }
    }

    /// Whose token opens it: a room's token opens that room and the member's own pairs.
    func isOpen(to member: Member) -> Bool {
        switch self {
        case .room(let id): id == member.room
        case .pair(let a, let b): a == member.userId || b == member.userId
        }
    }
}

/// Whom a member writes to.
public enum Recipient: Sendable, Equatable {
    case room
    case person(String)
}
