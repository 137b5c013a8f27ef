import Contract
import NIOCore

/// `GET /rooms/{room}/stats`: what the shard counts for a room's peers, producers and consumers.
struct RoomStats: Encodable, Sendable {
    var room: String
    /// Where it began.
    var shard: Int
    var peers: [PeerStats]
}

struct PeerStats: Encodable, Sendable {
    var id: String
    var name: String
    var shard: Int
    var isMember: Bool
    var connected: Bool
    var profile: String?
    var packetsReceived: UInt64
    var bytesReceived: UInt64
    var packetsSent: UInt64
    var bytesSent: UInt64
    var roundTripMicroseconds: UInt64
    /// What its link carries; 0 for unknown. What the layers that it is to get cost. How fast packets leave at most; 0
    /// while nothing is held back.
    var estimateBitsPerSecond: UInt64 = 0
    var allocatedBitsPerSecond: UInt64 = 0
    var paceBitsPerSecond: UInt64 = 0
    var producers: [ProducerStats]
    var consumers: [ConsumerStats]
}

struct ProducerStats: Encodable, Sendable {
    struct Layer: Encodable, Sendable {
        var packets: UInt64
        var bytes: UInt64
        var lost: UInt64
        /// Over the last second, with headers.
        var bitsPerSecond: UInt64 = 0
    }
    var mid: String
    var kind: String
    var source: String
    var codec: String?
    var muted: Bool
    var layers: [Layer]
    var nacksSent: UInt64
    var keyframesRequested: UInt64
    var keyframes: UInt64
    var audioLevel: UInt8
}

struct ConsumerStats: Encodable, Sendable {
    var mid: String
    var kind: String
    var ssrc: UInt32
    /// The publisher's name.
    var from: String?
    var packets: UInt64
    var bytes: UInt64
    var retransmitted: UInt64
    /// FlexFEC.
    var parityPackets: UInt64 = 0
    var parityBytes: UInt64 = 0
    var nacksReceived: UInt64
    var keyframeRequestsReceived: UInt64
    var fractionLost: Double
    var layer: UInt8
    /// What the client asked for at most, and how large it shows it.
    var layerMax: UInt8?
    var view: ViewStats?
    /// What is to leave and what leaves; nil for nothing.
    var wanted: LayersStats?
    var sent: LayersStats?
    var isPaused = false
    /// Why nothing leaves though nobody paused it: "none", "bandwidth" or "not_shown".
    var pauseReason = PauseReason.none.label
}

/// Simulcast, spatial and temporal layer; 3 in the latter two stands for all there are.
struct LayersStats: Encodable, Sendable {
    var simulcast: UInt8
    var spatial: UInt8
    var temporal: UInt8

    init?(_ choice: InlineArray<3, UInt8>) {
        guard choice[0] != 255 else { return nil }
        (simulcast, spatial, temporal) = (choice[0], choice[1], choice[2])
    }
}

struct ViewStats: Encodable, Sendable {
    var width: UInt16
    var height: UInt16
    var pinned: Bool
}

extension SrtpProfile {
    /// The IANA name.
    var name: String {
        switch self {
        case .aes128Gcm: "AEAD_AES_128_GCM"
        case .aes256Gcm: "AEAD_AES_256_GCM"
        case .aes128CmSha1: "AES128_CM_HMAC_SHA1_80"
        }
    }
}

/// Asks the shard for the numbers of one peer and of what it has.
struct PeerNumbers: Sendable {
    var peer: PeerReport
    var producers: [ProducerReport]
    var consumers: [ConsumerReport]

    static func fetch(_ peer: Peer, from reports: Reports, on loop: any EventLoop) -> EventLoopFuture<PeerNumbers> {
        let producers = EventLoopFuture.whenAllSucceed(peer.producers.map { reports.producer($0) }, on: loop)
        let consumers = EventLoopFuture.whenAllSucceed(peer.consumers.map { reports.consumer($0) }, on: loop)
        return reports.peer(peer).and(producers).and(consumers).map {
            PeerNumbers(peer: $0.0.0, producers: $0.0.1, consumers: $0.1)
        }
    }
}

extension Site {
    /// Peers of one answer; beyond this the room's first ones are shown.
    private static let statsPeersMax = 256

    func roomStats(_ request: Request, room name: String) throws -> EventLoopFuture<Response> {
        try Names.checkRoom(name)
        return gate.admit(request, to: name, for: .watch).assumeIsolated()
            .flatMap { self.numbers(of: $0.roomKey) }.nonisolated()
    }

    private func numbers(of name: String) -> EventLoopFuture<Response> {
        guard let room = registry.rooms[name] else { return loop.makeFailedFuture(ApiError.notFound) }
        let shard = Int(room.home.shard.index)
        return peerStats(of: room).map { .json(RoomStats(room: name, shard: shard, peers: $0)) }
    }

    /// What the shards count for a room's first peers.
    func peerStats(of room: Room) -> EventLoopFuture<[PeerStats]> {
        let peers = Array(room.peers.prefix(Self.statsPeersMax))
        // What is described is written down now: while the shard counts, producers may come and go.
        let descriptions = peers.map { PeerStats($0) }
        let numbers = EventLoopFuture.whenAllSucceed(
            peers.map { PeerNumbers.fetch($0, from: registry.reports, on: loop) }, on: loop)
        return numbers.map { numbers in zip(descriptions, numbers).map { $0.filled(with: $1) } }
    }
}

extension PeerStats {
    /// Without numbers.
    init(_ peer: Peer) {
        self.init(
            id: peer.id, name: peer.name, shard: Int(peer.shard.index), isMember: peer.isMember,
            connected: peer.isConnected,
            profile: peer.profile?.name, packetsReceived: 0, bytesReceived: 0, packetsSent: 0, bytesSent: 0,
            roundTripMicroseconds: 0, producers: peer.producers.map { ProducerStats($0) },
            consumers: peer.consumers.map { ConsumerStats($0) })
    }

    func filled(with numbers: PeerNumbers) -> PeerStats {
        var stats = self
        stats.packetsReceived = numbers.peer.packetsReceived
        stats.bytesReceived = numbers.peer.bytesReceived
        stats.packetsSent = numbers.peer.packetsSent
        stats.bytesSent = numbers.peer.bytesSent
        stats.roundTripMicroseconds = numbers.peer.roundTripMicroseconds
        stats.estimateBitsPerSecond = numbers.peer.estimateBitsPerSecond
        stats.allocatedBitsPerSecond = numbers.peer.allocatedBitsPerSecond
        stats.paceBitsPerSecond = numbers.peer.paceBitsPerSecond
        stats.producers = zip(producers, numbers.producers).map { $0.filled(with: $1) }
        stats.consumers = zip(consumers, numbers.consumers).map { $0.filled(with: $1) }
        return stats
    }
}

extension ProducerStats {
    init(_ producer: Producer) {
        self.init(
            mid: producer.mid, kind: "\(producer.kind)", source: "\(producer.source)",
            codec: producer.codec.map { "\($0)" }, muted: producer.isMuted,
            layers: Array(repeating: Layer(packets: 0, bytes: 0, lost: 0), count: producer.layerCount), nacksSent: 0,
            keyframesRequested: 0, keyframes: 0, audioLevel: 127)
    }

    func filled(with report: ProducerReport) -> ProducerStats {
        var stats = self
        stats.layers = layers.indices.map {
            Layer(
                packets: report.packetsReceived[$0], bytes: report.bytesReceived[$0], lost: report.packetsLost[$0],
                bitsPerSecond: report.bitsPerSecond[$0])
        }
        stats.nacksSent = report.nacksSent
        stats.keyframesRequested = report.keyframesRequested
        stats.keyframes = report.keyframes
        stats.audioLevel = report.audioLevel
        return stats
    }
}

extension ConsumerStats {
    init(_ consumer: Consumer) {
        self.init(
            mid: consumer.mid, kind: "\(consumer.kind)", ssrc: consumer.ssrc, from: consumer.producer?.peer.name,
            packets: 0, bytes: 0, retransmitted: 0, nacksReceived: 0, keyframeRequestsReceived: 0, fractionLost: 0,
            layer: 0, layerMax: consumer.spatial,
            view: consumer.view.map { ViewStats(width: $0.width, height: $0.height, pinned: $0.isPinned) },
            isPaused: consumer.isPaused)
    }

    func filled(with report: ConsumerReport) -> ConsumerStats {
        var stats = self
        stats.packets = report.packetsSent
        stats.bytes = report.bytesSent
        stats.retransmitted = report.retransmitted
        stats.parityPackets = report.parityPacketsSent
        stats.parityBytes = report.parityBytesSent
        stats.nacksReceived = report.nacksReceived
        stats.keyframeRequestsReceived = report.keyframeRequestsReceived
        stats.fractionLost = Double(report.fractionLost) / 256
        stats.layer = report.layer
        stats.wanted = LayersStats(report.target)
        stats.sent = LayersStats(report.current)
        stats.pauseReason = report.pauseReason.label
        return stats
    }
}
