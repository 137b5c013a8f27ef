public struct Room: Sendable, Equatable {
    public enum Mode: String, Sendable, CaseIterable { case sfu, p2p }

    public var app: String
    public var id: String
    public var name: String
    public var mode: Mode
    public var participantsMax: Int64
    /// Bits per second that all publishers of the room may send together; 0 for no limit of its own.
    public var bitrateMax: Int64
    public var participantsLive: Int64 = 0
    public var closedAt: Milliseconds?
    public var provenance: Provenance

    public init(
        app: String, id: String, name: String, mode: Mode, participantsMax: Int64, bitrateMax: Int64, stamp: Stamp
    ) {
        self.app = app
        self.id = id
        self.name = name
        self.mode = mode
        self.participantsMax = participantsMax
        self.bitrateMax = bitrateMax
        provenance = Provenance(stamp)
    }

    static let columns: StaticString = """
        app, id, name, mode, participants_max, bitrate_max, participants_live, closed_at, \
        created_by, created_at, changed_by, changed_at
        """

    init(_ row: Row) {
        var row = row
        app = row.text()
        id = row.text()
        name = row.text()
        mode = row.named()
        participantsMax = row.integer()
        bitrateMax = row.integer()
        participantsLive = row.integer()
        closedAt = row.integerOrNil()
        provenance = Provenance(&row)
    }
}

/// Somebody's stay in a room.
public struct Session: Sendable, Equatable {
    public var id: String
    public var app: String
    public var room: String
    public var userId: String
    public var name: String
    public var role: String
    /// Of the token that opened it.
    public var jti: String
    /// The host that serves it.
    public var host: String
    public var fromAt: Milliseconds
    public var toAt: Milliseconds?
    public var reason: String?
    public var provenance: Provenance

    public init(
        id: String, app: String, room: String, userId: String, name: String, role: String, jti: String, host: String,
        stamp: Stamp
    ) {
        self.id = id
        self.app = app
        self.room = room
        self.userId = userId
        self.name = name
        self.role = role
        self.jti = jti
        self.host = host
        fromAt = stamp.at
        provenance = Provenance(stamp)
    }

    static let columns: StaticString = """
        id, app, room, user_id, name, role, jti, host, from_at, to_at, reason, \
        created_by, created_at, changed_by, changed_at
        """

    init(_ row: Row) {
        var row = row
        self.init(reading: &row)
    }

    init(reading row: inout Row) {
        id = row.text()
        app = row.text()
        room = row.text()
        userId = row.text()
        name = row.text()
        role = row.text()
        jti = row.text()
        host = row.text()
        fromAt = row.integer()
        toAt = row.integerOrNil()
        reason = row.textOrNil()
        provenance = Provenance(&row)
    }
}
