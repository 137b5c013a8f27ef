import Platform
import Store
import StoreTesting
import Testing

/// Every call that names a tenant, made with the credentials of another one.
@Suite struct IsolationTests {
    typealias Call = @Sendable (World, Origin) async throws -> Void

    static let calls: [(String, Call)] = [
        ("app", { w, o in _ = try await w.platform.app(w.a, o) }),
        ("deleteApp", { w, o in try await w.platform.deleteApp(w.a, o) }),
        ("rotateSecret", { w, o in _ = try await w.platform.rotateSecret(of: w.a, o) }),
        ("rotateTokenKey", { w, o in try await w.platform.rotateTokenKey(of: w.a, o) }),
        ("setQuotas", { w, o in try await w.platform.setQuotas([.rooms: 1], of: w.a, o) }),
        ("quotas", { w, o in _ = try await w.platform.quotas(of: w.a, o) }),
        (
            "usage",
            { w, o in
                _ = try await w.platform.usage(of: w.a, from: "2027-01", to: "2027-01", o)
            }
        ),
        ("audit", { w, o in _ = try await w.platform.audit(of: w.a, o) }),
        ("exportAudit", { w, o in _ = try await w.platform.exportAudit(of: w.a, o) }),
        (
            "createRoom",
            { w, o in _ = try await w.platform.createRoom(RoomRequest(), of: w.a, o) }
        ),
        ("rooms", { w, o in _ = try await w.platform.rooms(of: w.a, o) }),
        ("room", { w, o in _ = try await w.platform.room("daily", of: w.a, o) }),
        ("closeRoom", { w, o in _ = try await w.platform.closeRoom("daily", of: w.a, o) }),
        ("kick", { w, o in _ = try await w.platform.kick(session: "x", of: w.a, o) }),
        (
            "issueToken",
            { w, o in
                _ = try await w.platform.issueToken(TokenRequest(room: "daily", name: "n"), of: w.a, o)
            }
        ),
        ("revoke", { w, o in _ = try await w.platform.revoke(jti: "x", of: w.a, o) }),
        (
            "createEndpoint",
            { w, o in
                _ = try await w.platform.createEndpoint(url: "https://x.example", events: [], of: w.a, o)
            }
        ),
        ("endpoints", { w, o in _ = try await w.platform.endpoints(of: w.a, o) }),
        ("deleteEndpoint", { w, o in try await w.platform.deleteEndpoint("x", of: w.a, o) }),
        ("deliveries", { w, o in _ = try await w.platform.deliveries(of: w.a, o) }),
        ("history", { w, o in _ = try await w.platform.history(ofRoom: "daily", app: w.a, o) }),
    ]

    @Test func noCallWorksWithAnothersCredentialsAndNoneTellsWhetherTheTenantExists() async throws {
        try await World.run { world in
            let before = try await world.platform.audit(of: world.a, world.asA).count
            for (name, call) in Self.calls {
                let error = await refusal { try await call(world, world.asB) }
                #expect(error?.code == .forbidden, "\(name)")
                let nobody = World(
                    platform: world.platform, clock: world.clock, a: "app_none", b: world.b, secretA: "", secretB: "")
                let other = await refusal { try await call(nobody, world.asB) }
                #expect(other == error, "\(name)")
            }
            #expect(try await world.platform.audit(of: world.a, world.asA).count == before)
            #expect(try await world.platform.apps(world.asB).map(\.id) == [world.b])
        }
    }

    @Test(arguments: Backend.allCases)
    func oneTenantsIdsMeanNothingInAnother(backend: Backend) async throws {
        try await World.run(backend) { world in
            let platform = world.platform
            let ada = try await world.member("ada")
            let session = try await platform.enter(ada, host: "h")
            let (endpoint, _) = try await platform.createEndpoint(
                url: "https://x.example", events: [], of: world.a, world.asA)
            _ = try await platform.send("secret", to: .room, clientKey: "k", from: ada)
            // As tenant B, with B's own rights, and A's ids.
            let tries: [(String, PlatformError.Code, () async throws -> Void)] = [
                (
                    "kick", .notFound,
                    {
                        _ = try await platform.kick(session: session.id, of: world.b, world.asB)
                    }
                ),
                (
                    "endpoint", .notFound,
                    {
                        try await platform.deleteEndpoint(endpoint.id, of: world.b, world.asB)
                    }
                ),
            ]
            for (name, code, body) in tries { #expect(await refusal(body)?.code == code, "\(name)") }
            #expect(try await platform.revoke(jti: ada.jti, of: world.b, world.asB).isEmpty)
            #expect(try await platform.history(ofRoom: "daily", app: world.b, world.asB).messages.isEmpty)
            #expect(try await platform.room("daily", of: world.b, world.asB).live.isEmpty)
            #expect(try await platform.room("daily", of: world.a, world.asA).live.map(\.id) == [session.id])
            _ = try await platform.closeRoom("daily", of: world.b, world.asB)
            _ = try await platform.send("still here", to: .room, clientKey: "k2", from: ada)
        }
    }
}
