import Contract
import Memory
import Peer

/// The first half: packets enter their layer's history and the burst.
extension Forwarder {
    /// Before a burst: slots that fell out of a history since the last one go home.
    public mutating func beginBurst() {
        precondition(activeRoomCount == 0, "the last burst has not departed")
        takeWords()
        emptyGraveyard()
    }

    /// Whether a packet of this layer is new; asked before a slot is spent on it.
    public mutating func verdict(producer: UInt32, layer: UInt8, sequence: UInt64) -> History.Insertion {
        producers[Int(producer)].histories[Int(layer)].verdict(for: sequence, facts: facts)
    }

    /// Takes a decrypted packet in. Its facts are filled in, `verdict` was `.kept`; the layer's history owns the slot from here.
    public mutating func accept(_ slot: consuming Slot, producer: UInt32) {
        let index = slot.park()
        putPaddingBehind(index)
        accept(parked: index, producer: producer)
    }

    /// The same for a slot that is a table's already: this shard's or, from a mirror, another's.
    mutating func accept(parked index: UInt32, producer: UInt32) {
        let fact = facts + Int(index)
        let owner = producers + Int(producer)
        let layer = Int(fact.pointee.layer)
        arrivals &+= 1
        fact.pointee.order = arrivals
        fact.pointee.next = endOfChain
        fact.pointee.levelling = 0
        fact.pointee.generation = owner.pointee.generations[layer]
        owner.pointee.histories[layer].insert(index, sequence: fact.pointee.sequence, graveyard: &graveyard)
        owner.pointee.lastArrivals[layer] = fact.pointee.arrivalNanoseconds
        owner.pointee.report.packetsReceived[layer] &+= 1
        owner.pointee.report.bytesReceived[layer] &+= UInt64(fact.pointee.payloadBytes)
        let awaits = fact.pointee.frame.has(.awaitsStructure)
        if !awaits { noteRate(fact, producer: owner) }
        if fact.pointee.isKeyframeStart {
            owner.pointee.report.keyframes &+= 1
            owner.pointee.throttles[layer].keyframeArrived()
        }
        if owner.pointee.liveLayers & 1 << UInt8(layer) == 0 {
            owner.pointee.liveLayers |= 1 << UInt8(layer)
            retarget(producer: producer)
        }
        if owner.pointee.layerCount > 1 { noteOvertaking(fact, producer: producer) }
        if fact.pointee.frame.has(.isLayered), !awaits { noteLayers(fact, producer: producer) }
        if owner.pointee.isPaused { return drop(.producerPaused) }
        if owner.pointee.consumerCount == 0, owner.pointee.mirrorShards == 0 { return drop(.noConsumer) }
        report.pointee.rtpAccepted &+= 1
        if !awaits { appendToBurst(index, producer: owner, producerIndex: producer) }
    }

    private mutating func noteRate(
        _ fact: UnsafeMutablePointer<PacketFacts>, producer: UnsafeMutablePointer<ProducerState>
    ) {
        producer.pointee.rates.note(
            layer: fact.pointee.layer, spatial: fact.pointee.frame.spatialId,
            temporal: fact.pointee.frame.temporalId, payloadBytes: Int(fact.pointee.payloadBytes),
            now: fact.pointee.arrivalNanoseconds)
    }

    /// The packet of this number when it waits in its history for the structure that explains it.
    public mutating func awaiting(producer: UInt32, layer: UInt8, sequence: UInt64) -> UInt32? {
        guard
            let slot = producers[Int(producer)].histories[Int(layer)].slot(for: sequence, facts: facts),
            facts[Int(slot)].frame.has(.awaitsStructure)
        else { return nil }
        return slot
    }

    /// A packet whose structure has come enters the burst as if it came now: nobody has seen it yet, here or on other
    /// shards. Its facts have been filled in anew.
    public mutating func release(_ slot: UInt32, producer: UInt32, now: UInt64) {
        let fact = facts + Int(slot)
        let owner = producers + Int(producer)
        arrivals &+= 1
        fact.pointee.order = arrivals
        fact.pointee.arrivalNanoseconds = now
        noteRate(fact, producer: owner)
        if fact.pointee.frame.has(.isLayered) { noteLayers(fact, producer: producer) }
        let isHeard = owner.pointee.consumerCount > 0 || owner.pointee.mirrorShards != 0
        if isHeard, !owner.pointee.isPaused { appendToBurst(slot, producer: owner, producerIndex: producer) }
    }

    /// One byte of RTP padding (RFC 3550 §5.1), which leaves only with packets that are levelled. Here, because nobody may
    /// write into a slot once others, other shards too, can read it.
    private mutating func putPaddingBehind(_ slot: UInt32) {
        guard let end = Levelling.paddingOffset(facts + Int(slot)) else { return }
        slots.memory(of: slot).storeBytes(of: 1, toByteOffset: end, as: UInt8.self)
    }

    private mutating func appendToBurst(
        _ slot: UInt32, producer: UnsafeMutablePointer<ProducerState>, producerIndex: UInt32
    ) {
        if producer.pointee.isActive {
            facts[Int(producer.pointee.burstLast)].next = slot
        } else {
            producer.pointee.isActive = true
            producer.pointee.burstFirst = slot
            activate(producerIndex, room: producer.pointee.room)
        }
        producer.pointee.burstLast = slot
    }

    private mutating func activate(_ producer: UInt32, room index: UInt32) {
        let room = rooms + Int(index)
        if room.pointee.activeCount == 0 {
            activeRooms[activeRoomCount] = index
            activeRoomCount += 1
        }
        let row = roomActives + Int(index) * limits.producersPerRoomMax
        var place = Int(room.pointee.activeCount)
        // A run ends with its first shorter packet: what is small goes last.
        if producers[Int(producer)].kind == .video {
            while place > 0, producers[Int(row[place - 1])].kind == .audio {
                row[place] = row[place - 1]
                place -= 1
            }
        }
        row[place] = producer
        room.pointee.activeCount += 1
    }

    /// Takes producers that nobody has in a slot here out of the burst: other shards have been passed their packets.
    mutating func skipUnheard(_ room: UInt32) {
        let row = roomActives + Int(room) * limits.producersPerRoomMax
        var kept = 0
        for place in 0..<Int(rooms[Int(room)].activeCount) {
            let producer = producers + Int(row[place])
            if producer.pointee.consumerCount == 0 {
                producer.pointee.isActive = false
            } else {
                row[kept] = row[place]
                kept += 1
            }
        }
        rooms[Int(room)].activeCount = UInt32(kept)
    }

    /// After the burst has left: its lists are emptied, its packets stay in their histories.
    mutating func endBurst() {
        for place in 0..<activeRoomCount {
            let index = Int(activeRooms[place])
            let row = roomActives + index * limits.producersPerRoomMax
            for active in 0..<Int(rooms[index].activeCount) { producers[Int(row[active])].isActive = false }
            rooms[index].activeCount = 0
        }
        lastRoomCount = activeRoomCount
        activeRoomCount = 0
        cursor = FanoutCursor()
    }
}
