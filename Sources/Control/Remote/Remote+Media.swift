import Contract
import Protocol
import SessionDescription

/// Producers and consumers of transports.
extension Remote {
    func capabilities() -> RpcRtpCapabilities {
        var capabilities = RpcRtpCapabilities()
        for kind in [MediaKind.audio, .video] {
            capabilities.codecs += CodecTable.words(kind).map { RpcRtpCodec($0) }
            capabilities.headerExtensions += ExtensionWords.all(kind).map { RpcRtpHeaderExtension($0, kind) }
        }
        return capabilities
    }

    // MARK: producers

    func produce(_ request: RpcProduceRequest) throws(RemoteFault) -> RpcProducer {
        let session = try transport(request.transportID, in: request.room)
        guard let kind = request.kind.media else { throw .invalid("kind is to be audio or video") }
        guard session.peer.state == .open else { throw .wrongState("NOT_CONNECTED", "connect the transport first") }
        let source = MediaSource(request.source) ?? (kind == .audio ? .microphone : .camera)
        guard source.kind == kind else { throw .invalid("the source is of another kind") }
        let parameters = request.rtpParameters
        let mid = try session.mid(parameters.mid)
        let layers = try Self.layers(parameters.encodings)
        let codecs = try Self.codecs(parameters.codecs, kind)
        guard codecs.contains(where: { $0.codec != .red }) else {
            throw .invalid("no codec in rtp_parameters is supported", code: "MEDIA_CONFLICT")
        }
        var media = session.media
        let extensions = try Self.extensions(parameters.headerExtensions, kind)
        try reading { () throws(SdpError) in try media.receive(codecs, extensions, kind: kind) }
        let producer = try refusing { () throws(RegistryError) in
            try registry.setMedia(session.peer, media.map)
            return try registry.publish(
                session.peer, kind: kind, source: source, mid: mid, layers: layers, isMuted: request.paused)
        }
        session.media = media
        session.codecs[producer.mid] = codecs.map(\.codec)
        return RpcProducer(producer)
    }

    func pauseProducer(_ request: RpcPauseProducerRequest) throws(RemoteFault) -> RpcPauseProducerResponse {
        let producer = try producer(request.producerID, in: request.room)
        try refusing { () throws(RegistryError) in try registry.mute(producer, request.paused) }
        return RpcPauseProducerResponse()
    }

    func closeProducer(_ request: RpcCloseProducerRequest) throws(RemoteFault) -> RpcCloseProducerResponse {
        let producer = try producer(request.producerID, in: request.room)
        guard sessions[producer.peer.id] is TransportPeer else {
            throw .wrongState("WRONG_KIND", "this is no transport's producer: mute it, or let its peer leave")
        }
        registry.unpublish(producer)
        return RpcCloseProducerResponse()
    }

    func requestKeyFrame(_ request: RpcRequestKeyFrameRequest) throws(RemoteFault) -> RpcRequestKeyFrameResponse {
        let producer = try producer(request.producerID, in: request.room)
        try refusing { () throws(RegistryError) in try registry.requestKeyframe(producer) }
        return RpcRequestKeyFrameResponse()
    }

    // MARK: consumers

    func consume(_ request: RpcConsumeRequest) throws(RemoteFault) -> RpcConsumer {
        let session = try transport(request.transportID, in: request.room)
        let producer = try producer(request.producerID, in: request.room)
        guard producer.peer !== session.peer else {
            throw .wrongState("CANNOT_CONSUME", "a transport does not get back what it sends")
        }
        let mid = try session.mid(request.mid)
        let wanted = try codecs(request.rtpCapabilities, of: producer)
        let extensions = try extensions(request, producer.kind, session)
        var media = session.media
        let settled = try reading { () throws(SdpError) in
            try media.send(wanted, extensions, kind: producer.kind)
        }
        let consumer = try refusing { () throws(RegistryError) in
            if session.peer.state == .open { try registry.setMedia(session.peer, media.map) }
            let consumer = try registry.reserveConsumer(session.peer, kind: producer.kind, mid: mid.text)
            consumer.producer = producer
            consumer.isPaused = request.paused
            registry.openConsumer(consumer)
            return consumer
        }
        session.media = media
        var message = RpcConsumer(consumer)
        message.rtpParameters = Self.parameters(consumer, settled.codecs, settled.extensions)
        return message
    }

    /// What both the other end and, where it is known, the producer have.
    private func codecs(
        _ capabilities: RpcRtpCapabilities, of producer: Producer
    ) throws(RemoteFault) -> [(codec: Codec, words: CodecWords)] {
        let kind = producer.kind
        let taken =
            capabilities.codecs.isEmpty
            ? CodecTable.words(kind).map { (codec: $0.codec(kind: kind), words: $0) }
            : try Self.codecs(capabilities.codecs, kind)
        let sent = (sessions[producer.peer.id] as? TransportPeer)?.codecs[producer.mid]
        let common = taken.filter { sent?.contains($0.codec) ?? true }
        guard common.contains(where: { $0.codec != Codec.red }) else {
            throw .wrongState("CANNOT_CONSUME", "rtp_capabilities hold none of the producer's codecs")
        }
        return common
    }

    /// Without capabilities: all for a browser, none for plain RTP, whose receivers know few.
    private func extensions(
        _ request: RpcConsumeRequest, _ kind: MediaKind, _ session: TransportPeer
    ) throws(RemoteFault) -> [ExtensionWords] {
        if request.hasRtpCapabilities { return try Self.extensions(request.rtpCapabilities.headerExtensions, kind) }
        if case .plain = session.kind { return [] }
        return ExtensionWords.all(kind)
    }

    func pauseConsumer(_ request: RpcPauseConsumerRequest) throws(RemoteFault) -> RpcPauseConsumerResponse {
        let consumer = try consumer(request.consumerID, in: request.room)
        try refusing { () throws(RegistryError) in try registry.pause(consumer, request.paused) }
        return RpcPauseConsumerResponse()
    }

    func setPreferredLayers(
        _ request: RpcSetPreferredLayersRequest
    ) throws(RemoteFault) -> RpcSetPreferredLayersResponse {
        let consumer = try video(request.consumerID, in: request.room)
        try refusing { () throws(RegistryError) in
            try registry.selectLayer(consumer, spatial: Self.layer(request.spatial))
        }
        return RpcSetPreferredLayersResponse()
    }

    func setView(_ request: RpcSetViewRequest) throws(RemoteFault) -> RpcSetViewResponse {
        let consumer = try video(request.consumerID, in: request.room)
        // The largest number stands for "not said".
        let most = UInt32(UInt16.max - 1)
        let view = View(
            width: UInt16(min(request.width, most)), height: UInt16(min(request.height, most)),
            isPinned: request.pinned)
        try refusing { () throws(RegistryError) in try registry.setView(consumer, view) }
        return RpcSetViewResponse()
    }

    private func video(_ id: String, in room: String) throws(RemoteFault) -> Consumer {
        let consumer = try consumer(id, in: room)
        guard consumer.kind == .video else { throw .wrongState("WRONG_KIND", "this is a consumer of sound") }
        return consumer
    }

    func closeConsumer(_ request: RpcCloseConsumerRequest) throws(RemoteFault) -> RpcCloseConsumerResponse {
        let consumer = try consumer(request.consumerID, in: request.room)
        guard sessions[consumer.peer.id] is TransportPeer else {
            throw .wrongState("WRONG_KIND", "this is a session's slot: pause it")
        }
        registry.closeConsumer(consumer)
        return RpcCloseConsumerResponse()
    }
}
