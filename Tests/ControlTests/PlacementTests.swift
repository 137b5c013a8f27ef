import Contract
import Logging
import NIOEmbedded
import Testing

@testable import Control

/// Which shard a peer goes to, and what that makes of the room.
struct PlacementTests {
    let books: RegistryTests

    init() {
        let limits = Limits(roomsMax: 8, peersMax: 64, producersMax: 64, consumersMax: 256)
        books = RegistryTests(
            FakeShards(count: 2, limits: limits), spreading: Spreading(roomPeersMin: 4, loadMargin: 3))
    }

    private var registry: Registry { books.registry }

    private func viewer(_ name: String) throws -> Peer {
        let peer = try books.open("hall", name)
        _ = try books.slot(peer)
        registry.distribute(to: peer)
        return peer
    }

    private func mirrorsOpened() -> [OpenMirror] {
        books.shards.commands.compactMap { if case .openMirror(let order) = $0 { order } else { nil } }
    }

    @Test func aSmallRoomStaysTogether() throws {
        for number in 0..<4 { _ = try viewer("v\(number)") }
        #expect(registry.rooms["hall"]!.parts.count == 1)
    }

    @Test func aRoomThatOutgrowsItsShardIsSpreadEvenly() throws {
        for number in 0..<40 { _ = try viewer("v\(number)") }
        let parts = registry.rooms["hall"]!.parts
        #expect(parts.map(\.peerCount) == [20, 20])
    }

    @Test func aPublisherGoesHome() throws {
        for number in 0..<12 { _ = try viewer("v\(number)") }
        let publisher = try books.open("hall", "anna", interest: .nobody)
        #expect(publisher.part === registry.rooms["hall"]!.home)
    }

    @Test func aRoomWithoutNeedStaysOnItsShard() throws {
        // The other shard is as busy.
        let other = try books.open("garden", "somebody")
        _ = try books.open("attic", "nobody")
        #expect(other.shard !== registry.rooms["attic"]!.home.shard)
        for number in 0..<3 { _ = try books.slot(other, mid: "\(number)") }
        for number in 0..<5 { _ = try books.open("attic", "v\(number)") }
        #expect(registry.rooms["attic"]!.parts.count == 1)
    }

    @Test func producersAreMirroredWhereTheRoomGoes() throws {
        let anna = try books.open("hall", "anna", interest: .nobody)
        let early = try books.publish(anna)
        let viewers = try (0..<8).map { try viewer("v\($0)") }
        let far = try #require(viewers.first { $0.shard !== anna.shard })
        let late = try books.publish(anna, .audio)
        books.settle()
        #expect(mirrorsOpened().map(\.originSerial) == [early.serial, late.serial])
        #expect(mirrorsOpened().allSatisfy { $0.originShard == anna.handle.shard })
        // Bound to what stands for it there.
        let mirror = try #require(early.mirrors[far.handle.shard])
        let bound = books.shards.commands.contains {
            if case .bindConsumer(far.consumers[0].index, mirror) = $0 { true } else { false }
        }
        #expect(bound)
    }

    @Test func aMemberElsewhereIsMirroredHome() throws {
        let viewers = try (0..<8).map { try viewer("v\($0)") }
        let home = registry.rooms["hall"]!.home.shard
        let far = try #require(viewers.first { $0.shard !== home })
        let producer = try books.publish(far)
        #expect(producer.mirrors[home.index] != nil)
        #expect(viewers[0].consumers[0].producer === producer)
    }

    @Test func aMuteReachesAllShards() throws {
        let anna = try books.open("hall", "anna", interest: .nobody)
        let producer = try books.publish(anna)
        for number in 0..<8 { _ = try viewer("v\(number)") }
        try registry.mute(producer, true)
        books.settle()
        let mutes = books.shards.commands.count { if case .pauseProducer(_, true) = $0 { true } else { false } }
        #expect(mutes == 2)
    }

    @Test func theSpeakerIsTheHomes() throws {
        let viewers = try (0..<8).map { try viewer("v\($0)") }
        let home = registry.rooms["hall"]!.home
        let far = try #require(viewers.first { $0.shard !== home.shard })
        let producer = try books.publish(far, .audio)
        let away = far.part
        books.shards.emit(.speakerChanged(away.index, producer.index), shard: Int(away.shard.index))
        registry.takeEvents()
        #expect(registry.rooms["hall"]!.speaker == nil)
        books.shards.emit(
            .speakerChanged(home.index, producer.mirrors[home.shard.index]!), shard: Int(home.shard.index))
        registry.takeEvents()
        #expect(registry.rooms["hall"]!.speaker === far)
    }

    @Test func everyPlaceComesBackAfterManyRooms() throws {
        func free() -> [[Int]] {
            registry.shards.map {
                [$0.rooms.freeCount, $0.peers.freeCount, $0.producers.freeCount, $0.consumers.freeCount]
            }
        }
        let before = free()
        for round in 0..<100 {
            var peers = [try books.open("hall", "anna", interest: round % 2 == 0 ? .nobody : .everybody)]
            for number in 0..<10 {
                peers.append(try viewer("v\(number)"))
                if number % 3 == 0 { _ = try books.publish(peers[peers.count - 1 - round % (number + 1)]) }
            }
            for peer in round % 3 == 0 ? peers.reversed() : peers {
                registry.leave(peer)
                if round % 2 == 0 { books.settle() }
            }
            books.settle()
            books.settle()
        }
        #expect(free() == before)
        #expect(registry.rooms.isEmpty && registry.counters.staleEvents == 0)
    }

    @Test func aPartThatIsLeftAndEnteredAgainGetsItsMirrorsBack() throws {
        let anna = try books.open("hall", "anna", interest: .nobody)
        let producer = try books.publish(anna)
        var viewers = try (0..<8).map { try viewer("v\($0)") }
        books.settle()
        books.shards.releasesAtOnce = false
        let far = viewers.filter { $0.shard !== anna.shard }
        let shard = try #require(far.first?.shard)
        for peer in far { registry.leave(peer) }
        books.settle()
        for peer in far { books.shards.release(peer.handle, shard.link) }
        registry.takeEvents()
        #expect(producer.mirrors.isEmpty)
        viewers = try (0..<4).map { try viewer("w\($0)") }
        #expect(viewers.contains { $0.shard === shard })
        #expect(producer.mirrors[shard.index] != nil)
    }
}
