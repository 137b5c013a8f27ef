import Contract
import Memory
import Peer

/// Which of a producer's packets a consumer takes.
extension Forwarder {
    /// Why this packet does not go to this consumer; nil when it does. Switches layers when this is the packet to do it at.
    mutating func refusal(
        _ fact: UnsafeMutablePointer<PacketFacts>, producer: UnsafeMutablePointer<ProducerState>,
        consumer: UnsafeMutablePointer<ConsumerState>, subscriber: UnsafeMutablePointer<Subscriber>, now: UInt64
    ) -> DropReason? {
        guard subscriber.pointee.isReady else { return .peerNotReady }
        guard !consumer.pointee.isPaused else { return .consumerPaused }
        guard fact.pointee.generation == producer.pointee.generations[Int(fact.pointee.layer)] else {
            return .sourceTooOld
        }
        if shedding.level > 0, consumer.pointee.kind == .video, sheds(consumer, of: producer) {
            consumer.pointee.current = .nothing
            consumer.pointee.wasShed = true
            return .shed
        }
        if consumer.pointee.target.isNothing {
            consumer.pointee.current = .nothing
            return .layerNotSelected
        }
        let isCurrent = fact.pointee.layer == consumer.pointee.currentLayer
        if let reason = uselessness(fact, subscriber: subscriber) {
            if isCurrent { leaveOut(fact, consumer: consumer) }
            return reason
        }
        if isCurrent {
            guard fact.pointee.frame.has(.isLayered) || fact.pointee.frame.has(.isBlind) else { return nil }
            guard let reason = refusalByLayer(fact, consumer: consumer) else { return nil }
            if !consumer.pointee.current.isNothing { leaveOut(fact, consumer: consumer) }
            return reason
        }
        guard fact.pointee.layer == consumer.pointee.targetLayer else { return .layerNotSelected }
        guard fact.pointee.isKeyframeStart || consumer.pointee.kind == .audio else {
            if consumer.pointee.wasShed {
                consumer.pointee.wasShed = false
                wantKeyframe(producer: consumer.pointee.producer, layer: consumer.pointee.targetLayer)
            }
            return .waitingForKeyframe
        }
        switchSource(of: consumer, to: fact, producer: producer, now: now)
        return nil
    }

    private mutating func sheds(
        _ consumer: UnsafeMutablePointer<ConsumerState>, of producer: UnsafeMutablePointer<ProducerState>
    ) -> Bool {
        let index = UInt32(truncatingIfNeeded: consumer - consumers)
        return shedding.sheds(share: Shedding.share(of: index), isScreen: producer.pointee.source == .screen)
    }

    private mutating func uselessness(
        _ fact: UnsafeMutablePointer<PacketFacts>, subscriber: UnsafeMutablePointer<Subscriber>
    ) -> DropReason? {
        if fact.pointee.payloadBytes == 0 { return .paddingOnly }
        let codec = Int(fact.pointee.codec.rawValue)
        if subscriber.pointee.payloadTypeOfCodec[codec] != 255 { return nil }
        return fact.pointee.codec == .red && unpacks(fact, for: subscriber) ? nil : .codecNotNegotiated
    }

    /// The numbers that this packet had must not be missing on the way out.
    private mutating func leaveOut(
        _ fact: UnsafeMutablePointer<PacketFacts>, consumer: UnsafeMutablePointer<ConsumerState>
    ) {
        let epoch = consumer.pointee.epoch
        _ = consumer.pointee.sequence.skip(fact.pointee.sequence, source: epoch)
        consumer.pointee.ids[Int(epoch & 3)].skip(fact.pointee.frame)
    }

    private mutating func switchSource(
        of consumer: UnsafeMutablePointer<ConsumerState>, to fact: UnsafeMutablePointer<PacketFacts>,
        producer: UnsafeMutablePointer<ProducerState>, now: UInt64
    ) {
        let layer = fact.pointee.layer
        abandonBacklog(of: consumer)
        let before = consumer.pointee.sources[Int(consumer.pointee.epoch & 3)]
        if before == endOfChain { noteBeginner(consumer.pointee.peer) }
        consumer.pointee.epoch = (consumer.pointee.epoch &+ 1) & 0x7F_FFFF
        let name = SourceName.make(producer: consumer.pointee.producer, layer: layer)
        consumer.pointee.sources[Int(consumer.pointee.epoch & 3)] = name
        consumer.pointee.starts[Int(consumer.pointee.epoch & 3)] = fact.pointee.sequence
        beginChoices(of: consumer, with: fact)
        consumer.pointee.report.layer = layer
        if producer.pointee.histories[Int(layer)].newest > fact.pointee.sequence {
            noteFollowers(of: fact)
        }
        let outgoing = consumer.pointee.sequence.next
        consumer.pointee.sequence.switchSource(consumer.pointee.epoch, at: fact.pointee.sequence)
        consumer.pointee.timestamp.switchSource(
            firstTimestamp: fact.pointee.timestamp, outgoing: outgoing, now: now,
            clockRate: fact.pointee.codec.clockRate, alignment: alignment(from: before, to: name, now: now),
            isSame: before == name)
    }

    /// What comes behind the packet by its number has its turn behind it.
    private mutating func noteFollowers(of fact: UnsafeMutablePointer<PacketFacts>) {
        let isFurther = cursor.followedFrom != .max && cursor.followedLayer == fact.pointee.layer
        cursor.followedFrom = isFurther ? min(cursor.followedFrom, fact.pointee.sequence) : fact.pointee.sequence
        cursor.followedLayer = fact.pointee.layer
        cursor.followers = fact.pointee.sequence + 1
    }

    /// What relates the timestamps of two sources, when sender reports of both say.
    private mutating func alignment(from before: UInt32, to name: UInt32, now: UInt64) -> UInt32? {
        guard before != endOfChain else { return nil }
        let old = producers + Int(SourceName.producer(before))
        let new = producers + Int(SourceName.producer(name))
        return SenderClock.alignment(
            from: old.pointee.clocks[SourceName.layer(before)], publishers[Int(old.pointee.publisher)],
            to: new.pointee.clocks[SourceName.layer(name)], publishers[Int(new.pointee.publisher)], now: now)
    }

    /// A layer of this producer came to life or fell silent: its consumers look for the best one that lives.
    public mutating func retarget(producer index: UInt32) {
        forEachConsumer(of: producers + Int(index)) { $0.retarget(consumer: $1) }
    }

    /// Chooses the live layer closest to the one wanted, from below if possible, and asks for a keyframe there.
    public mutating func retarget(consumer index: UInt32) {
        let consumer = consumers + Int(index)
        guard consumer.pointee.producer != endOfChain else { return }
        let producer = producers + Int(consumer.pointee.producer)
        setGoal(of: consumer, producer: producer)
        guard consumer.pointee.kind == .video, needsKeyframe(consumer, producer: producer),
            !consumer.pointee.isPaused, !consumer.pointee.target.isNothing,
            subscribers[Int(consumer.pointee.peer)].isReady
        else { return }
        wantKeyframe(producer: consumer.pointee.producer, layer: consumer.pointee.targetLayer)
    }

    /// From the next packet on, as much is left out as `new` says.
    public mutating func setShedding(_ new: Shedding) {
        let turnsLayers = new.layerShares != shedding.layerShares
        shedding = new
        guard turnsLayers else { return }
        for index in 0..<limits.producersMax
        where producers[index].isOpen && producers[index].kind == .video {
            retarget(producer: UInt32(index))
        }
    }

    mutating func nearestLayer(to wanted: UInt8, live: UInt8) -> UInt8 {
        guard live != 0 else { return wanted }
        var layer = wanted
        while layer > 0, live & 1 << layer == 0 { layer -= 1 }
        while live & 1 << layer == 0 { layer += 1 }
        return layer
    }

    /// Notes that somebody needs a keyframe of this layer; the engine asks the publisher, at the throttle's pace.
    public mutating func wantKeyframe(producer index: UInt32, layer: UInt8) {
        let producer = producers + Int(index)
        guard layer < producer.pointee.layerCount, producer.pointee.kind == .video else { return }
        if producer.pointee.wantedKeyframes == 0, keyframePeerCount < limits.producersMax {
            keyframePeers[keyframePeerCount] = index
            keyframePeerCount += 1
        }
        if producer.pointee.wantedKeyframes >> layer & 1 == 0 { flight?.note(.keyframe, UInt64(index), UInt64(layer)) }
        producer.pointee.wantedKeyframes |= 1 << layer
    }

    /// Something begins to flow to this subscriber: it cannot play sound and picture together before a sender report.
    private mutating func noteBeginner(_ peer: UInt32) {
        guard !subscribers[Int(peer)].isBeginner, beginnerCount < limits.peersMax else { return }
        subscribers[Int(peer)].isBeginner = true
        beginners[beginnerCount] = peer
        beginnerCount += 1
    }

    /// A subscriber to whom something began to flow, removed from the list; nil when there is none.
    public mutating func takeBeginner() -> UInt32? {
        guard beginnerCount > 0 else { return nil }
        beginnerCount -= 1
        subscribers[Int(beginners[beginnerCount])].isBeginner = false
        return beginners[beginnerCount]
    }

    /// A producer of which keyframes are wanted, removed from the list; nil when there is none.
    public mutating func takeProducerWantingKeyframes() -> ProducerIndex? {
        guard keyframePeerCount > 0 else { return nil }
        keyframePeerCount -= 1
        return ProducerIndex(keyframePeers[keyframePeerCount])
    }

    /// A layer is silent when the others had so many frames, and so much time went by, without one of its packets.
    private static let overtakingsMax: UInt8 = 6
    private static let overtakenNanoseconds: UInt64 = 250_000_000

    /// A packet of a simulcast layer arrived.
    mutating func noteOvertaking(_ fact: UnsafeMutablePointer<PacketFacts>, producer index: UInt32) {
        let producer = producers + Int(index)
        producer.pointee.overtakings[Int(fact.pointee.layer)] = 0
        guard fact.pointee.isMarked else { return }
        var layer: UInt8 = 0
        while layer < producer.pointee.layerCount {
            let isOther = layer != fact.pointee.layer && producer.pointee.liveLayers & 1 << layer != 0
            if isOther { overtake(layer, of: producer, index, at: fact.pointee.arrivalNanoseconds) }
            layer += 1
        }
    }

    private mutating func overtake(
        _ layer: UInt8, of producer: UnsafeMutablePointer<ProducerState>, _ index: UInt32, at now: UInt64
    ) {
        let count = producer.pointee.overtakings[Int(layer)]
        producer.pointee.overtakings[Int(layer)] = min(count, 250) + 1
        guard count >= Self.overtakingsMax, now > producer.pointee.lastArrivals[Int(layer)] + Self.overtakenNanoseconds
        else { return }
        producer.pointee.liveLayers &= ~(1 << layer)
        retarget(producer: index)
    }

    /// Layers that had no packet since `nanoseconds` are silent from now on, unless all are.
    public mutating func noteSilentLayers(producer index: UInt32, since nanoseconds: UInt64) {
        let producer = producers + Int(index)
        guard producer.pointee.layerCount > 1 else { return }
        var live: UInt8 = 0
        for layer in 0..<Int(producer.pointee.layerCount)
        where producer.pointee.lastArrivals[layer] >= nanoseconds
            && producer.pointee.liveLayers & 1 << UInt8(layer) != 0
        {
            live |= 1 << UInt8(layer)
        }
        guard live != 0, live != producer.pointee.liveLayers else { return }
        producer.pointee.liveLayers = live
        retarget(producer: index)
    }
}
