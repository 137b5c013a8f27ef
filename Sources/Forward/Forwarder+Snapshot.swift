import Contract
import Peer
import Snapshot

/// How far each table has been used.
@frozen
public struct TableEnds: BitwiseCopyable, Sendable {
    public internal(set) var rooms: UInt32 = 0
    public internal(set) var peers: UInt32 = 0
    public internal(set) var producers: UInt32 = 0
    public internal(set) var consumers: UInt32 = 0
}

/// What moves fast of rooms' media, for another process. The tables are opened by the same commands as everywhere; this is
/// laid over them. Packets that could be sent again stay behind, and so do those that wait for a pace: their streams go
/// on with a keyframe.
extension Forwarder {
    /// Whose speech was told of last.
    public mutating func carryRoom(_ index: UInt32, _ book: inout SnapshotBook) {
        let room = rooms + Int(index)
        book.field(2, &room.pointee.announcedSpeaker.value)
        let speaker = room.pointee.announcedSpeaker
        book.check(speaker == .none || speaker.value < UInt32(limits.producersMax), "a speaker is out of range")
    }

    public mutating func carrySubscriber(_ index: UInt32, _ book: inout SnapshotBook) {
        let subscriber = subscribers + Int(index)
        book.field(1, &subscriber.pointee.incarnation)
        book.field(2, &subscriber.pointee.freshIndex)
        book.field(4, &subscriber.pointee.endpoint.high)
        book.field(5, &subscriber.pointee.endpoint.low)
        book.field(6, &subscriber.pointee.endpoint.port)
        book.field(7, &subscriber.pointee.endpoint.connection)
        book.field(8, &subscriber.pointee.tagBytes)
        book.field(9, &subscriber.pointee.redundancy)
        book.field(10, &subscriber.pointee.calmReports)
        book.field(11, &subscriber.pointee.excluded.value)
        book.field(12, &subscriber.pointee.packetsSent)
        book.field(13, &subscriber.pointee.bytesSent)
        book.message(14, &subscriber.pointee.estimate)
        book.message(15, &subscriber.pointee.protection)
        let isBounded = subscriber.pointee.tagBytes <= 16 && subscriber.pointee.redundancy <= 2
        book.check(isBounded && subscriber.pointee.freshIndex < 1 << 48, "a subscriber is out of range")
    }

    /// Its keys are installed and somebody listens at its address. A TCP connection ends with the process that had it.
    public mutating func setReadyAgain(_ index: UInt32) {
        let subscriber = subscribers + Int(index)
        guard subscriber.pointee.key.isInstalled, subscriber.pointee.endpoint != .none else { return }
        subscriber.pointee.isReady = !subscriber.pointee.endpoint.isTcp
    }

    public mutating func carryProducer(_ index: UInt32, _ book: inout SnapshotBook) {
        let producer = producers + Int(index)
        var serial = producer.pointee.serial
        book.field(2, &serial)
        book.check(serial == producer.pointee.serial, "a producer is another one")
        book.field(3, &producer.pointee.liveLayers)
        book.field(4, &producer.pointee.audioLevel)
        book.fields(5, &producer.pointee.generations)
        book.fields(6, &producer.pointee.topSpatials)
        for layer in 0..<Limits.layersMax { book.time(7 + layer, &producer.pointee.lastArrivals[layer]) }
        for layer in 0..<Limits.layersMax { book.field(10 + layer, &producer.pointee.areNested[layer]) }
        for layer in 0..<Limits.layersMax { carryHistory(of: producer, layer, &book) }
        for layer in 0..<Limits.layersMax { book.message(16 + layer, &producer.pointee.clocks[layer]) }
        book.message(19, &producer.pointee.rates)
        for layer in 0..<Limits.layersMax { book.message(20 + layer, &producer.pointee.throttles[layer]) }
        carryWishes(23, of: index, &book)
        let layers = UInt8(1) << producer.pointee.layerCount
        var top: UInt8 = 0
        for layer in 0..<Limits.layersMax { top = max(top, producer.pointee.topSpatials[layer]) }
        book.check(producer.pointee.liveLayers < layers && top < 4, "a producer's layers are out of range")
    }

    private func carryHistory(
        of producer: UnsafeMutablePointer<ProducerState>, _ layer: Int, _ book: inout SnapshotBook
    ) {
        var (end, holes) = producer.pointee.histories[layer].ending(facts: facts)
        book.message(13 + layer) {
            $0.field(1, &end)
            $0.field(2, &holes)
        }
        book.check(end < 1 << 48, "a sequence number is longer than 48 bits")
        if book.isReading, book.isWhole { producer.pointee.histories[layer].begin(at: end, holes: holes) }
    }

    /// Numbers of a layer that have come, of the last 64, the oldest first: for who looks for those that have not.
    public mutating func arrived(producer: UInt32, layer: Int, _ body: (UInt64) -> Void) {
        let (end, holes) = producers[Int(producer)].histories[layer].ending(facts: facts)
        for back in (0..<min(end, 64)).reversed() where holes >> back & 1 == 0 { body(end - 1 - back) }
    }

    private mutating func carryWishes(_ number: Int, of index: UInt32, _ book: inout SnapshotBook) {
        var wishes = producers[Int(index)].wantedKeyframes
        book.field(number, &wishes)
        guard book.isReading else { return }
        for layer in 0..<UInt8(Limits.layersMax) where wishes >> layer & 1 == 1 {
            wantKeyframe(producer: index, layer: layer)
        }
    }

    /// A publisher's clock, by `ProducerState.publisher`.
    public mutating func carryPublisher(_ index: UInt32, _ number: Int, _ book: inout SnapshotBook) {
        book.message(number, &publishers[Int(index)])
    }

    /// Whether a closed consumer's numbers are still to be known: its peer may get the index again.
    public mutating func isRemembered(consumer index: UInt32) -> Bool {
        let consumer = consumers + Int(index)
        // Never taken: nothing else need be read of it.
        guard !consumer.pointee.isOpen, consumer.pointee.incarnation != 0 else { return false }
        let owner = subscribers + Int(consumer.pointee.peer)
        return owner.pointee.isOpen
            && owner.pointee.incarnation == consumer.pointee.incarnation && consumer.pointee.ssrc != 0
    }

    /// Before consumers are read: what commands bound them to may be another's by now.
    public mutating func unbindAll() {
        for index in 0..<ends.consumers where consumers[Int(index)].isOpen { unbind(consumer: index) }
    }

    /// Reading, subscribers and producers have been read before, and nobody is ready yet: no keyframe is asked for.
    public mutating func carryConsumer(_ index: UInt32, _ book: inout SnapshotBook) {
        let place = consumers + Int(index)
        var told = CarriedConsumer(place.pointee)
        told.carry(&book)
        guard book.isReading, book.isWhole else { return }
        guard fits(told, index) else { return book.fail(.refused("consumer \(index) does not fit")) }
        guard told.isOpen else {
            place.pointee = told.state
            return
        }
        let producer = told.state.producer
        guard producer == endOfChain || bind(consumer: index, producer: producer) else {
            return book.fail(.refused("consumer \(index) cannot carry its producer"))
        }
        lay(told.state, over: place)
        if told.isBehind { restart(consumer: index) }
        if place.pointee.isChosen { tell(index) }
    }

    private mutating func fits(_ told: borrowing CarriedConsumer, _ index: UInt32) -> Bool {
        let before = consumers + Int(index)
        let (peer, producer) = (told.state.peer, told.state.producer)
        guard peer < UInt32(limits.peersMax), subscribers[Int(peer)].isOpen,
            subscribers[Int(peer)].incarnation == told.state.incarnation,
            producer == endOfChain || producer < UInt32(limits.producersMax), before.pointee.isOpen == told.isOpen,
            !told.isOpen || before.pointee.peer == peer
        else { return false }
        for place in 0..<4 where told.state.sources[place] != endOfChain {
            let name = told.state.sources[place]
            guard SourceName.producer(name) < UInt32(limits.producersMax), SourceName.layer(name) < Limits.layersMax
            else { return false }
        }
        return true
    }

    /// What the commands have set stays: lists, and what the client asked for.
    private mutating func lay(_ state: borrowing ConsumerState, over place: UnsafeMutablePointer<ConsumerState>) {
        let now = place.pointee
        var next = copy state
        next.importance = now.importance
        next.producer = now.producer
        next.isUntold = now.isUntold
        countHold(place, state.pauseReason)
        place.pointee = next
    }
}

/// What a consumer takes along.
struct CarriedConsumer: BitwiseCopyable {
    var state: ConsumerState
    var isOpen: Bool
    /// Something of it waited for its turn, and stays behind.
    var isBehind: Bool

    init(_ state: ConsumerState) {
        self.state = state
        isOpen = state.isOpen
        isBehind = state.isBehind
    }

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(2, &isOpen)
        book.field(3, &state.peer)
        book.field(4, &state.incarnation)
        book.field(5, &state.epoch)
        book.message(6, &state.sequence)
        book.message(7, &state.timestamp)
        book.field(8, &state.rtxIndex)
        book.field(9, &state.parityIndex)
        for place in 0..<4 { book.message(10, &state.ids[place]) }
        let holds = max(state.rtxIndex, state.parityIndex) < 1 << 48 && state.epoch < 0xFF_FFFF
        let isSourceKnown = state.sequence.source == state.epoch || state.sequence.source == .max
        book.check(holds && isSourceKnown, "a consumer's numbers are out of range")
        if isOpen { carryOpen(&book) }
    }

    private mutating func carryOpen(_ book: inout SnapshotBook) {
        book.field(11, &state.producer)
        book.fields(12, &state.sources)
        book.fields(13, &state.starts)
        book.field(14, &state.wantedLayer)
        book.message(15, &state.target)
        book.message(16, &state.current)
        book.message(17, &state.goal)
        book.field(18, &state.isFresh)
        book.time(19, &state.upSinceNanoseconds)
        book.time(20, &state.shortSinceNanoseconds)
        book.time(21, &state.lastSentNanoseconds)
        book.field(22, &state.sentTimestamp)
        book.field(23, &state.sentCodec)
        book.field(24, &state.sentEnd)
        book.field(25, &state.beginsTalk)
        book.field(26, &state.wasShed)
        book.field(27, &isBehind)
        book.message(28, &state.choices)
        book.field(29, &state.report.packetsSent)
        book.field(30, &state.report.bytesSent)
        book.field(31, &state.packetsReported)
        book.field(32, &state.pauseReason)
        book.field(33, &state.bindings)
        let isBounded = state.wantedLayer < UInt8(Limits.layersMax) && state.sentEnd < 1 << 48
        book.check(isBounded && !state.goal.isNothing, "a consumer's layers are out of range")
    }
}
