/// Names for things that live on one shard. The control side hands indices out and takes them back when the shard
/// reports their release, so that a shard never has to answer a request to allocate.

/// Which shard, counted from 0.
public typealias ShardIndex = UInt8

/// A room's place in its shard's table.
@frozen
public struct RoomIndex: Hashable, BitwiseCopyable, Sendable {
    public var value: UInt32
    @inlinable public init(_ value: UInt32) { self.value = value }
}

/// A producer (one published audio or video source, with all its simulcast layers) in its shard's table.
@frozen
public struct ProducerIndex: Hashable, BitwiseCopyable, Sendable {
    public var value: UInt32
    @inlinable public init(_ value: UInt32) { self.value = value }
    /// Stands for "no producer".
    @inlinable public static var none: ProducerIndex { ProducerIndex(.max) }
}

/// A consumer (one outgoing stream to one peer, with its own SSRC) in its shard's table.
@frozen
public struct ConsumerIndex: Hashable, BitwiseCopyable, Sendable {
    public var value: UInt32
    @inlinable public init(_ value: UInt32) { self.value = value }
    /// Stands for "no consumer".
    @inlinable public static var none: ConsumerIndex { ConsumerIndex(.max) }
}

/// A publisher's place in the whole process.
@frozen
public struct MemberNumber: Hashable, BitwiseCopyable, Sendable {
    public var value: UInt32
    @inlinable public init(_ value: UInt32) { self.value = value }
    @inlinable public init(shard: ShardIndex, peer: UInt32) { value = UInt32(shard) << 24 | peer }
    @inlinable public init(_ peer: PeerHandle) { self.init(shard: peer.shard, peer: peer.index) }
    /// Stands for "nobody".
    @inlinable public static var none: MemberNumber { MemberNumber(.max) }
}

/// One remote end on one shard. The generation tells a peer from an earlier one in the same place, so that a late
/// message from another thread finds nobody instead of the wrong person.
@frozen
public struct PeerHandle: Hashable, BitwiseCopyable, Sendable {
    public var shard: ShardIndex
    public var generation: UInt16
    public var index: UInt32

    @inlinable
    public init(shard: ShardIndex, index: UInt32, generation: UInt16) {
        self.shard = shard
        self.index = index
        self.generation = generation
    }
}
