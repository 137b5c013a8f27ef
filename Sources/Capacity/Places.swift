import Contract

/// What a workload takes of the places that a shard has: past one of these the server refuses.
struct Places {
    var rooms = 0.0
    var peers = 0.0
    var producers = 0.0
    var consumers = 0.0
    /// Packets kept for retransmission.
    var packets = 0.0

    /// HTTP and WebSocket connections that a host takes (`Settings.connectionsMax`).
    static let connectionsMax = 8192

    init(_ workload: Workload) {
        for kind in workload.rooms {
            let count = Double(kind.count)
            let (voices, videos) = Self.seen(kind)
            rooms += count
            peers += count * Double(kind.peers)
            producers += count * Double(kind.publishers) * (kind.videoKilobits > 0 ? 2 : 1)
            consumers += count * Double(kind.receivers) * (voices + videos)
            packets += count * Self.historyPackets(kind)
        }
    }

    /// Voices and pictures that one receiver has places for.
    private static func seen(_ kind: RoomKind) -> (Double, Double) {
        let others = Double(kind.publishers)
        let voices = kind.voices == 0 ? others : min(others, Double(kind.voices))
        let videos = kind.videos == 0 ? others : min(others, Double(kind.videos))
        return (voices, kind.videoKilobits > 0 ? videos : 0)
    }

    /// A history keeps 512 packets of a layer, for one second at most.
    static func historyPackets(_ kind: RoomKind) -> Double {
        var packets = kind.audioShare * Client.audioPerSecond
        for part in Client.layerParts(kind.layers) where kind.videoKilobits > 0 {
            let frame = kind.videoKilobits * part * 125 / kind.framesPerSecond
            let rate = (frame / Client.payloadBytesMax).rounded(.up) * kind.framesPerSecond
            packets += kind.videoShare * min(512, rate)
        }
        return Double(kind.publishers) * packets
    }

    /// What a shard has too little of; nil when it has enough of everything.
    var lacking: String? {
        let limits = Limits()
        let needs: [(String, Double, Int)] = [
            ("rooms", rooms, limits.roomsMax), ("connections", peers, limits.peersMax),
            ("producers", producers, limits.producersMax), ("consumers", consumers, limits.consumersMax),
            // Packets on their way need slots, too.
            ("packet slots", packets, limits.slots * 9 / 10),
        ]
        return needs.first { $0.1 > Double($0.2) }?.0
    }
}
