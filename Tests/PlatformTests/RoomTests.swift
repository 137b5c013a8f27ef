import Platform
import Store
import StoreTesting
import Testing

@Suite struct RoomTests {
    @Test func wrongRequestsAreRefusedOneByOne() async throws {
        try await World.run { world in
            let platform = world.platform
            let wrong: [RoomRequest] = [
                RoomRequest(id: ""), RoomRequest(id: "a/b"), RoomRequest(id: String(repeating: "x", count: 65)),
                RoomRequest(id: "a b"), RoomRequest(id: "a\0"), RoomRequest(name: "a\u{7}"),
                RoomRequest(participantsMax: 0),
                RoomRequest(participantsMax: 1001), RoomRequest(mode: .p2p, participantsMax: 3),
                RoomRequest(bitrateMax: -1),
            ]
            for request in wrong {
                #expect(
                    await refusal {
                        _ = try await platform.createRoom(request, of: world.a, world.asA)
                    }?.code == .validation)
            }
            #expect(
                await refusal {
                    _ = try await platform.createRoom(RoomRequest(id: "daily"), of: world.a, world.asA)
                }?.code == .conflict)
            for id in ["none", "a\0b", "../x"] {
                let code = await refusal {
                    _ = try await platform.room(id, of: world.a, world.asA)
                }?.code
                #expect(code == (id.contains("\0") ? .validation : .notFound))
            }
            let names = ["", "a\nb", String(repeating: "x", count: 65)]
            for name in names {
                #expect(
                    await refusal {
                        _ = try await platform.issueToken(
                            TokenRequest(room: "daily", name: name), of: world.a, world.asA)
                    }?.code == .validation)
            }
            #expect(
                await refusal {
                    _ = try await platform.issueToken(TokenRequest(room: "none", name: "n"), of: world.a, world.asA)
                }?.code == .notFound)
        }
    }

    @Test func twoPeopleFillAPeerToPeerRoom() async throws {
        try await World.run { world in
            let room = try await world.platform.createRoom(RoomRequest(id: "two", mode: .p2p), of: world.a, world.asA)
            #expect(room.participantsMax == 2)
            let sessions = [
                try await world.platform.enter(try await world.member("a", room: "two"), host: "h"),
                try await world.platform.enter(try await world.member("b", room: "two"), host: "h"),
            ]
            let third = try await world.member("c", room: "two")
            let error = await refusal {
                _ = try await world.platform.enter(third, host: "h")
            }
            #expect(error?.code == .conflict && error?.reason == .roomFull)
            try await world.platform.leave(sessions[0], reason: "left")
            _ = try await world.platform.enter(third, host: "h")
        }
    }

    @Test func whoIsInComesFromTokensAndEndsWithTheHost() async throws {
        try await World.run { world in
            _ = try await world.platform.enter(try await world.member("ada", .host), host: "h1")
            let bob = try await world.platform.enter(try await world.member("bob"), host: "h2")
            let live = try await world.platform.room("daily", of: world.a, world.asA).live
            #expect(live.map(\.userId) == ["ada", "bob"] && live.map(\.name) == ["ada's name", "bob's name"])
            #expect(try await world.platform.endAll(host: "h1", reason: "host died").map(\.userId) == ["ada"])
            #expect(try await world.platform.kick(session: bob.id, of: world.a, world.asA).reason == "kicked")
            #expect(
                await refusal {
                    _ = try await world.platform.kick(session: bob.id, of: world.a, world.asA)
                }?.code == .conflict)
            #expect(try await world.platform.room("daily", of: world.a, world.asA).room.participantsLive == 0)
            let usage = try await world.platform.usage(of: world.a, from: "2027-01", to: "2027-01", world.asA)
            #expect(usage.first { $0.counter == "participantsPeak" }?.value == 2)
        }
    }

    @Test func theRolesMayWhatTheMatrixSays() {
        let allowed = Dictionary(
            uniqueKeysWithValues: Role.allCases.map { role in
                (role, Role.Action.allCases.filter { role.may($0) })
            })
        #expect(allowed[.viewer] == [.watch, .readChat])
        #expect(allowed[.participant] == [.watch, .publish, .readChat, .writeChat, .react])
        #expect(allowed[.host] == Role.Action.allCases)
    }
}
