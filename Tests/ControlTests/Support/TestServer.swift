import Contract
import Foundation
import Logging
import Memory

@testable import Control

/// A server on a port that the kernel chose, with shards that only pretend.
final class TestServer {
    static let secret = "0123456789abcdef0123456789abcdef"
    let shards: FakeShards
    let server: Server
    let settings: Settings

    init(_ shards: FakeShards = FakeShards(), change: (inout Settings) -> Void = { _ in }) throws {
        var settings = Settings()
        settings.isDevelopment = true
        settings.port = 0
        settings.httpAddresses = ["127.0.0.1"]
        settings.publicAddresses = ["127.0.0.1"]
        settings.jwtSecret = Self.secret
        change(&settings)
        var log = Logger(label: "test")
        log.logLevel = .critical
        self.settings = settings
        self.shards = shards
        shards.start()
        server = try Server.start(settings: settings, plane: shards.plane, log: log)
    }

    deinit {
        try? server.stop()
        shards.stop()
    }

    var port: Int { server.ports[0] }

    func post(_ target: String, sdp: String, headers: [String: String] = [:]) throws -> Reply {
        try http(
            port, "POST", target, headers: ["Content-Type": "application/sdp"].merging(headers) { $1 },
            body: Array(sdp.utf8))
    }
}

/// Offers of real clients, as captured.
enum Offers {
    static func text(_ name: String) throws -> String {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Offers")
        return try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }
}
