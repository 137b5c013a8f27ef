/// A tenant: one customer's product. Nothing of it is visible to another.
public struct App: Sendable, Equatable {
    public enum Algorithm: String, Sendable, CaseIterable {
        case hs256 = "HS256"
        case edDsa = "EdDSA"
    }

    public var id: String
    public var name: String
    /// What its access tokens are signed with.
    public var algorithm: Algorithm
    /// Counts the changes of the signing key, from 1.
    public var keyGeneration: Int64
    /// Until then tokens of the key before are accepted, too.
    public var previousKeyUntil: Milliseconds
    public var roomsOpen: Int64 = 0
    public var participantsLive: Int64 = 0
    public var deletedAt: Milliseconds?
    public var provenance: Provenance

    public init(id: String, name: String, algorithm: Algorithm, stamp: Stamp) {
        self.id = id
        self.name = name
        self.algorithm = algorithm
        keyGeneration = 1
        previousKeyUntil = 0
        provenance = Provenance(stamp)
    }

    static let columns: StaticString = """
        id, name, algorithm, key_generation, previous_key_until, rooms_open, participants_live, deleted_at, \
        created_by, created_at, changed_by, changed_at
        """

    init(_ row: Row) {
        var row = row
        id = row.text()
        name = row.text()
        algorithm = row.named()
        keyGeneration = row.integer()
        previousKeyUntil = row.integer()
        roomsOpen = row.integer()
        participantsLive = row.integer()
        deletedAt = row.integerOrNil()
        provenance = Provenance(&row)
    }
}

/// What a tenant proves itself with: never the secret, only its salted hash.
public struct AppSecret: Sendable, Equatable {
    public var id: String
    public var salt: [UInt8]
    public var hash: [UInt8]
    /// Nil for the one that is current.
    public var expiresAt: Milliseconds?
    public var provenance: Provenance

    public init(id: String, salt: [UInt8], hash: [UInt8], stamp: Stamp) {
        self.id = id
        self.salt = salt
        self.hash = hash
        provenance = Provenance(stamp)
    }

    static let columns: StaticString =
        "id, salt, hash, expires_at, created_by, created_at, changed_by, changed_at"

    init(_ row: Row) {
        var row = row
        id = row.text()
        salt = row.bytes()
        hash = row.bytes()
        expiresAt = row.integerOrNil()
        provenance = Provenance(&row)
    }
}

/// A limit that is set for a tenant; where none is set, the platform's own holds.
public struct Quota: Sendable, Equatable {
    public var name: String
    public var value: Int64
    public var provenance: Provenance
}

/// What a tenant used in a month (`2026-11`, UTC).
public struct UsageCounter: Sendable, Equatable {
    public var month: String
    public var counter: String
    public var value: Int64

    public init(month: String, counter: String, value: Int64) {
        self.month = month
        self.counter = counter
        self.value = value
    }
}

public struct Revocation: Sendable, Equatable {
    public var app: String
    public var jti: String
    public var expiresAt: Milliseconds
    public var stamp: Stamp

    public init(app: String, jti: String, expiresAt: Milliseconds, stamp: Stamp) {
        self.app = app
        self.jti = jti
        self.expiresAt = expiresAt
        self.stamp = stamp
    }
}
