import Contract

/// What tests ask.
extension Simulator {
    public struct StartedLayer: Sendable {
        public var producer: ProducerIndex
        public var layer: UInt8
        public var codec: Codec
    }

    /// Layers whose first packet was announced, in order.
    public var startedLayers: [StartedLayer] {
        control.started.map { StartedLayer(producer: $0.0, layer: $0.1, codec: $0.2) }
    }

    /// The last dominant speaker that was announced.
    public var speakerAnnounced: ProducerIndex? { control.speakers.last?.1 }

    /// How much the shards said that they leave out for want of time, in order.
    public var shedLevels: [UInt8] { control.shedLevels }

    /// Datagrams to clients that found the queue of their bottleneck full.
    public var overflowsToClients: Int { downlink.overflows }

    /// From now on a shard is told that each of its bursts takes so long, and that it uses so much of its processor.
    public func strain(shard: Int = 0, burstMilliseconds: Double, busyPercent: Int) {
        shards[shard].strain = Strain(
            burstNanoseconds: UInt64(burstMilliseconds * 1e6), busyPercent: busyPercent)
    }

    /// Sends a command as it is, right or wrong.
    public func sendRaw(_ command: Command, shard: Int = 0) { control.push(command, to: shard) }

    /// Nil when the shard says that there is no such peer, or says nothing.
    public func peerReport(_ peer: SimulatedPeer) -> PeerReport? {
        ask(Int(peer.handle.shard), PeerReport()) { .reportPeer(peer.handle, address: $0, sequence: $1) }
    }

    public func consumerReport(_ consumer: ConsumerIndex, shard: Int = 0) -> ConsumerReport? {
        ask(shard, ConsumerReport()) { .reportConsumer(consumer, address: $0, sequence: $1) }
    }

    public func producerReport(_ producer: ProducerIndex, shard: Int = 0) -> ProducerReport? {
        ask(shard, ProducerReport()) { .reportProducer(producer, address: $0, sequence: $1) }
    }

    /// The layer that leaves to a consumer.
    public func layerLeaving(_ consumer: ConsumerIndex, shard: Int = 0) -> UInt8? {
        consumerReport(consumer, shard: shard)?.layer
    }

    private func ask<Report>(_ shard: Int, _ empty: Report, _ command: (UInt, UInt64) -> Command) -> Report? {
        let memory = UnsafeMutablePointer<Report>.allocate(capacity: 1)
        memory.initialize(to: empty)
        defer { memory.deallocate() }
        let sequence = UInt64(control.reported.count + 1)
        control.push(command(UInt(bitPattern: memory), sequence), to: shard)
        run(seconds: 0.000_001)
        guard let answer = control.reported.last, answer.0 == sequence, answer.1 else { return nil }
        return memory.pointee
    }
}

extension SimulatedPeer {
    /// Packets that left for this consumer behind newer ones.
    public func latePackets(_ consumer: ConsumerIndex) -> Int {
        outgoing[ConsumerSsrc.media(consumer)]?.timesRepaired ?? 0
    }

    /// Packets that the client lost and got by RTX.
    public func repairedPackets(_ consumer: ConsumerIndex) -> Int {
        receivers[ConsumerSsrc.media(consumer)]?.repaired ?? 0
    }

    /// The highest SRTP index that left for this consumer.
    public func highestIndex(_ consumer: ConsumerIndex) -> UInt64 {
        outgoing[ConsumerSsrc.media(consumer)]?.newest ?? 0
    }
}

extension Simulator {
    /// What a client's link carries, as its shard takes it; 0 for unknown.
    public func estimate(of peer: SimulatedPeer) -> UInt64 {
        shards[Int(peer.handle.shard)].engine.forward.subscribers[Int(peer.handle.index)].estimate.targetBitsPerSecond
    }

    /// What could be sent to a client at most, as its shard takes it.
    public func wanted(by peer: SimulatedPeer) -> UInt64 {
        shards[Int(peer.handle.shard)].engine.forward.subscribers[Int(peer.handle.index)].estimate.wantedBitsPerSecond
    }
}
