import Foundation
import Protocol
import Testing

@testable import Control

@Suite(.serialized, .offPool) struct AdminTests {
    private let admin = ["x-admin-key": House.adminKey]

    private func room(_ tenant: [String: String], _ name: String) -> String {
        "/admin/rooms/\(tenant["x-app-id"] ?? "")%2F\(name)"
    }

    private func people(_ reply: Reply) -> [[String: Any]] {
        (reply.json["room"] as? [String: Any])?["people"] as? [[String: Any]] ?? []
    }

    private func entries(_ house: House, of tenant: [String: String]? = nil) throws -> [[String: Any]] {
        let app = tenant.map { "?app=" + ($0["x-app-id"] ?? "") } ?? ""
        return try house.ask("GET", "/admin/audit" + app, as: admin).json["entries"] as? [[String: Any]] ?? []
    }

    @Test func theOperatorSeesWhoIsInARoomAndWhatItsHostCounts() throws {
        let house = try House(isDevelopment: false)
        let tenant = try house.tenant()
        _ = try house.ask("POST", "/rooms", #"{"id":"r"}"#, as: tenant)
        let (anna, _) = try house.member("r", "anna", tenant)
        let (bert, _) = try house.member("r", "bert", tenant)
        let listed = try house.ask("GET", "/admin/rooms", as: admin)
        let rooms = try #require(listed.json["rooms"] as? [[String: Any]])
        #expect(rooms.map { $0["roomId"] as? String } == ["r"] && rooms[0]["size"] as? Int == 2)
        #expect(rooms[0]["appId"] as? String == tenant["x-app-id"] && listed.json["complete"] as? Bool == true)
        let shown = try house.ask("GET", room(tenant, "r"), as: admin)
        #expect(people(shown).map { $0["name"] as? String } == ["anna", "bert"])
        #expect(people(shown).allSatisfy { $0["by"] as? String == "websocket" })
        let numbers = try #require(shown.json["numbers"] as? [[String: Any]])
        #expect(numbers.map { $0["packetsReceived"] as? Int } == [7, 7])
        #expect(try house.ask("GET", "/admin/rooms?app=app_none", as: admin).text.contains(#""rooms":[]"#))
        let hosts = try house.ask("GET", "/admin/hosts", as: admin).json["hosts"] as? [[String: Any]]
        #expect(hosts?.map { $0["name"] as? String } == ["test"] && hosts?.first?["peers"] as? Int == 2)
        withExtendedLifetime((anna, bert)) {}
    }

    @Test func whoIsKickedIsOutAndTheAuditLogSaysByWhom() throws {
        let house = try House(isDevelopment: false)
        let tenant = try house.tenant()
        _ = try house.ask("POST", "/rooms", #"{"id":"r"}"#, as: tenant)
        let (anna, _) = try house.member("r", "anna", tenant)
        let (bert, _) = try house.member("r", "bert", tenant)
        let shown = try house.ask("GET", room(tenant, "r"), as: admin)
        let id = try #require(people(shown).first { $0["name"] as? String == "anna" }?["id"] as? String)
        let kick = try house.ask("DELETE", room(tenant, "r") + "/people/\(id)", as: admin)
        #expect(kick.status == 204)
        #expect(try anna.closing()?.reason == .removed)
        #expect(people(try house.ask("GET", room(tenant, "r"), as: admin)).count == 1)
        #expect(try house.ask("DELETE", room(tenant, "r") + "/people/\(id)", as: admin).errorCode == "NOT_FOUND")
        let entry = try #require(entries(house, of: tenant).first)
        #expect(entry["action"] as? String == "participant.kick" && entry["by"] as? String == "admin")
        #expect((entry["details"] as? [String: String])?["name"] == "anna")
        #expect(entry["request"] as? String == kick.headers["x-request-id"])
        withExtendedLifetime(bert) {}
    }

    @Test func aClosedRoomIsEmptyAndATenantsStaysClosed() throws {
        let house = try House(isDevelopment: false)
        let tenant = try house.tenant()
        _ = try house.ask("POST", "/rooms", #"{"id":"r"}"#, as: tenant)
        let (anna, _) = try house.member("r", "anna", tenant)
        #expect(try house.ask("DELETE", room(tenant, "r"), as: admin).status == 204)
        #expect(try anna.closing()?.reason == .removed)
        #expect(try house.ask("GET", "/rooms/r", as: tenant).errorCode == "NOT_FOUND")
        // One that belongs to no tenant is in the operator's own log, and may be opened again.
        let carl = try Socket(port: house.test.port)
        _ = try #require(try carl.join(house.test.token("r", "carl")))
        #expect(try house.ask("DELETE", "/admin/rooms/r", as: admin).status == 204)
        #expect(try carl.closing()?.reason == .removed)
        #expect(try entries(house).first?["action"] as? String == "room.close")
        let again = try Socket(port: house.test.port)
        #expect(try again.join(house.test.token("r", "carl")) != nil)
    }

    @Test func aPersonInARoomOfTwoIsShownAndKicked() throws {
        let house = try House(isDevelopment: false)
        let tenant = try house.tenant()
        _ = try house.ask("POST", "/rooms", #"{"id":"r","mode":"p2p"}"#, as: tenant)
        let (anna, _) = try house.member("r", "anna", tenant)
        let shown = try house.ask("GET", room(tenant, "r"), as: admin)
        #expect((shown.json["room"] as? [String: Any])?["mode"] as? String == "p2p")
        let id = try #require(people(shown).first?["id"] as? String)
        #expect(try house.ask("DELETE", room(tenant, "r") + "/people/\(id)", as: admin).status == 204)
        #expect(try anna.closing()?.reason == .removed)
    }

    @Test func onlyTheAdminKeyOpensTheDesk() throws {
        let house = try House(isDevelopment: false)
        let tenant = try house.tenant()
        for (method, path) in [
            ("GET", "/admin/hosts"), ("GET", "/admin/rooms"), ("GET", "/admin/audit"), ("GET", "/admin/rooms/r"),
            ("DELETE", "/admin/rooms/r"), ("DELETE", "/admin/rooms/r/people/p"), ("POST", "/admin/drain"),
        ] {
            #expect(try house.ask(method, path).status == 401, "\(method) \(path)")
            let wrong = ["x-admin-key": String(repeating: "b", count: 32)]
            #expect(try house.ask(method, path, as: wrong).status == 401, "\(method) \(path)")
            #expect(try house.ask(method, path, as: tenant).status == 403, "\(method) \(path)")
        }
        let page = try house.ask("GET", "/admin")
        #expect(page.status == 200 && page.text.contains("admin.js"))
    }

    @Test func aHostIsDrainedByItsNameAlone() throws {
        let house = try House(isDevelopment: false)
        let tenant = try house.tenant()
        _ = try house.ask("POST", "/rooms", #"{"id":"r"}"#, as: tenant)
        let (anna, _) = try house.member("r", "anna", tenant)
        #expect(try house.ask("POST", "/admin/drain", "{}", as: admin).errorCode == "VALIDATION_ERROR")
        #expect(try house.ask("POST", "/admin/drain", #"{"host":"other"}"#, as: admin).errorCode == "NOT_FOUND")
        #expect(try house.test.server.onLoop { $0.registry.isDraining } == false)
        #expect(try house.ask("POST", "/admin/drain", #"{"host":"test"}"#, as: admin).status == 202)
        #expect(try house.test.server.onLoop { $0.registry.isDraining })
        #expect(try entries(house).first?["subject"] as? String == "test")
        withExtendedLifetime(anna) {}
    }
}
