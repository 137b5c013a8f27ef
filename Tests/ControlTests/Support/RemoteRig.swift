import Contract
import Logging
import NIOEmbedded
import Protocol
import Testing

@testable import Control

/// Another control plane's hands on the books, with shards that answer when they are told to.
struct RemoteRig {
    let loop = EmbeddedEventLoop()
    let shards: FakeShards
    let registry: Registry
    let remote: Remote

    init(_ shards: FakeShards = FakeShards(), roomPeersMax: Int = 200) {
        self.shards = shards
        registry = Registry(plane: shards.plane, roomPeersMax: roomPeersMax, loop: loop, log: Logger(label: "test"))
        let announcement = Announcement(
            addresses: ["127.0.0.1"], port: 7000, takesTcp: true, fingerprint: shards.plane.fingerprint)
        remote = Remote(registry: registry, announcement: announcement, loop: loop, log: Logger(label: "test"))
    }

    func settle() {
        for _ in 0..<4 {
            loop.run()
            shards.step()
            registry.takeEvents()
        }
    }

    /// What is free on all shards.
    var free: [Int] {
        registry.shards.flatMap {
            [$0.rooms.freeCount, $0.peers.freeCount, $0.producers.freeCount, $0.consumers.freeCount]
        }
    }

    /// The code of the refusal, or nil.
    func code(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch let fault as RemoteFault {
            return fault.code
        } catch {
            return "\(error)"
        }
    }

    // MARK: shorthands

    func webRtc(_ room: String = "garden", connected: Bool = true) throws -> String {
        let transport = try remote.createWebRtcTransport(.with { $0.room = room })
        if connected { try connect(transport.transportID, room) }
        return transport.transportID
    }

    func connect(_ transport: String, _ room: String = "garden") throws {
        _ = try remote.connectWebRtcTransport(
            .with {
                $0.room = room
                $0.transportID = transport
                $0.dtlsParameters.fingerprint = "sha-256 " + Answers.fingerprint
            })
    }

    func produce(
        _ transport: String, _ kind: RpcKind = .video, _ room: String = "garden",
        _ change: (inout RpcProduceRequest) -> Void = { _ in }
    ) throws -> RpcProducer {
        try remote.produce(
            .with {
                $0.room = room
                $0.transportID = transport
                $0.kind = kind
                $0.rtpParameters.codecs = [kind == .audio ? Self.opus : Self.vp8]
                change(&$0)
            })
    }

    func consume(_ transport: String, _ producer: String, _ room: String = "garden") throws -> RpcConsumer {
        try remote.consume(
            .with {
                $0.room = room
                $0.transportID = transport
                $0.producerID = producer
            })
    }

    static let opus = RpcRtpCodec.with {
        $0.mimeType = "audio/opus"
        $0.payloadType = 111
        $0.clockRate = 48_000
        $0.channels = 2
    }
    static let vp8 = RpcRtpCodec.with {
        $0.mimeType = "video/VP8"
        $0.payloadType = 120
        $0.clockRate = 90_000
        $0.rtxPayloadType = 121
    }
}
