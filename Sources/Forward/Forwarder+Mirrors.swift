import Contract
import Memory
import Peer

/// Opening and closing mirrors. A mirror asks the producer's shard for its packets by itself, and its place is free when
/// that shard has answered that no more will come.
extension Forwarder {
    public mutating func openMirror(_ order: OpenMirror) -> Bool {
        let index = order.mirror.value
        guard trunk.pointee.shardCount > 1, order.originShard != UInt8(trunk.pointee.shard),
            Int(order.originShard) < trunk.pointee.shardCount,
            order.room.value < UInt32(limits.roomsMax), rooms[Int(order.room.value)].isOpen,
            order.originProducer.value < UInt32(limits.producersMax), index < UInt32(limits.producersMax),
            trunk.pointee.mirrors[Int(index)].phase == .closed,
            open(index, kind: order.kind, source: order.source, layerCount: order.layerCount, room: order.room.value)
        else { return false }
        let producer = producers + Int(index)
        producer.pointee.isMirror = true
        producer.pointee.member = order.member
        rank(producer: index)
        producer.pointee.publisher = UInt32(limits.peersMax) + index
        publishers[Int(producer.pointee.publisher)] = PublisherClock()
        let mirror = trunk.pointee.mirrors + Int(index)
        mirror.pointee.phase = .beginning
        mirror.pointee.shard = order.originShard
        mirror.pointee.producer = order.originProducer.value
        mirror.pointee.serial = order.originSerial
        trunk.pointee.mirrorList[trunk.pointee.mirrorCount] = index
        trunk.pointee.mirrorCount += 1
        sayWord(index)
        return true
    }

    /// True when the mirror's place is free at once: its producer's shard was never told of it.
    public mutating func closeMirror(_ index: UInt32) -> Bool {
        closeProducer(index)
        let mirror = trunk.pointee.mirrors + Int(index)
        guard mirror.pointee.phase == .open else {
            forget(index)
            return true
        }
        mirror.pointee.phase = .ending
        sayWord(index)
        return false
    }

    /// The producer's shard has ended.
    mutating func release(_ index: UInt32, from other: Int) -> ProducerIndex {
        precondition(
            trunk.pointee.mirrors[Int(index)].phase == .leaving && Int(trunk.pointee.mirrors[Int(index)].shard) == other
        )
        forget(index)
        return ProducerIndex(index)
    }

    private mutating func forget(_ index: UInt32) {
        trunk.pointee.mirrors[Int(index)].phase = .closed
        for place in 0..<trunk.pointee.mirrorCount where trunk.pointee.mirrorList[place] == index {
            trunk.pointee.mirrorCount -= 1
            trunk.pointee.mirrorList[place] = trunk.pointee.mirrorList[trunk.pointee.mirrorCount]
            return
        }
    }

    /// Tells the producer's shard what the mirror's phase demands, now or when there is room.
    private mutating func sayWord(_ index: UInt32) {
        let mirror = trunk.pointee.mirrors + Int(index)
        let route = TrunkRoute(
            producer: mirror.pointee.producer, serial: mirror.pointee.serial, mirror: index)
        switch mirror.pointee.phase {
        case .beginning where push(.begin(route), to: Int(mirror.pointee.shard)): mirror.pointee.phase = .open
        case .ending where push(.end(route), to: Int(mirror.pointee.shard)): mirror.pointee.phase = .leaving
        case .beginning, .ending: trunk.pointee.areWordsLate = true
        case .closed, .open, .leaving: break
        }
    }

    /// Slots on their way home come first: half of the ring is theirs.
    private mutating func push(_ word: TrunkWord, to other: Int) -> Bool {
        let ring = trunk.pointee.ends.wordsTo[other]
        guard ring.count < trunk.pointee.capacity.slots, ring.push(word) else { return false }
        trunk.pointee.bells |= 1 << UInt64(other)
        return true
    }

    /// Passes the wish for a keyframe of a mirror on.
    public mutating func sayKeyframes(_ index: UInt32) {
        let producer = producers + Int(index)
        let mirror = trunk.pointee.mirrors + Int(index)
        guard producer.pointee.wantedKeyframes != 0, mirror.pointee.phase == .open else { return }
        let route = TrunkRoute(
            producer: mirror.pointee.producer, serial: mirror.pointee.serial, mirror: index)
        let word = TrunkWord.keyframe(route, layers: producer.pointee.wantedKeyframes)
        if push(word, to: Int(mirror.pointee.shard)) { producer.pointee.wantedKeyframes = 0 }
    }

    public var hasMirrors: Bool { mutating get { trunk.pointee.mirrorCount > 0 } }
    /// Something waits for room in another shard's ring.
    public var isHeldUp: Bool { mutating get { trunk.pointee.areWordsLate || trunk.pointee.areAnswersLate } }

    /// Shards that were written to and are to be woken; asking forgets them.
    public mutating func takeBells() -> UInt64 {
        let bells = trunk.pointee.bells
        trunk.pointee.bells = 0
        return bells
    }

    /// Tries again what found no room.
    public mutating func sayLateWords() {
        if trunk.pointee.areAnswersLate { takeWords() }
        guard trunk.pointee.areWordsLate else { return }
        trunk.pointee.areWordsLate = false
        for place in 0..<trunk.pointee.mirrorCount { sayWord(trunk.pointee.mirrorList[place]) }
    }

    /// What time asks of mirrors, as it does of producers.
    public mutating func keepMirrors(historyFrom: UInt64, layersFrom: UInt64) {
        for place in 0..<trunk.pointee.mirrorCount {
            let index = trunk.pointee.mirrorList[place]
            guard producers[Int(index)].isOpen else { continue }
            expireHistory(producer: index, before: historyFrom)
            noteSilentLayers(producer: index, since: layersFrom)
            sayKeyframes(index)
        }
    }
}
