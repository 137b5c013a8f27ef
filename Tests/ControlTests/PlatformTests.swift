import Foundation
import Protocol
import Tenancy
import Testing

@testable import Control

@Suite(.serialized, .offPool) struct PlatformTests {
    @Test func aTenantMakesARoomAndATokenAndTwoPeopleMeet() throws {
        let house = try House()
        // In development nobody needs a key.
        let app = try house.ask("POST", "/apps", #"{"name":"acme"}"#)
        let tenant = ["x-app-id": text(app, "id"), "x-app-secret": text(app, "secret")]
        #expect(try house.ask("POST", "/rooms", #"{"id":"standup"}"#, as: tenant).status == 201)
        let reply = try house.token("standup", "Anna", tenant)
        let anna = try Socket(port: house.test.port)
        let joined = try #require(try anna.join(text(reply, "token")))
        #expect(joined.name == "Anna" && joined.mayPublish)
        let (bert, _) = try house.member("standup", "Bert", tenant)
        let room = try house.ask("GET", "/rooms/standup", as: tenant)
        #expect(people(room).compactMap { $0["name"] as? String }.sorted() == ["Anna", "Bert"])
        let key = text(app, "id") + "/standup"
        #expect(try house.test.server.onLoop { Array($0.registry.rooms.keys) } == [key])
        withExtendedLifetime(bert) {}
    }

    @Test func whoLeavesLeavesThePlatformsBooks() throws {
        let house = try House()
        let tenant = try house.tenant()
        _ = try house.ask("POST", "/rooms", #"{"id":"r","participantsMax":1}"#, as: tenant)
        let (anna, _) = try house.member("r", "anna", tenant)
        let late = try Socket(port: house.test.port)
        var join = Join()
        join.token = text(try house.token("r", "bert", tenant), "token")
        try late.send(1, .join(join))
        #expect(try late.refusal()?.code == .roomFull)
        try anna.send(2, .leave(Leave()))
        #expect(try anna.closing()?.reason == .left)
        // The leave is written in its own time; the place is free afterwards.
        while text(try house.ask("GET", "/rooms/r", as: tenant), "id") == "r",
            try !people(house.ask("GET", "/rooms/r", as: tenant)).isEmpty
        {}
        _ = try house.member("r", "bert", tenant)
    }

    @Test func aRevokedTokenIsPutOutAndOpensNothing() throws {
        let house = try House()
        let tenant = try house.tenant()
        _ = try house.ask("POST", "/rooms", #"{"id":"r"}"#, as: tenant)
        let reply = try house.token("r", "anna", tenant)
        let anna = try Socket(port: house.test.port)
        _ = try #require(try anna.join(text(reply, "token")))
        #expect(try house.ask("POST", "/tokens/\(text(reply, "jti"))/revoke", as: tenant).status == 200)
        #expect(try anna.closing()?.reason == .removed)
        let again = try Socket(port: house.test.port)
        var join = Join()
        join.token = text(reply, "token")
        try again.send(1, .join(join))
        #expect(try again.refusal()?.code == .invalidToken)
    }

    @Test func aKickEndsTheConnectionAndAClosedRoomEndsThemAll() throws {
        let house = try House()
        let tenant = try house.tenant()
        _ = try house.ask("POST", "/rooms", #"{"id":"r"}"#, as: tenant)
        let (anna, _) = try house.member("r", "anna", tenant)
        let (bert, _) = try house.member("r", "bert", tenant)
        let entry = people(try house.ask("GET", "/rooms/r", as: tenant)).first { $0["name"] as? String == "anna" }
        let session = try #require(entry?["id"] as? String)
        #expect(try house.ask("DELETE", "/participants/\(session)", as: tenant).status == 204)
        #expect(try anna.closing()?.reason == .removed)
        #expect(try house.ask("DELETE", "/rooms/r", as: tenant).status == 204)
        #expect(try bert.closing()?.reason == .removed)
    }

    @Test func tenantsWithRoomsOfOneNameDoNotMeet() throws {
        let house = try House()
        let (a, b) = (try house.tenant("a"), try house.tenant("b"))
        for tenant in [a, b] { _ = try house.ask("POST", "/rooms", #"{"id":"r"}"#, as: tenant) }
        let (anna, _) = try house.member("r", "anna", a)
        let other = try Socket(port: house.test.port)
        let joined = try #require(try other.join(text(try house.token("r", "bert", b), "token")))
        #expect(joined.members.isEmpty)
        // And the room of this name that belongs to no tenant is a third one.
        let third = try Socket(port: house.test.port)
        #expect(try #require(try third.join(house.test.token("r", "carl"))).members.isEmpty)
        withExtendedLifetime(anna) {}
    }

    @Test func aViewerMayNotPublish() throws {
        let house = try House()
        let tenant = try house.tenant()
        _ = try house.ask("POST", "/rooms", #"{"id":"r"}"#, as: tenant)
        let socket = try Socket(port: house.test.port)
        let token = text(try house.token("r", "vera", tenant, role: "viewer"), "token")
        #expect(try #require(try socket.join(token)).mayPublish == false)
        try socket.publish(.microphone)
        #expect(try socket.refusal()?.code == .notAllowed)
        let offer = try Offers.text("chromiumPublishVp8Simulcast.sdp")
        let bearer = ["Authorization": "Bearer " + token]
        #expect(try house.test.post("/whip/r", sdp: offer, headers: bearer).errorCode == "FORBIDDEN")
    }

    @Test func whipWithATenantsTokenTakesAPlaceAndGivesItBack() throws {
        let house = try House()
        let tenant = try house.tenant()
        _ = try house.ask("POST", "/rooms", #"{"id":"r","participantsMax":1}"#, as: tenant)
        let bearer = ["Authorization": "Bearer " + text(try house.token("r", "cam", tenant), "token")]
        let offer = try Offers.text("chromiumPublishVp8Simulcast.sdp")
        let answer = try house.test.post("/whip/r", sdp: offer, headers: bearer)
        #expect(answer.status == 201)
        let place = try #require(answer.headers["location"])
        #expect(place.hasPrefix("/whip/r/"))
        #expect(try house.test.post("/whip/r", sdp: offer, headers: bearer).errorCode == "CONFLICT")
        #expect(try house.test.post("/whip/elsewhere", sdp: offer, headers: bearer).errorCode == "FORBIDDEN")
        #expect(try http(house.test.port, "DELETE", place, headers: bearer).status == 200)
        while try !people(house.ask("GET", "/rooms/r", as: tenant)).isEmpty {}
        #expect(try house.test.post("/whip/r", sdp: offer, headers: bearer).status == 201)
    }

    @Test func everyCodeComesFromARealRequest() throws {
        let house = try House(isDevelopment: false)
        let (tenant, other) = (try house.tenant(), try house.tenant())
        let id = tenant["x-app-id"] ?? ""
        _ = try house.ask("POST", "/rooms", #"{"id":"r"}"#, as: tenant)
        func code(_ method: String, _ target: String, _ body: String = "", as who: [String: String]) throws -> String {
            let reply = try house.ask(method, target, body, as: who)
            #expect(reply.headers["x-request-id"]?.hasPrefix("req_") == true)
            return "\(reply.status) \(reply.errorCode)"
        }
        #expect(try code("POST", "/rooms", #"{"mode":"x"}"#, as: tenant) == "400 VALIDATION_ERROR")
        #expect(try code("POST", "/apps", #"{"name":"x"}"#, as: [:]) == "401 UNAUTHORIZED")
        #expect(try code("GET", "/apps/\(id)", as: other) == "403 FORBIDDEN")
        #expect(try code("GET", "/rooms/none", as: tenant) == "404 NOT_FOUND")
        #expect(try code("POST", "/rooms", #"{"id":"r"}"#, as: tenant) == "409 CONFLICT")
        let admin = ["x-admin-key": House.adminKey]
        #expect(try house.ask("PUT", "/apps/\(id)/quotas", #"{"rooms":1}"#, as: admin).status == 204)
        #expect(try code("POST", "/rooms", "{}", as: tenant) == "429 RATE_LIMIT_EXCEEDED")
        try house.test.server.onLoop { $0.tenancy }?.breakDatabase()
        #expect(try code("GET", "/rooms", as: tenant) == "500 INTERNAL_ERROR")
    }

    @Test func theReferenceAndItsPageNeedNoKey() throws {
        let house = try House(isDevelopment: false)
        #expect(try house.ask("GET", "/openapi.json").json["openapi"] != nil)
        let page = try house.ask("GET", "/api")
        #expect(page.status == 200 && page.text.contains("api.js"))
        #expect(page.headers["content-security-policy"]?.contains("script-src 'self'") == true)
    }

    @Test func aDatabaseThatCannotBeOpenedIsSaidAtTheStart() throws {
        let error = #expect(throws: TenancyError.self) {
            try TestServer {
                $0.tenancy = TenancySettings(
                    database: .file("/nowhere/at/all.db"), masterKey: String(repeating: "m", count: 32), host: "test")
            }
        }
        #expect(try #require(error).description.hasPrefix("the database cannot be opened: "))
    }
}
