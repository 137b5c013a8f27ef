import Platform
import Store

/// The hosts that serve, as the operator sees them and acts on them. A room's key is what it is called inside the server:
/// `appId/roomId`, or the name alone for one that belongs to no tenant.
public protocol Desk: Sendable {
    /// This one first, then those of its cluster.
    func hosts() async -> [DeskHost]
    /// On all hosts, as far as this one knows of them, in the order of their keys.
    func rooms() async -> DeskRooms
    /// Nil for a room that no host has open.
    func room(_ key: String) async -> DeskRoom?
    /// With what its host counts of each person; nil where the room is on another host.
    func numbers(of key: String) async -> DeskNumbers?
    /// Puts a person out, on whatever host. The person's token stays good.
    func kick(_ person: DeskPerson, from room: DeskRoom) async
    /// Puts everybody out.
    func clear(_ room: DeskRoom) async
    /// Takes a host out of service, by its name; false when there is none, or it cannot be told.
    func drain(_ host: String) async -> Bool
}

public struct DeskHost: Encodable, Sendable {
    public var name: String
    /// Where clients reach it; empty for a host by itself.
    public var url: String
    public var version: String
    public var rooms: Int
    public var peers: Int
    public var busyPercent: Int
    public var draining: Bool
    /// Whether it is the one that answers.
    public var here: Bool

    public init(
        name: String, url: String, version: String, rooms: Int, peers: Int, busyPercent: Int, draining: Bool,
        here: Bool
    ) {
        self.name = name
        self.url = url
        self.version = version
        self.rooms = rooms
        self.peers = peers
        self.busyPercent = busyPercent
        self.draining = draining
        self.here = here
    }
}

public struct DeskRooms: Sendable {
    public var rooms: [DeskRoom]
    /// False while hosts cannot tell each other what they have: then these are this host's.
    public var isComplete: Bool

    public init(rooms: [DeskRoom], isComplete: Bool) {
        self.rooms = rooms
        self.isComplete = isComplete
    }
}

public struct DeskRoom: Encodable, Sendable, Equatable {
    public var key: String
    /// Nil for a room that belongs to no tenant.
    public var appId: String?
    public var roomId: String
    /// The name of the host that has it.
    public var host: String
    public var url: String
    public var here: Bool
    /// `sfu` or `p2p`; nil when it is on another host.
    public var mode: String?
    public var size: Int
    /// In the order in which they came; nil where rooms are listed.
    public var people: [DeskPerson]?

    public init(key: String, host: String, url: String, here: Bool, mode: String?, size: Int, people: [DeskPerson]?) {
        self.key = key
        let slash = key.firstIndex(of: "/")
        appId = slash.map { String(key[..<$0]) }
        roomId = slash.map { String(key[key.index(after: $0)...]) } ?? key
        self.host = host
        self.url = url
        self.here = here
        self.mode = mode
        self.size = size
        self.people = people
    }
}

public struct DeskPerson: Encodable, Sendable, Equatable {
    public var id: String
    public var userId: String
    public var name: String
    /// `websocket`, `whip`, `whep` or `grpc`.
    public var by: String
    /// Milliseconds since 1970.
    public var from: Int64

    public init(id: String, userId: String, name: String, by: String, from: Int64) {
        self.id = id
        self.userId = userId
        self.name = name
        self.by = by
        self.from = from
    }
}

/// Whatever a host counts, for people to look at.
public struct DeskNumbers: Encodable, Sendable {
    private let value: any Encodable & Sendable

    public init(_ value: some Encodable & Sendable) { self.value = value }

    public func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
