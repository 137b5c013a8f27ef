import Contract

/// How many slots of each kind a client gets in a meeting; 0 for one for every producer.
struct SlotsMax {
    static let limit = 31
    var audio = 3
    var video = 9

    /// As many as the client wants, when that is fewer; nil where there is no bound but what its SDP can hold.
    func count(of kind: MediaKind, for peer: Peer) -> Int? {
        let most = kind == .audio ? audio : video
        guard let wanted = peer.slotsWanted[kind] else { return most == 0 ? nil : most }
        return most == 0 ? wanted : min(wanted, most)
    }

    func chooses(_ kind: MediaKind) -> Bool { (kind == .audio ? audio : video) > 0 }
}

extension SlotWish {
    func apply(to peer: Peer) {
        for (kind, count) in [(MediaKind.audio, audio), (.video, video)] where count > 0 {
            peer.slotsWanted[kind] = min(Int(count), SlotsMax.limit)
        }
    }
}

/// Peers with fewer slots than their room has producers: the shard, which hears who speaks, fills the slots.
extension Registry {
    /// There is no slot for a producer. From now on the shard chooses, if this is a peer that takes whoever comes.
    func beginChoice(of kind: MediaKind, for peer: Peer) {
        guard slotsMax.chooses(kind) || peer.slotsWanted[kind] != nil, !peer.chosenKinds.contains(kind) else { return }
        switch peer.interest {
        case .nobody, .only, .byHand: return
        case .everybody: break
        case .not(let name): excludeMember(named: name, for: peer)
        }
        peer.chosenKinds.insert(kind)
        for consumer in peer.consumers where consumer.kind == kind && consumer.isChosen && consumer.state == .open {
            peer.shard.commands.send(.chooseConsumer(consumer.index, true))
        }
        fillSlots(of: peer)
    }

    /// When all slots that are to be handed to the shard are.
    func fillSlots(of peer: Peer) {
        guard !peer.chosenKinds.isEmpty, peer.state == .open else { return }
        peer.shard.commands.send(.fillSlots(peer.handle))
    }

    /// The same person publishes on a connection of its own.
    func excludeMember(named name: String, for peer: Peer) {
        guard let other = peer.room.peers.first(where: { $0.name == name && $0.isMember }) else { return }
        peer.shard.commands.send(.excludeMember(peer.handle, MemberNumber(other.handle)))
    }

    /// The shard has chosen another producer for a consumer.
    func chose(_ index: ConsumerIndex, _ chosen: ProducerIndex, on shard: ShardState) {
        guard let consumer = shard.consumers[index.value], consumer.state == .open, consumer.isChosen else { return }
        let producer = chosen == .none ? nil : shard.producers[chosen.value]
        // One that was withdrawn a moment ago is nobody's any more.
        let isThere = producer.map { one in consumer.peer.room.producers.contains { $0 === one } } ?? false
        let present = isThere ? producer : nil
        guard consumer.producer !== present else { return }
        consumer.producer = present
        consumer.spatial = nil
        consumer.isPaused = false
        consumer.view = nil
        consumer.peer.observer?.slotsChanged()
    }

    /// Keeps a slot for one producer, or gives it back. False when the peer has no slot of this kind.
    func pin(_ producer: Producer, for peer: Peer, _ isPinned: Bool) throws(RegistryError) -> Bool {
        try peer.shard.checkNotBusy()
        let slots = peer.consumers.filter { $0.kind == producer.kind && $0.state != .closed }
        let carrier = slots.first { $0.producer === producer }
        guard isPinned else {
            if let carrier, carrier.isPinned { unpin(carrier) }
            return carrier != nil
        }
        // Who has nothing, or what came last.
        guard
            let slot = carrier ?? slots.last(where: { $0.isChosen && $0.producer == nil })
                ?? slots.last(where: \.isChosen)
        else { return false }
        slot.isPinned = true
        slot.producer = producer
        if slot.state == .open, let index = producer.index(on: peer.shard) {
            peer.shard.commands.send(.pinConsumer(slot.index, index))
        }
        peer.observer?.slotsChanged()
        return true
    }

    /// Also of a slot whose producer has gone.
    func unpin(_ consumer: Consumer) {
        guard consumer.isPinned else { return }
        consumer.isPinned = false
        guard consumer.state == .open else { return }
        consumer.peer.shard.commands.send(.chooseConsumer(consumer.index, consumer.isChosen))
        fillSlots(of: consumer.peer)
    }
}
