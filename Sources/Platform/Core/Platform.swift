import Foundation
import Store
import Trace

/// Tenants, rooms, tokens, chat, webhooks and the audit log, on a store. Knows nothing of HTTP, sockets or media. Any number of
/// hosts may run one on the same store; nothing that must be known elsewhere is kept in memory.
///
/// Its topics are extensions: `Platform+Tenants`, `+Rooms`, `+Tokens` and so on.
public struct Platform: Sendable {
    public let store: any Store
    public let settings: PlatformSettings
    let keys: KeyRing
    let now: @Sendable () -> Milliseconds
    let rates: RateLimiter
    let counts: UsageBook
    /// What tenants use here.
    public let tally: TenantTally
    /// Told what the store said where the caller is told INTERNAL_ERROR only.
    let report: @Sendable (String) -> Void

    /// - Parameters:
    ///   - masterKey: 32 bytes or more, the same on all hosts and for good: keys of tokens and webhooks are derived from it.
    ///   - now: milliseconds since 1970.
    public init(
        store: any Store, masterKey: [UInt8], settings: PlatformSettings = PlatformSettings(),
        now: @escaping @Sendable () -> Milliseconds = { Milliseconds(Date().timeIntervalSince1970 * 1000) },
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.store = store
        self.settings = settings
        self.now = now
        self.report = report
        keys = KeyRing(masterKey)
        rates = RateLimiter(bucketsMax: settings.rateBucketsMax)
        counts = UsageBook()
        tally = TenantTally(namedMax: settings.namedTenants)
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws(StoreError) -> Value
    ) async throws(PlatformError) -> Value {
        do throws(StoreError) {
            return try await store.read(body)
        } catch {
            throw told(error)
        }
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws(StoreError) -> Value
    ) async throws(PlatformError) -> Value {
        // The store runs it on a thread of its own.
        let trace = Trace.current
        do throws(StoreError) {
            return try await store.write { tx throws(StoreError) in
                let result = Trace.$current.withValue(trace) { () -> Result<Value, StoreError> in
                    do throws(StoreError) { return .success(try body(tx)) } catch { return .failure(error) }
                }
                return try result.get()
            }
        } catch {
            throw told(error)
        }
    }

    private func told(_ error: StoreError) -> PlatformError {
        switch error {
        case .broken, .unavailable: report(error.description)
        case .notFound, .conflict, .limit, .invalidText, .refused: break
        }
        return PlatformError(error)
    }
}

public struct PlatformSettings: Sendable {
    /// Where a tenant has no quota of its own.
    public var quotas: [QuotaKind: Int64] = [
        .rooms: 1000, .participants: 10_000, .bitrate: 10_000_000_000, .minutes: 10_000_000, .apiRate: 600,
    ]
    public var roomParticipantsMax: Int64 = 1000
    public var tokenSeconds = 3600
    public var tokenSecondsMax = 24 * 3600
    public var secretOverlapSecondsMax = 7 * 24 * 3600
    public var messageBytesMax = 8192
    /// For each person: so many at once, then one each interval.
    public var messagesBurst = 20.0
    public var messagesPerSecond = 5.0
    public var typingPerSecond = 1.0
    public var reactionsMax: Int64 = 500
    public var devicesMax: Int64 = 32
    public var endpointsMax = 16
    /// Webhooks may go to plain HTTP and to addresses by number; for development.
    public var allowsPlainWebhooks = false
    public var deliveryTriesMax: Int64 = 16
    public var deliveryLease: Milliseconds = 60_000
    /// Requests to the API from one address, whoever makes them.
    public var addressBurst = 300.0
    public var addressPerSecond = 50.0
    public var rateBucketsMax = 100_000
    /// How many tenants `tally` names.
    public var namedTenants = 100

    public init() {}
}
