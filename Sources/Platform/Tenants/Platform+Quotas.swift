import Store
import Synchronization

/// What a tenant may use.
public enum QuotaKind: String, Sendable, CaseIterable, Codable {
    /// Rooms that are open at once.
    case rooms
    /// People in all rooms at once.
    case participants
    /// Bits per second that arrive in all rooms together.
    case bitrate
    /// Minutes that people spend in rooms, in a month (UTC).
    case minutes
    /// Requests to the API a minute.
    case apiRate
}

extension Platform {
    /// Sets limits; nil takes one back to the platform's own.
    public func setQuotas(
        _ quotas: [QuotaKind: Int64?], of app: String, _ origin: Origin
    ) async throws(PlatformError) {
        try checkAdmin(origin)
        for (kind, value) in quotas {
            if let value { try Checks.range(value, kind.rawValue, 0...Int64(1) << 53) }
        }
        let stamp = stamp(origin)
        let named = Dictionary(uniqueKeysWithValues: quotas.map { ($0.key.rawValue, $0.value) })
        let details = named.mapValues { $0.map(String.init) ?? "default" }
        try await write { tx throws(StoreError) in
            _ = try tx.app(app)
            try tx.setQuotas(named, of: app, stamp)
            try tx.audit("quota.set", app, details, of: app, origin, stamp)
        }
    }

    public func quotas(of app: String, _ origin: Origin) async throws(PlatformError) -> [QuotaKind: Int64] {
        try checkAuthority(origin, over: app)
        return try await read { tx throws(StoreError) in
            _ = try tx.app(app)
            return try quotas(of: app, tx)
        }
    }

    func quotas(of app: String, _ tx: Transaction) throws(StoreError) -> [QuotaKind: Int64] {
        var all = settings.quotas
        for quota in try tx.quotas(of: app) {
            if let kind = QuotaKind(rawValue: quota.name) { all[kind] = quota.value }
        }
        return all
    }

    func quota(_ kind: QuotaKind, of app: String, _ tx: Transaction) throws(StoreError) -> Int64 {
        try quotas(of: app, tx)[kind] ?? .max
    }

    // MARK: usage

    /// Months as in `2026-11`. What the last seconds brought may still be missing.
    public func usage(
        of app: String, from: String, to: String, _ origin: Origin
    ) async throws(PlatformError) -> [UsageCounter] {
        try checkAuthority(origin, over: app)
        for month in [from, to] where month.wholeMatch(of: /\d{4}-(0[1-9]|1[0-2])/) == nil {
            throw .validation("a month is written as 2026-11")
        }
        return try await read { tx throws(StoreError) in
            _ = try tx.app(app)
            return try tx.usage(of: app, from: from, to: to)
        }
    }

    /// Called every few seconds and at the end: writes what was counted since.
    public func flushUsage() async throws(PlatformError) {
        let taken = counts.take()
        guard !taken.isEmpty else { return }
        let stamp = Stamp(by: "system", at: now())
        do throws(PlatformError) {
            try await write { tx throws(StoreError) in
                for (key, amount) in taken.sorted(by: { $0.key < $1.key }) {
                    try tx.add(amount, to: key.counter, of: key.app, stamp)
                }
            }
        } catch {
            counts.putBack(taken)
            throw error
        }
    }

    /// A host's word on what arrives in all rooms of a tenant that it serves, in bits per second.
    ///
    /// - Throws: RATE_LIMIT_EXCEEDED when it is more than the tenant's quota: no further publisher may start.
    public func checkBitrate(_ bitrate: Int64, of app: String) async throws(PlatformError) {
        let stamp = Stamp(by: "system", at: now())
        let limit = try await write { tx throws(StoreError) in
            try tx.raise(.bitratePeak, of: app, to: bitrate, stamp)
            return try quota(.bitrate, of: app, tx)
        }
        guard bitrate <= limit else { throw .quota(.bitrate, limit) }
    }
}

/// Counts that are too frequent to be written one by one. What is not flushed is lost with the process.
final class UsageBook: Sendable {
    struct Key: Hashable, Comparable {
        var app: String
        var counter: UsageKind
        static func < (a: Key, b: Key) -> Bool { (a.app, a.counter.rawValue) < (b.app, b.counter.rawValue) }
    }

    private let counts = Mutex<[Key: Int64]>([:])

    func add(_ amount: Int64, to kind: UsageKind, of app: String) {
        counts.withLock { $0[Key(app: app, counter: kind), default: 0] += amount }
    }

    func take() -> [Key: Int64] {
        counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
    }

    func putBack(_ taken: [Key: Int64]) {
        counts.withLock { $0.merge(taken, uniquingKeysWith: +) }
    }
}
