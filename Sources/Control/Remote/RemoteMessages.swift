import Contract
import Protocol

/// The books in the words of control.proto.
extension RpcRoom {
    init(_ room: Room, withPeers: Bool) {
        self.init()
        self.room = room.name
        peerCount = UInt32(room.peers.count)
        producerCount = UInt32(room.producers.count)
        created = room.isKept
        speakerPeerID = room.speaker?.id ?? ""
        if withPeers { peers = room.peers.map { RpcPeer($0, withMedia: true) } }
    }
}

extension RpcPeer {
    init(_ peer: Peer, withMedia: Bool) {
        self.init()
        peerID = peer.id
        name = peer.name
        member = peer.isMember
        connected = peer.isConnected
        guard withMedia else { return }
        producers = peer.producers.map { RpcProducer($0) }
        consumers = peer.consumers.map { RpcConsumer($0) }
    }
}

extension RpcProducer {
    init(_ producer: Producer) {
        self.init()
        producerID = producer.id
        peerID = producer.peer.id
        kind = RpcKind(producer.kind)
        source = RpcSource(producer.source)
        mid = producer.mid
        layers = UInt32(producer.layerCount)
        paused = producer.isMuted
        codec = producer.codec?.rtpmapName ?? ""
    }
}

extension RpcConsumer {
    init(_ consumer: Consumer) {
        self.init()
        consumerID = consumer.id
        peerID = consumer.peer.id
        producerID = consumer.producer?.id ?? ""
        kind = RpcKind(consumer.kind)
        mid = consumer.mid
        paused = consumer.isPaused
        ssrc = consumer.ssrc
        rtxSsrc = consumer.rtxSsrc
        held = RpcHeldReason(consumer.held)
    }
}

extension RpcKind {
    init(_ kind: MediaKind) { self = kind == .audio ? .audio : .video }

    /// Nil when it is not said, or unknown.
    var media: MediaKind? {
        switch self {
        case .audio: .audio
        case .video: .video
        case .unspecified, .UNRECOGNIZED: nil
        }
    }
}

extension RpcSource {
    init(_ source: MediaSource) {
        switch source {
        case .microphone: self = .microphone
        case .camera: self = .camera
        case .screen: self = .screen
        }
    }
}

extension MediaSource {
    /// Nil when it is not said, or unknown.
    init?(_ source: RpcSource) {
        switch source {
        case .microphone: self = .microphone
        case .camera: self = .camera
        case .screen: self = .screen
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }

    var kind: MediaKind { self == .microphone ? .audio : .video }
}

extension RpcHeldReason {
    init(_ reason: PauseReason) {
        switch reason {
        case .none: self = .none
        case .bandwidth: self = .bandwidth
        case .notShown: self = .notShown
        }
    }
}

extension Codec {
    /// As in a=rtpmap.
    var rtpmapName: String {
        switch self {
        case .none: ""
        case .opus: "opus"
        case .red: "red"
        case .vp8: "VP8"
        case .vp9, .vp9Profile2: "VP9"
        case .h264ConstrainedBaseline, .h264Baseline, .h264Main, .h264High: "H264"
        case .av1: "AV1"
        }
    }
}
