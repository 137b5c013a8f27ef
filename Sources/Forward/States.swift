import Contract
import Estimate
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
    /// Consumers in the room whose producers are chosen here.
    public var chosenCount: UInt32 = 0

    public init() {}
}

/// The first producers of one kind in a room, in order.
@frozen
public struct Ranking: BitwiseCopyable {
    public static let capacity = 32
    /// The rank of a producer that is not among them.
    public static let unranked: UInt8 = 255

    public internal(set) var producers: InlineArray<32, UInt32> = InlineArray(repeating: endOfChain)
    public internal(set) var count = 0

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
    /// Place in its room's ranking.
    public internal(set) var rank = Ranking.unranked
    /// When it got there, so that it is not put out at once.
    var rankedNanoseconds: UInt64 = 0
    /// How many consumers carry it.
    public internal(set) var consumerCount: UInt32 = 0
    /// Whose it is.
    public internal(set) var member = MemberNumber.none
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
    public var rates = LayerRates()
    /// Frames of other layers since the last packet of this one.
    var overtakings: InlineArray<3, UInt8> = InlineArray(repeating: 0)
    /// By simulcast layer: its highest spatial layer at present, and whether one may go down from there at any picture.
    public internal(set) var topSpatials: InlineArray<3, UInt8> = InlineArray(repeating: 0)
    var areNested: InlineArray<3, Bool> = InlineArray(repeating: true)
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
    /// What it carries is chosen here (`Forwarder+Choice.swift`), not told by the control side.
    public internal(set) var isChosen = false
    /// The client asked for just this producer.
    public internal(set) var isPinned = false
    /// The control side has not heard yet what was chosen.
    var isUntold = false
    /// What leaves next begins a stretch of speech (RFC 3551 §4.1).
    var beginsTalk = false
    /// How much its producer matters to the subscriber.
    public internal(set) var importance = Importance.other
    /// Counts what it was bound to, and how often that began anew.
    public internal(set) var bindings: UInt32 = 0
    /// The most that the client asked for: a simulcast encoding, or of one with spatial layers such a one.
    public var wantedLayer: UInt8 = UInt8(Limits.layersMax - 1)
    /// What is to be sent, as far as the client wants it and it lives; set by `Forwarder.setTarget`.
    public internal(set) var target = LayerChoice.best
    /// What leaves now; `nothing` before the first keyframe.
    public internal(set) var current = LayerChoice.nothing
    /// What of the target the client wants and the producer has: simulcast, the live layer closest to it.
    public internal(set) var goal = LayerChoice(simulcast: 0)
    public var peer: UInt32 = 0
    /// Which peer in that place.
    public var incarnation: UInt32 = 0
    public var producer = endOfChain
    /// Counts switches between sources; the name of the present one for `sequence`.
    public var epoch: UInt32 = 0
    /// Which producer and layer (`SourceName`) the last four epochs were, `endOfChain` where that is over.
    public var sources: InlineArray<4, UInt32> = InlineArray(repeating: endOfChain)
    /// The source's number that each of them began with.
    var starts: InlineArray<4, UInt64> = InlineArray(repeating: 0)
    public var ssrc: UInt32 = 0
    public var rtxSsrc: UInt32 = 0
    public var nextOfPeer = endOfChain
    public var previousOfPeer = endOfChain
    /// SRTP index of the next packet on the RTX SSRC.
    public var rtxIndex: UInt64 = 0
    /// Where what leaves is combined, `endOfChain` for nowhere; and the SRTP index of the next packet of parity.
    var parity = endOfChain
    var parityIndex: UInt64 = 0
    /// Sent until the last receiver report.
    var packetsReported: UInt64 = 0
    public internal(set) var view = View.unknown
    public internal(set) var pauseReason = PauseReason.none
    var isHoldListed = false
    /// It carries something new: what it gets of that at first needs no patience.
    var isFresh = true
    /// Since when it could have more than it has; 0 when it could not.
    var upSinceNanoseconds: UInt64 = 0
    /// Since when not even the least of it has fitted; 0 while it does, and while there is nothing to lose.
    var shortSinceNanoseconds: UInt64 = 0
    /// The number in its layer's history from where it is behind, and the epoch of which that is true: `isBehind`.
    var behindFrom = UInt64.max
    var behindEpoch: UInt32 = 0
    /// Which goes first when not all can: the higher one.
    public internal(set) var priority: UInt32 = 0
    public var lastSentNanoseconds: UInt64 = 0
    /// Of the last packet that left.
    public var sentTimestamp: UInt32 = 0
    public var sentCodec = Codec.none
    /// The outgoing number behind the highest that left. `sequence.next` may be further on: numbers are kept free for what
    /// has not come.
    var sentEnd: UInt64 = 0
    public var nextReportNanoseconds: UInt64 = 0
    public var timestamp = TimestampTranslator()
    /// Which spatial and temporal layers left, and since when.
    var choices = ChoiceHistory()
    /// Of the last four epochs, each at its place modulo 4.
    var ids: InlineArray<4, IdTranslation> = InlineArray(repeating: IdTranslation())
    public var report = ConsumerReport()
    /// Last, because it ends with 768 bytes that are read for late packets alone: what every packet needs is before them.
    public var sequence = SequenceTranslator(firstOutgoing: 0)

    public init() {}

    /// The simulcast layer that leaves now; `noLayer` before the first keyframe.
    @inlinable public var currentLayer: UInt8 { current.simulcast }
    /// The simulcast layer that the next keyframe leads to.
    @inlinable public var targetLayer: UInt8 { goal.simulcast }
}

/// How much a consumer's producer matters: what goes first when not everything fits. Sound goes before all pictures.
@frozen
public enum Importance: UInt8, BitwiseCopyable, Comparable, Sendable {
    case other = 0
    /// The camera of who speaks.
    case speaker
    case screen
    case pinned

    @inlinable public static func < (one: Importance, other: Importance) -> Bool { one.rawValue < other.rawValue }
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
    /// By kind: how many of its consumers are filled by choice.
    var chosenCounts: InlineArray<2, UInt8> = InlineArray(repeating: 0)
    /// How many packets of sound are repeated in each (RFC 2198), and reports without loss since that was set.
    public internal(set) var redundancy: UInt8 = 0
    var calmReports: UInt8 = 0
    /// How much of its video is protected.
    public internal(set) var protection = Protection()
    /// The same person's other connection.
    var excluded = MemberNumber.none
    public var packetsSent: UInt64 = 0
    public var bytesSent: UInt64 = 0
    /// What the link to it carries.
    public var estimate: BandwidthEstimator
    /// How fast it gets that.
    public internal(set) var pace = Pace()
    /// And what of it.
    public internal(set) var share = Share()

    init(key: SealingKey, sent: UnsafeMutablePointer<SentPacket>) {
        self.key = key
        estimate = BandwidthEstimator(ring: sent)
    }

    /// A packet leaves for it, of whatever kind; what it costs the pace is for the caller to say.
    mutating func countSent(bytes: Int) {
        packetsSent &+= 1
        bytesSent &+= UInt64(bytes)
    }
}
