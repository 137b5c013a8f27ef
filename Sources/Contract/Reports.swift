/// Where a packet that is not forwarded is counted. Every packet received, and every copy that a consumer could have
/// had, is counted under forwarded (or handled) or under exactly one of these.
@frozen
public enum DropReason: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    // On arrival.
    case empty
    /// The first byte names no protocol (RFC 7983 §7).
    case notRecognised
    case stunMalformed
    case stunFingerprint
    case stunUnknownUser
    case stunIntegrity
    /// A response, an indication or a method other than Binding.
    case stunNotARequest
    case stunRoleConflict
    /// Media or DTLS from an address that ICE has not validated.
    case unknownAddress
    case dtlsTooLong
    case dtlsMailboxFull
    case notSecured
    case rtpMalformed
    case rtcpMalformed
    case srtpAuthentication
    case srtpReplayed
    case unknownStream
    case unknownPayloadType
    case streamTableFull
    case slotsExhausted
    case packetTooLong
    case duplicate
    /// The producer is paused by the server.
    case producerPaused
    /// Further behind than any consumer would take it.
    case tooLate
    /// RTX without an original packet: a publisher's probe, reported to it and of no use to anybody else.
    case probe
    case handoverFull
    case handoverUnknownShard
    case truncated
    /// Nobody has its producer in a slot: dropped once for the whole room.
    case noConsumer
    // On departure, per consumer.
    case consumerPaused
    case layerNotSelected
    case waitingForKeyframe
    case codecNotNegotiated
    case peerNotReady
    /// Padding without payload; the consumer's numbers close up over it.
    case paddingOnly
    case runsExhausted
    case sourceTooOld
    /// Left out because the shard has more to do than time.
    case shed
    /// Held back for the link's sake until it was too old, or until its consumer turned to another layer.
    case fellBehind
    // Between shards, per shard that has members of the room.
    /// The other shard is behind with what it was passed.
    case trunkFull

    /// Counted per consumer, not per received packet.
    @inlinable public var isOnDeparture: Bool { rawValue >= DropReason.consumerPaused.rawValue && !isOnTrunk }
    /// Counted per shard that an accepted packet was to be passed to: trunkOffered = trunkPassed + these.
    @inlinable public var isOnTrunk: Bool { self == .trunkFull }
    @inlinable public static var count: Int { 42 }

    /// The name in `/metrics`, in snake case.
    public var label: String {
        String(describing: self).reduce(into: "") { text, character in
            text += character.isUppercase ? "_" + character.lowercased() : String(character)
        }
    }
}

/// One shard's counters since its start. All are sums, but for those that say "now".
@frozen
public struct ShardReport: BitwiseCopyable, Sendable {
    public var datagramsReceived: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    public var stunHandled: UInt64 = 0
    public var dtlsPassed: UInt64 = 0
    public var rtcpHandled: UInt64 = 0
    /// RTP packets taken in, from the network or another shard: authenticated, matched to a producer's layer, offered to
    /// consumers.
    public var rtpAccepted: UInt64 = 0
    /// Those of `rtpAccepted` that came as retransmissions.
    public var rtxAccepted: UInt64 = 0
    /// Datagrams passed to the shard that owns their peer.
    public var handedOver: UInt64 = 0
    /// Pairs of (accepted packet, other shard that has members of its room).
    public var trunkOffered: UInt64 = 0
    public var trunkPassed: UInt64 = 0
    /// Packets that came from other shards. datagramsReceived + trunkReceived are what is accepted, handled or dropped.
    public var trunkReceived: UInt64 = 0
    /// Pairs of (accepted packet, consumer bound to its producer). offered = forwarded + departure drops.
    public var offered: UInt64 = 0
    public var forwarded: UInt64 = 0
    public var bytesForwarded: UInt64 = 0
    public var retransmitted: UInt64 = 0
    /// Packets of padding that left to probe a link.
    public var paddingSent: UInt64 = 0
    /// FlexFEC, and packets that went without for want of a place to combine them in.
    public var parityPacketsSent: UInt64 = 0
    public var parityBytesSent: UInt64 = 0
    public var parityRefused: UInt64 = 0
    public var nacksReceived: UInt64 = 0
    public var nacksSent: UInt64 = 0
    public var keyframesRequested: UInt64 = 0
    public var keyframeRequestsReceived: UInt64 = 0
    public var runsSent: UInt64 = 0
    public var segmentsSent: UInt64 = 0
    /// Runs sent without a copy in the kernel, and those that it copied although it was asked not to.
    public var zeroCopySends: UInt64 = 0
    public var zeroCopySendsCopied: UInt64 = 0
    public var sendErrors: UInt64 = 0
    public var bursts: UInt64 = 0
    public var kernelEnters: UInt64 = 0
    public var eventsLost: UInt64 = 0
    public var commandsIgnored: UInt64 = 0
    /// CPU time of the shard's thread in nanoseconds.
    public var cpuNanoseconds: UInt64 = 0
    /// `malloc` and its kin called by the shard's thread since it began to serve.
    public var allocations: UInt64 = 0
    /// Bursts that took longer than their budget, from arrival to the last run.
    public var burstsOverBudget: UInt64 = 0
    /// The longest burst of the last second, in nanoseconds.
    public var longestBurstNow: UInt64 = 0
    /// How much is left out (`Shedding.level`); 0 for nothing.
    public var shedLevelNow: UInt64 = 0
    /// Of a hundred: what the shard used of its processor in the last second.
    public var busyPercentNow: UInt64 = 0
    public var roomsNow: UInt64 = 0
    public var peersNow: UInt64 = 0
    public var producersNow: UInt64 = 0
    public var consumersNow: UInt64 = 0
    public var slotsFreeNow: UInt64 = 0
    public var runsFreeNow: UInt64 = 0
    public var addressesNow: UInt64 = 0
    public var tcpConnectionsNow: UInt64 = 0
    /// TCP connections taken over, those that were not (too many, or nobody's), and those ended because of a frame that
    /// is empty or too long.
    public var tcpConnections: UInt64 = 0
    public var tcpRefused: UInt64 = 0
    public var tcpBadFrames: UInt64 = 0
    public var tcpFramesReceived: UInt64 = 0
    public var tcpFramesSent: UInt64 = 0
    /// Frames that found too much waiting for a slow connection: video, and all else.
    public var tcpVideoDropped: UInt64 = 0
    public var tcpUrgentDropped: UInt64 = 0
    /// Peers whose link is estimated, and the sum of what their links carry in bits per second.
    public var estimatesNow: UInt64 = 0
    public var estimatedBitsPerSecondNow: UInt64 = 0
    /// Probes of links that began, and those given up because nothing could be sent for them.
    public var probesBegun: UInt64 = 0
    public var probesGivenUp: UInt64 = 0
    /// Consumers of video that get nothing, by `PauseReason`.
    public var heldNow: InlineArray<3, UInt64> = InlineArray(repeating: 0)
    /// `forwarded` by the size of the packet's room on this shard: `RoomSize`.
    public var forwardedBySize: InlineArray<4, UInt64> = InlineArray(repeating: 0)
    /// Of packets that left with the burst that they came in: from that burst's arrival until the last of its runs was built.
    public var forwardTime = TimeHistogram()
    /// Of packets that waited for their subscriber's link: from arrival until they left.
    public var pacingTime = TimeHistogram()
    /// Of packets from other shards: from their arrival there until this shard took them.
    public var trunkTime = TimeHistogram()
    public var drops: InlineArray<42, UInt64> = InlineArray(repeating: 0)

    public init() {}
}

/// Rooms by how many members they have on one shard.
@frozen
public enum RoomSize: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    case pair = 0
    case small
    case large
    case hall

    @inlinable
    public init(members: UInt32) {
        self = members <= 2 ? .pair : members <= 8 ? .small : members <= 64 ? .large : .hall
    }

    /// The name in `/metrics`: the numbers of members.
    public var label: String {
        switch self {
        case .pair: "1-2"
        case .small: "3-8"
        case .large: "9-64"
        case .hall: "65+"
        }
    }
}

/// One peer's connection as the shard sees it.
@frozen
public struct PeerReport: BitwiseCopyable, Sendable {
    public var connected: Bool = false
    public var secured: Bool = false
    public var profile: UInt16 = 0
    public var packetsReceived: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    public var packetsSent: UInt64 = 0
    public var bytesSent: UInt64 = 0
    /// From receiver reports, in microseconds; 0 until known.
    public var roundTripMicroseconds: UInt64 = 0
    /// What its link carries, as far as is known; 0 for unknown.
    public var estimateBitsPerSecond: UInt64 = 0
    /// What the layers that it is to get cost, sound included.
    public var allocatedBitsPerSecond: UInt64 = 0
    /// How fast packets leave at most; 0 while nothing is held back.
    public var paceBitsPerSecond: UInt64 = 0
    public init() {}
}

@frozen
public struct ProducerReport: BitwiseCopyable, Sendable {
    public var packetsReceived: InlineArray<3, UInt64> = InlineArray(repeating: 0)
    public var bytesReceived: InlineArray<3, UInt64> = InlineArray(repeating: 0)
    public var packetsLost: InlineArray<3, UInt64> = InlineArray(repeating: 0)
    public var nacksSent: UInt64 = 0
    public var keyframesRequested: UInt64 = 0
    public var keyframes: UInt64 = 0
    public var audioLevel: UInt8 = 127
    /// Of each simulcast layer, smoothed over a second, with headers.
    public var bitsPerSecond: InlineArray<3, UInt64> = InlineArray(repeating: 0)
    public init() {}
}

@frozen
public struct ConsumerReport: BitwiseCopyable, Sendable {
    public var packetsSent: UInt64 = 0
    public var bytesSent: UInt64 = 0
    public var retransmitted: UInt64 = 0
    /// FlexFEC, with headers.
    public var parityPacketsSent: UInt64 = 0
    public var parityBytesSent: UInt64 = 0
    public var nacksReceived: UInt64 = 0
    public var keyframeRequestsReceived: UInt64 = 0
    public var fractionLost: UInt8 = 0
    /// The simulcast layer that left last.
    public var layer: UInt8 = 0
    /// What leaves now and what is to leave, 255 for nothing: simulcast, spatial and temporal layer; 3 in the latter two
    /// stands for all there are.
    public var current: InlineArray<3, UInt8> = [255, 0, 0]
    public var target: InlineArray<3, UInt8> = [255, 0, 0]
    public var pauseReason = PauseReason.none
    public init() {}
}
