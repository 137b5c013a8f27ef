import Contract
import Glibc
import Logging
import NIOEmbedded
import Snapshot
import Tenancy
import Testing

@testable import Control

/// What the control side of one process tells that of another.
struct UpgradeTests {
    /// A room with two publishers who get each other, one muted, one with a view; and a third who has not answered yet.
    private func busy() throws -> RegistryTests {
        let tests = RegistryTests()
        let (anna, bert) = (try tests.open("garden", "anna"), try tests.open("garden", "bert"))
        let slot = try tests.slot(bert)
        _ = try tests.slot(anna)
        let camera = try tests.publish(anna)
        _ = try tests.publish(bert)
        try tests.registry.mute(camera, true)
        try tests.registry.selectLayer(slot, spatial: 1)
        try tests.registry.setView(slot, View(width: 320, height: 180))
        _ = try tests.registry.enter(room: "garden", as: "carl", interest: .not("anna"), isMember: true)
        tests.settle()
        return tests
    }

    private func read(_ bytes: [UInt8]) throws -> ControlPicture { try ControlPicture(reading: bytes) }

    @Test func booksThatAreRestoredSayTheSame() throws {
        let old = try busy()
        let bytes = old.registry.picture().bytes
        let new = RegistryTests()
        try new.registry.restore(try read(bytes))
        new.settle()
        #expect(new.registry.picture().bytes == bytes)
        #expect(new.registry.peerCount == 3)
        #expect(new.registry.isAtRest)
        let names = new.registry.rooms["garden"]?.peers.map(\.name)
        #expect(names == ["anna", "bert", "carl"])
    }

    @Test func theShardsHearTheCommandsThatOpenEverything() throws {
        let old = try busy()
        let new = RegistryTests()
        try new.registry.restore(try read(old.registry.picture().bytes))
        new.settle()
        func counts(_ commands: [Command]) -> [Int] {
            var counts = [0, 0, 0, 0, 0]
            for command in commands {
                switch command {
                case .openRoom: counts[0] += 1
                case .openPeer: counts[1] += 1
                case .openProducer: counts[2] += 1
                case .openConsumer: counts[3] += 1
                case .pauseProducer(_, true): counts[4] += 1
                default: break
                }
            }
            return counts
        }
        #expect(counts(new.shards.commands) == counts(old.shards.commands))
        // Nobody has keys yet: all may begin a handshake.
        #expect(new.shards.handshakeOrders.count == 2)
    }

    @Test func everythingCanBeClosedAfterwards() throws {
        let new = RegistryTests()
        try new.registry.restore(try read(try busy().registry.picture().bytes))
        new.settle()
        for peer in new.registry.rooms["garden"]!.peers { new.registry.leave(peer) }
        new.settle()
        #expect(new.registry.rooms.isEmpty && new.registry.isAtRest)
        #expect(new.registry.counters.staleEvents == 0)
    }

    @Test func aPlaceThatThisProcessHasNotIsARefusal() throws {
        let bytes = try busy().registry.picture().bytes
        let small = RegistryTests(
            FakeShards(limits: Limits(roomsMax: 4, peersMax: 2, producersMax: 8, consumersMax: 8)))
        #expect(throws: UpgradeFailure.self) { try small.registry.restore(try read(bytes)) }
        let two = RegistryTests(FakeShards(count: 2))
        #expect(throws: UpgradeFailure.self) { try two.registry.restore(try read(bytes)) }
    }

    @Test func anotherFormatIsRefused() throws {
        var picture = try busy().registry.picture()
        picture.format += 1
        #expect(throws: SnapshotFailure.self) { try read(picture.bytes) }
    }

    @Test func damageDoesNoHarm() throws {
        let bytes = try busy().registry.picture().bytes
        var state: UInt64 = 3
        func random() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 20
        }
        for _ in 0..<300 {
            var damaged = bytes
            for _ in 0...Int(random() % 3) {
                damaged[Int(random() % UInt64(damaged.count))] = UInt8(truncatingIfNeeded: random())
            }
            if random() % 4 == 0 { damaged.removeLast(Int(random() % UInt64(damaged.count))) }
            guard let picture = try? read(damaged) else { continue }
            let new = RegistryTests()
            try? new.registry.restore(picture)
        }
    }

    @Test func guestsAndStaysAreWords() {
        let guest = ["app", "room", "user", "Ada", "host", "jti", "17", "p2p"]
        #expect(Guest(words: guest)?.words == guest)
        #expect(Guest(words: ["app", "room", "user", "Ada", "king", "jti", "17", "p2p"]) == nil)
        let stay = ["id", "app", "room", "user", "Ada", "host", "jti", "machine", "user:user", "17", "0"]
        #expect(Stay(words: stay)?.words == stay)
        #expect(Stay(words: []) == nil)
    }

    // MARK: the link

    private func link() -> (UpgradeLink, UpgradeLink) {
        var pair: [Int32] = [-1, -1]
        precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        return (UpgradeLink(taking: pair[0]), UpgradeLink(taking: pair[1]))
    }

    @Test func messagesAndDescriptorsArrive() throws {
        let (old, new) = link()
        let files = (0..<70).map { _ in open("/dev/null", O_RDONLY | O_CLOEXEC) }
        defer { for file in files { close(file) } }
        try old.send(
            UpgradeMessage(word: .control, bytes: [1, 2, 3], descriptors: files), milliseconds: 1000)
        let message = try new.receive(.control, milliseconds: 1000)
        #expect(message.bytes == [1, 2, 3])
        #expect(message.descriptors.count == 70)
        for file in message.descriptors { #expect(close(file) == 0) }
    }

    @Test func aRefusalIsThrownWithItsReason() throws {
        let (old, new) = link()
        try new.send(UpgradeMessage(word: .refused, bytes: Array("too small".utf8)), milliseconds: 1000)
        #expect { try old.receive(.built, milliseconds: 1000) } throws: { "\($0)" == "too small" }
    }

    @Test func silenceAndAnEndAreFailures() throws {
        let (old, new) = link()
        #expect(throws: UpgradeFailure.self) { try old.receive(.ready, milliseconds: 1) }
        try withExtendedLifetime(new) {}
        let (alone, _) = link()
        #expect(throws: UpgradeFailure.self) { try alone.receive(.ready, milliseconds: 1000) }
    }

    @Test func anotherLanguageIsRefused() {
        var pair: [Int32] = [-1, -1]
        precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        let words = [UInt8](repeating: 0x41, count: 64)
        #expect(write(pair[1], words, words.count) == words.count)
        let reader = UpgradeLink(taking: pair[0])
        #expect(throws: UpgradeFailure.self) { try reader.receive(.ready, milliseconds: 1000) }
        close(pair[1])
    }

    // MARK: frames

    /// A masked client frame.
    private func frame(_ first: UInt8, _ count: Int) -> [UInt8] {
        var bytes = [first]
        if count < 126 {
            bytes.append(0x80 | UInt8(count))
        } else {
            bytes += [0x80 | 126, UInt8(count >> 8), UInt8(count & 255)]
        }
        return bytes + [1, 2, 3, 4] + [UInt8](repeating: 9, count: count)
    }

    @Test func whatIsWholeIsForgotten() {
        let edges = FrameEdges()
        edges.note(frame(0x82, 5) + frame(0x89, 0) + frame(0x82, 300))
        #expect(edges.partial.isEmpty)
    }

    @Test func whatIsNotWholeIsKeptFromItsFirstByte() {
        let edges = FrameEdges()
        let message = frame(0x82, 200)
        edges.note(frame(0x82, 3) + message.prefix(7))
        #expect(edges.partial == Array(message.prefix(7)))
        edges.note(message.dropFirst(7))
        #expect(edges.partial.isEmpty)
    }

    @Test func aMessageInPiecesIsKeptUntilItsLast() {
        let edges = FrameEdges()
        let pieces = frame(0x02, 4) + frame(0x89, 2) + frame(0x00, 4)
        edges.note(pieces)
        #expect(edges.partial == pieces)
        edges.note(frame(0x80, 1))
        #expect(edges.partial.isEmpty)
    }
}
