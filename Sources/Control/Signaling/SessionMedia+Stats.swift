import Contract
import NIOCore
import Protocol

/// The server's view of a client's connection.
extension SessionMedia {
    func stats() -> EventLoopFuture<Stats> {
        let profile = peer.profile?.name ?? ""
        let sources = peer.producers.map { ($0.source.trackSource, $0.layerCount) }
        let mids = peer.consumers.map(\.mid)
        return PeerNumbers.fetch(peer, from: registry.reports, on: session.loop).map { numbers in
            var stats = Stats()
            stats.packetsReceived = numbers.peer.packetsReceived
            stats.bytesReceived = numbers.peer.bytesReceived
            stats.packetsSent = numbers.peer.packetsSent
            stats.bytesSent = numbers.peer.bytesSent
            stats.roundTripUs = UInt32(clamping: numbers.peer.roundTripMicroseconds)
            stats.srtpProfile = profile
            stats.estimateBps = numbers.peer.estimateBitsPerSecond
            stats.allocatedBps = numbers.peer.allocatedBitsPerSecond
            stats.paceBps = numbers.peer.paceBitsPerSecond
            stats.producers = zip(sources, numbers.producers).map { Self.stats($0.0, layerCount: $0.1, $1) }
            stats.consumers = zip(mids, numbers.consumers).map { Self.stats(mid: $0, $1) }
            return stats
        }
    }

    private static func stats(
        _ source: TrackSource, layerCount: Int, _ report: ProducerReport
    ) -> Protocol.ProducerStats {
        var stats = Protocol.ProducerStats()
        stats.source = source
        stats.layers = (0..<layerCount).map { layer in
            var numbers = LayerStats()
            numbers.packets = report.packetsReceived[layer]
            numbers.bytes = report.bytesReceived[layer]
            numbers.packetsLost = report.packetsLost[layer]
            numbers.bitsPerSecond = report.bitsPerSecond[layer]
            return numbers
        }
        stats.nacksSent = report.nacksSent
        stats.keyframesRequested = report.keyframesRequested
        return stats
    }

    private static func stats(mid: String, _ report: ConsumerReport) -> Protocol.ConsumerStats {
        var stats = Protocol.ConsumerStats()
        stats.mid = mid
        stats.packets = report.packetsSent
        stats.bytes = report.bytesSent
        stats.retransmitted = report.retransmitted
        stats.nacksReceived = report.nacksReceived
        stats.layer = UInt32(report.layer)
        stats.fractionLost = Float(report.fractionLost) / 256
        if let sent = layers(report.current) { stats.sent = sent }
        if let wanted = layers(report.target) { stats.wanted = wanted }
        stats.held = report.pauseReason.heldReason
        return stats
    }

    private static func layers(_ choice: InlineArray<3, UInt8>) -> Layers? {
        guard choice[0] != 255 else { return nil }
        var layers = Layers()
        layers.simulcast = UInt32(choice[0])
        layers.spatial = UInt32(choice[1])
        layers.temporal = UInt32(choice[2])
        return layers
    }
}

extension PauseReason {
    var heldReason: HeldReason {
        switch self {
        case .none: .none
        case .bandwidth: .bandwidth
        case .notShown: .notShown
        }
    }
}
