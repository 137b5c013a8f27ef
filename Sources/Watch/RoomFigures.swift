import Foundation

/// One room between two answers of `/rooms/{room}/stats`.
public struct RoomFigures: Codable, Equatable, Sendable {
    public struct PeerFigures: Codable, Equatable, Sendable {
        public var id: String
        public var name: String
        public var shard: Int
        public var isConnected: Bool
        /// A second.
        public var bitsIn: Double
        public var bitsOut: Double
        public var roundTripMilliseconds: Double
        /// Bits a second; 0 for unknown.
        public var estimate: Double
        public var allocated: Double
        public var producers: Int
        public var consumers: Int
        /// Consumers that get nothing although nobody paused them.
        public var held: Int
    }

    public var room: String
    public var peers: [PeerFigures]

    /// Nil when the text is not such an answer. Without `before` rates are 0.
    public init?(before: String?, now: String, seconds: Double) {
        guard let new = Answer(now) else { return nil }
        let old = before.flatMap { Answer($0) }
        room = new.room
        peers = new.peers.map { peer in
            let earlier = old?.peers.first { $0.id == peer.id }
            func rate(_ bytes: KeyPath<Answer.Peer, UInt64>) -> Double {
                guard let earlier, peer[keyPath: bytes] >= earlier[keyPath: bytes], seconds > 0 else { return 0 }
                return Double(peer[keyPath: bytes] - earlier[keyPath: bytes]) * 8 / seconds
            }
            return PeerFigures(
                id: peer.id, name: peer.name, shard: peer.shard, isConnected: peer.connected,
                bitsIn: rate(\.bytesReceived), bitsOut: rate(\.bytesSent),
                roundTripMilliseconds: Double(peer.roundTripMicroseconds) / 1000,
                estimate: Double(peer.estimateBitsPerSecond), allocated: Double(peer.allocatedBitsPerSecond),
                producers: peer.producers.count, consumers: peer.consumers.count,
                held: peer.consumers.count { $0.pauseReason != "none" })
        }
    }

    /// What is read of the answer.
    private struct Answer: Decodable {
        struct Producer: Decodable { var kind: String }
        struct Consumer: Decodable { var pauseReason: String }
        struct Peer: Decodable {
            var id: String
            var name: String
            var shard: Int
            var connected: Bool
            var bytesReceived: UInt64
            var bytesSent: UInt64
            var roundTripMicroseconds: UInt64
            var estimateBitsPerSecond: UInt64
            var allocatedBitsPerSecond: UInt64
            var producers: [Producer]
            var consumers: [Consumer]
        }
        var room: String
        var peers: [Peer]

        init?(_ text: String) {
            guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(text.utf8)) else { return nil }
            self = answer
        }
    }
}
