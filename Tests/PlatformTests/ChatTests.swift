import Platform
import Store
import StoreTesting
import Testing

@Suite struct ChatTests {
    @Test(arguments: Backend.allCases)
    func aMessageIsStoredOnceUnderTheTokensName(backend: Backend) async throws {
        try await World.run(backend) { world in
            let ada = try await world.member("ada")
            let first = try await world.platform.send("hello", to: .room, clientKey: "k", from: ada)
            let again = try await world.platform.send("hello", to: .room, clientKey: "k", from: ada)
            #expect(first.isNew && !again.isNew && first.event == again.event)
            #expect(first.event.message.senderName == "ada's name")
            // Another one's key of the same name is another one's.
            let bob = try await world.platform.send(
                "hello", to: .room, clientKey: "k", from: try await world.member("bob"))
            #expect(bob.isNew && bob.event.sequence == 2)
        }
    }

    @Test func rolesSizesAndRatesAreKept() async throws {
        try await World.run { world in
            let platform = world.platform
            let ada = try await world.member("ada")
            let viewer = try await world.member("eve", .viewer)
            func code(_ body: () async throws -> Void) async -> PlatformError.Code? {
                await refusal(body)?.code
            }
            #expect(
                await code {
                    _ = try await platform.send("x", to: .room, clientKey: "k", from: viewer)
                } == .forbidden)
            #expect(
                await code {
                    _ = try platform.typing(to: .room, from: viewer)
                } == .forbidden)
            #expect(
                await code {
                    _ = try await platform.react("+1", to: 1, in: .room("daily"), by: viewer)
                } == .forbidden)
            for text in ["", String(repeating: "x", count: 8193), "a\u{0}b", "a\u{1b}[31m"] {
                #expect(
                    await code {
                        _ = try await platform.send(text, to: .room, clientKey: "k", from: ada)
                    } == .validation)
            }
            for index in 0..<20 {
                _ = try await platform.send(
                    String(repeating: "x", count: 8192), to: .room, clientKey: "k\(index)", from: ada)
            }
            #expect(
                await code {
                    _ = try await platform.send("x", to: .room, clientKey: "more", from: ada)
                } == .rateLimitExceeded)
            world.clock.advance(seconds: 0.2)
            _ = try await platform.send("x", to: .room, clientKey: "more", from: ada)
        }
    }

    @Test func onlyTheSenderEditsAndTheSenderOrAHostDeletes() async throws {
        try await World.run { world in
            let platform = world.platform
            let room = Conversation.room("daily")
            let ada = try await world.member("ada")
            let bob = try await world.member("bob")
            let host = try await world.member("hugo", .host)
            for key in ["1", "2", "3"] { _ = try await platform.send("text", to: .room, clientKey: key, from: ada) }
            func code(_ body: () async throws -> Void) async -> PlatformError.Code? {
                await refusal(body)?.code
            }
            for other in [bob, host] {
                #expect(
                    await code {
                        _ = try await platform.edit(1, in: room, body: "mine", by: other)
                    } == .forbidden)
            }
            #expect(
                await code {
                    _ = try await platform.delete(1, in: room, by: bob)
                } == .forbidden)
            #expect(try await platform.edit(1, in: room, body: "better", by: ada).message.body == "better")
            #expect(try await platform.delete(1, in: room, by: ada).kind == .deletion)
            #expect(try await platform.delete(2, in: room, by: host).message.body == "")
            #expect(
                await code {
                    _ = try await platform.edit(2, in: room, body: "back", by: ada)
                } == .conflict)
            #expect(
                await code {
                    _ = try await platform.delete(99, in: room, by: ada)
                } == .notFound)
            #expect(try await platform.react("+1", to: 3, in: room, by: bob)?.kind == .reaction)
            #expect(try await platform.react("+1", to: 3, in: room, by: bob) == nil)
            #expect(try await platform.react("+1", isOn: false, to: 3, in: room, by: bob)?.kind == .unreaction)
        }
    }

    @Test func aPairsConversationIsOpenToTheTwoAlone() async throws {
        try await World.run { world in
            let platform = world.platform
            let ada = try await world.member("ada")
            let bob = try await world.member("bob")
            let eve = try await world.member("eve", .host)
            // Nobody can be reached who has not been in the room.
            #expect(
                await refusal {
                    _ = try await platform.send("x", to: .person("bob"), clientKey: "k", from: ada)
                }?.code == .notFound)
            _ = try await platform.enter(bob, host: "h")
            let sent = try await platform.send("psst", to: .person("bob"), clientKey: "k", from: ada)
            #expect(sent.conversation == .pair("ada", "bob"))
            _ = try await platform.send("yes?", to: .person("ada"), clientKey: "k", from: bob)
            let tries: [() async throws -> Void] = [
                { _ = try await platform.sheet(of: sent.conversation, limit: 9, by: eve) },
                { _ = try await platform.delete(1, in: sent.conversation, by: eve) },
                {
                    _ = try await platform.changes(
                        in: sent.conversation, after: 0, device: "d", limit: 9, by: eve)
                },
                { _ = try await platform.sheet(of: .room("other"), limit: 9, by: eve) },
                { _ = try await platform.read(upTo: 1, in: sent.conversation, by: eve) },
            ]
            for body in tries { #expect(await refusal(body)?.code == .notFound) }
            let sheet = try await platform.sheet(of: sent.conversation, limit: 9, by: ada)
            #expect(sheet.messages.map(\.body) == ["psst", "yes?"] && sheet.unread == 1)
            #expect(try await platform.partners(of: ada) == ["bob"])
            #expect(try await platform.read(upTo: 2, in: sent.conversation, by: ada) == 2)
            #expect(try await platform.sheet(of: sent.conversation, limit: 9, by: ada).unread == 0)
            // A token for another room does not show this one's.
            _ = try await platform.createRoom(RoomRequest(id: "other"), of: world.a, world.asA)
            let elsewhere = try await world.member("bob", room: "other")
            #expect(try await platform.partners(of: elsewhere) == ["ada"])
            #expect(
                await refusal { _ = try await platform.sheet(of: .room("daily"), limit: 9, by: elsewhere) }?.code
                    == .notFound)
        }
    }

    @Test func historyComesInPagesWithItsReactions() async throws {
        try await World.run { world in
            let platform = world.platform
            let ada = try await world.member("ada")
            for index in 1...7 { _ = try await platform.send("m\(index)", to: .room, clientKey: "\(index)", from: ada) }
            _ = try await platform.react("+1", to: 2, in: .room("daily"), by: ada)
            var bodies: [String] = []
            var reactions = 0
            var before = Int64.max
            var hasMore = true
            while hasMore {
                let page = try await platform.sheet(of: .room("daily"), before: before, limit: 3, by: ada)
                bodies += page.messages.reversed().map(\.body)
                reactions += page.reactions.count
                before = page.messages.first?.sequence ?? 0
                hasMore = page.hasMore
            }
            #expect(bodies == (1...7).reversed().map { "m\($0)" } && reactions == 1)
        }
    }

    @Test func conversationsAreFoundByTheirKeysAndNoOthersAre() {
        for conversation in [Conversation.room("a.b:c"), .between("zoe", "adam"), .between("a", "b|c")] {
            #expect(Conversation(key: conversation.key) == conversation)
        }
        for key in ["", "room", "room/", "pair/b/a", "pair/a/a", "pair/a", "room/a/b", "other/x"] {
            #expect(Conversation(key: key) == nil)
        }
    }
}
