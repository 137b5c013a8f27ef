import Foundation
import Protocol
import Testing

@testable import Control

/// What a tenant's rooms do to the calls in them, and what tenants hear of calls.
@Suite(.serialized, .offPool) struct TenantCallTests {
    private func room(_ house: House, _ tenant: [String: String], _ body: String) throws {
        #expect(try house.ask("POST", "/rooms", body, as: tenant).status == 201)
    }

    @Test func aRoomOfModeP2pIsOneForWhoeverComes() throws {
        let house = try House()
        let tenant = try house.tenant()
        try room(house, tenant, #"{"id":"duo","mode":"p2p"}"#)
        let token = text(try house.token("duo", "anna", tenant), "token")
        let anna = try Socket(port: house.test.port)
        #expect(try #require(try anna.join(token)).mode == .p2P)
        let bert = try house.member("duo", "bert", tenant)
        #expect(
            try anna.first { if case .peerJoined(let joined)? = $0.body { joined } else { nil } }?.member.name == "bert"
        )
        // The platform lets two in, and no more.
        let cleo = try Socket(port: house.test.port)
        var join = Join()
        join.token = text(try house.token("duo", "cleo", tenant), "token")
        try cleo.send(1, .join(join))
        #expect(try cleo.refusal()?.code == .roomFull)
        let offer = try Offers.text("chromiumPublishVp8Simulcast.sdp")
        let whip = try house.test.post("/whip/duo", sdp: offer, headers: ["Authorization": "Bearer " + token])
        #expect(whip.status == 409 && whip.text.contains("ROOM_MODE"))
        // Its seats are in the platform's books like any other place.
        #expect(people(try house.ask("GET", "/rooms/duo", as: tenant)).count == 2)
        #expect(try house.ask("POST", "/tokens/\(bert.jti)/revoke", as: tenant).status == 200)
        #expect(try bert.0.closing()?.reason == .removed)
        #expect(try anna.first { if case .peerLeft? = $0.body { true } else { nil } } == true)
        try anna.send(2, .leave(Leave()))
        #expect(try anna.closing()?.reason == .left)
        while try !people(house.ask("GET", "/rooms/duo", as: tenant)).isEmpty {}
        #expect(try house.test.server.onLoop { $0.registry.peerCount } == 0)
    }

    @Test func whatIsPublishedIsToldToWebhooksInOrder() throws {
        let house = try House()
        let tenant = try house.tenant()
        try room(house, tenant, #"{"id":"r"}"#)
        let hook = #"{"url":"https://hooks.invalid/x","events":["track.published","track.unpublished"]}"#
        #expect(try house.ask("POST", "/webhooks", hook, as: tenant).status == 201)
        let token = text(try house.token("r", "anna", tenant), "token")
        let headers = ["Authorization": "Bearer " + token]
        let offer = try Offers.text("chromiumPublishVp8Simulcast.sdp")
        let whip = try house.test.post("/whip/r", sdp: offer, headers: headers)
        #expect(whip.status == 201, "\(whip.text)")
        let count = try house.test.server.onLoop { $0.registry.rooms.values.flatMap(\.producers).count }
        #expect(count > 0)
        let session = try #require(whip.headers["location"])
        #expect(try http(house.test.port, "DELETE", session, headers: headers, body: nil).status == 200)
        func told() throws -> [String] {
            let reply = try house.ask("GET", "/webhooks/deliveries", as: tenant)
            let all = reply.json["deliveries"] as? [[String: Any]] ?? []
            return all.reversed().compactMap { $0["event"] as? String }
        }
        while try told().count < 2 * count {}
        let (on, off) = ("track.published", "track.unpublished")
        #expect(try told() == Array(repeating: on, count: count) + Array(repeating: off, count: count))
    }

    @Test func whoseTokenExpiresIsToldAndMayStayOrIsPutOut() throws {
        for ends in [false, true] {
            let test = try TestServer { $0.signaling.endsAtExpiry = ends }
            let token = try Tokens.issue(
                room: "r", name: "anna", role: "participant", userId: nil, appId: nil, lifetimeSeconds: 2,
                secret: TestServer.secret)
            let anna = try Socket(port: test.port)
            _ = try #require(try anna.join(token))
            let refusal = try #require(try anna.refusal())
            #expect(refusal.code == .tokenExpired && refusal.requestID == 0)
            if ends {
                #expect(try anna.closing()?.reason == .removed)
            } else {
                try anna.send(7, .ping(Ping()))
                #expect(try anna.first { if case .pong? = $0.body { true } else { nil } } == true)
            }
        }
    }

    @Test func whatIsOnInARoomOfTwoIsToldToWebhooks() throws {
        let house = try House()
        let tenant = try house.tenant()
        try room(house, tenant, #"{"id":"duo","mode":"p2p"}"#)
        let hook = #"{"url":"https://hooks.invalid/x","events":["track.published","track.unpublished"]}"#
        #expect(try house.ask("POST", "/webhooks", hook, as: tenant).status == 201)
        let anna = try house.member("duo", "anna", tenant).0
        try anna.publish(.microphone)
        try anna.publish(.camera)
        try anna.publish(.camera, on: false)
        try anna.send(2, .leave(Leave()))
        #expect(try anna.closing()?.reason == .left)
        func told() throws -> [String] {
            let reply = try house.ask("GET", "/webhooks/deliveries", as: tenant)
            let all = reply.json["deliveries"] as? [[String: Any]] ?? []
            return all.reversed().compactMap { $0["event"] as? String }
        }
        while try told().count < 4 {}
        #expect(try told() == ["track.published", "track.published", "track.unpublished", "track.unpublished"])
    }

    @Test func whereTheQuotaOfBitrateIsUsedUpNothingMoreIsPublished() throws {
        let house = try House()
        let tenant = try house.tenant()
        try room(house, tenant, #"{"id":"r"}"#)
        let anna = try house.member("r", "anna", tenant).0
        try anna.answer(#require(try anna.offer()))
        try anna.publish(.microphone)
        let id = tenant["x-app-id"] ?? ""
        let quotas = try house.ask(
            "PUT", "/apps/\(id)/quotas", #"{"bitrate":1000}"#, as: ["x-admin-key": House.adminKey])
        #expect(quotas.status == 204, "\(quotas.text)")
        func isOver(at bits: Int) throws -> Bool {
            try house.test.server.onLoop { $0.bitrates?.judge([id: Double(bits)]) }
            // The platform answers in its own time.
            _ = try house.ask("GET", "/rooms/r", as: tenant)
            return try house.test.server.onLoop { $0.bitrates?.over.contains(id) ?? false }
        }
        while try !isOver(at: 2000) {}
        try anna.publish(.camera)
        #expect(try anna.refusal()?.code == .rateLimited)
        let token = text(try house.token("r", "bert", tenant), "token")
        let whip = try house.test.post(
            "/whip/r", sdp: Offers.text("chromiumPublishVp8Simulcast.sdp"),
            headers: ["Authorization": "Bearer " + token])
        #expect(whip.status == 429)
        while try isOver(at: 500) {}
        try anna.publish(.camera)
        #expect(
            try house.test.shards.first {
                if case .openProducer(let open) = $0, open.source == .camera { true } else { nil }
            }
                == true)
    }
}
