import Protocol
import Testing

@testable import Control

extension Socket {
    func chat(_ text: String, to user: String = "", clientID: String = "", _ id: UInt32 = 5) throws {
        var send = ChatSend()
        send.text = text
        send.toUserID = user
        send.clientID = clientID
        try self.send(id, .chatSend(send))
    }

    func message() throws -> (UInt32, ChatMessage)? {
        try first { message in
            if case .chatMessage(let chat)? = message.body { (message.requestID, chat) } else { nil }
        }
    }

    func page() throws -> ChatPage? {
        try first { if case .chatPage(let page)? = $0.body { page } else { nil } }
    }
}

/// The room's chat over the WebSocket.
@Suite(.serialized) struct ChatTests {
    private func member(_ test: TestServer, _ name: String, device: String = "", role: Role = .participant) throws
        -> Socket
    {
        let socket = try Socket(port: test.port)
        _ = try #require(
            try socket.join(test.token("garden", name, user: "u-" + name, role: role)) { $0.deviceID = device })
        return socket
    }

    @Test func aMessageReachesAllAndAnswersItsSender() throws {
        let test = try TestServer()
        let (anna, bert) = (try member(test, "anna"), try member(test, "bert"))
        try anna.chat("hello", clientID: "c1")
        let (id, mine) = try #require(try anna.message())
        #expect(id == 5 && mine.text == "hello" && mine.number == 1 && mine.clientID == "c1")
        #expect(mine.fromUserID == "u-anna" && mine.fromName == "anna" && mine.messageID.hasPrefix("msg_"))
        let (other, theirs) = try #require(try bert.message())
        #expect(other == 0 && theirs.text == "hello" && theirs.clientID.isEmpty)
        // The same again is the same message, and is told to nobody else.
        try anna.chat("hello", clientID: "c1", 6)
        #expect(try #require(try anna.message()) == (6, mine))
        try anna.chat("next", 7)
        #expect(try bert.message()?.1.text == "next")
    }

    @Test func aPrivateMessageReachesItsTwoAlone() throws {
        let test = try TestServer()
        let (anna, bert, cleo) = (try member(test, "anna"), try member(test, "bert"), try member(test, "cleo"))
        try anna.chat("psst", to: "u-bert")
        try anna.chat("all")
        #expect(try bert.message()?.1.text == "psst")
        #expect(try cleo.message()?.1.text == "all")
    }

    @Test func editingDeletingAndReactingAreToldAsTheMessageIsNow() throws {
        let test = try TestServer()
        let (anna, bert) = (try member(test, "anna"), try member(test, "bert"))
        try anna.chat("helo")
        let id = try #require(try anna.message()).1.messageID
        var edit = ChatEdit()
        edit.messageID = id
        edit.text = "hello"
        try anna.send(6, .chatEdit(edit))
        var react = ChatReact()
        react.messageID = id
        react.reaction = "+1"
        react.on = true
        _ = try bert.message()
        let edited = try #require(try bert.message()).1
        #expect(edited.text == "hello" && edited.editedMs > 0 && edited.change == 2 && edited.number == 1)
        try bert.send(7, .chatReact(react))
        #expect(try #require(try bert.message()).1.reactions.map(\.userIds) == [["u-bert"]])
        var delete = ChatDelete()
        delete.messageID = id
        try bert.send(8, .chatDelete(delete))
        #expect(try bert.refusal()?.code == .notAllowed)
        try anna.send(9, .chatDelete(delete))
        let deleted = try #require(try bert.message()).1
        #expect(deleted.text.isEmpty && deleted.deletedMs > 0 && deleted.reactions.isEmpty)
        edit.messageID = "msg_none"
        try anna.send(10, .chatEdit(edit))
        let refusal = try #require(try anna.refusal())
        #expect(refusal.code == .notFound && refusal.requestID == 10)
    }

    @Test func aListenerReadsAndDoesNotWrite() throws {
        let test = try TestServer()
        let (anna, cleo) = (try member(test, "anna"), try member(test, "cleo", role: .viewer))
        try cleo.chat("may I?")
        #expect(try cleo.refusal()?.code == .notAllowed)
        try anna.chat("no")
        #expect(try cleo.message()?.1.text == "no")
    }

    @Test func aDeviceThatComesBackGetsWhatItMissedOnce() throws {
        let test = try TestServer()
        let anna = try member(test, "anna")
        var bert: Socket? = try member(test, "bert", device: "phone")
        #expect(try bert?.page()?.messages.isEmpty == true)
        try anna.chat("one")
        let seen = try #require(try bert?.message()).1
        var acknowledge = ChatAcknowledge()
        acknowledge.change = seen.change
        try bert?.send(0, .chatAcknowledge(acknowledge))
        try bert?.send(0, .leave(Leave()))
        _ = try bert?.closing()
        bert = nil
        for number in 2...4 { try anna.chat("\(number)") }
        _ = try #require(
            try anna.first { if case .chatMessage(let chat)? = $0.body, chat.number == 4 { chat } else { nil } })
        let again = try member(test, "bert", device: "phone")
        let page = try #require(try again.page())
        #expect(
            page.pending && page.last && !page.hasMore_p && page.messages.map(\.text) == ["2", "3", "4"]
                && page.unread == 4)
        try anna.chat("5")
        #expect(try again.message()?.1.text == "5")
    }

    @Test func twoWhoWroteToEachOtherFindItInAnotherRoom() throws {
        let test = try TestServer()
        let (anna, bert) = (try member(test, "anna", device: "a"), try member(test, "bert", device: "b"))
        _ = (try anna.page(), try bert.page())
        try anna.chat("psst", to: "u-bert")
        let psst = try #require(try bert.message()).1
        #expect(psst.toUserID == "u-bert" && psst.number == 1)
        let elsewhere = try Socket(port: test.port)
        _ = try #require(
            try elsewhere.join(test.token("attic", "bert", user: "u-bert")) { $0.deviceID = "other" })
        let room = try #require(try elsewhere.page())
        #expect(room.userID.isEmpty && room.messages.isEmpty && !room.last)
        let pair = try #require(try elsewhere.page())
        #expect(pair.userID == "u-anna" && pair.messages.map(\.text) == ["psst"] && pair.unread == 1 && pair.last)
        // And live, wherever they are.
        try anna.chat("again", to: "u-bert")
        #expect(try elsewhere.message()?.1.text == "again")
        var edit = ChatEdit()
        edit.messageID = psst.messageID
        edit.text = "not mine"
        let cleo = try member(test, "cleo")
        try cleo.send(3, .chatEdit(edit))
        #expect(try cleo.refusal()?.code == .notFound)
    }

    @Test func historyComesInPages() throws {
        let test = try TestServer()
        let anna = try member(test, "anna")
        for number in 1...5 {
            try anna.chat("\(number)")
            _ = try anna.message()
        }
        var history = ChatHistory()
        history.limit = 2
        try anna.send(6, .chatHistory(history))
        let newest = try #require(try anna.page())
        #expect(newest.messages.map(\.text) == ["4", "5"] && newest.hasMore_p && !newest.pending)
        history.before = 2
        try anna.send(7, .chatHistory(history))
        let oldest = try #require(try anna.page())
        #expect(oldest.messages.map(\.text) == ["1"] && !oldest.hasMore_p)
    }

    @Test func typingAndReadingAreToldToTheOthers() throws {
        let test = try TestServer()
        let (anna, bert) = (try member(test, "anna"), try member(test, "bert"))
        var typing = ChatTyping()
        typing.on = true
        try anna.send(0, .chatTyping(typing))
        let told = try #require(try bert.first { if case .chatIsTyping(let told)? = $0.body { told } else { nil } })
        #expect(told.userID == "u-anna" && told.name == "anna" && told.on && !told.toMe)
        try anna.chat("x")
        _ = try #require(try bert.message())
        var read = ChatRead()
        read.number = 40
        try bert.send(0, .chatRead(read))
        let mark = try #require(try anna.first { if case .chatMark(let mark)? = $0.body { mark } else { nil } })
        #expect(mark.userID == "u-bert" && mark.number == 1)
    }

    @Test func whatIsTooLongOrTooMuchIsRefused() throws {
        let test = try TestServer()
        let anna = try member(test, "anna")
        for text in ["", String(repeating: "x", count: 8193)] {
            try anna.chat(text)
            #expect(try anna.refusal()?.code == .invalidMessage)
        }
        for _ in 0..<60 { try anna.chat("x") }
        #expect(try anna.refusal()?.code == .rateLimited)
    }

    @Test func tenantsHaveRoomsOfTheirOwn() throws {
        let test = try TestServer()
        let anna = try Socket(port: test.port)
        _ = try #require(try anna.join(test.token("garden", "anna", app: "app_a")))
        let bert = try Socket(port: test.port)
        let joined = try #require(try bert.join(test.token("garden", "bert", app: "app_b")))
        #expect(joined.members.isEmpty && joined.room == "garden")
        try anna.chat("ours")
        _ = try anna.message()
        try bert.chat("theirs")
        #expect(try bert.message()?.1.number == 1)
        let cleo = try Socket(port: test.port)
        #expect(try cleo.join(test.token("garden", "cleo", app: "app_a")) { $0.appID = "app_b" } == nil)
    }
}
