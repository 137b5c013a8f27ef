import Foundation

/// What is counted for a tenant and month.
public enum UsageKind: String, Sendable, CaseIterable {
    case participantMilliseconds, apiRequests, messages, tokens, roomsCreated
    /// Highest values.
    case participantsPeak, bitratePeak
}

extension Transaction {
    /// Sets a tenant's limits; nil takes one back.
    public func setQuotas(_ values: [String: Int64?], of app: String, _ stamp: Stamp) throws(StoreError) {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let value else {
                try run("DELETE FROM quotas WHERE app = ?1 AND name = ?2", app.value, name.value)
                continue
            }
            try run(
                """
                INSERT INTO quotas (app, name, value, created_by, created_at, changed_by, changed_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?4, ?5)
                ON CONFLICT (app, name) DO UPDATE SET value = ?3, changed_by = ?4, changed_at = ?5
                """, app.value, name.value, value.value, stamp.by.value, stamp.at.value)
        }
    }

    public func quotas(of app: String) throws(StoreError) -> [Quota] {
        try run(
            """
            SELECT name, value, created_by, created_at, changed_by, changed_at FROM quotas WHERE app = ?1 ORDER BY name
            """, app.value
        ).map {
            var row = $0
            return Quota(name: row.text(), value: row.integer(), provenance: Provenance(&row))
        }
    }

    /// Adds to the counter of the month that `stamp` lies in.
    public func add(_ amount: Int64, to counter: UsageKind, of app: String, _ stamp: Stamp) throws(StoreError) {
        try run(
            """
            INSERT INTO usage (app, month, counter, value, created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?6)
            ON CONFLICT (app, month, counter) DO UPDATE SET value = usage.value + ?4, changed_by = ?5, changed_at = ?6
            """, app.value, month(of: stamp.at).value, counter.value, amount.value, stamp.by.value, stamp.at.value)
    }

    /// For what is remembered at its highest.
    public func raise(_ counter: UsageKind, of app: String, to amount: Int64, _ stamp: Stamp) throws(StoreError) {
        try run(
            """
            INSERT INTO usage (app, month, counter, value, created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?6)
            ON CONFLICT (app, month, counter) DO UPDATE SET value = ?4, changed_by = ?5, changed_at = ?6
                WHERE usage.value < ?4
            """, app.value, month(of: stamp.at).value, counter.value, amount.value, stamp.by.value, stamp.at.value)
    }

    public func usage(of app: String, from: String, to: String) throws(StoreError) -> [UsageCounter] {
        try run(
            """
            SELECT month, counter, value FROM usage WHERE app = ?1 AND month >= ?2 AND month <= ?3
            ORDER BY month, counter
            """, app.value, from.value, to.value
        ).map {
            var row = $0
            return UsageCounter(month: row.text(), counter: row.text(), value: row.integer())
        }
    }
}

/// As in `2026-11`, UTC.
public func month(of time: Milliseconds) -> String {
    Date(timeIntervalSince1970: Double(time) / 1000).formatted(.iso8601.year().month())
}
