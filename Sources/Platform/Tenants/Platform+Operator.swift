import Store

/// What the operator does to hosts and calls is not the platform's; that it was done is.
extension Platform {
    public func checkOperator(_ origin: Origin) throws(PlatformError) { try checkAdmin(origin) }

    /// A line in the audit log of a tenant, or in the operator's own (`app` is empty).
    public func note(
        _ action: String, _ subject: String, _ details: [String: String], of app: String, _ origin: Origin
    ) async throws(PlatformError) {
        try checkAdmin(origin)
        let stamp = stamp(origin)
        try await write { tx throws(StoreError) in
            try tx.audit(action, subject, details, of: app, origin, stamp)
        }
    }

    /// The newest first: what was done to a tenant, or, for nil, what the operator did.
    public func latestAudit(of app: String?, limit: Int, _ origin: Origin) async throws(PlatformError) -> [AuditEntry] {
        try checkAdmin(origin)
        try Checks.range(limit, "limit", 1...1000)
        return try await read { tx throws(StoreError) in try tx.latestAudit(of: app, limit: limit) }
    }
}
