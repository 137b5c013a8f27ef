extension Transaction {
    // MARK: revocations

    /// Twice is once; the later end counts.
    public func revoke(_ revocation: Revocation) throws(StoreError) {
        try run(
            """
            INSERT INTO revocations (app, jti, expires_at, created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?4, ?5)
            ON CONFLICT (app, jti) DO UPDATE SET expires_at = ?3, changed_by = ?4, changed_at = ?5
                WHERE revocations.expires_at < ?3
            """, revocation.app.value, revocation.jti.value, revocation.expiresAt.value, revocation.stamp.by.value,
            revocation.stamp.at.value)
    }

    public func isRevoked(_ jti: String, of app: String) throws(StoreError) -> Bool {
        try first("SELECT 1 FROM revocations WHERE app = ?1 AND jti = ?2", app.value, jti.value) != nil
    }

    /// All tenants' revocations made at `time` or later: for hosts that look every now and then.
    public func revocations(since time: Milliseconds, limit: Int) throws(StoreError) -> [Revocation] {
        try run(
            """
            SELECT app, jti, expires_at, created_by, created_at FROM revocations WHERE created_at >= ?1
            ORDER BY created_at, app, jti LIMIT ?2
            """, time.value, limit.value
        ).map {
            var row = $0
            return Revocation(
                app: row.text(), jti: row.text(), expiresAt: row.integer(),
                stamp: Stamp(by: row.text(), at: row.integer()))
        }
    }

    /// Tokens that have run out by themselves need no entry any more.
    public func forgetRevocations(before now: Milliseconds) throws(StoreError) {
        try run("DELETE FROM revocations WHERE expires_at < ?1", now.value)
    }

    // MARK: the audit log

    /// `app` is empty for what concerns no tenant.
    public func record(_ entry: AuditEntry, of app: String) throws(StoreError) {
        try run(
            """
            INSERT INTO audit (app, id, action, subject, details, request, created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7, ?8)
            """, app.value, entry.id.value, entry.action.value, entry.subject.value, entry.details.value,
            entry.request.value, entry.stamp.by.value, entry.stamp.at.value)
    }

    /// The oldest first, those after `after`.
    public func audit(of app: String, after: String = "", limit: Int) throws(StoreError) -> [AuditEntry] {
        try run(
            """
            SELECT id, action, subject, details, request, created_by, created_at FROM audit
            WHERE app = ?1 AND id > ?2 ORDER BY id LIMIT ?3
            """, app.value, after.value, limit.value
        ).map { AuditEntry($0) }
    }

    /// The newest first: all that was done to a tenant, or, for nil, what the operator did to anybody.
    public func latestAudit(of app: String?, limit: Int) throws(StoreError) -> [AuditEntry] {
        let rows =
            if let app {
                try run(
                    """
                    SELECT id, action, subject, details, request, created_by, created_at FROM audit
                    WHERE app = ?1 ORDER BY id DESC LIMIT ?2
                    """, app.value, limit.value)
            } else {
                try run(
                    """
                    SELECT id, action, subject, details, request, created_by, created_at FROM audit
                    WHERE created_by = 'admin' ORDER BY id DESC LIMIT ?1
                    """, limit.value)
            }
        return rows.map { AuditEntry($0) }
    }
}
