import Foundation
import Protocol
import Tenancy
import Testing

@testable import Control

/// A server with a platform on a database of its own, asked as customers ask.
struct House {
    let test: TestServer
    static let adminKey = String(repeating: "a", count: 32)

    init(isDevelopment: Bool = true) throws {
        test = try TestServer { settings in
            settings.isDevelopment = isDevelopment
            settings.tenancy = TenancySettings(
                database: .temporary, masterKey: String(repeating: "m", count: 32), adminKey: Self.adminKey,
                host: "test")
        }
    }

    func ask(_ method: String, _ target: String, _ body: String = "", as headers: [String: String] = [:]) throws
        -> Reply
    {
        try http(test.port, method, target, headers: headers, body: body.isEmpty ? nil : Array(body.utf8))
    }

    func tenant(_ name: String = "acme") throws -> [String: String] {
        let app = try ask("POST", "/apps", #"{"name":"\#(name)"}"#, as: ["x-admin-key": Self.adminKey])
        #expect(app.status == 201)
        return ["x-app-id": app.json["id"] as? String ?? "", "x-app-secret": app.json["secret"] as? String ?? ""]
    }

    /// The user's id is the name.
    func token(_ room: String, _ name: String, _ tenant: [String: String], role: String = "participant") throws -> Reply
    {
        try ask(
            "POST", "/rooms/\(room)/token", #"{"name":"\#(name)","userId":"\#(name)","role":"\#(role)"}"#, as: tenant)
    }

    /// Somebody who is in the room.
    func member(
        _ room: String, _ name: String, _ tenant: [String: String], change: (inout Join) -> Void = { _ in }
    ) throws -> (Socket, jti: String) {
        let reply = try token(room, name, tenant)
        let socket = try Socket(port: test.port)
        _ = try #require(try socket.join(text(reply, "token"), change: change))
        return (socket, text(reply, "jti"))
    }
}

func text(_ reply: Reply, _ key: String) -> String { reply.json[key] as? String ?? "" }
func people(_ reply: Reply) -> [[String: Any]] { reply.json["participants"] as? [[String: Any]] ?? [] }
