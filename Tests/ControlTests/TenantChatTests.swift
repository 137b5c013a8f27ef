import Protocol
import Testing

@testable import Control

extension ServerMessage {
    fileprivate var chat: ChatMessage? { if case .chatMessage(let chat)? = body { chat } else { nil } }
}

/// The chat of tenants' rooms, stored by the platform, over the WebSocket.
@Suite(.serialized, .offPool) struct TenantChatTests {
    private let house: House
    private let tenant: [String: String]

    init() throws {
        house = try House()
        tenant = try house.tenant()
        for room in ["garden", "attic"] {
            _ = try house.ask("POST", "/rooms", #"{"id":"\#(room)"}"#, as: tenant)
        }
    }

    private func member(_ name: String, device: String = "", in room: String = "garden") throws -> Socket {
        try house.member(room, name, tenant) { $0.deviceID = device }.0
    }

    private func put(out socket: Socket) throws {
        try socket.send(0, .leave(Leave()))
        #expect(try socket.closing()?.reason == .left)
    }

    @Test func aMessageIsStoredOnceAndReachesAll() throws {
        let (anna, bert) = (try member("anna"), try member("bert"))
        try anna.chat("hello", clientID: "c 1")
        let (id, mine) = try #require(try anna.message())
        #expect(id == 5 && mine.text == "hello" && mine.number == 1 && mine.change == 1 && mine.clientID == "c 1")
        #expect(mine.fromUserID == "anna" && mine.fromName == "anna" && mine.messageID.hasPrefix("msg_"))
        #expect(mine.sentMs > 0 && mine.editedMs == 0 && mine.deletedMs == 0 && mine.toUserID.isEmpty)
        let theirs = try #require(try bert.message()).1
        #expect(theirs.text == "hello" && theirs.clientID.isEmpty)
        try anna.chat("hello", clientID: "c 1", 6)
        #expect(try #require(try anna.message()) == (6, mine))
        try anna.chat("next", 7)
        let next = try #require(try bert.message()).1
        #expect(next.text == "next" && next.number == 2)
        // A message without a name of its client has none.
        #expect(try #require(try anna.message()).1.clientID.isEmpty)
        let history = try house.ask("GET", "/rooms/garden/messages", as: tenant)
        #expect(
            (history.json["messages"] as? [[String: Any]])?.compactMap { $0["body"] as? String } == ["next", "hello"])
    }

    @Test func changesAreToldAsTheMessageIsNow() throws {
        let (anna, bert) = (try member("anna"), try member("bert"))
        try anna.chat("helo")
        let id = try #require(try anna.message()).1.messageID
        _ = try bert.message()
        var edit = ChatEdit()
        edit.messageID = id
        edit.text = "hello"
        try anna.send(6, .chatEdit(edit))
        let edited = try #require(try bert.message()).1
        #expect(edited.messageID == id && edited.text == "hello" && edited.editedMs > 0)
        #expect(edited.number == 1 && edited.change == 2)
        var react = ChatReact()
        react.messageID = id
        react.reaction = "+1"
        react.on = true
        try bert.send(7, .chatReact(react))
        let reacted = try #require(try bert.message()).1
        #expect(reacted.reactions.map(\.reaction) == ["+1"] && reacted.reactions[0].userIds == ["bert"])
        // The same reaction again is told to its sender alone.
        try bert.send(8, .chatReact(react))
        #expect(try #require(try bert.message()) == (8, reacted))
        try bert.send(9, .chatEdit(edit))
        #expect(try bert.refusal()?.code == .notAllowed)
        var delete = ChatDelete()
        delete.messageID = id
        try anna.send(10, .chatDelete(delete))
        let deleted = try #require(try bert.message()).1
        #expect(deleted.text.isEmpty && deleted.deletedMs > 0 && deleted.reactions.isEmpty && deleted.change == 4)
        try anna.send(11, .chatEdit(edit))
        #expect(try anna.refusal()?.code == .notFound)
        edit.messageID = "msg_none"
        try anna.send(12, .chatEdit(edit))
        #expect(try anna.refusal()?.code == .notFound)
    }

    @Test func aDeviceGetsWhatItMissedOnceAndInOrder() throws {
        let anna = try member("anna")
        let phone = try member("bert", device: "phone")
        #expect(try phone.page()?.messages.isEmpty == true)
        try anna.chat("one")
        var seen = ChatAcknowledge()
        seen.change = try #require(try phone.message()).1.change
        try phone.send(0, .chatAcknowledge(seen))
        try put(out: phone)
        for number in 2...4 { try anna.chat("\(number)") }
        let two = try #require(try anna.first { $0.chat?.text == "2" ? $0.chat : nil })
        _ = try anna.first { $0.chat?.text == "4" ? true : nil }
        var edit = ChatEdit()
        edit.messageID = two.messageID
        edit.text = "two"
        try anna.send(0, .chatEdit(edit))
        _ = try anna.first { $0.chat?.text == "two" ? true : nil }

        let again = try member("bert", device: "phone")
        let page = try #require(try again.page())
        #expect(page.messages.map(\.text) == ["3", "4", "two"] && page.messages.map(\.change) == [3, 4, 5])
        #expect(page.pending && page.last && !page.hasMore_p && page.unread == 4)
        try anna.chat("5")
        #expect(try again.message()?.1.text == "5")
        // Another device of the same person has a place of its own.
        let tablet = try member("bert", device: "tablet")
        #expect(try tablet.page()?.messages.map(\.text) == ["one", "3", "4", "two", "5"])
    }

    @Test func whatIsPendingComesInPages() throws {
        let anna = try member("anna")
        let phone = try member("bert", device: "phone")
        _ = try phone.page()
        try anna.chat("0")
        var seen = ChatAcknowledge()
        seen.change = try #require(try phone.message()).1.change
        try phone.send(0, .chatAcknowledge(seen))
        try put(out: phone)
        // Written by many: one person alone may not write so fast.
        for number in 1...8 {
            let writer = try member("writer-\(number)")
            for part in 0..<15 { try writer.chat("\(number)-\(part)") }
            for _ in 0..<15 { _ = try #require(try writer.message()) }
            try put(out: writer)
        }
        let again = try member("bert", device: "phone")
        let (first, second) = (try #require(try again.page()), try #require(try again.page()))
        #expect(first.messages.count == 100 && first.hasMore_p && !first.last)
        #expect(second.messages.count == 20 && !second.hasMore_p && second.last)
        #expect((first.messages + second.messages).map(\.change) == Array(2...121))
    }

    @Test func historyComesInPages() throws {
        let anna = try member("anna")
        for number in 1...5 {
            try anna.chat("\(number)")
            _ = try anna.message()
        }
        var history = ChatHistory()
        history.limit = 2
        try anna.send(6, .chatHistory(history))
        let newest = try #require(try anna.page())
        #expect(newest.messages.map(\.text) == ["4", "5"] && newest.hasMore_p && !newest.pending)
        history.before = newest.messages[0].number - 2
        try anna.send(7, .chatHistory(history))
        let oldest = try #require(try anna.page())
        #expect(oldest.messages.map(\.text) == ["1"] && !oldest.hasMore_p)
    }

    @Test func twoWhoWroteToEachOtherFindItInAnotherRoom() throws {
        let (anna, bert) = (try member("anna", device: "a"), try member("bert", device: "b"))
        _ = (try anna.page(), try bert.page())
        try anna.chat("psst", to: "bert")
        #expect(try bert.message()?.1.toUserID == "bert")
        let elsewhere = try member("bert", device: "other", in: "attic")
        let room = try #require(try elsewhere.page())
        #expect(room.userID.isEmpty && room.messages.isEmpty && !room.last)
        let pair = try #require(try elsewhere.page())
        #expect(pair.userID == "anna" && pair.messages.map(\.text) == ["psst"] && pair.unread == 1 && pair.last)
        try anna.chat("again", to: "bert")
        #expect(try elsewhere.message()?.1.text == "again")
        // Who has never been where the writer is cannot be reached.
        try anna.chat("hello?", to: "stranger", 8)
        #expect(try anna.refusal()?.code == .notFound)
        let cleo = try member("cleo")
        var edit = ChatEdit()
        edit.messageID = pair.messages[0].messageID
        edit.text = "not mine"
        try cleo.send(9, .chatEdit(edit))
        #expect(try cleo.refusal()?.code == .notFound)
    }

    @Test func whatIsReadIsToldAndKept() throws {
        let (anna, bert) = (try member("anna"), try member("bert"))
        for text in ["one", "two"] { try anna.chat(text) }
        _ = (try bert.message(), try bert.message())
        var read = ChatRead()
        read.number = 1
        try bert.send(0, .chatRead(read))
        func mark() throws -> ChatMark? {
            try anna.first { if case .chatMark(let mark)? = $0.body { mark } else { nil } }
        }
        #expect(try mark()?.number == 1)
        read.number = 40
        try bert.send(0, .chatRead(read))
        #expect(try mark()?.number == 2)
        read.number = 1
        try bert.send(0, .chatRead(read))
        #expect(try mark()?.number == 2)
        try anna.chat("three")
        var history = ChatHistory()
        history.limit = 1
        try bert.send(3, .chatHistory(history))
        let page = try #require(try bert.page())
        #expect(page.marks.map(\.userID) == ["bert"] && page.marks[0].number == 2)
    }

    @Test func tenantsDoNotMeetAndStrangersHaveNoTenantsRoom() throws {
        let other = try house.tenant("other")
        _ = try house.ask("POST", "/rooms", #"{"id":"garden"}"#, as: other)
        let anna = try member("anna")
        let zoe = try house.member("garden", "zoe", other).0
        // A token of the server's own key that claims to be a tenant's is none.
        let own = try Socket(port: house.test.port)
        let joined = try #require(try own.join(house.test.token("garden", "eve", app: tenant["x-app-id"] ?? "")))
        #expect(joined.members.isEmpty)
        for (socket, text) in [(anna, "ours"), (zoe, "theirs"), (own, "nobody's")] {
            try socket.chat(text)
            let message = try #require(try socket.message()).1
            #expect(message.text == text && message.number == 1)
        }
    }

    @Test func withoutTheDatabaseTheChatIsRefusedAndTheCallGoesOn() throws {
        let anna = try member("anna")
        try house.test.server.onLoop { $0.tenancy?.breakDatabase() }
        try anna.chat("hello?")
        #expect(try anna.refusal()?.code == .internal)
        try anna.send(7, .ping(Ping()))
        #expect(try anna.first { if case .pong? = $0.body { true } else { nil } } == true)
    }
}
