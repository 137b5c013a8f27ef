import Contract
import Memory
import Peer
import Secure

/// A room on one shard: its members in a list, its producers in a row of dense ordinals.
@frozen
public struct RoomState: BitwiseCopyable {
    public var isOpen = false
    /// First of the members' list (`Subscriber.nextInRoom`).
    public var firstMember = endOfChain
    public var memberCount: UInt32 = 0
    public var producerCount: UInt32 = 0
    /// How many ordinals were ever used; rows are read up to here.
    public var ordinalCount: UInt32 = 0
    /// Producers with something in the present burst.
    public var activeCount: UInt32 = 0
    /// The dominant speaker that the control side was told of.
    public var announcedSpeaker = ProducerIndex.none
    public var speakerDueNanoseconds: UInt64 = 0

    public init() {}
}

/// One published source with its layers.
@frozen
public struct ProducerState: BitwiseCopyable {
    public var isOpen = false
    public var isPaused = false
    /// Its packets of this burst are in the room's list.
    public var isActive = false
    public var kind = MediaKind.audio
    public var source = MediaSource.microphone
    public var layerCount: UInt8 = 1
    /// Bit per layer that had a packet lately.
    public var liveLayers: UInt8 = 0
    /// Bit per layer for which a keyframe is wanted and not yet asked for.
    public var wantedKeyframes: UInt8 = 0
    public var audioLevel: UInt8 = 127
    public var room: UInt32 = 0
    /// `endOfChain` for a mirror.
    public var peer: UInt32 = endOfChain
    /// Whose clock its sender reports tell: place in `Forwarder.publishers`.
    public var publisher: UInt32 = 0
    /// Its packets come from another shard, where it is another index.
    public var isMirror = false
    /// Tells it from others that have its place before or after.
    public var serial: UInt32 = 0
    /// Bit per shard that mirrors it.
    public var mirrorShards: UInt64 = 0
    /// Bit per shard that a packet could not be passed to, and the layers of those packets.
    public var gapShards: UInt64 = 0
    public var gapLayers: UInt8 = 0
    /// Place in its room's row.
    public var ordinal: UInt32 = 0
    /// Chain of this burst's packets.
    public var burstFirst = endOfChain
    public var burstLast = endOfChain
    public var histories: InlineArray<3, History>
    public var throttles: InlineArray<3, KeyframeThrottle> = InlineArray(repeating: KeyframeThrottle())
    public var clocks: InlineArray<3, SenderClock> = InlineArray(repeating: SenderClock(clockRate: 90_000))
    /// Counts the sources that each layer has had.
    public var generations: InlineArray<3, UInt8> = InlineArray(repeating: 0)
    public var lastArrivals: InlineArray<3, UInt64> = InlineArray(repeating: 0)
    public var report = ProducerReport()

    init(history: (Int) -> History) {
        histories = InlineArray { history($0) }
    }
}

/// A producer's layer in 32 bits.
public enum SourceName {
    @inlinable public static func make(producer: UInt32, layer: UInt8) -> UInt32 { producer << 2 | UInt32(layer) }
    @inlinable public static func producer(_ name: UInt32) -> UInt32 { name >> 2 }
    @inlinable public static func layer(_ name: UInt32) -> Int { Int(name & 3) }
}

/// One outgoing stream to one subscriber.
@frozen
public struct ConsumerState: BitwiseCopyable {
    public static let noLayer: UInt8 = 255

    public var isOpen = false
    public var isPaused = false
    /// Its video was left out for want of time; a keyframe will be wanted when it comes back.
    public var wasShed = false
    public var kind = MediaKind.audio
    /// The layer that leaves now; `noLayer` before the first keyframe.
    public var currentLayer = ConsumerState.noLayer
    /// The layer that was asked for.
    public var wantedLayer: UInt8 = UInt8(Limits.layersMax - 1)
    /// The live layer closest to what was asked for: where the next keyframe leads.
    public var targetLayer: UInt8 = 0
    public var peer: UInt32 = 0
    /// Which peer in that place.
    public var incarnation: UInt32 = 0
    public var producer = endOfChain
    /// Counts switches between sources; the name of the present one for `sequence`.
    public var epoch: UInt32 = 0
    /// Which producer and layer (`SourceName`) the last four epochs were, `endOfChain` where that is over.
    public var sources: InlineArray<4, UInt32> = InlineArray(repeating: endOfChain)
    public var ssrc: UInt32 = 0
    public var rtxSsrc: UInt32 = 0
    public var nextOfPeer = endOfChain
    public var previousOfPeer = endOfChain
    /// SRTP index of the next packet on the RTX SSRC.
    public var rtxIndex: UInt64 = 0
    public var lastSentNanoseconds: UInt64 = 0
    public var nextReportNanoseconds: UInt64 = 0
    public var timestamp = TimestampTranslator()
    public var report = ConsumerReport()
    /// Last, because it ends with 768 bytes that are read for late packets alone: what every packet needs is before them.
    public var sequence = SequenceTranslator(firstOutgoing: 0)

    public init() {}
}

/// The sending side of a peer: what fan-out needs of it, and nothing else.
@frozen
public struct Subscriber: BitwiseCopyable {
    public var isOpen = false
    /// Keys are installed and an address is nominated.
    public var isReady = false
    /// Stands in `Forwarder.beginners`.
    public var isBeginner = false
    public var tagBytes: UInt8 = 16
    public var room: UInt32 = 0
    /// Counts the peers that had this place: each has keys of its own.
    public var incarnation: UInt32 = 0
    /// No stream of this peer that closed, and whose place another peer has, used an SRTP index from here on.
    public var freshIndex: UInt64 = 0
    public var nextInRoom = endOfChain
    public var previousInRoom = endOfChain
    public var firstConsumer = endOfChain
    public var endpoint = Endpoint.none
    public var key: SealingKey
    public var carried = CarriedIds()
    public var payloadTypeOfCodec: InlineArray<16, UInt8> = InlineArray(repeating: 255)
    public var rtxPayloadTypeOfCodec: InlineArray<16, UInt8> = InlineArray(repeating: 255)
    public var packetsSent: UInt64 = 0
    public var bytesSent: UInt64 = 0

    init(key: SealingKey) { self.key = key }
}
