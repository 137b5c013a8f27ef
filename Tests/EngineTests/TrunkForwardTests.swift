import Contract
import Memory
import Secure
import Testing

@testable import Forward

/// A forwarder with memory of its own.
private final class Side {
    let arena: Arena
    var forward: Forwarder
    var departures: Departures

    init(_ limits: Limits, shard: ShardIndex, _ matrix: TrunkMatrix) {
        let bytes = Forwarder.byteCount(limits, shardCount: 2) + Departures.byteCount(capacity: 4) + 8192
        var arena = Arena(byteCount: bytes, useHugePages: false)!
        let report = arena.take(repeating: ShardReport(), count: 1)
        forward = Forwarder(
            arena: &arena, limits: limits, cipher: Cipher()!, report: report, shard: shard, shardCount: 2,
            trunk: matrix.ends(of: Int(shard)))
        departures = Departures(arena: &arena, capacity: 4)
        self.arena = arena
        _ = forward.openRoom(RoomIndex(0))
    }

    var report: ShardReport { forward.report.pointee }

    /// One burst, in which other shards' records come first.
    func burst(_ body: (Side) -> Void = { _ in }) -> [TrunkArrival] {
        forward.beginBurst()
        var arrivals: [TrunkArrival] = []
        takeAll: while true {
            let arrival = forward.takeRecord(from: 1 - forward.trunk.pointee.shard, now: 1)
            if case .nothing = arrival { break takeAll }
            arrivals.append(arrival)
        }
        body(self)
        forward.passBurst()
        while forward.depart(now: 1, departures: &departures) {}
        forward.sayLateWords()
        return arrivals
    }
}

/// Two shards of one room; the first has a producer at place 3, the second mirrors it at place 5.
private struct Pair {
    static let producer: UInt32 = 3
    static let mirror: UInt32 = 5
    static let serial: UInt32 = 77
    let limits = Limits(
        roomsMax: 2, peersMax: 4, producersMax: 8, consumersMax: 8, producersPerRoomMax: 8, slots: 400, runs: 4,
        mailboxMax: 16)
    let owner: Side
    let other: Side

    init() {
        let matrix = TrunkMatrix(limits: limits, shardCount: 2)
        owner = Side(limits, shard: 0, matrix)
        other = Side(limits, shard: 1, matrix)
    }

    func openProducer(serial: UInt32 = Pair.serial) {
        let order = OpenProducer(
            producer: ProducerIndex(Self.producer), peer: PeerHandle(shard: 0, index: 0, generation: 0), kind: .video,
            source: .camera, mid: FixedBytes("0")!, layers: [LayerDescription()], serial: serial)
        let isOpen = owner.forward.openProducer(order, room: 0)
        #expect(isOpen)
    }

    func openMirror(serial: UInt32 = Pair.serial) {
        let order = OpenMirror(
            mirror: ProducerIndex(Self.mirror), room: RoomIndex(0), kind: .video, source: .camera, layerCount: 1,
            originShard: 0, originProducer: ProducerIndex(Self.producer), originSerial: serial)
        let isOpen = other.forward.openMirror(order)
        #expect(isOpen)
    }

    func join() {
        openProducer()
        openMirror()
    }

    /// Packets `numbers` reach the producer in one burst.
    func send(_ numbers: Range<UInt64>) {
        _ = owner.burst { side in
            for number in numbers {
                guard let slot = side.forward.slots.take() else { return }
                side.forward.slots.memory(of: slot.index).storeBytes(of: number, as: UInt64.self)
                let fact = side.forward.facts + Int(slot.index)
                fact.pointee = PacketFacts()
                fact.pointee.sequence = number
                fact.pointee.arrivalNanoseconds = number
                fact.pointee.payloadBytes = 8
                fact.pointee.codec = .vp8
                side.forward.accept(slot, producer: Self.producer)
            }
        }
    }

    /// What the mirror's history has under a number.
    func mirrored(_ number: UInt64) -> UInt64? {
        let history = other.forward.producers[Int(Self.mirror)].histories[0]
        guard let slot = history.slot(for: number, facts: other.forward.facts) else { return nil }
        return other.forward.memory(of: slot).load(as: UInt64.self)
    }

    /// All histories let go, and every slot gets the time to come home.
    func end() {
        if other.forward.producers[Int(Self.mirror)].isOpen { _ = other.forward.closeMirror(Self.mirror) }
        if owner.forward.producers[Int(Self.producer)].isOpen { owner.forward.closeProducer(Self.producer) }
        for _ in 0..<3 {
            _ = owner.burst()
            _ = other.burst()
        }
        #expect(owner.forward.slots.freeCount == limits.slots)
        #expect(other.forward.trunk.pointee.freeReferenceCount == other.forward.trunk.pointee.capacity.slotsInAll)
        #expect(owner.forward.trunk.pointee.held[1] == 0)
    }
}

@Suite struct TrunkForwardTests {
    @Test func aPacketIsReadWhereItLies() {
        let pair = Pair()
        pair.join()
        pair.send(100..<110)
        #expect(pair.other.burst().count == 11)
        #expect((100..<110).allSatisfy { pair.mirrored($0) == $0 })
        pair.end()
    }

    @Test func aWishThatComesBeforeTheProducerIsKept() {
        let pair = Pair()
        pair.openMirror()
        _ = pair.owner.burst()
        pair.openProducer()
        pair.send(100..<101)
        _ = pair.other.burst()
        #expect(pair.mirrored(100) == 100)
        pair.end()
    }

    @Test func aProducerThatHasAnothersPlaceIsNotMirrored() {
        let pair = Pair()
        pair.openMirror()
        pair.openProducer(serial: Pair.serial + 1)
        pair.send(100..<101)
        #expect(pair.other.burst().isEmpty)
        #expect(pair.owner.report.trunkOffered == 0)
        pair.end()
    }

    @Test func aSlotIsKeptUntilTheOtherShardLetsGo() {
        let pair = Pair()
        pair.join()
        pair.send(100..<150)
        pair.owner.forward.expireHistory(producer: Pair.producer, before: .max)
        _ = pair.owner.burst()
        // Fifty in the ring.
        #expect(pair.owner.forward.slots.freeCount == pair.limits.slots - 50)
        _ = pair.other.burst()
        #expect(pair.mirrored(149) == 149)
        pair.other.forward.expireHistory(producer: Pair.mirror, before: .max)
        _ = pair.other.burst()
        _ = pair.owner.burst()
        #expect(pair.owner.forward.slots.freeCount == pair.limits.slots)
        pair.end()
    }

    @Test func aSlowShardHoldsNoMoreThanItsShare() {
        let pair = Pair()
        pair.join()
        let share = UInt64(pair.owner.forward.trunk.pointee.capacity.slots)
        for number in 0..<share + 100 {
            pair.send(number..<number + 1)
            pair.owner.forward.expireHistory(producer: Pair.producer, before: .max)
        }
        #expect(pair.owner.report.trunkPassed == share)
        #expect(pair.owner.report.drops[Int(DropReason.trunkFull.rawValue)] == 100)
        #expect(pair.owner.forward.slots.freeCount >= pair.limits.slots - Int(share) - 1)
        // It begins anew with a keyframe once it has caught up.
        #expect(pair.owner.forward.producers[Int(Pair.producer)].wantedKeyframes == 0)
        _ = pair.other.burst()
        pair.other.forward.expireHistory(producer: Pair.mirror, before: .max)
        _ = pair.other.burst()
        pair.send(1000..<1001)
        #expect(pair.owner.forward.producers[Int(Pair.producer)].wantedKeyframes == 1)
        _ = pair.other.burst()
        #expect(pair.mirrored(1000) == 1000)
        pair.end()
    }

    @Test func aMirrorThatClosesWithPacketsUnderWaySendsThemHome() {
        let pair = Pair()
        pair.join()
        pair.send(100..<120)
        _ = pair.other.burst()
        pair.send(120..<140)
        let isReleased = pair.other.forward.closeMirror(Pair.mirror)
        #expect(!isReleased)
        // What was under way is refused, and counted.
        _ = pair.other.burst()
        #expect(pair.other.report.drops[Int(DropReason.unknownStream.rawValue)] == 20)
        _ = pair.owner.burst()
        let released = pair.other.burst().contains { if case .released = $0 { true } else { false } }
        #expect(released)
        pair.send(140..<150)
        #expect(pair.other.burst().isEmpty)
        pair.end()
    }

    @Test func aProducerThatClosesLeavesItsPacketsToTheMirror() {
        let pair = Pair()
        pair.join()
        pair.send(100..<120)
        _ = pair.other.burst()
        pair.owner.forward.closeProducer(Pair.producer)
        _ = pair.owner.burst()
        #expect(pair.owner.forward.slots.freeCount == pair.limits.slots - 20)
        #expect(pair.mirrored(119) == 119)
        pair.end()
    }

    @Test func aWishForAKeyframeReachesTheProducer() {
        let pair = Pair()
        pair.join()
        _ = pair.owner.burst()
        pair.other.forward.wantKeyframe(producer: Pair.mirror, layer: 0)
        pair.other.forward.sayKeyframes(Pair.mirror)
        _ = pair.owner.burst()
        let wanted = pair.owner.forward.takeProducerWantingKeyframes()
        #expect(wanted == ProducerIndex(Pair.producer))
        pair.end()
    }

    @Test func aSourceThatWasReplacedIsReplacedInTheMirror() {
        let pair = Pair()
        pair.join()
        pair.send(5000..<5010)
        _ = pair.other.burst()
        pair.owner.forward.beginLayerAnew(producer: Pair.producer, layer: 0)
        pair.send(100..<101)
        _ = pair.other.burst()
        #expect(pair.mirrored(100) == 100)
        #expect(pair.mirrored(5009) == nil)
        pair.end()
    }
}
