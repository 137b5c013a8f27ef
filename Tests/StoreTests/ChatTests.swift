import Store
import StoreTesting
import Testing

@Suite struct ChatTests {
    @Test(arguments: Backend.allCases)
    func numbersHaveNoGapsWhenTwoHostsWriteAtOnceAndRepeatsAreTheSameMessage(backend: Backend) async throws {
        let place = try backend.place()
        defer { place.remove() }
        let hosts = [try place.open(), try place.open()]
        defer { for host in hosts { host.close() } }
        _ = try await hosts[0].withTenants()
        let sent = try await withThrowingTaskGroup(of: (Int, Int64, Bool).self) { group in
            // Every message is sent twice, by different hosts.
            for index in 0..<100 {
                for host in hosts {
                    group.addTask {
                        let sent = try await host.write { tx throws(StoreError) in
                            try tx.send(message("k\(index)"), of: "a")
                        }
                        return (index, sent.event.sequence, sent.isNew)
                    }
                }
            }
            var all: [(Int, Int64, Bool)] = []
            for try await one in group { all.append(one) }
            return all
        }
        #expect(sent.count { $0.2 } == 100)
        for (_, both) in Dictionary(grouping: sent, by: \.0) { #expect(Set(both.map(\.1)).count == 1) }
        let events = try await hosts[0].read { tx throws(StoreError) in
            try tx.events(of: "room/r", app: "a", after: 0, limit: 1000)
        }
        #expect(events.map(\.sequence) == Array(1...100))
    }

    @Test(arguments: Backend.allCases)
    func changesAreEventsAndWhatIsDeletedIsNotRead(backend: Backend) async throws {
        try await withStore(backend) { store in
            _ = try await store.withTenants()
            try await store.write { tx throws(StoreError) in
                _ = try tx.send(message("1"), of: "a")
                _ = try tx.send(message("2"), of: "a")
                _ = try tx.edit(1, in: "room/r", of: "a", body: "better", stamp(2_000))
                _ = try tx.react(
                    "+1", isOn: true, userId: "eve", to: 1, in: "room/r", of: "a", reactionsMax: 2, stamp())
                _ = try tx.react(
                    "+1", isOn: true, userId: "eve", to: 1, in: "room/r", of: "a", reactionsMax: 2, stamp())
                _ = try tx.react(
                    "+1", isOn: true, userId: "bob", to: 1, in: "room/r", of: "a", reactionsMax: 2, stamp())
                _ = try tx.react(
                    "+1", isOn: true, userId: "max", to: 1, in: "room/r", of: "a", reactionsMax: 2, stamp())
                _ = try tx.react(
                    "+1", isOn: false, userId: "eve", to: 1, in: "room/r", of: "a", reactionsMax: 2, stamp())
                _ = try tx.delete(2, in: "room/r", of: "a", stamp(3_000, by: "user:host"))
            }
            let (events, history, reactions) = try await store.read { tx throws(StoreError) in
                (
                    try tx.events(of: "room/r", app: "a", after: 1, limit: 100),
                    try tx.history(of: "room/r", app: "a", limit: 100),
                    try tx.reactions(of: "room/r", app: "a", from: 1, to: 2)
                )
            }
            #expect(events.map(\.kind) == [.message, .edit, .reaction, .reaction, .unreaction, .deletion])
            #expect(events.map(\.sequence) == Array(2...7))
            #expect(events[0].message.body == "" && events[0].message.deletedAt == 3_000)
            #expect(history.map(\.sequence) == [2, 1])
            #expect(history[1].body == "better" && history[1].editedAt == 2_000)
            #expect(history[0].provenance.changed.by == "user:host")
            #expect(reactions == [Reaction(message: 1, userId: "bob", emoji: "+1")])
            #expect(
                await refusal {
                    _ = try await store.write { tx throws(StoreError) in
                        try tx.edit(2, in: "room/r", of: "a", body: "x", stamp())
                    }
                } != nil)
            #expect(
                await refusal {
                    _ = try await store.write { tx throws(StoreError) in
                        try tx.edit(9, in: "room/r", of: "a", body: "x", stamp())
                    }
                } == "there is no such message")
        }
    }

    @Test(arguments: Backend.allCases)
    func unreadCountsOthersMessagesAfterTheMark(backend: Backend) async throws {
        try await withStore(backend) { store in
            _ = try await store.withTenants()
            let marks = try await store.write { tx throws(StoreError) in
                try tx.join("room/r", of: "a", userId: "bob", stamp())
                try tx.join("room/r", of: "a", userId: "bob", stamp())
                try tx.join("room/empty", of: "a", userId: "bob", stamp())
                for index in 1...5 { _ = try tx.send(message("\(index)"), of: "a") }
                _ = try tx.send(message("own", from: "bob"), of: "a")
                _ = try tx.delete(5, in: "room/r", of: "a", stamp())
                return [
                    try tx.markRead(2, in: "room/r", of: "a", userId: "bob", stamp()),
                    try tx.markRead(1, in: "room/r", of: "a", userId: "bob", stamp()),
                    try tx.markRead(99, in: "room/r", of: "a", userId: "bob", stamp()),
                    try tx.markRead(2, in: "room/r", of: "b", userId: "bob", stamp()),
                ]
            }
            #expect(marks == [true, false, false, false])
            let unread = try await store.read { tx throws(StoreError) in
                [
                    try tx.unread(of: "bob", in: "room/r", app: "a"),
                    try tx.unread(of: "bob", in: "room/empty", app: "a"),
                    try tx.unread(of: "bob", in: "room/r", app: "b"),
                    try tx.readSequence(of: "bob", in: "room/r", app: "a"),
                ]
            }
            #expect(unread == [2, 0, 0, 2])
        }
    }

    @Test(arguments: Backend.allCases)
    func aDevicesCursorNeverGoesBack(backend: Backend) async throws {
        try await withStore(backend) { store in
            _ = try await store.withTenants()
            try await store.write { tx throws(StoreError) in
                for sequence: Int64 in [3, 7, 5] {
                    try tx.advanceCursor(of: "d1", userId: "u", in: "room/r", app: "a", to: sequence, stamp())
                }
            }
            let cursors = try await store.read { tx throws(StoreError) in
                [
                    try tx.cursor(of: "d1", userId: "u", in: "room/r", app: "a"),
                    try tx.cursor(of: "d2", userId: "u", in: "room/r", app: "a"),
                    try tx.cursor(of: "d1", userId: "u", in: "room/r", app: "b"),
                ]
            }
            #expect(cursors == [7, 0, 0])
        }
    }
}
