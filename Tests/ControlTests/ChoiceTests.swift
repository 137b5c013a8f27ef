import Contract
import Foundation
import Logging
import NIOEmbedded
import Protocol
import Testing

@testable import Control

/// A room with more producers than a member has slots.
@Suite(.serialized) struct ChoiceTests {
    /// A session's place among the books: opens slots until there are so many.
    private final class Client: PeerObserver {
        let registry: Registry
        unowned let peer: Peer
        let most: Int
        var changes = 0

        init(_ registry: Registry, _ peer: Peer, most: Int) {
            (self.registry, self.peer, self.most) = (registry, peer, most)
            peer.observer = self
        }

        func peerLost(_ loss: PeerLoss) {}

        func slotsChanged() { changes += 1 }

        func slotWanted(for producer: Producer) -> Consumer? {
            guard peer.consumers.count(where: { $0.kind == producer.kind }) < most else { return nil }
            return try? registry.reserveConsumer(
                peer, kind: producer.kind, mid: "\(peer.consumers.count + 3)", group: 1)
        }
    }

    private struct Room {
        let books: RegistryTests
        let voices: [Producer]
        let listener: Peer
        let client: Client

        init(_ count: Int, most: Int = 3, interest: Interest = .everybody) throws {
            let books = RegistryTests()
            self.books = books
            voices = try (0..<count).map { try books.publish(books.open("hall", "voice\($0)"), .audio) }
            listener = try books.open("hall", "listener", interest: interest)
            client = Client(books.registry, listener, most: most)
            books.registry.distribute(to: listener)
            for consumer in listener.consumers { books.registry.openConsumer(consumer) }
            books.settle()
        }

        var handedOver: [UInt32] {
            books.shards.commands.compactMap { command in
                if case .chooseConsumer(let consumer, true) = command { consumer.value } else { nil }
            }
        }
    }

    @Test func asManyAsThereAreSlotsAreBoundAsTheyCome() throws {
        let room = try Room(3)
        #expect(room.listener.consumers.count == 3)
        #expect(room.handedOver.isEmpty)
        #expect(room.listener.consumers.allSatisfy { $0.producer != nil && !$0.isChosen })
    }

    @Test func oneMoreHandsAllSlotsOfItsKindToTheShard() throws {
        let room = try Room(4)
        #expect(room.listener.consumers.count == 3)
        #expect(Set(room.handedOver) == Set(room.listener.consumers.map(\.index.value)))
    }

    @Test func theOneWhoComesLaterDoesToo() throws {
        let room = try Room(3)
        _ = try room.books.publish(room.books.open("hall", "late"), .audio)
        room.books.settle()
        #expect(Set(room.handedOver) == Set(room.listener.consumers.map(\.index.value)))
    }

    @Test func whatTheShardChoseIsToldTheClient() throws {
        let room = try Room(5)
        let (slot, changes) = (room.listener.consumers[1], room.client.changes)
        room.books.shards.emit(.consumerBound(slot.index, room.voices[4].index))
        room.books.settle()
        #expect(slot.producer === room.voices[4])
        #expect(room.client.changes == changes + 1)
        #expect(room.books.registry.counters.staleEvents == 0)
    }

    @Test func aChoiceOfOneWhoHasLeftIsNobody() throws {
        let room = try Room(5)
        room.books.shards.releasesAtOnce = false
        room.books.registry.leave(room.voices[4].peer)
        room.books.shards.emit(.consumerBound(room.listener.consumers[0].index, room.voices[4].index))
        room.books.settle()
        #expect(room.listener.consumers[0].producer == nil)
        room.books.shards.emit(.consumerBound(ConsumerIndex(9999), room.voices[0].index))
        room.books.settle()
    }

    @Test func aPinnedOneStaysAndGivesItsSlotBackWhenItLeaves() throws {
        let room = try Room(5)
        let wanted = room.voices[4]
        #expect(try room.books.registry.pin(wanted, for: room.listener, true))
        let slot = try #require(room.listener.consumers.first { $0.producer === wanted })
        room.books.shards.emit(.consumerBound(slot.index, room.voices[0].index))
        room.books.settle()
        #expect(slot.producer === wanted, "the shard's last word came too late")
        room.books.registry.leave(wanted.peer)
        room.books.settle()
        #expect(slot.producer == nil && slot.isChosen)
        #expect(room.handedOver.last == slot.index.value)
    }

    @Test func whoWantsOnePublisherGetsNoChoice() throws {
        let room = try Room(5, interest: .only("voice2"))
        #expect(room.handedOver.isEmpty)
        #expect(room.listener.consumers.count == 1)
    }

    @Test func theOwnPublisherIsLeftOut() throws {
        let room = try Room(5, interest: .not("voice2"))
        let left = room.books.shards.commands.compactMap { command in
            if case .excludeMember(_, let member) = command { member } else { nil }
        }
        #expect(left == [MemberNumber(room.voices[2].peer.handle)])
    }

    @Test func aClientIsOfferedAsManySlotsAsSetAndWished() throws {
        func voices(_ test: TestServer, wish: UInt32) throws -> Int {
            let members = try (0..<6).map { try test.member("hall\(wish)", "m\($0)") }
            for member in members { try member.publish(.microphone) }
            let socket = try Socket(port: test.port)
            var join = Join()
            join.token = try test.token("hall\(wish)", "listener")
            join.audioSlots = wish
            // All six are there when the last of them hears of five others.
            try socket.send(1, .join(join))
            let offer = try #require(try socket.offer())
            return offer.sdp.components(separatedBy: "m=audio").count - 2
        }
        let test = try TestServer()
        #expect(try voices(test, wish: 0) <= 3)
        #expect(try voices(test, wish: 2) <= 2)
    }
}
