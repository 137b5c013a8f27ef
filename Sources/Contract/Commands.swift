/// What the control side tells a shard. Plain data of bounded size: it travels through a mailbox by copying.
///
/// Every index is handed out by the control side. An index may be used again only after the shard's event that
/// releases it. A command that names an index out of range, or an entity that is not open, is counted and ignored.
@frozen
public enum Command: BitwiseCopyable, Sendable {
    case openRoom(RoomIndex)
    /// Closes the room; its peers must be closed, and its mirrors released, first.
    case closeRoom(RoomIndex)
    case openPeer(OpenPeer)
    /// After a renegotiation: payload types and extension ids as they are now.
    case setMediaMap(PeerHandle, MediaMap)
    /// ICE restart (RFC 8445 §9): new credentials; media goes on over the old address until the new one validates.
    case restartIce(PeerHandle, IceCredentials)
    /// Closes the peer with its producers and consumers; each is released with an event of its own.
    case closePeer(PeerHandle)
    case openProducer(OpenProducer)
    /// Closes a producer, or a mirror of one that is on another shard.
    case closeProducer(ProducerIndex)
    /// Brings a producer of another shard to the members that the room has here.
    case openMirror(OpenMirror)
    /// A paused producer's packets are received, counted and not forwarded (server-side mute).
    case pauseProducer(ProducerIndex, Bool)
    case openConsumer(OpenConsumer)
    case closeConsumer(ConsumerIndex)
    /// Makes the consumer carry another producer, or none; the stream that leaves goes on without a gap.
    case bindConsumer(ConsumerIndex, ProducerIndex)
    /// From now on the shard chooses what the consumer carries, or no longer: the loudest, the last speakers' cameras, and
    /// screens; never what another consumer of the peer carries. `Event.consumerBound` tells.
    case chooseConsumer(ConsumerIndex, Bool)
    /// Fills the slots that were handed to the choice since; without it they keep what they have until somebody speaks.
    case fillSlots(PeerHandle)
    /// Makes the consumer carry this producer before all others, until `chooseConsumer` gives it back.
    case pinConsumer(ConsumerIndex, ProducerIndex)
    /// The peer gets nothing that is chosen of this member: it is the same person on another connection.
    case excludeMember(PeerHandle, MemberNumber)
    case pauseConsumer(ConsumerIndex, Bool)
    /// Simulcast layer to send, 0 the lowest; the switch happens at that layer's next keyframe.
    case selectLayer(ConsumerIndex, spatial: UInt8)
    /// How the client shows what the consumer carries; holds until the consumer carries another producer.
    case setView(ConsumerIndex, View)
    case requestKeyframe(ProducerIndex)
    /// Copy the shard's counters to `ShardReport` at this address and answer with `Event.reported`. The memory stays
    /// valid until the answer.
    case report(address: UInt, sequence: UInt64)
    /// The same for one peer, into a `PeerReport`.
    case reportPeer(PeerHandle, address: UInt, sequence: UInt64)
    /// The same for one producer, into a `ProducerReport`.
    case reportProducer(ProducerIndex, address: UInt, sequence: UInt64)
    /// The same for one consumer, into a `ConsumerReport`.
    case reportConsumer(ConsumerIndex, address: UInt, sequence: UInt64)
    /// End the shard's thread after what is under way has left.
    case stop
}

/// ICE short-term credentials (RFC 8445 §5.3).
@frozen
public struct IceCredentials: BitwiseCopyable, Sendable {
    /// Ours; the ufrag begins with the shard as two hexadecimal digits and the peer's index as six: see `ufragPrefix`.
    public var localUfrag: FixedBytes<32>
    public var localPassword: FixedBytes<32>
    /// Theirs; empty until an answer names it, and then checked in USERNAME.
    public var remoteUfrag: FixedBytes<256>

    public init(localUfrag: FixedBytes<32>, localPassword: FixedBytes<32>, remoteUfrag: FixedBytes<256>) {
        self.localUfrag = localUfrag
        self.localPassword = localPassword
        self.remoteUfrag = remoteUfrag
    }

    /// The first eight characters of every local ufrag: shard and peer index in lower-case hexadecimal. STUN is
    /// steered by the first two and finds its peer by the other six, without a search; random characters follow.
    public static func ufragPrefix(shard: ShardIndex, peer: UInt32) -> String {
        precondition(peer < 1 << 24)
        func hex(_ value: UInt32, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: digits - text.count) + text
        }
        return hex(UInt32(shard), 2) + hex(peer, 6)
    }
}

@frozen
public struct OpenPeer: BitwiseCopyable, Sendable {
    public var peer: PeerHandle
    public var room: RoomIndex
    public var ice: IceCredentials
    public var media: MediaMap
    /// The SSRC under which this end reports about streams that it only receives.
    public var localSsrc: UInt32

    public init(peer: PeerHandle, room: RoomIndex, ice: IceCredentials, media: MediaMap, localSsrc: UInt32) {
        self.peer = peer
        self.room = room
        self.ice = ice
        self.media = media
        self.localSsrc = localSsrc
    }
}

/// One incoming simulcast layer; a producer without simulcast has one, with an empty rid.
@frozen
public struct LayerDescription: BitwiseCopyable, Sendable {
    /// As in a=rid (RFC 8851); empty without simulcast.
    public var rid: FixedBytes<16>
    /// From a=ssrc, 0 when the SDP does not say (then MID and RID of the packets tell).
    public var ssrc: UInt32
    /// From a=ssrc-group:FID, 0 when unknown.
    public var rtxSsrc: UInt32

    public init(rid: FixedBytes<16> = .init(), ssrc: UInt32 = 0, rtxSsrc: UInt32 = 0) {
        self.rid = rid
        self.ssrc = ssrc
        self.rtxSsrc = rtxSsrc
    }
}

@frozen
public struct OpenProducer: BitwiseCopyable, Sendable {
    public var producer: ProducerIndex
    public var peer: PeerHandle
    public var kind: MediaKind
    public var source: MediaSource
    public var mid: FixedBytes<16>
    /// 1...3; layer 0 is the lowest quality.
    public var layerCount: UInt8
    public var layers: InlineArray<3, LayerDescription>
    /// Tells the producer from those that had its place before or will have it: see `OpenMirror`. 0 for one that is never
    /// mirrored.
    public var serial: UInt32

    public init(
        producer: ProducerIndex, peer: PeerHandle, kind: MediaKind, source: MediaSource, mid: FixedBytes<16>,
        layers: [LayerDescription], serial: UInt32 = 0
    ) {
        precondition(layers.count >= 1 && layers.count <= Limits.layersMax)
        self.producer = producer
        self.peer = peer
        self.kind = kind
        self.source = source
        self.mid = mid
        self.layerCount = UInt8(layers.count)
        self.layers = InlineArray { $0 < layers.count ? layers[$0] : LayerDescription() }
        self.serial = serial
    }
}

/// A producer of another shard in a room that is spread over several. The shard that is told fetches its packets by
/// itself; to consumers, the mirror is a producer like any other.
@frozen
public struct OpenMirror: BitwiseCopyable, Sendable {
    /// The mirror's own place.
    public var mirror: ProducerIndex
    /// The room on the shard that is told.
    public var room: RoomIndex
    public var kind: MediaKind
    public var source: MediaSource
    public var layerCount: UInt8
    /// Where the producer is, and which one. One that has left its place to another is not mirrored.
    public var originShard: ShardIndex
    public var originProducer: ProducerIndex
    public var originSerial: UInt32
    /// Whose it is: tells which camera belongs to which voice.
    public var member: MemberNumber

    public init(
        mirror: ProducerIndex, room: RoomIndex, kind: MediaKind, source: MediaSource, layerCount: UInt8,
        originShard: ShardIndex, originProducer: ProducerIndex, originSerial: UInt32, member: MemberNumber = .none
    ) {
        precondition(layerCount >= 1 && layerCount <= Limits.layersMax)
        self.mirror = mirror
        self.room = room
        self.kind = kind
        self.source = source
        self.layerCount = layerCount
        self.originShard = originShard
        self.originProducer = originProducer
        self.originSerial = originSerial
        self.member = member
    }
}

@frozen
public struct OpenConsumer: BitwiseCopyable, Sendable {
    public var consumer: ConsumerIndex
    public var peer: PeerHandle
    public var kind: MediaKind
    public var mid: FixedBytes<16>
    /// Chosen by `ConsumerSsrc`, so that reports that name it find the consumer without a search.
    public var ssrc: UInt32
    /// 0 for none.
    public var rtxSsrc: UInt32

    public init(consumer: ConsumerIndex, peer: PeerHandle, kind: MediaKind, mid: FixedBytes<16>) {
        self.consumer = consumer
        self.peer = peer
        self.kind = kind
        self.mid = mid
        ssrc = ConsumerSsrc.media(consumer)
        rtxSsrc = kind == .video ? ConsumerSsrc.rtx(consumer) : 0
    }
}

/// Outgoing SSRCs carry the consumer's index: bits 1...24 are the index, bit 0 tells RTX from media, bit 25 parity. The top
/// six bits are a constant that keeps them apart from 0.
public enum ConsumerSsrc {
    @inlinable public static func media(_ consumer: ConsumerIndex) -> UInt32 { 0x4C00_0000 | consumer.value << 1 }
    @inlinable public static func rtx(_ consumer: ConsumerIndex) -> UInt32 { media(consumer) | 1 }
    @inlinable public static func fec(_ consumer: ConsumerIndex) -> UInt32 { fec(ofMedia: media(consumer)) }
    /// The stream that protects the one of this SSRC, which is one of ours.
    @inlinable public static func fec(ofMedia ssrc: UInt32) -> UInt32 { ssrc | 0x0200_0000 }
    @inlinable public static func isFec(_ ssrc: UInt32) -> Bool { ssrc >> 25 == 0x4E00_0000 >> 25 }
    /// The index that `ssrc`, of media or RTX, names if it is one of ours; the caller checks that such a consumer is open.
    @inlinable public static func consumer(of ssrc: UInt32) -> ConsumerIndex? {
        ssrc >> 25 == 0x4C00_0000 >> 25 ? ConsumerIndex((ssrc & 0x01FF_FFFF) >> 1) : nil
    }
    @inlinable public static func isRtx(_ ssrc: UInt32) -> Bool { ssrc & 1 == 1 }
}
