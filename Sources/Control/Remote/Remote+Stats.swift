import Contract
import Foundation
import NIOCore
import Protocol

/// What the shards count for a room's peers.
extension Remote {
    static let statsPeersMax = 256
    static let intervalMilliseconds: ClosedRange<UInt32> = 100...60_000

    static func interval(_ request: RpcWatchStatsRequest) throws(RemoteFault) -> Int64 {
        guard request.intervalMs != 0 else { return 1000 }
        guard intervalMilliseconds.contains(request.intervalMs) else { throw .invalid("interval_ms is 100...60000") }
        return Int64(request.intervalMs)
    }

    func stats(_ request: RpcWatchStatsRequest) throws(RemoteFault) -> EventLoopFuture<RpcStats> {
        let peers =
            request.peerID.isEmpty
            ? Array(try room(request.room).peers.prefix(Self.statsPeersMax))
            : [try peer(request.peerID, in: request.room)]
        // What is described is written down now: while the shard counts, producers may come and go.
        let descriptions = peers.map { RpcPeerStats($0) }
        let numbers = EventLoopFuture.whenAllSucceed(
            peers.map { PeerNumbers.fetch($0, from: registry.reports, on: loop) }, on: loop)
        return numbers.map { numbers in
            var stats = RpcStats()
            stats.timeMs = UInt64(Date().timeIntervalSince1970 * 1000)
            stats.peers = zip(descriptions, numbers).map { $0.filled(with: $1) }
            return stats
        }
    }
}

extension RpcPeerStats {
    /// Without numbers.
    fileprivate init(_ peer: Peer) {
        self.init()
        peerID = peer.id
        connected = peer.isConnected
        srtpProfile = peer.profile?.name ?? ""
        producers = peer.producers.map { producer in
            var stats = RpcProducerStats()
            stats.producerID = producer.id
            stats.layers = Array(repeating: RpcLayerStats(), count: producer.layerCount)
            return stats
        }
        consumers = peer.consumers.map { consumer in
            var stats = RpcConsumerStats()
            stats.consumerID = consumer.id
            stats.held = RpcHeldReason(consumer.held)
            return stats
        }
    }

    fileprivate func filled(with numbers: PeerNumbers) -> RpcPeerStats {
        var stats = self
        stats.packetsReceived = numbers.peer.packetsReceived
        stats.bytesReceived = numbers.peer.bytesReceived
        stats.packetsSent = numbers.peer.packetsSent
        stats.bytesSent = numbers.peer.bytesSent
        stats.roundTripUs = numbers.peer.roundTripMicroseconds
        stats.estimateBps = numbers.peer.estimateBitsPerSecond
        stats.allocatedBps = numbers.peer.allocatedBitsPerSecond
        stats.producers = zip(producers, numbers.producers).map { $0.filled(with: $1) }
        stats.consumers = zip(consumers, numbers.consumers).map { $0.filled(with: $1) }
        return stats
    }
}

extension RpcProducerStats {
    fileprivate func filled(with report: ProducerReport) -> RpcProducerStats {
        var stats = self
        for place in layers.indices {
            stats.layers[place].packets = report.packetsReceived[place]
            stats.layers[place].bytes = report.bytesReceived[place]
            stats.layers[place].packetsLost = report.packetsLost[place]
            stats.layers[place].bitsPerSecond = report.bitsPerSecond[place]
        }
        stats.nacksSent = report.nacksSent
        stats.keyframesRequested = report.keyframesRequested
        stats.keyframes = report.keyframes
        return stats
    }
}

extension RpcConsumerStats {
    fileprivate func filled(with report: ConsumerReport) -> RpcConsumerStats {
        var stats = self
        stats.packets = report.packetsSent
        stats.bytes = report.bytesSent
        stats.retransmitted = report.retransmitted
        stats.nacksReceived = report.nacksReceived
        stats.keyframeRequestsReceived = report.keyframeRequestsReceived
        stats.fractionLost = Double(report.fractionLost) / 256
        stats.layer = UInt32(report.layer)
        return stats
    }
}
