import Contract
import Memory
import Peer

/// Opening, binding and closing consumers.
extension Forwarder {
    /// `firstSequence` and `firstRtxSequence` are random, below 32768 (RFC 3711 §3.3.1 with RFC 3550 §5.1).
    public mutating func openConsumer(
        _ command: borrowing OpenConsumer, firstSequence: UInt16, firstRtxSequence: UInt16
    ) -> Bool {
        let index = command.consumer.value
        let peer = command.peer.index
        guard index < UInt32(limits.consumersMax), !consumers[Int(index)].isOpen, subscribers[Int(peer)].isOpen,
            command.ssrc == ConsumerSsrc.media(command.consumer)
        else { return false }
        let consumer = consumers + Int(index)
        guard prepare(consumer, for: peer, firstSequence: firstSequence, firstRtxSequence: firstRtxSequence) else {
            return false
        }
        consumer.pointee.isOpen = true
        ends.consumers = max(ends.consumers, index + 1)
        consumer.pointee.kind = command.kind
        consumer.pointee.peer = peer
        consumer.pointee.ssrc = command.ssrc
        consumer.pointee.rtxSsrc = command.rtxSsrc
        let first = subscribers[Int(peer)].firstConsumer
        consumer.pointee.nextOfPeer = first
        if first != endOfChain { consumers[Int(first)].previousOfPeer = index }
        subscribers[Int(peer)].firstConsumer = index
        report.pointee.consumersNow += 1
        return true
    }

    /// Sets a consumer's numbers. An index stands for an SSRC, and no SRTP index may be used twice for an SSRC under one key
    /// (RFC 3711 §9.1): a peer that gets an index again goes on where it was. False when that cannot be kept.
    private mutating func prepare(
        _ consumer: UnsafeMutablePointer<ConsumerState>, for peer: UInt32, firstSequence: UInt16,
        firstRtxSequence: UInt16
    ) -> Bool {
        let incarnation = subscribers[Int(peer)].incarnation
        let before = consumer.pointee
        defer { consumer.pointee.isUntold = before.isUntold }
        if before.peer == peer, before.incarnation == incarnation {
            consumer.pointee = ConsumerState()
            consumer.pointee.epoch = before.epoch
            consumer.pointee.sequence = before.sequence
            consumer.pointee.timestamp = before.timestamp
            consumer.pointee.rtxIndex = before.rtxIndex
            consumer.pointee.parityIndex = before.parityIndex
            consumer.pointee.ids = before.ids
        } else {
            // A receiver counts an SSRC's cycles from 0: a first number must be below 32768.
            let fresh = subscribers[Int(peer)].freshIndex
            guard fresh < 0x8000 else { return false }
            rememberIndices(of: before)
            let room = 0x8000 - fresh
            consumer.pointee = ConsumerState()
            consumer.pointee.sequence = SequenceTranslator(firstOutgoing: UInt16(fresh + UInt64(firstSequence) % room))
            consumer.pointee.rtxIndex = fresh + UInt64(firstRtxSequence) % room
            consumer.pointee.parityIndex = consumer.pointee.rtxIndex
        }
        consumer.pointee.incarnation = incarnation
        return true
    }

    /// The place of a closed consumer goes to another peer; the one it had may yet get the index again.
    private mutating func rememberIndices(of consumer: borrowing ConsumerState) {
        let owner = subscribers + Int(consumer.peer)
        guard owner.pointee.isOpen, consumer.incarnation == owner.pointee.incarnation else { return }
        owner.pointee.freshIndex = max(
            owner.pointee.freshIndex, consumer.sequence.next, consumer.rtxIndex, consumer.parityIndex)
    }

    /// Makes the consumer carry `producer` (`endOfChain` for none); both must be of one room, and no other consumer of
    /// the peer may carry it.
    public mutating func bind(consumer index: UInt32, producer: UInt32) -> Bool {
        guard index < UInt32(limits.consumersMax), consumers[Int(index)].isOpen else { return false }
        guard producer != endOfChain else {
            unbind(consumer: index)
            return true
        }
        guard producer < UInt32(limits.producersMax), producers[Int(producer)].isOpen else { return false }
        let consumer = consumers + Int(index)
        let source = producers + Int(producer)
        let peer = Int(consumer.pointee.peer)
        let place = peer * limits.producersPerRoomMax + Int(source.pointee.ordinal)
        guard subscribers[peer].room == source.pointee.room, consumer.pointee.kind == source.pointee.kind,
            peerConsumers[place] == 0 || peerConsumers[place] == index + 1
        else { return false }
        unbind(consumer: index)
        consumer.pointee.producer = producer
        consumer.pointee.bindings &+= 1
        consumer.pointee.beginsTalk = source.pointee.kind == .audio
        source.pointee.consumerCount += 1
        peerConsumers[place] = index + 1
        consumer.pointee.importance = importance(of: producer, for: index)
        beginShare(of: index)
        retarget(consumer: index)
        return true
    }

    /// Calls `body` with each consumer that carries the producer; it may unbind that one. The closure does not escape and
    /// is inlined: no context is made.
    @inline(__always)
    mutating func forEachConsumer(
        of producer: UnsafeMutablePointer<ProducerState>, _ body: (inout Forwarder, UInt32) -> Void
    ) {
        var member = rooms[Int(producer.pointee.room)].firstMember
        while member != endOfChain {
            let entry = peerConsumers[Int(member) * limits.producersPerRoomMax + Int(producer.pointee.ordinal)]
            if entry != 0 { body(&self, entry - 1) }
            member = subscribers[Int(member)].nextInRoom
        }
    }

    mutating func unbind(consumer index: UInt32) {
        let consumer = consumers + Int(index)
        releaseParity(of: consumer)
        guard consumer.pointee.producer != endOfChain else { return }
        let producer = producers + Int(consumer.pointee.producer)
        peerConsumers[Int(consumer.pointee.peer) * limits.producersPerRoomMax + Int(producer.pointee.ordinal)] = 0
        producer.pointee.consumerCount -= 1
        consumer.pointee.producer = endOfChain
        consumer.pointee.current = .nothing
        // What this producer sent cannot be sent again: its index may soon be another's.
        consumer.pointee.sources = InlineArray(repeating: endOfChain)
    }

    /// The next packet begins a new stretch: of video, the next keyframe.
    mutating func restart(consumer index: UInt32) {
        consumers[Int(index)].current = .nothing
        consumers[Int(index)].bindings &+= 1
        // What has left before is old by the time something leaves again.
        releaseParity(of: consumers + Int(index))
        retarget(consumer: index)
    }

    public mutating func pauseConsumer(_ index: UInt32, _ isPaused: Bool) -> Bool {
        guard index < UInt32(limits.consumersMax), consumers[Int(index)].isOpen else { return false }
        guard consumers[Int(index)].isPaused != isPaused else { return true }
        consumers[Int(index)].isPaused = isPaused
        restart(consumer: index)
        return true
    }

    public mutating func selectLayer(_ index: UInt32, spatial: UInt8) -> Bool {
        guard index < UInt32(limits.consumersMax), consumers[Int(index)].isOpen else { return false }
        consumers[Int(index)].wantedLayer = min(spatial, UInt8(Limits.layersMax - 1))
        retarget(consumer: index)
        return true
    }

    /// A PLI or FIR from the subscriber: it needs a keyframe of what it gets, or of what it is about to get.
    public mutating func wantKeyframe(consumer index: UInt32) {
        let consumer = consumers + Int(index)
        guard consumer.pointee.producer != endOfChain else { return }
        let layer = consumer.pointee.currentLayer
        let isLost = layer == ConsumerState.noLayer
        wantKeyframe(producer: consumer.pointee.producer, layer: isLost ? consumer.pointee.targetLayer : layer)
    }

    public mutating func closeConsumer(_ index: UInt32) {
        let consumer = consumers + Int(index)
        precondition(consumer.pointee.isOpen)
        setChosen(consumer: index, false)
        unbind(consumer: index)
        let (next, previous) = (consumer.pointee.nextOfPeer, consumer.pointee.previousOfPeer)
        if next != endOfChain { consumers[Int(next)].previousOfPeer = previous }
        if previous != endOfChain {
            consumers[Int(previous)].nextOfPeer = next
        } else {
            subscribers[Int(consumer.pointee.peer)].firstConsumer = next
        }
        countHold(consumer, .none)
        consumer.pointee.pauseReason = .none
        consumer.pointee.isOpen = false
        report.pointee.consumersNow -= 1
    }
}
