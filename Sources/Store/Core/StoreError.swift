/// Why the store did not do it. Nothing of a write that failed remains.
public enum StoreError: Error, Sendable, CustomStringConvertible {
    /// There is no such thing, or it belongs to another tenant.
    case notFound(Thing)
    /// It is there already, or in a state that does not allow this.
    case conflict(Thing)
    /// A limit that is kept by the store itself is reached.
    case limit(Bound)
    /// Text with a zero byte, which PostgreSQL cannot hold.
    case invalidText
    /// The body of the write refused; nothing is written.
    case refused(any Refusal)
    /// The database does not answer, or the answer to a commit was lost: whether the write happened is unknown.
    /// Doing it again is right where it has a key that makes it happen once.
    case unavailable(String)
    /// The database refuses what was asked of it: a mistake of this program.
    case broken(String)

    public enum Thing: String, Sendable {
        case app, secret, room, session, message, conversation, endpoint, delivery
    }

    public enum Bound: String, Sendable {
        case secrets, rooms, participants, roomParticipants
    }

    public var description: String {
        switch self {
        case .notFound(let thing): "there is no such \(thing.rawValue)"
        case .conflict(let thing): "the \(thing.rawValue) is there already"
        case .limit(let bound): "the limit of \(bound.rawValue) is reached"
        case .invalidText: "text with a zero byte"
        case .refused(let refusal): "refused: \(refusal)"
        case .unavailable(let reason): "the database does not answer: \(reason)"
        case .broken(let reason): "the database refused a statement: \(reason)"
        }
    }
}

/// What a body of a write throws, wrapped in `StoreError.refused`, to end it for a reason that is not the store's.
public protocol Refusal: Error, Sendable {}
