extension Transaction {
    public func insert(_ endpoint: Endpoint, of app: String) throws(StoreError) {
        let made = endpoint.provenance.created
        try run(
            """
            INSERT INTO endpoints (app, id, url, events, secret_generation, created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?5, ?6)
            """, app.value, endpoint.id.value, endpoint.url.value, endpoint.events.joined(separator: " ").value,
            made.by.value, made.at.value)
    }

    public func endpoints(of app: String) throws(StoreError) -> [Endpoint] {
        try run(
            "SELECT \(Endpoint.columns) FROM endpoints WHERE app = ?1 AND deleted_at IS NULL ORDER BY id", app.value
        ).map { Endpoint($0) }
    }

    public func endpoint(_ id: String, of app: String) throws(StoreError) -> Endpoint {
        let row = try first(
            "SELECT \(Endpoint.columns) FROM endpoints WHERE app = ?1 AND id = ?2 AND deleted_at IS NULL", app.value,
            id.value)
        guard let row else { throw .notFound(.endpoint) }
        return Endpoint(row)
    }

    /// What waits for it is given up.
    public func deleteEndpoint(_ id: String, of app: String, _ stamp: Stamp) throws(StoreError) {
        let done = try first(
            """
            UPDATE endpoints SET deleted_at = ?4, changed_by = ?3, changed_at = ?4
            WHERE app = ?1 AND id = ?2 AND deleted_at IS NULL RETURNING id
            """, app.value, id.value, stamp.by.value, stamp.at.value)
        guard done != nil else { throw .notFound(.endpoint) }
        try run(
            """
            UPDATE outbox SET next_at = NULL, changed_by = ?3, changed_at = ?4
            WHERE app = ?1 AND endpoint = ?2 AND next_at IS NOT NULL
            """, app.value, id.value, stamp.by.value, stamp.at.value)
    }

    // MARK: the outbox

    public func insert(_ delivery: Delivery) throws(StoreError) {
        let made = delivery.provenance.created
        try run(
            """
            INSERT INTO outbox (id, app, endpoint, event, body, tries, next_at,
                created_by, created_at, changed_by, changed_at, trace, trace_state)
            VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?7, ?8, ?9, ?10)
            """, delivery.id.value, delivery.app.value, delivery.endpoint.value, delivery.event.value,
            delivery.body.value, delivery.nextAt?.value, made.by.value, made.at.value,
            delivery.trace.value, delivery.traceState.value)
    }

    /// Takes what is due, the oldest first. Nobody else gets it before `lease` has passed, and somebody does after that
    /// when no word came back: at least once.
    public func claimDeliveries(limit: Int, lease: Milliseconds, _ stamp: Stamp) throws(StoreError) -> [Delivery] {
        // The second look at `next_at` is for a host that waited for another one's claim of the same rows.
        let rows = try run(
            """
            UPDATE outbox SET next_at = CAST(?1 AS BIGINT) + ?2, tries = tries + 1, changed_by = ?3, changed_at = ?1
            WHERE next_at <= ?1
                AND id IN (SELECT id FROM outbox WHERE next_at <= ?1 ORDER BY next_at, id LIMIT ?4)
            RETURNING \(Delivery.columns)
            """, stamp.at.value, lease.value, stamp.by.value, limit.value)
        return rows.map { Delivery($0) }.sorted { $0.id < $1.id }
    }

    public func finishDelivery(_ id: String, _ stamp: Stamp) throws(StoreError) {
        try run(
            """
            UPDATE outbox SET next_at = NULL, delivered_at = ?3, last_error = NULL, changed_by = ?2, changed_at = ?3
            WHERE id = ?1 AND delivered_at IS NULL
            """, id.value, stamp.by.value, stamp.at.value)
    }

    /// `nextAt` nil gives it up.
    public func failDelivery(_ id: String, error: String, nextAt: Milliseconds?, _ stamp: Stamp) throws(StoreError) {
        try run(
            """
            UPDATE outbox SET next_at = ?2, last_error = ?3, changed_by = ?4, changed_at = ?5
            WHERE id = ?1 AND delivered_at IS NULL AND next_at IS NOT NULL
            """, id.value, nextAt?.value, error.value, stamp.by.value, stamp.at.value)
    }

    /// The youngest first, those before `before`.
    public func deliveries(of app: String, before: String = "~", limit: Int) throws(StoreError) -> [Delivery] {
        try run(
            "SELECT \(Delivery.columns) FROM outbox WHERE app = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3", app.value,
            before.value, limit.value
        ).map { Delivery($0) }
    }

    public func forgetDeliveries(before time: Milliseconds) throws(StoreError) {
        try run("DELETE FROM outbox WHERE next_at IS NULL AND changed_at < ?1", time.value)
    }
}
