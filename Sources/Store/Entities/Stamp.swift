/// Milliseconds since 1970, UTC.
public typealias Milliseconds = Int64

/// Who does something, and when. Every write takes one.
public struct Stamp: Sendable, Equatable {
    /// `admin`, `system`, `app:ID` or `user:ID`.
    public var by: String
    public var at: Milliseconds

    public init(by: String, at: Milliseconds) {
        self.by = by
        self.at = at
    }
}

/// Who made a thing and who changed it last.
public struct Provenance: Sendable, Equatable {
    public var created: Stamp
    public var changed: Stamp

    init(_ row: inout Row) {
        created = Stamp(by: row.text(), at: row.integer())
        changed = Stamp(by: row.text(), at: row.integer())
    }

    public init(_ stamp: Stamp) {
        created = stamp
        changed = stamp
    }
}
