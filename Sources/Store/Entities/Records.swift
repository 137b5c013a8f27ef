/// One line of a tenant's audit log. Lines are never changed.
public struct AuditEntry: Sendable, Equatable {
    /// Ids grow with time, so they are the order, too.
    public var id: String
    /// `room.create`, `token.revoke` and so on.
    public var action: String
    /// What it was done to.
    public var subject: String
    /// JSON.
    public var details: String
    /// The request's id.
    public var request: String
    public var stamp: Stamp

    public init(id: String, action: String, subject: String, details: String, request: String, stamp: Stamp) {
        self.id = id
        self.action = action
        self.subject = subject
        self.details = details
        self.request = request
        self.stamp = stamp
    }

    init(_ row: Row) {
        var row = row
        id = row.text()
        action = row.text()
        subject = row.text()
        details = row.text()
        request = row.text()
        stamp = Stamp(by: row.text(), at: row.integer())
    }
}

/// Where a tenant wants to be told of events.
public struct Endpoint: Sendable, Equatable {
    public var id: String
    public var url: String
    /// Names of events; empty for all.
    public var events: [String]
    /// Counts the changes of its signing secret, from 1.
    public var secretGeneration: Int64
    public var provenance: Provenance

    public init(id: String, url: String, events: [String], stamp: Stamp) {
        self.id = id
        self.url = url
        self.events = events
        secretGeneration = 1
        provenance = Provenance(stamp)
    }

    static let columns: StaticString = """
        id, url, events, secret_generation, created_by, created_at, changed_by, changed_at
        """

    init(_ row: Row) {
        var row = row
        id = row.text()
        url = row.text()
        events = row.text().split(separator: " ").map(String.init)
        secretGeneration = row.integer()
        provenance = Provenance(&row)
    }
}

/// One event on its way to one endpoint.
public struct Delivery: Sendable, Equatable {
    public var id: String
    public var app: String
    public var endpoint: String
    public var event: String
    /// JSON.
    public var body: String
    public var tries: Int64
    /// Nil when there is nothing left to try.
    public var nextAt: Milliseconds?
    public var deliveredAt: Milliseconds?
    public var lastError: String?
    /// W3C trace context of the request that it tells of; empty for none.
    public var trace: String
    public var traceState: String
    public var provenance: Provenance

    public init(
        id: String, app: String, endpoint: String, event: String, body: String, trace: String = "",
        traceState: String = "", stamp: Stamp
    ) {
        self.id = id
        self.app = app
        self.endpoint = endpoint
        self.event = event
        self.body = body
        self.trace = trace
        self.traceState = traceState
        tries = 0
        nextAt = stamp.at
        provenance = Provenance(stamp)
    }

    static let columns: StaticString = """
        id, app, endpoint, event, body, tries, next_at, delivered_at, last_error, trace, trace_state, \
        created_by, created_at, changed_by, changed_at
        """

    init(_ row: Row) {
        var row = row
        id = row.text()
        app = row.text()
        endpoint = row.text()
        event = row.text()
        body = row.text()
        tries = row.integer()
        nextAt = row.integerOrNil()
        deliveredAt = row.integerOrNil()
        lastError = row.textOrNil()
        trace = row.text()
        traceState = row.text()
        provenance = Provenance(&row)
    }
}
