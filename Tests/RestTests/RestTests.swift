import Foundation
import Platform
import Rest
import Store
import StoreTesting
import Testing

@Suite struct RestTests {
    @Test func aTenantARoomAndATokenInThreeRequests() async throws {
        try await Site.run { site in
            let a = await site.tenant("A")
            let room = await site.ask("POST", "/rooms", #"{"id":"daily","participantsMax":5}"#, as: a)
            #expect(room.status == 201 && room.json["id"] as? String == "daily")
            #expect(room.json["createdBy"] as? String == "app:" + (a["x-app-id"] ?? ""))
            let token = await site.ask("POST", "/rooms/daily/token", #"{"name":"Ada","role":"host"}"#, as: a)
            #expect(token.status == 201)
            let member = try await site.platform.verify(token: token.json["token"] as? String ?? "")
            #expect(member.name == "Ada" && member.role == .host && member.room == "daily")

            let session = try await site.platform.enter(member, host: "h")
            let shown = await site.ask("GET", "/rooms/daily", as: a)
            let people = shown.json["participants"] as? [[String: Any]]
            #expect(people?.map { $0["name"] as? String } == ["Ada"])
            #expect(await site.ask("POST", "/tokens/\(member.jti)/revoke", as: a).status == 200)
            #expect(await site.ask("DELETE", "/participants/\(session.id)", as: a).code == "CONFLICT")
            #expect(await site.ask("DELETE", "/rooms/daily", as: a).status == 204)
            #expect(await site.ask("GET", "/rooms/daily", as: a).code == "NOT_FOUND")
        }
    }

    @Test func everyCodeIsAnsweredByARealRequest() async throws {
        try await Site.run { site in
            let a = await site.tenant("A")
            let b = await site.tenant("B")
            let idA = a["x-app-id"] ?? ""
            _ = await site.ask("POST", "/rooms", #"{"id":"r"}"#, as: a)
            let cases: [(String, Int, Site.Answer)] = [
                ("VALIDATION_ERROR", 400, await site.ask("POST", "/rooms", "{", as: a)),
                ("VALIDATION_ERROR", 400, await site.ask("POST", "/rooms", #"{"id":7}"#, as: a)),
                ("VALIDATION_ERROR", 400, await site.ask("POST", "/rooms", #"{"mode":"x"}"#, as: a)),
                (
                    "VALIDATION_ERROR", 400,
                    await site.ask("POST", "/rooms", String(repeating: " ", count: 70_000), as: a)
                ),
                ("VALIDATION_ERROR", 400, await site.ask("GET", "/rooms?limit=x", as: a)),
                ("VALIDATION_ERROR", 400, await site.ask("GET", "/rooms?limit=0", as: a)),
                ("VALIDATION_ERROR", 400, await site.ask("GET", "/rooms/%00", as: a)),
                ("VALIDATION_ERROR", 400, await site.ask("GET", "/rooms/%FF", as: a)),
                ("VALIDATION_ERROR", 400, await site.ask("GET", "/rooms", as: Site.admin)),
                ("UNAUTHORIZED", 401, await site.ask("GET", "/rooms")),
                ("UNAUTHORIZED", 401, await site.ask("GET", "/rooms", as: ["x-app-id": idA, "x-app-secret": "x"])),
                ("UNAUTHORIZED", 401, await site.ask("GET", "/apps", as: ["x-admin-key": "x"])),
                ("UNAUTHORIZED", 401, await site.ask("POST", "/apps", #"{"name":"x"}"#)),
                ("FORBIDDEN", 403, await site.ask("POST", "/apps", #"{"name":"x"}"#, as: a)),
                ("FORBIDDEN", 403, await site.ask("GET", "/apps/" + idA, as: b)),
                ("FORBIDDEN", 403, await site.ask("PUT", "/apps/\(idA)/quotas", #"{"rooms":9}"#, as: a)),
                ("NOT_FOUND", 404, await site.ask("GET", "/rooms/none", as: a)),
                ("NOT_FOUND", 404, await site.ask("GET", "/none", as: a)),
                ("NOT_FOUND", 404, await site.ask("GET", "/apps/none", as: Site.admin)),
                ("CONFLICT", 409, await site.ask("POST", "/rooms", #"{"id":"r"}"#, as: a)),
            ]
            for (code, status, answer) in cases {
                #expect(answer.code == code && answer.status == status, "\(answer.json)")
                #expect(answer.headers["content-type"] == "application/json" && answer.headers["x-request-id"] == "req")
            }
            #expect(
                await site.ask("PUT", "/apps/\(idA)/quotas", #"{"apiRate":1,"rooms":null}"#, as: Site.admin).status
                    == 204)
            #expect(await site.ask("GET", "/rooms", as: a).status == 200)
            let limited = await site.ask("GET", "/rooms", as: a)
            #expect(limited.code == "RATE_LIMIT_EXCEEDED" && limited.status == 429)
            #expect(Int(limited.headers["retry-after"] ?? "").map { $0 > 0 } == true)
            site.platform.store.close()
            let broken = await site.ask("GET", "/apps", as: Site.admin)
            #expect(broken.code == "INTERNAL_ERROR" && broken.status == 500)
        }
    }

    @Test func aWrongMethodIsToldTheRightOnes() async throws {
        try await Site.run { site in
            for (method, path, allowed) in [
                ("TRACE", "/rooms?limit=1", "GET, POST"), ("PUT", "/rooms/r", "DELETE, GET"),
                ("GET", "/tokens/x/revoke", "POST"), ("DELETE", "/webhooks/deliveries", "GET"),
            ] {
                let answer = await site.ask(method, path, as: Site.admin)
                #expect(answer.status == 405 && answer.code == "METHOD_NOT_ALLOWED", "\(method) \(path)")
                #expect(answer.headers["allow"] == allowed)
            }
        }
    }

    @Test func anAddressThatAsksTooOftenIsRefusedAndOthersAreNot() async throws {
        var settings = PlatformSettings()
        (settings.addressBurst, settings.addressPerSecond) = (3, 0.001)
        try await Site.run(settings) { site in
            var codes: [String?] = []
            for _ in 0..<4 { codes.append(await site.ask("GET", "/rooms", address: "192.0.2.7").code) }
            #expect(codes == ["UNAUTHORIZED", "UNAUTHORIZED", "UNAUTHORIZED", "RATE_LIMIT_EXCEEDED"])
            #expect(await site.ask("GET", "/rooms", address: "192.0.2.8").code == "UNAUTHORIZED")
        }
    }

    @Test func whoIsTrustedMakesTenantsAndWrongSecretsAreWrongEvenThere() async throws {
        try await Site.run { site in
            #expect(await site.ask("POST", "/apps", #"{"name":"x"}"#, isTrusted: true).status == 201)
            let wrong = await site.ask(
                "GET", "/apps", as: ["x-app-secret": "x"], isTrusted: true)
            #expect(wrong.code == "UNAUTHORIZED")
        }
    }

    @Test func everyAddressRefusesEveryWrongCredential() async throws {
        var settings = PlatformSettings()
        settings.addressBurst = 10_000
        try await Site.run(settings) { site in
            let a = await site.tenant("A")
            let b = await site.tenant("B")
            let idA = a["x-app-id"] ?? ""
            _ = await site.ask("POST", "/rooms", #"{"id":"r"}"#, as: a)
            let forged = ["x-app-id": idA, "x-app-secret": b["x-app-secret"] ?? ""]
            for (method, path) in try Self.documented() where path != "/openapi.json" {
                let target = path.replacing("{appId}", with: idA).replacing("{roomId}", with: "r")
                    .replacing("{sessionId}", with: "ses_x").replacing("{jti}", with: "tok_x")
                    .replacing("{endpointId}", with: "hook_x").replacing("{roomKey}", with: "r")
                    .replacing("{personId}", with: "p")
                let body = #"{"name":"x","url":"https://x.example"}"#
                for wrong in [[:], ["x-app-id": idA], forged, ["x-admin-key": ""]] {
                    #expect(await site.ask(method, target, body, as: wrong).code == "UNAUTHORIZED", "\(method) \(path)")
                }
                if path.contains("{appId}") || path.hasPrefix("/admin") {
                    let quotas = method == "PUT" ? #"{"rooms":1}"# : body
                    #expect(await site.ask(method, target, quotas, as: b).code == "FORBIDDEN", "\(method) \(path)")
                }
            }
            #expect(await site.ask("GET", "/rooms/r", as: b).code == "NOT_FOUND")
            #expect(await site.ask("GET", "/rooms/r", as: a).status == 200)
        }
    }

    /// Methods and paths of the reference.
    static func documented() throws -> [(String, String)] {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/Rest/openapi.json")
        let document = try JSONSerialization.jsonObject(with: try Data(contentsOf: url)) as? [String: Any]
        let paths = document?["paths"] as? [String: [String: Any]] ?? [:]
        return paths.flatMap { path, methods in methods.keys.map { ($0.uppercased(), path) } }.sorted { $0 < $1 }
    }

    @Test func theReferenceNamesEveryAddressThatAnswers() async throws {
        try await Site.run { site in
            let documented = try Self.documented()
            #expect(documented.count == 31)
            for (method, path) in documented {
                // Without credentials every route says so; what is no route says NOT_FOUND.
                let answer = await site.ask(method, path)
                #expect(answer.code == (path == "/openapi.json" ? nil : "UNAUTHORIZED"), "\(method) \(path)")
            }
            #expect(await site.ask("GET", "/openapi.json").json["openapi"] as? String == "3.1.0")
        }
    }
}
