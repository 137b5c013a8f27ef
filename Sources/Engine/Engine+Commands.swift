import Contract
import Forward
import Memory
import Peer
import Secure

/// Obeying the control side. A command that does not fit the present state is counted and otherwise ignored.
extension Engine {
    mutating func takeCommands(limit: Int, now: UInt64) {
        var left = limit
        while left > 0, let command = mailboxes.commands.front() {
            note(command)
            if !obey(command, now: now) { report.pointee.commandsIgnored &+= 1 }
            mailboxes.commands.advance()
            left -= 1
        }
    }

    private mutating func obey(_ command: UnsafeMutablePointer<Command>, now: UInt64) -> Bool {
        switch command.pointee {
        case .openRoom(let room): return openRoom(room)
        case .closeRoom(let room): return closeRoom(room)
        case .openPeer(let order): return openPeer(order, now: now)
        case .setMediaMap(let peer, let media): return setMedia(peer, media)
        case .restartIce(let peer, let credentials): return restartIce(peer, credentials, now: now)
        case .connectPlain(let peer, let connection): return connectPlain(peer, connection, now: now)
        case .closePeer(let peer): return closePeer(peer)
        case .openProducer(let order): return openProducer(order, now: now)
        case .openMirror(let order): return openMirror(order)
        case .closeProducer(let producer): return closeProducer(producer)
        case .pauseProducer(let producer, let isPaused): return forward.pauseProducer(producer.value, isPaused)
        case .openConsumer(let order): return openConsumer(order)
        case .closeConsumer(let consumer): return closeConsumer(consumer)
        case .bindConsumer(let consumer, let producer):
            let index = producer == .none ? endOfChain : producer.value
            return forward.bindFixed(consumer: consumer.value, producer: index)
        case .chooseConsumer(let consumer, let isChosen): return forward.chooseConsumer(consumer.value, isChosen)
        case .fillSlots(let peer):
            guard isCurrent(peer) else { return false }
            forward.fillSlots(peer: peer.index)
            return true
        case .pinConsumer(let consumer, let producer):
            return forward.pinConsumer(consumer.value, producer: producer.value)
        case .excludeMember(let peer, let member):
            guard isCurrent(peer) else { return false }
            forward.excludeMember(peer: peer.index, member)
            return true
        case .pauseConsumer(let consumer, let isPaused): return forward.pauseConsumer(consumer.value, isPaused)
        case .selectLayer(let consumer, let spatial): return forward.selectLayer(consumer.value, spatial: spatial)
        case .setView(let consumer, let view): return forward.setView(consumer.value, view, now: now)
        case .requestKeyframe(let producer): return requestKeyframe(producer)
        case .report(let address, let sequence): return answer(address, sequence)
        case .reportPeer(let peer, let address, let sequence): return answer(peer, address, sequence)
        case .reportProducer(let producer, let address, let sequence): return answer(producer, address, sequence)
        case .reportConsumer(let consumer, let address, let sequence): return answer(consumer, address, sequence)
        case .stop:
            stop()
            return true
        }
    }

    private mutating func openRoom(_ room: RoomIndex) -> Bool {
        forward.openRoom(room)
    }

    private mutating func closeRoom(_ room: RoomIndex) -> Bool {
        guard forward.closeRoom(room) else { return false }
        post(.roomReleased(room))
        return true
    }

    private mutating func openPeer(_ order: OpenPeer, now: UInt64) -> Bool {
        let index = order.peer.index
        guard order.peer.shard == shard, index < UInt32(limits.peersMax), !peers[Int(index)].isOpen,
            forward.openSubscriber(index, room: order.room, media: order.media)
        else { return false }
        let peer = peers + Int(index)
        let (key, ticks) = (peer.pointee.openingKey, peer.pointee.feedbackTicks)
        peer.pointee = PeerState(
            ice: IceAgent(now: now), credentials: order.ice, previousCredentials: order.ice, openingKey: key,
            feedback: TransportFeedbackRecorder(storage: ticks, capacity: PeerState.feedbackCapacity),
            feedbackTicks: ticks)
        peer.pointee.isOpen = true
        peer.pointee.generation = order.peer.generation
        peer.pointee.room = order.room.value
        peer.pointee.localSsrc = order.localSsrc
        peer.pointee.media = order.media
        // Spread over the interval, so that peers that joined together do not report together.
        peer.pointee.nextReport = now + random.next() % Self.reportNanoseconds
        peer.pointee.nextHousekeeping = now + Self.housekeepingNanoseconds
        report.pointee.peersNow += 1
        reschedule(index)
        return true
    }

    private mutating func setMedia(_ handle: PeerHandle, _ media: MediaMap) -> Bool {
        guard isCurrent(handle) else { return false }
        peers[Int(handle.index)].media = media
        forward.setMedia(handle.index, media)
        return true
    }

    private mutating func restartIce(_ handle: PeerHandle, _ credentials: IceCredentials, now: UInt64) -> Bool {
        guard isCurrent(handle) else { return false }
        let peer = peers + Int(handle.index)
        if peer.pointee.ice.restart(now: now) { peer.pointee.previousCredentials = peer.pointee.credentials }
        peer.pointee.credentials = credentials
        peer.pointee.isLost = false
        reschedulePatient(handle.index, at: peer.pointee.ice.nextDeadline)
        return true
    }

    private mutating func closePeer(_ handle: PeerHandle) -> Bool {
        guard isCurrent(handle) else { return false }
        let peer = peers + Int(handle.index)
        while peer.pointee.producerCount > 0 {
            _ = closeProducer(ProducerIndex(peer.pointee.producers[peer.pointee.producerCount - 1]))
        }
        while peer.pointee.streamCount > 0 { closeStream(peer.pointee.streams[peer.pointee.streamCount - 1]) }
        while forward.subscribers[Int(handle.index)].firstConsumer != endOfChain {
            _ = closeConsumer(ConsumerIndex(forward.subscribers[Int(handle.index)].firstConsumer))
        }
        while peer.pointee.addressCount > 0 { forget(peer.pointee.addresses[0], of: handle.index) }
        forward.closeSubscriber(handle.index)
        peer.pointee.openingKey.wipe()
        forgetKeys(of: handle.index)
        wheel.cancel(handle.index)
        paceWheel.cancel(handle.index)
        patientWheel.cancel(handle.index)
        peer.pointee.isOpen = false
        peer.pointee.isSecured = false
        report.pointee.peersNow -= 1
        post(.peerReleased(handle))
        return true
    }

    private mutating func openProducer(_ order: OpenProducer, now: UInt64) -> Bool {
        guard isCurrent(order.peer) else { return false }
        let peer = peers + Int(order.peer.index)
        guard peer.pointee.producerCount < PeerState.producersMax,
            forward.openProducer(order, room: peer.pointee.room)
        else { return false }
        peer.pointee.producers[peer.pointee.producerCount] = order.producer.value
        peer.pointee.producerCount += 1
        intakes[Int(order.producer.value)] = ProducerIntake(mid: order.mid, layers: order.layers)
        return true
    }

    private mutating func closeProducer(_ producer: ProducerIndex) -> Bool {
        let index = producer.value
        guard index < UInt32(limits.producersMax), forward.producers[Int(index)].isOpen else { return false }
        let state = forward.producers + Int(index)
        if state.pointee.isMirror {
            closeMirror(producer)
            return true
        }
        for layer in 0..<Limits.layersMax {
            if intakes[Int(index)].media[layer] != endOfChain { detach(intakes[Int(index)].media[layer]) }
            if intakes[Int(index)].rtx[layer] != endOfChain { detach(intakes[Int(index)].rtx[layer]) }
        }
        forgetSpeaker(producer)
        let peer = peers + Int(state.pointee.peer)
        for place in 0..<peer.pointee.producerCount where peer.pointee.producers[place] == index {
            peer.pointee.producerCount -= 1
            peer.pointee.producers[place] = peer.pointee.producers[peer.pointee.producerCount]
            break
        }
        forward.closeProducer(index)
        post(.producerReleased(producer))
        return true
    }

    /// Nobody speaks any more when this one did.
    mutating func forgetSpeaker(_ producer: ProducerIndex) {
        let room = forward.producers[Int(producer.value)].room
        if forward.forgetSpeaker(producer.value) { post(.speakerChanged(RoomIndex(room), .none)) }
    }

    private mutating func openConsumer(_ order: OpenConsumer) -> Bool {
        guard isCurrent(order.peer) else { return false }
        let numbers = random.next()
        return forward.openConsumer(
            order, firstSequence: UInt16(truncatingIfNeeded: numbers),
            firstRtxSequence: UInt16(truncatingIfNeeded: numbers >> 16))
    }

    private mutating func closeConsumer(_ consumer: ConsumerIndex) -> Bool {
        guard consumer.value < UInt32(limits.consumersMax), forward.consumers[Int(consumer.value)].isOpen else {
            return false
        }
        forward.closeConsumer(consumer.value)
        post(.consumerReleased(consumer))
        return true
    }

    private mutating func requestKeyframe(_ producer: ProducerIndex) -> Bool {
        guard producer.value < UInt32(limits.producersMax), forward.producers[Int(producer.value)].isOpen else {
            return false
        }
        for layer in 0..<forward.producers[Int(producer.value)].layerCount {
            forward.wantKeyframe(producer: producer.value, layer: layer)
        }
        return true
    }
}
