import Foundation
import Store

/// The two databases that every test of what is stored runs on.
public enum Backend: String, Sendable, CaseIterable {
    case sqlite, postgres

    /// An empty place for a store. Files are gone when the process ends at the latest.
    public func place() throws -> Place {
        let name = "t" + UUID().uuidString.replacing("-", with: "").lowercased()
        switch self {
        case .sqlite:
            let folder = NSTemporaryDirectory() + "millrace-store-" + name
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return Place(backend: self, location: folder + "/store.sqlite", name: name, folder: folder)
        case .postgres:
            let location = try PostgresServer.shared.get().location(schema: name)
            return Place(backend: self, location: location, name: name, folder: nil)
        }
    }
}

/// Where one test's data is; it can be opened more than once.
public struct Place: Sendable {
    public let backend: Backend
    public let location: String
    let name: String
    let folder: String?

    public func open() throws(StoreError) -> any Store {
        switch backend {
        case .sqlite: try SqliteStore(path: location)
        case .postgres: try PostgresStore(url: location)
        }
    }

    /// Ends all connections to this place, as a restart of the server would. Nothing is done to SQLite, which has none.
    public func breakConnections() throws {
        guard backend == .postgres else { return }
        try PostgresServer.shared.get().psql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '\(name)'")
    }

    public func remove() {
        if let folder { try? FileManager.default.removeItem(atPath: folder) }
    }
}

/// Runs a test's body on a fresh store.
public func withStore(_ backend: Backend, _ body: (any Store) async throws -> Void) async throws {
    let place = try backend.place()
    let store = try place.open()
    defer {
        store.close()
        place.remove()
    }
    try await body(store)
}
