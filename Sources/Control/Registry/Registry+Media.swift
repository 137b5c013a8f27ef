import Contract
import SessionDescription

/// Producers and the consumers that carry them.
extension Registry {
    /// Sources of one peer; a shard keeps a short list for each.
    static let peerProducersMax = 8

    // MARK: Producers

    func publish(
        _ peer: Peer, kind: MediaKind, source: MediaSource, mid: FixedBytes<16>, layers: [LayerDescription],
        isMuted: Bool = false
    ) throws(RegistryError) -> Producer {
        precondition(peer.state == .open)
        let room = peer.room
        let shard = peer.shard
        for part in room.parts { try part.shard.checkNotBusy() }
        guard peer.producers.count < Self.peerProducersMax else {
            throw .peerProducersExhausted(max: Self.peerProducersMax)
        }
        guard room.producers.count < shard.limits.producersPerRoomMax else {
            throw .roomProducersExhausted(max: shard.limits.producersPerRoomMax)
        }
        guard room.parts.allSatisfy({ $0.shard.producers.freeCount > 0 }),
            let place = shard.producers.reserve()
        else { throw .producersExhausted }
        let producer = Producer(
            index: ProducerIndex(place), kind: kind, source: source, mid: mid.text, layers: layers,
            peer: peer,
            serial: nextSerial())
        producer.isMuted = isMuted
        shard.producers.set(place, producer)
        peer.producers.append(producer)
        room.producers.append(producer)
        sendOpen(producer, mid: mid)
        for part in room.parts { mirror(producer, in: part) }
        tell(.producerOpened(producer))
        for other in room.peers { offer(producer, to: other) }
        return producer
    }

    func sendOpen(_ producer: Producer, mid: FixedBytes<16>) {
        let commands = producer.peer.shard.commands
        commands.send(
            .openProducer(
                OpenProducer(
                    producer: producer.index, peer: producer.peer.handle, kind: producer.kind, source: producer.source,
                    mid: mid, layers: producer.layers, serial: producer.serial)))
        if producer.isMuted { commands.send(.pauseProducer(producer.index, true)) }
    }

    /// What a client that offered sends. The first video is taken for the camera, others for screens.
    func publishSections(of answer: ServerAnswer, for peer: Peer) throws(RegistryError) {
        var hasCamera = false
        for section in answer.sections where section.isAccepted && !section.layers.isEmpty {
            guard let kind = section.kind else { continue }
            let source: MediaSource = kind == .audio ? .microphone : hasCamera ? .screen : .camera
            hasCamera = hasCamera || kind == .video
            _ = try publish(peer, kind: kind, source: source, mid: section.midBytes, layers: section.layers)
        }
    }

    /// Closes one producer; the consumers that carried it become free.
    func unpublish(_ producer: Producer) {
        withdraw([producer])
        producer.peer.shard.commands.send(.closeProducer(producer.index))
    }

    func mute(_ producer: Producer, _ isMuted: Bool) throws(RegistryError) {
        guard producer.isMuted != isMuted else { return }
        let peer = producer.peer
        try peer.shard.checkNotBusy()
        producer.isMuted = isMuted
        for part in peer.room.parts {
            if let index = producer.index(on: part.shard) { part.shard.commands.send(.pauseProducer(index, isMuted)) }
        }
        tell(.producerChanged(producer))
        for other in peer.room.peers where other !== peer { other.observer?.producerMuted(producer) }
    }

    /// Takes producers out of their room and away from all who get them.
    func withdraw(_ producers: [Producer]) {
        guard let owner = producers.first?.peer else { return }
        let room = owner.room
        room.producers.removeAll { one in producers.contains { $0 === one } }
        owner.producers.removeAll { one in producers.contains { $0 === one } }
        for peer in room.peers where peer !== owner {
            let carrying = peer.consumers.filter { consumer in producers.contains { $0 === consumer.producer } }
            guard !carrying.isEmpty else { continue }
            for consumer in carrying {
                bind(consumer, to: nil)
                unpin(consumer)
            }
            distribute(to: peer)
            peer.observer?.slotsChanged()
        }
        for producer in producers {
            for part in room.parts { closeMirror(of: producer, in: part) }
            tell(.producerClosed(producer))
        }
    }

    // MARK: Consumers

    /// Takes an index, and thus an SSRC. The shard hears of it with `openConsumer`.
    func reserveConsumer(
        _ peer: Peer, kind: MediaKind, mid: String, group: Int? = nil
    ) throws(RegistryError) -> Consumer {
        precondition(peer.state != .closed)
        try peer.shard.checkNotBusy()
        guard let place = peer.shard.consumers.reserve() else { throw .consumersExhausted }
        let consumer = Consumer(index: ConsumerIndex(place), kind: kind, mid: mid, group: group, peer: peer)
        peer.shard.consumers.set(place, consumer)
        peer.consumers.append(consumer)
        return consumer
    }

    /// When the subscriber knows the consumer's SSRC, so that no packet comes too early.
    func openConsumer(_ consumer: Consumer) {
        let peer = consumer.peer
        guard consumer.state == .reserved, peer.state == .open, let mid = FixedBytes<16>(consumer.mid) else { return }
        consumer.state = .open
        peer.shard.commands.send(
            .openConsumer(OpenConsumer(consumer: consumer.index, peer: peer.handle, kind: consumer.kind, mid: mid)))
        if let producer = consumer.producer?.index(on: peer.shard) {
            peer.shard.commands.send(
                consumer.isPinned
                    ? .pinConsumer(consumer.index, producer) : .bindConsumer(consumer.index, producer))
        }
        if consumer.isChosen { peer.shard.commands.send(.chooseConsumer(consumer.index, true)) }
        if let spatial = consumer.spatial { peer.shard.commands.send(.selectLayer(consumer.index, spatial: spatial)) }
        if consumer.isPaused { peer.shard.commands.send(.pauseConsumer(consumer.index, true)) }
        if let view = consumer.view { peer.shard.commands.send(.setView(consumer.index, view)) }
    }

    /// The subscriber does not take this m-line.
    func closeConsumer(_ consumer: Consumer) {
        let shard = consumer.peer.shard
        switch consumer.state {
        case .reserved: shard.consumers.release(consumer.index.value)
        case .open: shard.commands.send(.closeConsumer(consumer.index))
        case .closed: return
        }
        consumer.state = .closed
        consumer.producer = nil
        consumer.peer.consumers.removeAll { $0 === consumer }
    }

    /// The consumers of a peer that leaves: the shard releases those that it knows.
    func abandon(_ consumers: [Consumer]) {
        for consumer in consumers {
            if consumer.state == .reserved { consumer.peer.shard.consumers.release(consumer.index.value) }
            consumer.state = .closed
            consumer.producer = nil
        }
    }

    /// `spatial` counts from 0, the lowest. A consumer that is not open yet gets it when it is.
    func selectLayer(_ consumer: Consumer, spatial: UInt8) throws(RegistryError) {
        guard consumer.state != .closed, consumer.spatial != spatial else { return }
        try consumer.peer.shard.checkNotBusy()
        consumer.spatial = spatial
        guard consumer.state == .open else { return }
        consumer.peer.shard.commands.send(.selectLayer(consumer.index, spatial: spatial))
    }

    func requestKeyframe(_ producer: Producer) throws(RegistryError) {
        try producer.peer.shard.checkNotBusy()
        producer.peer.shard.commands.send(.requestKeyframe(producer.index))
    }

    func pause(_ consumer: Consumer, _ isPaused: Bool) throws(RegistryError) {
        guard consumer.state != .closed, consumer.isPaused != isPaused else { return }
        try consumer.peer.shard.checkNotBusy()
        consumer.isPaused = isPaused
        guard consumer.state == .open else { return }
        consumer.peer.shard.commands.send(.pauseConsumer(consumer.index, isPaused))
    }

    func setView(_ consumer: Consumer, _ view: View) throws(RegistryError) {
        guard consumer.state != .closed, consumer.view != view else { return }
        try consumer.peer.shard.checkNotBusy()
        consumer.view = view
        guard consumer.state == .open else { return }
        consumer.peer.shard.commands.send(.setView(consumer.index, view))
    }

    // MARK: Who gets what

    /// Gives every producer that the peer wants and does not have a free consumer, in the order in which they were opened.
    func distribute(to peer: Peer) {
        for producer in peer.room.producers where !peer.consumers.contains(where: { $0.producer === producer }) {
            place(producer, at: peer)
        }
    }

    private func offer(_ producer: Producer, to peer: Peer) {
        if place(producer, at: peer) { peer.observer?.slotsChanged() }
    }

    @discardableResult
    private func place(_ producer: Producer, at peer: Peer) -> Bool {
        guard producer.peer !== peer else { return false }
        guard peer.interest.includes(producer.peer.name) else {
            if case .not(let name) = peer.interest, !peer.chosenKinds.isEmpty { excludeMember(named: name, for: peer) }
            return false
        }
        guard !peer.chosenKinds.contains(producer.kind) else { return false }
        guard let consumer = freeConsumer(for: producer, at: peer) else {
            beginChoice(of: producer.kind, for: peer)
            return false
        }
        bind(consumer, to: producer)
        return true
    }

    /// One of a group that carries the same publisher, or else nobody; where there is none, a new one; and in the end any.
    private func freeConsumer(for producer: Producer, at peer: Peer) -> Consumer? {
        let free = peer.consumers.filter { $0.kind == producer.kind && $0.producer == nil }
        func publishers(with consumer: Consumer) -> [Peer] {
            guard let group = consumer.group else { return [] }
            return peer.consumers.compactMap { $0.group == group ? $0.producer?.peer : nil }
        }
        return free.first { publishers(with: $0).contains { $0 === producer.peer } }
            ?? free.first { publishers(with: $0).isEmpty }
            ?? peer.observer?.slotWanted(for: producer)
            ?? free.first
    }

    private func bind(_ consumer: Consumer, to producer: Producer?) {
        consumer.producer = producer
        if consumer.state == .open, !consumer.isChosen {
            let shard = consumer.peer.shard
            shard.commands.send(.bindConsumer(consumer.index, producer?.index(on: shard) ?? .none))
        }
        if producer != nil { forgetWishes(consumer) }
    }

    /// What was asked for was meant for the track before.
    private func forgetWishes(_ consumer: Consumer) {
        if consumer.state == .open {
            let commands = consumer.peer.shard.commands
            if consumer.spatial != nil {
                commands.send(.selectLayer(consumer.index, spatial: UInt8(Limits.layersMax - 1)))
            }
            if consumer.isPaused { commands.send(.pauseConsumer(consumer.index, false)) }
        }
        consumer.spatial = nil
        consumer.isPaused = false
        // The shard forgets the view by itself.
        consumer.view = nil
    }
}
