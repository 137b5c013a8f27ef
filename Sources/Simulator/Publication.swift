import Contract
import Wire

/// One source that a client publishes: audio, or video of up to three layers.
public final class Publication {
    public let producer: ProducerIndex
    public let kind: MediaKind
    public let serial: UInt32
    let mid: FixedBytes<16>
    public unowned let peer: SimulatedPeer
    public internal(set) var layers: [PublishedLayer] = []
    public var isSilent = false
    public internal(set) var isOpen = true
    /// All that it ever was on shards.
    var knownIndices: [Int: ProducerIndex] = [:]
    /// A voice that speaks for two seconds of six: see `level`.
    public var takesTurns = false
    /// A voice that speaks or not, as a script says; nil for one that goes by its numbers.
    public var isSpeaking: Bool?
    var levelsTold: [UInt16: UInt8] = [:]
    /// Sound is sent as RED (RFC 2198), with so many earlier packets in each.
    public var redundancy = 0
    /// Where the server's mute has come into force.
    var pausedShards: Set<Int> = []
    /// Muted by the server, as far as the control side knows.
    var isMuted = false
    /// By shard: what stands for it there.
    var mirrors: [Int: ProducerIndex] = [:]
    /// Shards that have let go of it.
    var releasedShards: Set<Int> = []
    /// SDP named the SSRCs; otherwise MID and RID of the packets tell.
    let declaresSsrcs: Bool
    private var nextFrame: UInt64 = 0
    public let scheme: VideoScheme
    /// How many spatial layers its encoder makes at present.
    public var spatialLayers: Int
    /// Frames that a keyframe's and another frame's packets are.
    public var keyframePackets = 4
    public var framePacketsMax = 3
    /// By layer: how many bytes a packet of it has; thrown for each frame where nothing is said.
    public var sizes: [Int: Int] = [:]
    /// How often a packet of padding follows a frame.
    public var paddingRatio = 0.0
    /// How often an RTX packet without an original is sent, as probing senders do.
    public var probeRatio = 0.0

    init(
        producer: ProducerIndex, kind: MediaKind, serial: UInt32, mid: String, layerCount: Int, declaresSsrcs: Bool,
        scheme: VideoScheme, peer: SimulatedPeer
    ) {
        self.scheme = scheme
        spatialLayers = scheme.spatialLayers
        self.producer = producer
        self.kind = kind
        self.serial = serial
        self.mid = FixedBytes(mid)!
        self.peer = peer
        self.declaresSsrcs = declaresSsrcs
        for index in 0..<layerCount {
            layers.append(PublishedLayer(publication: self, index: UInt8(index), hasRid: layerCount > 1))
        }
    }

    var isLayered: Bool { kind == .video && scheme.spatialLayers * scheme.temporalLayers > 1 }
    var codec: Codec { kind == .audio ? .opus : scheme.codec }
    var world: Simulator { peer.world }

    /// What it is on a shard; nil where there is nothing of it.
    func index(on shard: Int) -> ProducerIndex? { shard == Int(peer.handle.shard) ? producer : mirrors[shard] }

    private var frameNanoseconds: UInt64 { kind == .audio ? 20_000_000 : 33_333_333 }

    func tick() {
        guard isOpen else { return }
        if nextFrame == 0 || world.now > nextFrame + 200_000_000 { nextFrame = world.now }
        while world.now >= nextFrame {
            if !isSilent { sendFrame(capture: nextFrame) }
            nextFrame += frameNanoseconds
        }
    }

    private func sendFrame(capture: UInt64) {
        for layer in layers where !layer.isStopped {
            if kind == .audio { layer.sendAudio(capture: capture) } else { layer.sendVideo(capture) }
            if world.dice.chance(paddingRatio) { layer.sendPadding(capture: capture) }
            if world.dice.chance(probeRatio) { layer.sendProbe() }
        }
    }

    /// As the offer would say it.
    var descriptions: [LayerDescription] {
        layers.map { layer in
            LayerDescription(
                rid: layer.rid, ssrc: declaresSsrcs ? layer.ssrc : 0, rtxSsrc: declaresSsrcs ? layer.rtxSsrc : 0)
        }
    }

    public func keyframeSoon() { for layer in layers { layer.wantsKeyframe = true } }
}
