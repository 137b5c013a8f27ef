import Contract

/// Slots that the shard fills.
extension Simulator {
    /// A new consumer whose producers the shard chooses; nil when no index is free.
    @discardableResult
    public func openChosen(_ peer: SimulatedPeer, _ kind: MediaKind) -> ConsumerIndex? {
        guard let consumer = openConsumer(peer, kind) else { return nil }
        let shard = Int(peer.handle.shard)
        control.consumers[shard][Int(consumer.value)]?.isChosen = true
        peer.outgoing[ConsumerSsrc.media(consumer)]?.followsShard = true
        control.push(.chooseConsumer(consumer, true), to: shard)
        control.push(.fillSlots(peer.handle), to: shard)
        return consumer
    }

    /// Keeps a chosen consumer for one publication, or gives it back.
    public func pin(_ consumer: ConsumerIndex, of peer: SimulatedPeer, to publication: Publication?) {
        let shard = Int(peer.handle.shard)
        guard let publication else {
            control.push(.chooseConsumer(consumer, true), to: shard)
            return control.push(.fillSlots(peer.handle), to: shard)
        }
        guard let producer = publication.index(on: shard) else { return }
        control.push(.pinConsumer(consumer, producer), to: shard)
    }

    public func exclude(_ other: SimulatedPeer, for peer: SimulatedPeer) {
        control.push(.excludeMember(peer.handle, MemberNumber(other.handle)), to: Int(peer.handle.shard))
    }

    public func isChosen(_ consumer: ConsumerIndex, of peer: SimulatedPeer) -> Bool {
        control.consumers[Int(peer.handle.shard)][Int(consumer.value)]?.isChosen == true
    }

    /// Choices that the control side was told of.
    public var choicesTold: Int { control.choices }

    /// What leaves to a consumer now.
    public func carried(_ consumer: ConsumerIndex, of peer: SimulatedPeer) -> Publication? {
        publication(boundTo: consumer, on: Int(peer.handle.shard))
    }

    /// What the control side was told that a consumer carries.
    public func told(_ consumer: ConsumerIndex, of peer: SimulatedPeer) -> ProducerIndex? {
        control.consumers[Int(peer.handle.shard)][Int(consumer.value)]?.producer
    }

    private func publication(boundTo consumer: ConsumerIndex, on shard: Int) -> Publication? {
        let producer = ProducerIndex(shards[shard].engine.forward.consumers[Int(consumer.value)].producer)
        return control.publications.values.filter {
            $0.knownIndices[shard] == producer && !$0.releasedShards.contains(shard)
        }.max { $0.serial < $1.serial }
    }

    /// The shard may have bound a chosen consumer to something else, or begun it anew. Asked when a burst was taken in and
    /// has not left: what commands change after that holds for the next.
    func followAll(on shard: Int) {
        for peer in peers where !peer.isReleased && Int(peer.handle.shard) == shard {
            for stream in peer.outgoing.values where stream.followsShard { follow(stream) }
        }
    }

    private func follow(_ stream: OutgoingStream) {
        guard let consumer = ConsumerSsrc.consumer(of: stream.ssrc) else { return }
        let state = shards[stream.shard].engine.forward.consumers + Int(consumer.value)
        stream.isPaused = state.pointee.isPaused
        stream.isHidden = !state.pointee.view.isVisible
        if state.pointee.producer == .max {
            stream.boundTo = nil
        } else if state.pointee.bindings != stream.bindings || stream.boundTo == nil {
            stream.boundTo = publication(boundTo: consumer, on: stream.shard)
        }
        if state.pointee.bindings != stream.bindings {
            stream.mustBeginAnew = true
            stream.boundTime = now
        }
        if stream.kind == .video, state.pointee.current.isNothing { stream.mustBeginAnew = true }
        stream.bindings = state.pointee.bindings
    }
}
