import Contract
import Memory
import Peer

/// Opening and closing producers.
extension Forwarder {
    public mutating func openProducer(_ command: borrowing OpenProducer, room: UInt32) -> Bool {
        let index = command.producer.value
        guard
            open(index, kind: command.kind, source: command.source, layerCount: command.layerCount, room: room)
        else { return false }
        producers[Int(index)].peer = command.peer.index
        producers[Int(index)].publisher = command.peer.index
        producers[Int(index)].serial = command.serial
        producers[Int(index)].member = MemberNumber(
            shard: ShardIndex(trunk.pointee.shard), peer: command.peer.index)
        rank(producer: index)
        fulfilWishes(producer: index)
        return true
    }

    mutating func open(
        _ index: UInt32, kind: MediaKind, source: MediaSource, layerCount: UInt8, room: UInt32
    ) -> Bool {
        guard index < UInt32(limits.producersMax), !producers[Int(index)].isOpen,
            let ordinal = freeOrdinal(room: room)
        else { return false }
        let histories = producers[Int(index)].histories
        producers[Int(index)] = ProducerState { histories[$0] }
        let producer = producers + Int(index)
        producer.pointee.isOpen = true
        ends.producers = max(ends.producers, index + 1)
        producer.pointee.kind = kind
        producer.pointee.source = source
        producer.pointee.layerCount = layerCount
        producer.pointee.room = room
        producer.pointee.ordinal = ordinal
        if kind == .audio {
            producer.pointee.clocks = InlineArray(repeating: SenderClock(clockRate: 48_000))
        }
        roomProducers[Int(room) * limits.producersPerRoomMax + Int(ordinal)] = index + 1
        rooms[Int(room)].producerCount += 1
        rooms[Int(room)].ordinalCount = max(rooms[Int(room)].ordinalCount, ordinal + 1)
        if kind == .audio { meters[Int(index)] = SpeechMeter() }
        report.pointee.producersNow += 1
        return true
    }

    private mutating func freeOrdinal(room: UInt32) -> UInt32? {
        let row = roomProducers + Int(room) * limits.producersPerRoomMax
        for ordinal in 0..<limits.producersPerRoomMax where row[ordinal] == 0 { return UInt32(ordinal) }
        return nil
    }

    /// The producer at a room's ordinal; nil for a free one.
    public mutating func producer(room: UInt32, ordinal: UInt32) -> UInt32? {
        let entry = roomProducers[Int(room) * limits.producersPerRoomMax + Int(ordinal)]
        return entry == 0 ? nil : entry - 1
    }

    /// Unbinds all consumers and lets the histories go. Called between bursts only.
    public mutating func closeProducer(_ index: UInt32) {
        let producer = producers + Int(index)
        precondition(producer.pointee.isOpen && !producer.pointee.isActive)
        forEachConsumer(of: producer) { $0.unbind(consumer: $1) }
        for layer in 0..<Limits.layersMax { producer.pointee.histories[layer].removeAll(graveyard: &graveyard) }
        let room = rooms + Int(producer.pointee.room)
        roomProducers[Int(producer.pointee.room) * limits.producersPerRoomMax + Int(producer.pointee.ordinal)] = 0
        room.pointee.producerCount -= 1
        producer.pointee.isOpen = false
        unrank(producer: index)
        producer.pointee.wantedKeyframes = 0
        producer.pointee.mirrorShards = 0
        report.pointee.producersNow -= 1
    }

    /// Server-side mute. Consumers begin anew, video with a keyframe, when it ends.
    public mutating func pauseProducer(_ index: UInt32, _ isPaused: Bool) -> Bool {
        guard index < UInt32(limits.producersMax), producers[Int(index)].isOpen else { return false }
        let producer = producers + Int(index)
        guard producer.pointee.isPaused != isPaused else { return true }
        producer.pointee.isPaused = isPaused
        if isPaused { yield(producer: index) }
        forEachConsumer(of: producer) { $0.restart(consumer: $1) }
        return true
    }

    /// Lets go of packets older than `nanoseconds`, in all layers of one producer.
    public mutating func expireHistory(producer index: UInt32, before nanoseconds: UInt64) {
        let producer = producers + Int(index)
        for layer in 0..<Int(producer.pointee.layerCount) {
            producer.pointee.histories[layer].expire(before: nanoseconds, facts: facts, graveyard: &graveyard)
        }
    }
}

extension Forwarder {
    /// The source of a layer was replaced by one with other numbers: nothing of the old one can be sent again, and
    /// consumers begin anew with the new one's first keyframe.
    public mutating func beginLayerAnew(producer index: UInt32, layer: UInt8) {
        let producer = producers + Int(index)
        producer.pointee.histories[Int(layer)].removeAll(graveyard: &graveyard)
        producer.pointee.generations[Int(layer)] &+= 1
        producer.pointee.rates.forget(layer: layer)
        producer.pointee.clocks[Int(layer)] = SenderClock(clockRate: producer.pointee.kind == .audio ? 48_000 : 90_000)
        let name = SourceName.make(producer: index, layer: layer)
        forEachConsumer(of: producer) { $0.forgetSource(name, consumer: $1, layer: layer) }
    }

    /// The numbers that the old source had may soon be another packet's.
    private mutating func forgetSource(_ name: UInt32, consumer index: UInt32, layer: UInt8) {
        let consumer = consumers + Int(index)
        for place in 0..<4 where consumer.pointee.sources[place] == name {
            consumer.pointee.sources[place] = endOfChain
        }
        if consumer.pointee.currentLayer == layer { restart(consumer: index) }
    }
}
