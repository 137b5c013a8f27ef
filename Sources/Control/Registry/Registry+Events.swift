import Contract

/// What the shards say.
extension Registry {
    /// Takes everything that waits in the shards' mailboxes; called when the event bell rings.
    func takeEvents() {
        for shard in shards {
            var taken = 0
            while let event = shard.link.events.pop() {
                taken += 1
                handle(event, from: shard)
            }
            counters.events += UInt64(taken)
            // The mailbox may have been full, and the shard with more to say asleep.
            if taken >= shard.link.events.capacity { shard.link.commandBell.ring() }
        }
    }

    private func handle(_ event: Event, from shard: ShardState) {
        switch event {
        case .peerConnected(let handle): connected(handle, on: shard)
        case .peerSecured(let handle, let profile): secured(handle, profile, on: shard)
        case .peerLost(let handle, let loss): lost(handle, loss, on: shard)
        case .producerStarted(let index, _, let codec): shard.producers[index.value]?.codec = codec
        case .speakerChanged(let room, let producer): speakerChanged(room, producer, on: shard)
        case .consumerBound(let consumer, let producer): chose(consumer, producer, on: shard)
        case .roomReleased(let index): count(shard.rooms.release(index.value))
        case .peerReleased(let handle): released(handle, on: shard)
        case .producerReleased(let index): released(index, on: shard)
        case .consumerReleased(let index): count(shard.consumers.release(index.value))
        case .consumerHeld(let index, let reason): held(index, reason, on: shard)
        case .reported(let sequence, let found): reports.answered(sequence, found: found)
        case .loadChanged(let percent, let level): shard.noteLoad(busyPercent: percent, shedLevel: level, log)
        case .burstOverBudget(let microseconds, let packets, let room, let members):
            let name = shard.rooms[room.value]?.name
            log.warning(
                "a burst took longer than its budget",
                metadata: [
                    "shard": "\(shard.index)", "microseconds": "\(microseconds)", "datagrams": "\(packets)",
                    "room": "\(name ?? "none")", "members": "\(members)",
                ])
        case .stopped: log.notice("shard \(shard.index) has stopped")
        }
    }

    private func count(_ isKnown: Bool) {
        if !isKnown { counters.staleEvents += 1 }
    }

    private func connected(_ handle: PeerHandle, on shard: ShardState) {
        guard let peer = shard.peer(handle), peer.state == .open else { return count(false) }
        peer.isConnected = true
        tell(.peerConnected(peer))
        peer.observer?.peerConnected()
    }

    private func secured(_ handle: PeerHandle, _ profile: SrtpProfile, on shard: ShardState) {
        guard let peer = shard.peer(handle), peer.state == .open else { return count(false) }
        peer.profile = profile
        peer.observer?.peerSecured()
    }

    private func lost(_ handle: PeerHandle, _ loss: PeerLoss, on shard: ShardState) {
        guard let peer = shard.peer(handle), peer.state == .open else { return count(false) }
        counters.losses[loss, default: 0] += 1
        log.info("peer lost", metadata: ["room": "\(peer.room.name)", "peer": "\(peer.name)", "loss": "\(loss)"])
        peer.departure = "\(loss)"
        leave(peer)
        peer.observer?.peerLost(loss)
    }

    private func held(_ index: ConsumerIndex, _ reason: PauseReason, on shard: ShardState) {
        guard let consumer = shard.consumers[index.value], consumer.state == .open else { return count(false) }
        guard consumer.held != reason else { return }
        consumer.held = reason
        tell(.consumerHeld(consumer))
        consumer.peer.observer?.consumerHeld(consumer)
    }

    private func released(_ handle: PeerHandle, on shard: ShardState) {
        guard let peer = shard.peer(handle), peer.state == .closed else { return count(false) }
        shard.peers.release(handle.index)
        peer.part.closingCount -= 1
        closeIfUnused(peer.part)
    }

    private func released(_ index: ProducerIndex, on shard: ShardState) {
        let producer = shard.producers[index.value]
        count(shard.producers.release(index.value))
        guard let producer, producer.peer.shard !== shard, let part = producer.peer.room.part(on: shard) else { return }
        part.mirrorCount -= 1
        closeIfUnused(part)
    }

    private func speakerChanged(_ index: RoomIndex, _ producer: ProducerIndex, on shard: ShardState) {
        guard let room = shard.rooms[index.value] else { return count(false) }
        // Every part hears all sound; one speaks for all.
        guard room.home.shard === shard else { return }
        let peer = producer == .none ? nil : shard.producers[producer.value]?.peer
        guard peer == nil || peer?.room === room && peer?.state != .closed else { return count(false) }
        setSpeaker(peer, in: room)
    }
}
