import Foundation
import Logging
import Platform
import Rest
import Store
import Synchronization

/// The platform, running on this host.
public final class Tenancy: Sendable {
    let platform: Platform
    let host: String
    let log: Logger
    /// Told of stays that are over, by their ids, and of revoked tokens, by `Stay.tokenKey`: their connections are to end.
    let ended: @Sendable (_ stays: [String], _ tokens: [String]) -> Void
    private let store: any Store
    private let api: RestApi
    let poster: HttpPoster
    let tracks = TrackLine()
    private let chores = Mutex<[Task<Void, Never>]>([])
    /// Of a database that is for this run only.
    public let folder: String?

    private init(
        store: any Store, folder: String?, settings: TenancySettings, desk: (any Desk)?, log: Logger,
        ended: @escaping @Sendable ([String], [String]) -> Void
    ) {
        var limits = PlatformSettings()
        limits.allowsPlainWebhooks = settings.allowsPlainWebhooks
        limits.namedTenants = settings.namedTenants
        platform = Platform(
            store: store, masterKey: Array(settings.masterKey.utf8), settings: limits,
            report: { log.error("the database fails", metadata: ["error": "\($0)"]) })
        self.store = store
        self.folder = folder
        self.log = log
        self.ended = ended
        host = settings.host
        poster = HttpPoster(allowsPrivate: settings.allowsPlainWebhooks)
        api = RestApi(platform: platform, adminKey: settings.adminKey, log: log, desk: desk) {
            ended($0.map(\.id), [])
        }
    }

    /// Opens the database, brings its tables up to date, ends what an earlier run of this host left, and begins the chores.
    /// Blocks.
    ///
    /// - Parameter desk: what the operator sees of this host and others; nil for nothing.
    public static func open(
        _ settings: TenancySettings, desk: (any Desk)? = nil, log: Logger,
        ended: @escaping @Sendable ([String], [String]) -> Void
    ) throws(TenancyError) -> Tenancy {
        let (store, folder) = try store(settings.database)
        let tenancy = Tenancy(store: store, folder: folder, settings: settings, desk: desk, log: log, ended: ended)
        do throws(TenancyError) { if !settings.goesOn { try tenancy.forgetEarlierRun() } } catch {
            tenancy.closeStore()
            throw error
        }
        tenancy.chores.withLock { $0 = tenancy.begunChores() }
        return tenancy
    }

    private static func store(
        _ database: TenancySettings.Database
    ) throws(TenancyError) -> (store: any Store, folder: String?) {
        do throws(StoreError) {
            switch database {
            case .postgres(let url): return (try PostgresStore(url: url), nil)
            case .file(let path): return (try SqliteStore(path: path), nil)
            case .temporary:
                let folder = try temporaryFolder()
                return (try SqliteStore(path: folder + "/millrace.db"), folder)
            }
        } catch {
            throw TenancyError(description: "the database cannot be opened: \(error)")
        }
    }

    private static func temporaryFolder() throws(StoreError) -> String {
        let path = NSTemporaryDirectory() + "/millrace-" + UUID().uuidString
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .unavailable("no folder can be made at \(path)")
        }
        return path
    }

    private func forgetEarlierRun() throws(TenancyError) {
        let outcome = wait { [platform, host] () -> String? in
            do throws(PlatformError) {
                _ = try await platform.endAll(host: host, reason: "the server has ended")
                return nil
            } catch {
                return error.description
            }
        }
        if let outcome { throw TenancyError(description: "the database cannot be written: \(outcome)") }
    }

    /// Ends the chores, writes what was counted, and closes the database. Blocks.
    public func close() {
        let running = chores.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        tracks.finish()
        wait { [platform, host] in
            for task in running { task.cancel() }
            for task in running { await task.value }
            _ = try? await platform.endAll(host: host, reason: "the server has ended")
            try? await platform.flushUsage()
        }
        poster.stop()
        closeStore()
    }

    private func closeStore() {
        store.close()
        if let folder { try? FileManager.default.removeItem(atPath: folder) }
    }

    /// For threads that may block, at the start and at the end.
    @discardableResult
    private func wait<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Value {
        let done = DispatchSemaphore(value: 0)
        let outcome = Outcome<Value>()
        Task {
            let value = await body()
            outcome.value.withLock { $0 = value }
            done.signal()
        }
        done.wait()
        guard let value = outcome.value.withLock({ $0 }) else { preconditionFailure("signalled before it was set") }
        return value
    }

    /// For tests: every call fails from here on.
    package func breakDatabase() { store.close() }

    /// What tenants use here, for `/metrics`.
    public var tally: TenantTally { platform.tally }

    /// Answers a request to the API (`Sources/Rest/openapi.json`). Never fails.
    public func respond(to request: RestRequest) async -> RestResponse { await api.respond(to: request) }

    /// The first segments of the paths that the API has.
    public static let paths: Set<String> = [
        "admin", "apps", "rooms", "participants", "tokens", "webhooks", "openapi.json",
    ]

}

private final class Outcome<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}
