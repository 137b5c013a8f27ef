import Tenancy
import Testing

@testable import Control

/// The chat that ends with the process, and with it what every store of chats is to do.
struct MemoryChatTests {
    private let room = ChatRoom(appId: "dev", roomId: "garden")

    private func author(_ name: String, role: Role = .participant, device: String = "d") -> ChatAuthor {
        ChatAuthor(room: room, userId: name, name: name, role: role, deviceId: device)
    }

    private func send(_ chat: MemoryChat, _ text: String, by name: String, to: String? = nil) async throws -> ChatEntry
    {
        try await chat.send(text, to: to, clientId: "", by: author(name)).entry
    }

    @Test func numbersAndChangesBelongToAConversation() async throws {
        let chat = MemoryChat(now: { 7 })
        let first = try await send(chat, "1", by: "anna")
        let aside = try await send(chat, "2", by: "anna", to: "bert")
        let edited = try await chat.edit(first.messageId, text: "one", by: author("anna"))
        let second = try await send(chat, "3", by: "bert")
        #expect([first.number, aside.number, edited.number, second.number] == [1, 1, 1, 2])
        #expect([first.change, aside.change, edited.change, second.change] == [1, 1, 2, 3])
        #expect(edited.editedMilliseconds == 7)
    }

    @Test func aDeviceGetsWhatChangedAfterWhatItHas() async throws {
        let chat = MemoryChat()
        let first = try await send(chat, "1", by: "anna")
        _ = try await send(chat, "2", by: "anna")
        let bert = author("bert")
        #expect(try await chat.pending(in: .room, after: nil, limit: 9, by: bert).entries.map(\.text) == ["1", "2"])
        try await chat.acknowledge(upTo: 2, in: .room, by: bert)
        try await chat.acknowledge(upTo: 1, in: .room, by: bert)
        #expect(try await chat.pending(in: .room, after: nil, limit: 9, by: bert).entries.isEmpty)
        _ = try await chat.react(first.messageId, with: "+1", isOn: true, by: author("anna"))
        _ = try await send(chat, "3", by: "anna")
        let page = try await chat.pending(in: .room, after: nil, limit: 1, by: bert)
        #expect(page.entries.map(\.text) == ["1"] && page.hasMore)
        let next = try await chat.pending(in: .room, after: page.entries[0].change, limit: 1, by: bert)
        #expect(next.entries.map(\.text) == ["3"] && !next.hasMore)
        // Another device of the same person has seen nothing.
        let other = author("bert", device: "other")
        #expect(try await chat.pending(in: .room, after: nil, limit: 9, by: other).entries.count == 3)
    }

    @Test func everybodyFindsTheirOwnConversationsUntilTheseAreForgotten() async throws {
        let chat = MemoryChat(booksMax: 3)
        for other in ["bert", "cleo", "dora"] { _ = try await send(chat, "to \(other)", by: "anna", to: other) }
        func partners(_ name: String) async throws -> [ChatConversation] {
            try await chat.conversations(of: author(name))
        }
        #expect(try await partners("anna") == [.room, .person("bert"), .person("cleo"), .person("dora")])
        #expect(try await partners("cleo") == [.room, .person("anna")])
        // The one that began first gives way to a fourth.
        _ = try await send(chat, "to emil", by: "dora", to: "emil")
        #expect(try await partners("anna") == [.room, .person("cleo"), .person("dora")])
        #expect(try await partners("bert") == [.room])
        #expect(try await partners("dora") == [.room, .person("anna"), .person("emil")])
    }

    @Test func whatIsUnreadIsCountedByPerson() async throws {
        let chat = MemoryChat()
        let (anna, bert) = (author("anna"), author("bert"))
        for text in ["1", "2", "3"] { _ = try await send(chat, text, by: "anna") }
        _ = try await send(chat, "mine", by: "bert")
        #expect(try await chat.history(of: .room, before: nil, limit: 1, by: bert).unread == 3)
        #expect(try await chat.read(upTo: 2, in: .room, by: bert).number == 2)
        #expect(try await chat.read(upTo: 1, in: .room, by: bert).number == 2)
        let page = try await chat.history(of: .room, before: nil, limit: 1, by: bert)
        #expect(page.unread == 1 && page.marks == [ChatReadMark(userId: "bert", number: 2)])
        #expect(try await chat.history(of: .room, before: nil, limit: 1, by: anna).unread == 1)
    }

    @Test func aHostTakesBackAnybodysMessage() async throws {
        let chat = MemoryChat()
        let entry = try await send(chat, "no", by: "anna")
        await #expect(throws: ChatError.notAllowed) { try await chat.delete(entry.messageId, by: author("bert")) }
        #expect(try await chat.delete(entry.messageId, by: author("bert", role: .host)).text.isEmpty)
        await #expect(throws: ChatError.notFound) { try await chat.delete(entry.messageId, by: author("anna")) }
    }

    @Test func whatIsTooOldIsForgotten() async throws {
        let chat = MemoryChat(entriesMax: 2, booksMax: 1)
        let first = try await send(chat, "1", by: "anna")
        for text in ["2", "3"] { _ = try await send(chat, text, by: "anna") }
        #expect(
            try await chat.history(of: .room, before: nil, limit: 9, by: author("bert")).entries.map(\.text) == [
                "2", "3",
            ])
        await #expect(throws: ChatError.notFound) {
            try await chat.edit(first.messageId, text: "x", by: author("anna"))
        }
        _ = try await send(chat, "aside", by: "anna", to: "bert")
        #expect(try await chat.history(of: .room, before: nil, limit: 9, by: author("bert")).entries.isEmpty)
    }
}
