import Contract
import Forward
import Memory

/// What scripts and tests ask of the world; each turns into commands of the control side.
extension Simulator {
    /// Opens a room; nil when no index is free.
    @discardableResult
    public func openRoom(shard: Int = 0) -> Int? {
        guard !control.freeRooms[shard].isEmpty else { return nil }
        let index = RoomIndex(control.freeRooms[shard].removeFirst())
        control.rooms.append(ControlSide.Room(shard: shard, index: index, whole: control.rooms.count))
        control.push(.openRoom(index), to: shard)
        return control.rooms.count - 1
    }

    public func closeRoom(_ room: Int) {
        control.rooms[room].isOpen = false
        control.push(.closeRoom(control.rooms[room].index), to: control.rooms[room].shard)
    }

    /// A client joins, and begins its checks; nil when no index is free.
    @discardableResult
    public func join(_ room: Int) -> SimulatedPeer? {
        let (shard, index) = (control.rooms[room].shard, control.rooms[room].index)
        guard !control.freePeers[shard].isEmpty else { return nil }
        let place = control.freePeers[shard].removeFirst()
        let handle = PeerHandle(
            shard: ShardIndex(shard), index: place, generation: control.nextGeneration(shard, place))
        let number = peers.count
        let credentials = makeCredentials(handle, remote: "c\(number)")
        let peer = SimulatedPeer(
            number: number, room: room, handle: handle, credentials: credentials, localUfrag: "c\(number)", world: self)
        peers.append(peer)
        let order = OpenPeer(
            peer: handle, room: index, ice: credentials, media: peer.media, localSsrc: 0x1000 + UInt32(number))
        control.push(.openPeer(order), to: shard)
        calendar.add(.tick(peer: number), at: now + 10_000_000 + dice.within(0...5_000_000))
        return peer
    }

    /// A recorder or an encoder joins: at a fixed address, with keys that it was told or, for nil, without.
    public func joinPlain(
        _ room: Int, keys: SrtpKeys?, at endpoint: Endpoint? = nil, isProved: Bool = true
    ) -> SimulatedPeer? {
        guard let peer = join(room) else { return nil }
        peer.isPlain = true
        if let endpoint { peer.endpoint = endpoint }
        peer.srtp = SrtpBox(server: keys, box: box)
        if isProved { departureChecker.notePlain(peer) }
        let connection = PlainConnection(
            addressHigh: peer.endpoint.high, addressLow: peer.endpoint.low, port: peer.endpoint.port, keys: keys)
        control.push(.connectPlain(peer.handle, connection), to: control.rooms[room].shard)
        return peer
    }

    /// Random keys of a random profile.
    public func makeKeys() -> SrtpKeys { dice.keys() }

    func makeCredentials(_ handle: PeerHandle, remote: String) -> IceCredentials {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        func random(_ count: Int) -> String { String((0..<count).map { _ in dice.pick(letters) }) }
        let prefix = IceCredentials.ufragPrefix(shard: handle.shard, peer: handle.index)
        return IceCredentials(
            localUfrag: FixedBytes(prefix + random(8))!, localPassword: FixedBytes(random(24))!,
            remoteUfrag: FixedBytes(remote)!)
    }

    @discardableResult
    public func publishAudio(_ peer: SimulatedPeer, declaresSsrcs: Bool = false) -> Publication? {
        publish(peer, .audio, layers: 1, declaresSsrcs: declaresSsrcs, scheme: .vp8)
    }

    @discardableResult
    public func publishVideo(
        _ peer: SimulatedPeer, layers: Int = 1, declaresSsrcs: Bool = false, scheme: VideoScheme = .vp8
    ) -> Publication? {
        publish(peer, .video, layers: layers, declaresSsrcs: declaresSsrcs, scheme: scheme)
    }

    private func publish(
        _ peer: SimulatedPeer, _ kind: MediaKind, layers: Int, declaresSsrcs: Bool, scheme: VideoScheme
    ) -> Publication? {
        let shard = Int(peer.handle.shard)
        guard !control.freeProducers[shard].isEmpty else { return nil }
        let producer = ProducerIndex(control.freeProducers[shard].removeFirst())
        let publication = Publication(
            producer: producer, kind: kind, serial: control.nextSerial(), mid: "\(peer.publications.count)",
            layerCount: layers, declaresSsrcs: declaresSsrcs, scheme: scheme, peer: peer)
        publication.knownIndices[shard] = producer
        peer.publications.append(publication)
        control.publications[publication.serial] = publication
        let order = OpenProducer(
            producer: producer, peer: peer.handle, kind: kind, source: kind == .audio ? .microphone : .camera,
            mid: publication.mid, layers: publication.descriptions, serial: publication.serial)
        control.push(.openProducer(order), to: shard)
        mirror(publication)
        return publication
    }

    public func unpublish(_ publication: Publication) {
        publication.isOpen = false
        let shard = Int(publication.peer.handle.shard)
        control.push(.closeProducer(publication.producer), to: shard) { [unowned self] in release(publication, shard) }
        forget(publication)
    }

    /// A new consumer of the peer, bound to the publication; nil when no index is free.
    @discardableResult
    public func subscribe(_ peer: SimulatedPeer, to publication: Publication) -> ConsumerIndex? {
        guard publication.index(on: Int(peer.handle.shard)) != nil,
            let consumer = openConsumer(peer, publication.kind)
        else { return nil }
        bind(consumer, of: peer, to: publication)
        return consumer
    }

    public func openConsumer(_ peer: SimulatedPeer, _ kind: MediaKind) -> ConsumerIndex? {
        let shard = Int(peer.handle.shard)
        guard !control.freeConsumers[shard].isEmpty else { return nil }
        let consumer = ConsumerIndex(control.freeConsumers[shard].removeFirst())
        control.consumers[shard][Int(consumer.value)] = ControlSide.Consumer(peer: peer, kind: kind)
        peer.consumers.append(consumer)
        let order = OpenConsumer(
            consumer: consumer, peer: peer.handle, kind: kind, mid: FixedBytes("s\(consumer.value)")!)
        let ssrc = ConsumerSsrc.media(consumer)
        let known = peer.outgoing[ssrc]
        if known == nil || known!.kind != kind { peer.outgoing[ssrc] = OutgoingStream(ssrc: ssrc, kind: kind) }
        peer.outgoing[ssrc]!.shard = shard
        peer.outgoing[ssrc]!.followsShard = false
        control.push(.openConsumer(order), to: shard) {
            peer.outgoing[ssrc]?.isPaused = false
            peer.outgoing[ssrc]?.isHidden = false
            // Its place may have been another peer's in the meantime: ids begin anew.
            peer.outgoing[ssrc]?.decoder = nil
        }
        return consumer
    }

    public func bind(_ consumer: ConsumerIndex, of peer: SimulatedPeer, to publication: Publication?) {
        let shard = Int(peer.handle.shard)
        let producer = publication?.index(on: shard)
        control.consumers[shard][Int(consumer.value)]?.producer = producer
        control.push(.bindConsumer(consumer, producer ?? .none), to: shard) { [unowned self] in
            guard let stream = peer.outgoing[ConsumerSsrc.media(consumer)] else { return }
            // Gone in the meantime: the shard has refused the command.
            if let publication, publication.releasedShards.contains(shard) { return }
            stream.boundTo = publication
            stream.isHidden = false
            stream.boundTime = self.now
            stream.mustBeginAnew = true
        }
    }

    public func closeConsumer(_ consumer: ConsumerIndex, of peer: SimulatedPeer) {
        peer.consumers.removeAll { $0 == consumer }
        control.push(.closeConsumer(consumer), to: Int(peer.handle.shard)) {
            peer.outgoing[ConsumerSsrc.media(consumer)]?.boundTo = nil
        }
    }

    public func pause(_ consumer: ConsumerIndex, of peer: SimulatedPeer, _ isPaused: Bool) {
        control.push(.pauseConsumer(consumer, isPaused), to: Int(peer.handle.shard)) { [unowned self] in
            guard let stream = peer.outgoing[ConsumerSsrc.media(consumer)], stream.isPaused != isPaused,
                !stream.followsShard
            else { return }
            stream.isPaused = isPaused
            stream.boundTime = self.now
            stream.mustBeginAnew = true
        }
    }

    /// Server-side mute.
    public func pause(_ publication: Publication, _ isPaused: Bool) {
        publication.isMuted = isPaused
        for shard in shards.indices { pause(publication, isPaused, on: shard) }
    }

    func pause(_ publication: Publication, _ isPaused: Bool, on shard: Int) {
        guard let producer = publication.index(on: shard) else { return }
        control.push(.pauseProducer(producer, isPaused), to: shard) { [unowned self] in
            guard publication.pausedShards.contains(shard) != isPaused else { return }
            if isPaused { publication.pausedShards.insert(shard) } else { publication.pausedShards.remove(shard) }
            for stream in streams(of: publication, on: shard) {
                stream.boundTime = now
                stream.mustBeginAnew = true
            }
        }
    }

    public func selectLayer(_ consumer: ConsumerIndex, of peer: SimulatedPeer, _ layer: UInt8) {
        control.push(.selectLayer(consumer, spatial: layer), to: Int(peer.handle.shard))
    }

    /// As the shard's allocator would.
    public func setTarget(_ consumer: ConsumerIndex, of peer: SimulatedPeer, _ choice: LayerChoice) {
        let shard = shards[Int(peer.handle.shard)]
        guard shard.engine.forward.consumers[Int(consumer.value)].isOpen else { return }
        shard.engine.forward.setTarget(consumer: consumer.value, choice)
    }

    public func requestKeyframe(_ publication: Publication) {
        control.push(.requestKeyframe(publication.producer), to: Int(publication.peer.handle.shard))
    }

    /// ICE restart; the client goes to another address when `moves`.
    public func restartIce(_ peer: SimulatedPeer, moves: Bool) {
        let credentials = makeCredentials(peer.handle, remote: peer.localUfrag)
        control.push(.restartIce(peer.handle, credentials), to: Int(peer.handle.shard)) { [unowned self] in
            peer.credentials = credentials
            var endpoint = peer.endpoint
            if moves { endpoint = Endpoint(ipv4: 0x0B00_0000 + UInt32(dice.below(1 << 20)), port: endpoint.port) }
            peer.move(to: endpoint)
        }
    }

    public func leave(_ peer: SimulatedPeer) {
        guard !peer.isClosed else { return }
        peer.isClosed = true
        let shard = Int(peer.handle.shard)
        for publication in peer.publications where publication.isOpen { forget(publication) }
        control.push(.closePeer(peer.handle), to: shard) { [unowned self] in
            for publication in peer.publications { release(publication, shard) }
            for stream in peer.outgoing.values { stream.boundTo = nil }
        }
    }

    /// The control side binds nobody to it any more, and closes what stands for it elsewhere.
    private func forget(_ publication: Publication) {
        for shard in shards.indices {
            guard let producer = publication.index(on: shard) else { continue }
            for place in control.consumers[shard].indices where control.consumers[shard][place]?.producer == producer {
                control.consumers[shard][place]?.producer = nil
            }
        }
        for (shard, mirror) in publication.mirrors.sorted(by: { $0.key < $1.key }) {
            control.push(.closeProducer(mirror), to: shard) { [unowned self] in release(publication, shard) }
        }
        publication.mirrors = [:]
    }

    /// The producer is gone on a shard: whoever it was bound to gets nothing until it is bound again.
    private func release(_ publication: Publication, _ shard: Int) {
        publication.releasedShards.insert(shard)
        for stream in streams(of: publication, on: shard) { stream.boundTo = nil }
    }

    private func streams(of publication: Publication, on shard: Int) -> [OutgoingStream] {
        peers.flatMap { $0.outgoing.values }.filter {
            $0.boundTo === publication && $0.shard == shard && !$0.followsShard
        }
    }
}
