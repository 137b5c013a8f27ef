import Foundation
import Platform
import Store
import StoreTesting
import Testing

@Suite struct TenantTests {
    @Test func aTenantIsWhoKnowsItsSecretAndNobodyElse() async throws {
        try await World.run { world in
            let platform = world.platform
            let caller = try await platform.authenticate(app: world.a, secret: world.secretA)
            #expect(caller == .app(world.a))
            let wrong = [
                (world.a, world.secretB), (world.b, world.secretA), (world.a, ""), ("", world.secretA),
                ("app_none", world.secretA), (world.a, world.secretA + "x"), ("x\0y", "z"),
                (String(repeating: "x", count: 10_000), String(repeating: "y", count: 10_000)),
            ]
            for (app, secret) in wrong {
                let error = await refusal {
                    _ = try await platform.authenticate(app: app, secret: secret)
                }
                #expect(error?.code == .unauthorized)
                #expect(error?.message == "unknown tenant or wrong secret")
            }
        }
    }

    @Test func theOldSecretEndsWithItsOverlap() async throws {
        try await World.run { world in
            let platform = world.platform
            let fresh = try await platform.rotateSecret(of: world.a, overlapSeconds: 60, world.asA)
            world.clock.advance(seconds: 59)
            _ = try await platform.authenticate(app: world.a, secret: world.secretA)
            _ = try await platform.authenticate(app: world.a, secret: fresh)
            world.clock.advance(seconds: 1)
            #expect(
                await refusal {
                    _ = try await platform.authenticate(app: world.a, secret: world.secretA)
                }?.code == .unauthorized)
            let alone = try await platform.rotateSecret(of: world.a, overlapSeconds: 0, world.asA)
            #expect(
                await refusal {
                    _ = try await platform.authenticate(app: world.a, secret: fresh)
                }?.code == .unauthorized)
            _ = try await platform.authenticate(app: world.a, secret: alone)
        }
    }

    @Test func noSecretAndNoKeyIsInTheDatabase() async throws {
        let place = try Backend.sqlite.place()
        defer { place.remove() }
        let store = try place.open()
        let platform = Platform(store: store, masterKey: [UInt8](repeating: 9, count: 32))
        let (app, secret) = try await platform.createApp(name: "A", admin)
        let (_, hook) = try await platform.createEndpoint(url: "https://x.example/h", events: [], of: app.id, admin)
        store.close()
        for suffix in ["", "-wal"] {
            guard let data = FileManager.default.contents(atPath: place.location + suffix) else { continue }
            for text in [secret, hook] { #expect(data.range(of: Data(text.utf8)) == nil) }
        }
    }

    @Test func requestsBeyondTheRateAreRefusedAndComeBackWithTime() async throws {
        try await World.run { world in
            let platform = world.platform
            try await platform.setQuotas([.apiRate: 3], of: world.a, admin)
            for _ in 0..<3 { _ = try await platform.authenticate(app: world.a, secret: world.secretA) }
            let error = await refusal {
                _ = try await platform.authenticate(app: world.a, secret: world.secretA)
            }
            #expect(error?.code == .rateLimitExceeded && error?.retrySeconds == 20)
            _ = try await platform.authenticate(app: world.b, secret: world.secretB)
            world.clock.advance(seconds: 20)
            _ = try await platform.authenticate(app: world.a, secret: world.secretA)
            try await platform.flushUsage()
            let usage = try await platform.usage(of: world.a, from: "2027-01", to: "2027-01", world.asA)
            #expect(usage.first { $0.counter == "apiRequests" }?.value == 4)
        }
    }

    @Test(arguments: Backend.allCases)
    func everyQuotaIsKeptAndSaysWhichItWas(backend: Backend) async throws {
        try await World.run(backend) { world in
            let platform = world.platform
            func quota(_ body: () async throws -> Void) async -> PlatformError.Reason? {
                let error = await refusal(body)
                return error?.code == .rateLimitExceeded ? error?.reason : nil
            }
            try await platform.setQuotas([.rooms: 1, .participants: 1, .bitrate: 1000], of: world.a, admin)
            #expect(
                await quota {
                    _ = try await platform.createRoom(RoomRequest(), of: world.a, world.asA)
                } == .quota(.rooms))
            let first = try await platform.enter(try await world.member("u1"), host: "h")
            let second = try await world.member("u2")
            #expect(
                await quota {
                    _ = try await platform.enter(second, host: "h")
                } == .quota(.participants))
            try await platform.checkBitrate(1000, of: world.a)
            #expect(
                await quota {
                    try await platform.checkBitrate(1001, of: world.a)
                } == .quota(.bitrate))
            // Sixty-one seconds are more than the one minute of the quota.
            try await platform.setQuotas([.minutes: 1], of: world.a, admin)
            world.clock.advance(seconds: 61)
            try await platform.meter(host: "h")
            try await platform.leave(first, reason: "left")
            #expect(
                await quota {
                    _ = try await platform.enter(second, host: "h")
                } == .quota(.minutes))
            try await platform.setQuotas([.minutes: nil], of: world.a, admin)
            _ = try await platform.enter(second, host: "h")
        }
    }

    @Test func whatTheApiDoesIsInTheAuditLog() async throws {
        try await World.run { world in
            let platform = world.platform
            _ = try await world.token("u")
            _ = try await platform.closeRoom("daily", of: world.a, world.asA)
            let all = try await platform.audit(of: world.a, world.asA)
            #expect(all.map(\.action) == ["app.create", "room.create", "token.issue", "room.close"])
            #expect(all.map(\.stamp.by) == ["admin"] + Array(repeating: "app:" + world.a, count: 3))
            #expect(all.map(\.request) == ["req-1", "req-a", "req-a", "req-a"])
            // In pages of one.
            var lines = ""
            var next: String? = ""
            while let after = next {
                let page = try await platform.exportAudit(of: world.a, after: after, limit: 1, world.asA)
                lines += page.lines
                next = page.next
            }
            let whole = try await platform.exportAudit(of: world.a, world.asA)
            #expect(lines == whole.lines && whole.next == nil)
            let last = lines.split(separator: "\n").last.map { Data($0.utf8) } ?? Data()
            let object = try JSONSerialization.jsonObject(with: last) as? [String: Any]
            #expect(object?["subject"] as? String == "daily" && object?["action"] as? String == "room.close")
        }
    }
}
