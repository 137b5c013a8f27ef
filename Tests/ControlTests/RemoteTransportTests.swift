import Contract
import Foundation
import Protocol
import Testing

@testable import Control

/// Transports, producers and consumers, as another control plane asks for them.
struct RemoteTransportTests {
    let rig = RemoteRig()
    var remote: Remote { rig.remote }

    private func commands<Value>(_ body: (Command) -> Value?) -> [Value] {
        rig.settle()
        return rig.shards.commands.compactMap(body)
    }

    @Test func aTransportSaysWhereItIs() throws {
        let transport = try remote.createWebRtcTransport(.with { $0.room = "garden" })
        #expect(transport.iceParameters.lite && transport.iceParameters.password.count >= 22)
        #expect(transport.iceCandidates.map(\.protocol) == ["udp", "tcp"])
        #expect(transport.iceCandidates.allSatisfy { $0.address == "127.0.0.1" && $0.port == 7000 })
        #expect(transport.dtlsParameters.fingerprint.hasPrefix("sha-256 AB:AB"))
    }

    /// As mediasoup's clients do it: the consumer is there before the transport is connected.
    @Test func aConsumerMadeBeforeTheConnectionIsOpenedWithIt() throws {
        let sender = try rig.webRtc()
        let producer = try rig.produce(sender)
        let receiver = try rig.webRtc(connected: false)
        let consumer = try rig.consume(receiver, producer.producerID)
        #expect(commands { if case .openConsumer(let order) = $0 { order } else { nil } }.isEmpty)
        try rig.connect(receiver)
        let opened = commands { if case .openConsumer(let order) = $0 { order } else { nil } }
        #expect(opened.map(\.ssrc) == [consumer.ssrc])
        let bound = commands { if case .bindConsumer(_, let producer) = $0 { producer } else { nil } }
        #expect(bound.count == 1 && bound[0] != .none)
        let codec = try #require(consumer.rtpParameters.codecs.first { $0.mimeType == "video/VP8" })
        let media = commands { if case .openPeer(let order) = $0 { order.media } else { nil } }.last
        #expect(media?.codecOfPayloadType[Int(codec.payloadType)] == .vp8)
        #expect(consumer.rtpParameters.encodings.map(\.ssrc) == [consumer.ssrc])
    }

    @Test func aProducersParametersReachTheShard() throws {
        let transport = try rig.webRtc()
        let producer = try rig.produce(transport) {
            $0.rtpParameters.mid = "cam"
            $0.source = .screen
            $0.paused = true
            $0.rtpParameters.encodings = [
                .with { $0.rid = "q" },
                .with {
                    $0.rid = "f"
                    $0.ssrc = 7
                    $0.rtxSsrc = 8
                },
            ]
            $0.rtpParameters.headerExtensions = [
                .with {
                    $0.uri = HeaderExtension.rid.uri
                    $0.id = 9
                }
            ]
        }
        #expect(producer.producerID == transport + ":cam" && producer.paused && producer.layers == 2)
        let opened = try #require(commands { if case .openProducer(let order) = $0 { order } else { nil } }.first)
        #expect(opened.source == .screen && opened.layers[0].rid.text == "q" && opened.layers[1].rtxSsrc == 8)
        let media = try #require(commands { if case .setMediaMap(_, let map) = $0 { map } else { nil } }.last)
        #expect(media.codecOfPayloadType[120] == .vp8 && media.repairedPayloadType[121] == 120)
        #expect(media.id(of: .rid) == 9)
    }

    @Test func aPayloadTypeMeansOneThing() throws {
        let transport = try rig.webRtc()
        _ = try rig.produce(transport)
        #expect(
            rig.code {
                _ = try rig.produce(transport, .audio) { $0.rtpParameters.codecs[0].payloadType = 120 }
            } == "MEDIA_CONFLICT")
        // Nothing of it has stayed: the same payload type with its own meaning is taken.
        _ = try rig.produce(transport) { $0.source = .screen }
        #expect(rig.registry.rooms["garden"]?.producers.count == 2)
    }

    @Test func aConsumerGoesWithItsProducer() async throws {
        let (stream, events) = AsyncThrowingStream<RpcEvent, any Error>.makeStream()
        let producer = try rig.produce(rig.webRtc())
        let receiver = try rig.webRtc()
        let consumer = try rig.consume(receiver, producer.producerID)
        _ = try remote.watch(.with { $0.room = "garden" }, events)
        _ = try remote.closeProducer(
            .with {
                $0.room = "garden"
                $0.producerID = producer.producerID
            })
        rig.settle()
        events.finish()
        var types: [RpcEvent.TypeEnum] = []
        for try await event in stream {
            types.append(event.type)
            if event.type == .consumerClosed { #expect(event.consumer.consumerID == consumer.consumerID) }
        }
        #expect(types == [.snapshot, .consumerClosed, .producerClosed])
        #expect(rig.registry.rooms["garden"]?.peers.flatMap(\.consumers).isEmpty == true)
    }

    @Test func nothingComesToATransportByItself() throws {
        let receiver = try rig.webRtc()
        _ = try rig.produce(rig.webRtc())
        #expect(rig.registry.rooms["garden"]?.peers.first { $0.id == receiver }?.consumers.isEmpty == true)
    }

    @Test func layersViewAndPauseReachTheShard() throws {
        let producer = try rig.produce(rig.webRtc())
        let consumer = try rig.consume(rig.webRtc(), producer.producerID).consumerID
        _ = try remote.setPreferredLayers(
            .with {
                $0.room = "garden"
                $0.consumerID = consumer
                $0.spatial = 99
            })
        _ = try remote.setView(
            .with {
                $0.room = "garden"
                $0.consumerID = consumer
                $0.width = 320
                $0.height = 100_000
            })
        _ = try remote.pauseConsumer(
            .with {
                $0.room = "garden"
                $0.consumerID = consumer
                $0.paused = true
            })
        _ = try remote.requestKeyFrame(
            .with {
                $0.room = "garden"
                $0.producerID = producer.producerID
            })
        let spatials: [UInt8] = commands { if case .selectLayer(_, let spatial) = $0 { spatial } else { nil } }
        let widths: [UInt16] = commands { if case .setView(_, let view) = $0 { view.width } else { nil } }
        #expect(spatials == [2] && widths == [320])
        #expect(commands { if case .pauseConsumer(_, let isPaused) = $0 { isPaused } else { nil } } == [true])
        #expect(commands { if case .requestKeyframe = $0 { true } else { nil } } == [true])
    }

    // MARK: plain RTP

    private func plain(_ suite: RpcSrtpSuite = .unspecified) throws -> RpcPlainTransport {
        try remote.createPlainTransport(
            .with {
                $0.room = "garden"
                $0.suite = suite
            })
    }

    private func connect(
        _ transport: RpcPlainTransport, _ change: (inout RpcConnectPlainTransportRequest) -> Void = { _ in }
    ) throws {
        _ = try remote.connectPlainTransport(
            .with {
                $0.room = "garden"
                $0.transportID = transport.transportID
                $0.address = "127.0.0.1"
                $0.port = 47_100
                change(&$0)
            })
    }

    @Test func aPlainTransportHasNoHandshake() throws {
        let transport = try plain()
        #expect(transport.port == 7000 && transport.addresses == ["127.0.0.1"] && !transport.hasSrtpParameters)
        try connect(transport) { $0.rtcpPort = 47_101 }
        let connection = try #require(
            commands { if case .connectPlain(_, let plain) = $0 { plain } else { nil } }.first)
        #expect(connection.port == 47_100 && connection.rtcpPort == 47_101 && connection.keys == nil)
        #expect(rig.shards.handshakeOrders.isEmpty)
        #expect(rig.code { try connect(transport) } == "ALREADY_CONNECTED")
    }

    @Test(arguments: [
        (RpcSrtpSuite.aesCm128HmacSha180, 30), (.aeadAes128Gcm, 28), (.aeadAes256Gcm, 44),
    ]) func srtpKeysAreExchanged(_ suite: RpcSrtpSuite, _ bytes: Int) throws {
        let transport = try plain(suite)
        #expect(transport.srtpParameters.key.count == bytes && transport.srtpParameters.suite == suite)
        let theirs = Data((0..<bytes).map { UInt8($0) })
        #expect(rig.code { try connect(transport) } == "INVALID_ARGUMENT")
        #expect(
            rig.code {
                try connect(transport) { $0.srtpParameters = transport.srtpParameters }
            } == "INVALID_ARGUMENT")
        try connect(transport) {
            $0.srtpParameters.suite = suite
            $0.srtpParameters.key = theirs
        }
        let connection = try #require(
            commands { if case .connectPlain(_, let plain) = $0 { plain } else { nil } }.first)
        let keys = try #require(connection.keys)
        #expect(keys.receiveKey.array + keys.receiveSalt.array == Array(theirs))
        #expect(keys.sendKey.array + keys.sendSalt.array == Array(transport.srtpParameters.key))
    }

    @Test func aRecorderGetsNoExtensionsItDidNotAskFor() throws {
        let producer = try rig.produce(rig.webRtc())
        let transport = try plain()
        try connect(transport)
        let consumer = try rig.consume(transport.transportID, producer.producerID)
        #expect(consumer.rtpParameters.headerExtensions.isEmpty)
        #expect(consumer.rtpParameters.codecs.map(\.mimeType) == ["video/VP8"])
    }

    @Test func everyRefusalHasItsCode() throws {
        let transport = try rig.webRtc(connected: false)
        #expect(rig.code { _ = try rig.produce(transport) } == "NOT_CONNECTED")
        #expect(
            rig.code {
                _ = try remote.restartTransportIce(
                    .with {
                        $0.room = "garden"
                        $0.transportID = transport
                    })
            } == "NOT_CONNECTED")
        try rig.connect(transport)
        #expect(rig.code { try rig.connect(transport) } == "ALREADY_CONNECTED")
        #expect(rig.code { try rig.connect("nothing") } == "TRANSPORT_NOT_FOUND")
        #expect(rig.code { _ = try rig.produce(transport, .unspecified) } == "INVALID_ARGUMENT")
        #expect(rig.code { _ = try rig.produce(transport) { $0.source = .microphone } } == "INVALID_ARGUMENT")
        #expect(
            rig.code { _ = try rig.produce(transport) { $0.rtpParameters.codecs[0].mimeType = "video/H261" } }
                == "MEDIA_CONFLICT")
        #expect(rig.code { _ = try rig.produce(transport) { $0.rtpParameters.mid = "a b" } } == "INVALID_ARGUMENT")
        let producer = try rig.produce(transport) { $0.rtpParameters.mid = "cam" }.producerID
        #expect(rig.code { _ = try rig.produce(transport) { $0.rtpParameters.mid = "cam" } } == "PRODUCER_EXISTS")
        #expect(rig.code { _ = try rig.consume(transport, producer) } == "CANNOT_CONSUME")
        #expect(rig.code { _ = try rig.consume(transport, "nothing") } == "PRODUCER_NOT_FOUND")
        let receiver = try rig.webRtc()
        #expect(
            rig.code {
                _ = try remote.consume(
                    .with {
                        $0.room = "garden"
                        $0.transportID = receiver
                        $0.producerID = producer
                        $0.rtpCapabilities.codecs = [
                            .with {
                                $0.mimeType = "video/AV1"
                                $0.clockRate = 90_000
                            }
                        ]
                    })
            } == "CANNOT_CONSUME")
        #expect(
            rig.code {
                _ = try remote.closeConsumer(
                    .with {
                        $0.room = "garden"
                        $0.consumerID = "nothing"
                    })
            } == "CONSUMER_NOT_FOUND")
        #expect(rig.code { try connect(.with { $0.transportID = receiver }) } == "WRONG_KIND")
        #expect(rig.code { _ = try plain(.UNRECOGNIZED(9)) } == "INVALID_ARGUMENT")
        let other = try plain()
        #expect(rig.code { try connect(other) { $0.address = "example.org" } } == "INVALID_ARGUMENT")
        #expect(rig.code { try connect(other) { $0.port = 0 } } == "INVALID_ARGUMENT")
        #expect(rig.code { try connect(other) { $0.port = 70_000 } } == "INVALID_ARGUMENT")
    }

    @Test func aLostTransportIsForgotten() throws {
        let transport = try rig.webRtc()
        rig.settle()
        let handle = try #require(rig.registry.rooms["garden"]?.peers.first?.handle)
        rig.shards.emit(.peerLost(handle, .consentExpired))
        rig.settle()
        #expect(remote.sessions[transport] == nil && rig.registry.peerCount == 0)
    }

    @Test func aReaderThatIsTooSlowIsToldSo() async throws {
        let (stream, events) = AsyncThrowingStream<RpcEvent, any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(EventReader.backlogMax))
        _ = try remote.watch(RpcWatchRequest(), events)
        for _ in 0..<(EventReader.backlogMax / 2 + 2) {
            let transport = try rig.webRtc(connected: false)
            _ = try remote.closeTransport(
                .with {
                    $0.room = "garden"
                    $0.transportID = transport
                })
            rig.settle()
        }
        #expect(remote.readers.isEmpty)
        await #expect(throws: RemoteFault.tooSlow) { for try await _ in stream {} }
    }
}
