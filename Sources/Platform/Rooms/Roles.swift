import Store

/// What somebody is in a room. It comes from the token and does not change while it is good.
public enum Role: String, Sendable, CaseIterable, Codable {
    case host, participant, viewer

    /// The whole matrix, in one place.
    public func may(_ action: Action) -> Bool {
        switch action {
        case .watch, .readChat: true
        case .publish, .writeChat, .react: self != .viewer
        case .muteOthers, .kick, .deleteOthersMessages, .closeRoom: self == .host
        }
    }

    public enum Action: String, Sendable, CaseIterable {
        case watch, publish, readChat, writeChat, react, deleteOthersMessages, muteOthers, kick, closeRoom
    }
}

/// Somebody who has shown a good token. Name and identity are the token's, whatever a message says.
public struct Member: Sendable, Equatable {
    public var app: String
    public var room: String
    public var userId: String
    public var name: String
    public var role: Role
    public var jti: String
    public var expiresSeconds: Int64
    /// How media goes in the room, as the room says, and not the token.
    public var mode = Room.Mode.sfu
    /// Bits per second of all publishers of the room together; 0 for no limit of its own.
    public var roomBitrateMax: Int64 = 0

    public init(
        app: String, room: String, userId: String, name: String, role: Role, jti: String, expiresSeconds: Int64,
        mode: Room.Mode = .sfu
    ) {
        self.app = app
        self.room = room
        self.userId = userId
        self.name = name
        self.role = role
        self.jti = jti
        self.expiresSeconds = expiresSeconds
        self.mode = mode
    }

    public func check(_ action: Role.Action) throws(PlatformError) {
        guard role.may(action) else {
            throw .forbidden("the role \(role.rawValue) does not allow this: \(action.rawValue)")
        }
    }
}
