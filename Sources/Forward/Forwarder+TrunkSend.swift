import Contract
import Memory
import Peer

/// The producers' side of the trunk: packets of a burst go by reference to the shards that mirror their producer.
extension Forwarder {
    /// Passes what the burst brought to other shards, and remembers that they hold it. Called once a burst, before it
    /// departs.
    public mutating func passBurst() {
        guard trunk.pointee.shardCount > 1 else { return }
        for place in 0..<activeRoomCount {
            let index = Int(activeRooms[place])
            let row = roomActives + index * limits.producersPerRoomMax
            for active in 0..<Int(rooms[index].activeCount) where producers[Int(row[active])].mirrorShards != 0 {
                pass(row[active])
            }
        }
    }

    private mutating func pass(_ producer: UInt32) {
        var shards = producers[Int(producer)].mirrorShards
        while shards != 0 {
            pass(producer, to: shards.trailingZeroBitCount)
            shards &= shards - 1
        }
    }

    /// Places of a ring that packets leave to other records.
    private static let recordsKept = 32

    private mutating func pass(_ index: UInt32, to shard: Int) {
        let producer = producers + Int(index)
        let mirror = trunk.pointee.wishes[Int(index) * trunk.pointee.shardCount + shard].mirror
        let ring = trunk.pointee.ends.recordsTo[shard]
        var room = min(
            ring.capacity - Self.recordsKept - ring.count, trunk.pointee.capacity.slots - trunk.pointee.held[shard])
        if room > 0 { askAfterGap(index, shard: shard) }
        var slot = producer.pointee.burstFirst
        while slot != endOfChain {
            let fact = facts + Int(slot)
            if fact.pointee.generation == producer.pointee.generations[Int(fact.pointee.layer)] {
                report.pointee.trunkOffered &+= 1
                if room > 0, let place = ring.reserve() {
                    place.pointee = .packet(
                        TrunkPacket(
                            mirror: mirror, slot: slot, memory: slots.memory(of: slot), facts: fact.pointee))
                    ring.commit()
                    room -= 1
                    trunk.pointee.holders[Int(slot)] += 1
                    trunk.pointee.held[shard] += 1
                    report.pointee.trunkPassed &+= 1
                } else {
                    noteGap(producer, fact, shard: shard)
                }
            }
            slot = fact.pointee.next
        }
        trunk.pointee.bells |= 1 << UInt64(shard)
    }

    /// The mirror has a gap: its consumers see a loss that nobody can repair, and video begins anew.
    private mutating func noteGap(
        _ producer: UnsafeMutablePointer<ProducerState>, _ fact: UnsafeMutablePointer<PacketFacts>, shard: Int
    ) {
        drop(.trunkFull)
        producer.pointee.gapShards |= 1 << UInt64(shard)
        producer.pointee.gapLayers |= 1 << fact.pointee.layer
    }

    /// There is room again for a shard that missed something.
    private mutating func askAfterGap(_ index: UInt32, shard: Int) {
        let producer = producers + Int(index)
        guard producer.pointee.gapShards & 1 << UInt64(shard) != 0 else { return }
        producer.pointee.gapShards &= ~(1 << UInt64(shard))
        for layer in 0..<producer.pointee.layerCount where producer.pointee.gapLayers & 1 << layer != 0 {
            wantKeyframe(producer: index, layer: layer)
        }
        if producer.pointee.gapShards == 0 { producer.pointee.gapLayers = 0 }
    }

    /// Tells the mirrors of a producer what its sender reports said. One that has no room hears of the next.
    public mutating func passClocks(producer index: UInt32) {
        var shards = producers[Int(index)].mirrorShards
        while shards != 0 {
            passClocks(producer: index, to: shards.trailingZeroBitCount)
            shards &= shards - 1
        }
    }

    private mutating func passClocks(producer index: UInt32, to shard: Int) {
        guard let place = trunk.pointee.ends.recordsTo[shard].reserve() else { return }
        let producer = producers + Int(index)
        place.pointee = .clocks(
            TrunkClocks(
                mirror: trunk.pointee.wishes[Int(index) * trunk.pointee.shardCount + shard].mirror,
                generations: producer.pointee.generations, clocks: producer.pointee.clocks,
                publisher: publishers[Int(producer.pointee.publisher)]))
        trunk.pointee.ends.recordsTo[shard].commit()
        trunk.pointee.bells |= 1 << UInt64(shard)
    }

    // MARK: What the mirrors say

    /// Hears the shards that mirror producers of this one: slots come home here.
    public mutating func takeWords() {
        guard trunk.pointee.shardCount > 1 else { return }
        trunk.pointee.areAnswersLate = false
        for other in 0..<trunk.pointee.shardCount where other != trunk.pointee.shard {
            while let word = trunk.pointee.ends.wordsFrom[other].front() {
                guard obey(word.pointee, from: other) else {
                    trunk.pointee.areAnswersLate = true
                    break
                }
                trunk.pointee.ends.wordsFrom[other].advance()
            }
        }
    }

    /// False when there is no room for an answer: to be asked again.
    private mutating func obey(_ word: TrunkWord, from other: Int) -> Bool {
        switch word {
        case .slot(let slot): comeHome(slot, from: other)
        case .begin(let route): begin(route, to: other)
        case .end(let route): return end(route, to: other)
        case .keyframe(let route, let layers):
            guard isPresent(route) else { break }
            for layer in 0..<UInt8(Limits.layersMax) where layers & 1 << layer != 0 {
                wantKeyframe(producer: route.producer, layer: layer)
            }
        }
        return true
    }

    private mutating func isPresent(_ route: TrunkRoute) -> Bool {
        let producer = producers + Int(route.producer)
        return producer.pointee.isOpen && !producer.pointee.isMirror && producer.pointee.serial == route.serial
    }

    private mutating func comeHome(_ slot: UInt32, from other: Int) {
        let holders = trunk.pointee.holders + Int(slot)
        precondition(holders.pointee & ~Trunk.isBuried > 0, "a packet slot came home from a shard that had none")
        holders.pointee -= 1
        trunk.pointee.held[other] -= 1
        guard holders.pointee == Trunk.isBuried else { return }
        holders.pointee = 0
        slots.giveBack(slots.unpark(slot))
    }

    private mutating func begin(_ route: TrunkRoute, to other: Int) {
        trunk.pointee.wishes[Int(route.producer) * trunk.pointee.shardCount + other] = Trunk.Wish(
            serial: route.serial, mirror: route.mirror)
        guard isPresent(route) else { return }
        producers[Int(route.producer)].mirrorShards |= 1 << UInt64(other)
        passClocks(producer: route.producer, to: other)
    }

    /// A producer was opened: other shards may have asked for its packets already.
    mutating func fulfilWishes(producer index: UInt32) {
        let serial = producers[Int(index)].serial
        guard trunk.pointee.shardCount > 1, serial != 0 else { return }
        for other in 0..<trunk.pointee.shardCount
        where trunk.pointee.wishes[Int(index) * trunk.pointee.shardCount + other].serial == serial {
            producers[Int(index)].mirrorShards |= 1 << UInt64(other)
        }
    }

    private mutating func end(_ route: TrunkRoute, to other: Int) -> Bool {
        guard let place = trunk.pointee.ends.recordsTo[other].reserve() else { return false }
        let wish = trunk.pointee.wishes + Int(route.producer) * trunk.pointee.shardCount + other
        if wish.pointee.serial == route.serial { wish.pointee.serial = 0 }
        if isPresent(route) { producers[Int(route.producer)].mirrorShards &= ~(1 << UInt64(other)) }
        place.pointee = .ended(mirror: route.mirror)
        trunk.pointee.ends.recordsTo[other].commit()
        trunk.pointee.bells |= 1 << UInt64(other)
        return true
    }
}
