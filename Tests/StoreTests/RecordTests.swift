import Store
import StoreTesting
import Testing

@Suite struct RecordTests {
    @Test(arguments: Backend.allCases)
    func aDeliveryIsClaimedByOneUntilItsLeaseEnds(backend: Backend) async throws {
        let place = try backend.place()
        defer { place.remove() }
        let hosts = [try place.open(), try place.open()]
        defer { for host in hosts { host.close() } }
        _ = try await hosts[0].withTenants()
        try await hosts[0].write { tx throws(StoreError) in
            for index in 10..<50 {
                try tx.insert(
                    Delivery(id: "d\(index)", app: "a", endpoint: "e", event: "x", body: "{}", stamp: stamp()))
            }
        }
        let claimed = try await withThrowingTaskGroup(of: [String].self) { group in
            for round in 0..<10 {
                let host = hosts[round % 2]
                group.addTask {
                    try await host.write { tx throws(StoreError) in
                        try tx.claimDeliveries(limit: 5, lease: 100, stamp(2_000))
                    }.map(\.id)
                }
            }
            var all: [String] = []
            for try await some in group { all += some }
            return all
        }
        #expect(Set(claimed).count == claimed.count)
        try await hosts[0].write { tx throws(StoreError) in
            try tx.finishDelivery("d10", stamp(2_050))
            try tx.failDelivery("d11", error: "503", nextAt: 2_060, stamp(2_050))
            try tx.failDelivery("d12", error: "410", nextAt: nil, stamp(2_050))
        }
        func claim(at now: Milliseconds) async throws -> [Delivery] {
            try await hosts[1].write { tx throws(StoreError) in
                try tx.claimDeliveries(limit: 100, lease: 100, stamp(now))
            }
        }
        let early = try await claim(at: 2_099).filter { claimed.contains($0.id) }
        #expect(early.map(\.id) == (claimed.contains("d11") ? ["d11"] : []))
        #expect(early.allSatisfy { $0.tries == 2 && $0.lastError == "503" })
        let late = Set(try await claim(at: 2_100).map(\.id))
        #expect(late.isSuperset(of: Set(claimed).subtracting(["d10", "d11", "d12"])))
        #expect(late.isDisjoint(with: ["d10", "d11", "d12"]))
    }

    @Test(arguments: Backend.allCases)
    func revocationsAreSeenSinceATimeAndForgottenAfterTheirEnd(backend: Backend) async throws {
        try await withStore(backend) { store in
            _ = try await store.withTenants()
            try await store.write { tx throws(StoreError) in
                try tx.revoke(Revocation(app: "a", jti: "j1", expiresAt: 100, stamp: stamp(10)))
                try tx.revoke(Revocation(app: "a", jti: "j2", expiresAt: 900, stamp: stamp(20)))
                try tx.revoke(Revocation(app: "a", jti: "j2", expiresAt: 50, stamp: stamp(30)))
            }
            let seen = try await store.read { tx throws(StoreError) in
                (
                    try tx.revocations(since: 20, limit: 9), try tx.isRevoked("j1", of: "a"),
                    try tx.isRevoked("j1", of: "b")
                )
            }
            #expect(seen.0.map(\.jti) == ["j2"] && seen.0[0].expiresAt == 900)
            #expect(seen.1 && !seen.2)
            try await store.write { tx throws(StoreError) in try tx.forgetRevocations(before: 101) }
            let left = try await store.read { tx throws(StoreError) in try tx.revocations(since: 0, limit: 9) }
            #expect(left.map(\.jti) == ["j2"])
        }
    }

    @Test(arguments: Backend.allCases)
    func theAuditLogIsReadInPagesAndByItsTenantAlone(backend: Backend) async throws {
        try await withStore(backend) { store in
            _ = try await store.withTenants()
            let entries = (1...5).map {
                AuditEntry(
                    id: "e\($0)", action: "room.create", subject: "r\($0)", details: "{\"n\":\($0)}", request: "q",
                    stamp: stamp(Int64($0)))
            }
            try await store.write { tx throws(StoreError) in
                for entry in entries { try tx.record(entry, of: entry.id == "e3" ? "b" : "a") }
            }
            let pages = try await store.read { tx throws(StoreError) in
                [
                    try tx.audit(of: "a", limit: 2), try tx.audit(of: "a", after: "e2", limit: 9),
                    try tx.audit(of: "b", limit: 9),
                ]
            }
            #expect(pages == [[entries[0], entries[1]], [entries[3], entries[4]], [entries[2]]])
        }
    }

    @Test(arguments: Backend.allCases)
    func anEndpointThatIsGoneGetsNothingMore(backend: Backend) async throws {
        try await withStore(backend) { store in
            _ = try await store.withTenants()
            let endpoint = Endpoint(
                id: "e", url: "https://x.example", events: ["room.created", "room.closed"], stamp: stamp())
            try await store.write { tx throws(StoreError) in
                try tx.insert(endpoint, of: "a")
                try tx.insert(Delivery(id: "d", app: "a", endpoint: "e", event: "x", body: "{}", stamp: stamp()))
            }
            #expect(try await store.read { tx throws(StoreError) in try tx.endpoint("e", of: "a") } == endpoint)
            #expect(
                await refusal { _ = try await store.read { tx throws(StoreError) in try tx.endpoint("e", of: "b") } }
                    != nil)
            #expect(
                await refusal {
                    try await store.write { tx throws(StoreError) in
                        try tx.deleteEndpoint("e", of: "b", stamp())
                    }
                } != nil)
            let claimed = try await store.write { tx throws(StoreError) in
                try tx.deleteEndpoint("e", of: "a", stamp(2_000))
                return try tx.claimDeliveries(limit: 9, lease: 1, stamp(9_000))
            }
            #expect(claimed.isEmpty)
        }
    }
}
