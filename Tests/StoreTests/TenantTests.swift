import Store
import StoreTesting
import Testing

@Suite struct TenantTests {
    @Test(arguments: Backend.allCases)
    func atMostTwoSecretsAreGoodAtOnce(backend: Backend) async throws {
        try await withStore(backend) { store in
            _ = try await store.withTenants()
            func rotate(_ id: String, at: Milliseconds, overlap: Milliseconds) async throws {
                let secret = AppSecret(id: id, salt: [1, 0, 255], hash: [], stamp: stamp(at))
                try await store.write { tx throws(StoreError) in
                    try tx.rotateSecret(secret, of: "a", othersUntil: at + overlap)
                }
            }
            func good(at now: Milliseconds) async throws -> [String] {
                try await store.read { tx throws(StoreError) in try tx.secrets(of: "a", at: now) }.map(\.id)
            }
            try await rotate("s1", at: 10, overlap: 0)
            try await rotate("s2", at: 20, overlap: 100)
            #expect(try await good(at: 119) == ["s1", "s2"])
            #expect(try await good(at: 120) == ["s2"])
            try await rotate("s3", at: 30, overlap: 100)
            #expect(try await good(at: 31) == ["s2", "s3"])
            try await rotate("s4", at: 40, overlap: 0)
            #expect(try await good(at: 40) == ["s4"])
            let kept = try await store.read { tx throws(StoreError) in try tx.secrets(of: "a", at: 40) }
            #expect(kept[0].salt == [1, 0, 255] && kept[0].hash == [])
            #expect(
                await refusal {
                    try await store.write { tx throws(StoreError) in
                        try tx.rotateSecret(
                            AppSecret(id: "x", salt: [], hash: [], stamp: stamp()), of: "none", othersUntil: 0)
                    }
                } == "there is no such app")
        }
    }

    @Test(arguments: Backend.allCases)
    func aDeletedTenantIsGoneWithItsRoomsAndStays(backend: Backend) async throws {
        try await withStore(backend) { store in
            _ = try await store.withTenants()
            try await store.write { tx throws(StoreError) in
                try tx.insert(room("r", of: "a"), openMax: 1)
                try tx.begin(session("s", in: "r", of: "a"), liveMax: 1)
                try tx.deleteApp("a", stamp(5_000, by: "admin"))
            }
            let (apps, stay) = try await store.read { tx throws(StoreError) in
                (try tx.apps(limit: 9), try tx.session("s", of: "a"))
            }
            #expect(apps.map(\.id) == ["b"])
            #expect(stay.toAt == 5_000 && stay.provenance.changed == stamp(5_000, by: "admin"))
            #expect(
                await refusal {
                    try await store.write { tx throws(StoreError) in
                        try tx.insert(room("r2", of: "a"), openMax: 9)
                    }
                } != nil)
            #expect(
                await refusal {
                    try await store.write { tx throws(StoreError) in
                        try tx.deleteApp("a", stamp())
                    }
                } == "there is no such app")
        }
    }

    @Test(arguments: Backend.allCases)
    func limitsHoldExactlyWhenManyComeAtOnce(backend: Backend) async throws {
        let place = try backend.place()
        defer { place.remove() }
        // As two hosts would.
        let hosts = [try place.open(), try place.open()]
        defer { for host in hosts { host.close() } }
        _ = try await hosts[0].withTenants()
        try await hosts[0].write { tx throws(StoreError) in
            try tx.insert(room("r", of: "a", participantsMax: 7), openMax: 100)
        }
        let counts = await withTaskGroup(of: (String?, String?).self) { group in
            for index in 0..<30 {
                let host = hosts[index % 2]
                group.addTask {
                    let opened = await refusal {
                        try await host.write { tx throws(StoreError) in
                            try tx.insert(room("r\(index)", of: "b"), openMax: 11)
                        }
                    }
                    let entered = await refusal {
                        try await host.write { tx throws(StoreError) in
                            try tx.begin(session("s\(index)", in: "r", of: "a"), liveMax: 100)
                        }
                    }
                    return (opened, entered)
                }
            }
            var all: [(String?, String?)] = []
            for await one in group { all.append(one) }
            return all
        }
        #expect(counts.count { $0.0 == nil } == 11)
        #expect(counts.count { $0.0 == "the limit of rooms is reached" } == 19)
        #expect(counts.count { $0.1 == nil } == 7)
        #expect(counts.count { $0.1 == "the limit of roomParticipants is reached" } == 23)
        let after = try await hosts[1].read { tx throws(StoreError) in (try tx.app("b"), try tx.room("r", of: "a")) }
        #expect(after.0.roomsOpen == 11 && after.1.participantsLive == 7)
    }

    @Test(arguments: Backend.allCases)
    func timeInRoomsIsCountedOnceHoweverOftenItIsMetered(backend: Backend) async throws {
        try await withStore(backend) { store in
            _ = try await store.withTenants()
            try await store.write { tx throws(StoreError) in
                try tx.insert(room("r", of: "a"), openMax: 9)
                try tx.begin(session("s1", in: "r", of: "a", at: 1_000), liveMax: 9)
                try tx.begin(session("s2", in: "r", of: "a", at: 2_000), liveMax: 9)
                try tx.meterSessions(on: "h1", stamp(5_000))
                try tx.meterSessions(on: "h1", stamp(5_000))
                try tx.meterSessions(on: "h2", stamp(9_000))
                try tx.endSession("s1", of: "a", reason: "left", stamp(6_000))
                try tx.meterSessions(on: "h1", stamp(7_000))
            }
            let usage = try await store.read { tx throws(StoreError) in
                try tx.usage(of: "a", from: "1970-01", to: "1970-01")
            }
            // s1 from 1 to 6, s2 from 2 to 7.
            #expect(
                usage == [
                    UsageCounter(month: "1970-01", counter: UsageKind.participantMilliseconds.rawValue, value: 10_000)
                ])
            #expect(
                await refusal {
                    try await store.write { tx throws(StoreError) in
                        _ = try tx.endSession("s1", of: "a", reason: "again", stamp())
                    }
                } == "the session is there already")
        }
    }

    @Test(arguments: Backend.allCases)
    func quotasAreSetChangedAndTakenBack(backend: Backend) async throws {
        try await withStore(backend) { store in
            _ = try await store.withTenants()
            try await store.write { tx throws(StoreError) in
                try tx.setQuotas(["rooms": 5, "minutes": 9], of: "a", stamp(1, by: "x"))
                try tx.setQuotas(["rooms": 6, "minutes": nil], of: "a", stamp(2, by: "y"))
            }
            let quotas = try await store.read { tx throws(StoreError) in try tx.quotas(of: "a") }
            #expect(quotas.map(\.name) == ["rooms"] && quotas.map(\.value) == [6])
            #expect(quotas[0].provenance.created == stamp(1, by: "x"))
            #expect(quotas[0].provenance.changed == stamp(2, by: "y"))
        }
    }

    @Test func monthsAreThoseOfUtc() {
        #expect(month(of: 0) == "1970-01")
        #expect(month(of: 951_868_799_999) == "2000-02")
        #expect(month(of: 951_868_800_000) == "2000-03")
        #expect(month(of: 1_795_305_599_999) == "2026-11")
    }
}
