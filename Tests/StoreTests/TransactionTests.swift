import Foundation
import Store
import StoreTesting
import Testing

@Suite struct TransactionTests {
    struct Stop: Refusal {}

    @Test(arguments: Backend.allCases)
    func whatARefusedWriteDidIsUndoneAndItsNeighboursStay(backend: Backend) async throws {
        try await withStore(backend) { store in
            // They wait together and share transactions.
            let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
                for index in 0..<60 {
                    group.addTask {
                        do throws(StoreError) {
                            try await store.write { tx throws(StoreError) in
                                try tx.insert(app("app\(index)"))
                                if index % 3 == 0 { throw .refused(Stop()) }
                            }
                            return (index, true)
                        } catch {
                            return (index, false)
                        }
                    }
                }
                var all: [(Int, Bool)] = []
                for await one in group { all.append(one) }
                return all
            }
            let kept = try await store.read { tx throws(StoreError) in try tx.apps(limit: 100) }
            #expect(outcomes.allSatisfy { $0.1 == ($0.0 % 3 != 0) })
            #expect(Set(kept.map(\.id)) == Set((0..<60).filter { $0 % 3 != 0 }.map { "app\($0)" }))
        }
    }

    @Test(arguments: Backend.allCases)
    func aMistakeInAStatementHurtsOnlyItsOwnWrite(backend: Backend) async throws {
        try await withStore(backend) { store in
            _ = try await store.withTenants()
            // A room of no tenant: the foreign key refuses it.
            async let wrong = refusal {
                try await store.write { tx throws(StoreError) in try tx.insert(room("r", of: "none"), openMax: 9) }
            }
            async let right = refusal {
                try await store.write { tx throws(StoreError) in try tx.insert(room("r", of: "a"), openMax: 9) }
            }
            #expect(await wrong?.contains("refused a statement") == true)
            #expect(await right == nil)
        }
    }

    @Test(arguments: Backend.allCases)
    func textIsKeptAsItIsAndAZeroByteIsRefused(backend: Backend) async throws {
        try await withStore(backend) { store in
            let text = "'; DROP TABLE apps; -- \"?1 $1 \u{1F600} e\u{301} \\x00"
            var odd = app("odd")
            odd.name = text
            let kept = odd
            try await store.write { tx throws(StoreError) in try tx.insert(kept) }
            #expect(try await store.read { tx throws(StoreError) in try tx.app("odd") }.name == text)
            #expect(
                await refusal {
                    try await store.write { tx throws(StoreError) in try tx.insert(app("zero\0byte")) }
                } != nil)
        }
    }

    @Test(arguments: Backend.allCases)
    func aStoreOpensAgainWithItsDataAndTwoAtOnceMigrateOnce(backend: Backend) async throws {
        let place = try backend.place()
        defer { place.remove() }
        let stores = try await withThrowingTaskGroup(of: (any Store).self) { group in
            for _ in 0..<3 { group.addTask { try place.open() } }
            var stores: [any Store] = []
            for try await store in group { stores.append(store) }
            return stores
        }
        try await stores[0].write { tx throws(StoreError) in try tx.insert(app("a")) }
        let seen = try await stores[1].read { tx throws(StoreError) in try tx.app("a") }
        #expect(seen == app("a"))
        for store in stores { store.close() }
    }

    @Test(arguments: Backend.allCases)
    func aClosedStoreSaysSo(backend: Backend) async throws {
        let place = try backend.place()
        defer { place.remove() }
        let store = try place.open()
        store.close()
        #expect(await refusal { try await store.write { tx throws(StoreError) in try tx.insert(app("a")) } } != nil)
        #expect(await refusal { _ = try await store.read { tx throws(StoreError) in try tx.app("a") } } != nil)
    }

    @Test(arguments: Backend.allCases)
    func hostsThatWriteTheSameRowsInOppositeOrderBothGetThrough(backend: Backend) async throws {
        let place = try backend.place()
        defer { place.remove() }
        let hosts = [try place.open(), try place.open()]
        defer { for host in hosts { host.close() } }
        _ = try await hosts[0].withTenants()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, host) in hosts.enumerated() {
                let order = index == 0 ? ["a", "b"] : ["b", "a"]
                for _ in 0..<40 {
                    group.addTask {
                        try await host.write { tx throws(StoreError) in
                            for app in order { try tx.add(1, to: .messages, of: app, stamp()) }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        for name in ["a", "b"] {
            let usage = try await hosts[0].read { tx throws(StoreError) in
                try tx.usage(of: name, from: "1970-01", to: "1970-12")
            }
            #expect(usage.map(\.value) == [80])
        }
    }

    @Test(arguments: Backend.allCases)
    func aLostConnectionIsReplacedBeforeTheNextWriteAndTheNextRead(backend: Backend) async throws {
        let place = try backend.place()
        defer { place.remove() }
        let store = try place.open()
        defer { store.close() }
        for name in ["a", "b", "c"] {
            try await store.write { tx throws(StoreError) in try tx.insert(app(name)) }
            try place.breakConnections()
        }
        for _ in 0..<3 {
            #expect(try await store.read { tx throws(StoreError) in try tx.apps(limit: 9) }.count == 3)
            try place.breakConnections()
        }
    }

    @Test func nothingIsAcknowledgedBeforeItIsOnDisk() async throws {
        let place = try Backend.sqlite.place()
        defer { place.remove() }
        let store = try SqliteStore(path: place.location)
        defer { store.close() }
        // 2 is FULL.
        let synchronous = try await store.synchronous
        #expect(synchronous == 2)
    }
}
