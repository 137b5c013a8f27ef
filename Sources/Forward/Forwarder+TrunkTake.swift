import Contract
import Memory
import Peer

/// What one record of the trunk was.
@frozen
public enum TrunkArrival {
    /// The ring is empty.
    case nothing
    case handled
    /// A packet is in the burst. `speaker` is who became dominant by it, `.none` for no change.
    case packet(RoomIndex, speaker: ProducerIndex)
    /// The mirror's place is free.
    case released(ProducerIndex)
}

/// The mirrors' side of the trunk: packets of another shard enter this shard's burst and histories by reference.
extension Forwarder {
    /// Takes the oldest record of another shard in.
    public mutating func takeRecord(from other: Int, now: UInt64) -> TrunkArrival {
        guard let record = trunk.pointee.ends.recordsFrom[other].front() else { return .nothing }
        defer { trunk.pointee.ends.recordsFrom[other].advance() }
        switch record.pointee {
        case .packet(let packet): return take(packet, from: other, now: now)
        case .clocks(let clocks):
            take(clocks, from: other)
            return .handled
        case .ended(let mirror): return .released(release(mirror, from: other))
        }
    }

    /// Whether other shards have passed something that was not taken yet.
    public mutating func hasRecords() -> Bool {
        guard trunk.pointee.shardCount > 1 else { return false }
        for other in 0..<trunk.pointee.shardCount
        where other != trunk.pointee.shard && trunk.pointee.ends.recordsFrom[other].count > 0 {
            return true
        }
        return false
    }

    private mutating func take(_ packet: TrunkPacket, from other: Int, now: UInt64) -> TrunkArrival {
        report.pointee.trunkReceived &+= 1
        let mirror = packet.mirror
        guard isMirroring(mirror, of: other) else { return refuse(packet, .unknownStream, from: other) }
        let layer = packet.facts.layer
        adopt(packet.facts.generation, producer: mirror, layer: layer)
        switch verdict(producer: mirror, layer: layer, sequence: packet.facts.sequence) {
        case .kept: break
        case .duplicate: return refuse(packet, .duplicate, from: other)
        case .tooOld: return refuse(packet, .tooLate, from: other)
        }
        let arrival = packet.facts.arrivalNanoseconds
        trunk.pointee.longestNanoseconds = max(trunk.pointee.longestNanoseconds, now - min(arrival, now))
        trunk.pointee.takenCount += 1
        let slot = hold(packet, from: other)
        facts[Int(slot)] = packet.facts
        noteTime(packet.facts, producer: mirror)
        let speaker = noteSound(slot: slot, producer: mirror, now: now)
        accept(parked: slot, producer: mirror)
        return .packet(RoomIndex(producers[Int(mirror)].room), speaker: speaker)
    }

    /// Counts how long what was taken has been on its way: no longer than the longest.
    public mutating func noteTrunkTime() {
        guard trunk.pointee.takenCount > 0 else { return }
        report.pointee.trunkTime.add(trunk.pointee.longestNanoseconds, count: trunk.pointee.takenCount)
        trunk.pointee.takenCount = 0
        trunk.pointee.longestNanoseconds = 0
    }

    private mutating func isMirroring(_ mirror: UInt32, of other: Int) -> Bool {
        producers[Int(mirror)].isOpen && producers[Int(mirror)].isMirror
            && Int(trunk.pointee.mirrors[Int(mirror)].shard) == other
    }

    private mutating func refuse(_ packet: TrunkPacket, _ reason: DropReason, from other: Int) -> TrunkArrival {
        sendHome(packet.slot, to: other)
        drop(reason)
        return .handled
    }

    /// The layer's source was replaced on its own shard: the numbers of what follows are others.
    private mutating func adopt(_ generation: UInt8, producer: UInt32, layer: UInt8) {
        guard producers[Int(producer)].generations[Int(layer)] != generation else { return }
        beginLayerAnew(producer: producer, layer: layer)
        producers[Int(producer)].generations[Int(layer)] = generation
    }

    private mutating func noteTime(_ fact: PacketFacts, producer index: UInt32) {
        let layer = Int(fact.layer)
        guard producers[Int(index)].clocks[layer].needsPackets else { return }
        producers[Int(index)].clocks[layer].notePacket(
            rtpTimestamp: fact.timestamp, arrivalNanoseconds: fact.arrivalNanoseconds)
    }

    private mutating func take(_ clocks: TrunkClocks, from other: Int) {
        guard isMirroring(clocks.mirror, of: other) else { return }
        let producer = producers + Int(clocks.mirror)
        for layer in 0..<producer.pointee.layerCount {
            adopt(clocks.generations[Int(layer)], producer: clocks.mirror, layer: layer)
            // What packets told here is as good as what they told there.
            guard clocks.clocks[Int(layer)].hasSenderReport else { continue }
            producer.pointee.clocks[Int(layer)] = clocks.clocks[Int(layer)]
        }
        publishers[Int(producer.pointee.publisher)] = clocks.publisher
    }

    // MARK: References

    /// The place of another shard's packet among this shard's slots. There is one: its owner passes no more than so many.
    private mutating func hold(_ packet: TrunkPacket, from other: Int) -> UInt32 {
        precondition(trunk.pointee.freeReferenceCount > 0, "another shard passed more than may be held")
        trunk.pointee.freeReferenceCount -= 1
        let place = trunk.pointee.freeReferences[trunk.pointee.freeReferenceCount]
        trunk.pointee.references[Int(place)] = Trunk.Reference(
            memory: packet.memory, slot: packet.slot, shard: UInt32(other))
        return UInt32(limits.slots) + place
    }

    private mutating func letGo(_ place: UInt32) {
        let reference = trunk.pointee.references[Int(place)]
        trunk.pointee.freeReferences[trunk.pointee.freeReferenceCount] = place
        trunk.pointee.freeReferenceCount += 1
        sendHome(reference.slot, to: Int(reference.shard))
    }

    /// No bell: its owner looks when it needs slots.
    private mutating func sendHome(_ slot: UInt32, to other: Int) {
        precondition(trunk.pointee.ends.wordsTo[other].push(.slot(slot)), "more slots go home than were passed")
    }

    /// Slots that nobody asks for any more go home; those that another shard holds, when it has let go of them.
    mutating func emptyGraveyard() {
        guard trunk.pointee.shardCount > 1 else { return graveyard.empty(into: &slots) }
        while let slot = graveyard.next() {
            if slot >= UInt32(limits.slots) {
                letGo(slot - UInt32(limits.slots))
            } else if trunk.pointee.holders[Int(slot)] > 0 {
                trunk.pointee.holders[Int(slot)] |= Trunk.isBuried
            } else {
                slots.giveBack(slots.unpark(slot))
            }
        }
    }
}
