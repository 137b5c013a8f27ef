import Contract
import Memory
import Peer

/// From the shard of a producer to one that mirrors it. Plain data; what it points to lies still until the slot comes
/// home.
@frozen
public enum TrunkRecord: BitwiseCopyable {
    case packet(TrunkPacket)
    case clocks(TrunkClocks)
    /// Nothing follows for this mirror: the answer to `TrunkWord.end`.
    case ended(mirror: UInt32)
}

/// One decrypted packet that stays where it is.
@frozen
public struct TrunkPacket: BitwiseCopyable {
    /// On the reader's shard.
    public var mirror: UInt32
    /// On the writer's shard; the reader sends it home with `TrunkWord.slot`, once.
    public var slot: UInt32
    public var memory: UnsafeMutableRawPointer
    public var facts: PacketFacts
}

/// How the timestamps of a producer's layers relate to time, for lip synchronisation.
@frozen
public struct TrunkClocks: BitwiseCopyable {
    public var mirror: UInt32
    public var generations: InlineArray<3, UInt8>
    public var clocks: InlineArray<3, SenderClock>
    public var publisher: PublisherClock
}

/// From a shard that mirrors a producer to the producer's.
@frozen
public enum TrunkWord: BitwiseCopyable {
    /// A packet is not needed any more.
    case slot(UInt32)
    /// Pass the producer's packets from now on.
    case begin(TrunkRoute)
    /// Pass no more, and say `ended`.
    case end(TrunkRoute)
    /// Consumers need a keyframe; bit per layer.
    case keyframe(TrunkRoute, layers: UInt8)
}

/// A producer on its own shard and its mirror on another.
@frozen
public struct TrunkRoute: BitwiseCopyable {
    public var producer: UInt32
    public var serial: UInt32
    public var mirror: UInt32
}

/// How much may be under way between two shards.
@frozen
public struct TrunkCapacity: BitwiseCopyable, Sendable {
    /// Records in a ring: how far the reader may fall behind.
    public let records: Int
    /// Slots of one shard that one other may hold, histories included.
    public let slots: Int
    /// Slots of others that a shard may hold.
    public let slotsInAll: Int

    public init(limits: Limits, shardCount: Int) {
        let others = max(shardCount - 1, 1)
        records = max(256, 4096 / others)
        slots = max(64, limits.slots / 2 / others)
        slotsInAll = shardCount > 1 ? slots * others : 0
    }

    /// So many words that slots always find a place on their way home: as many as can be out, and as many again for the
    /// words that are only pushed while less than half of the ring is full.
    public var words: Int { slots * 2 }
}

/// One shard's ends of the rings between shards, by shard.
@frozen
public struct TrunkEnds {
    public var recordsTo: UnsafeMutablePointer<Mailbox<TrunkRecord>>
    public var recordsFrom: UnsafeMutablePointer<Mailbox<TrunkRecord>>
    public var wordsTo: UnsafeMutablePointer<Mailbox<TrunkWord>>
    public var wordsFrom: UnsafeMutablePointer<Mailbox<TrunkWord>>
}

/// The rings of all shards.
public struct TrunkMatrix {
    private let records: MailboxMatrix<TrunkRecord>
    private let words: MailboxMatrix<TrunkWord>

    public init(limits: Limits, shardCount: Int) {
        let capacity = TrunkCapacity(limits: limits, shardCount: shardCount)
        records = MailboxMatrix(count: shardCount, capacity: capacity.records)
        words = MailboxMatrix(count: shardCount, capacity: capacity.words)
    }

    public func ends(of shard: Int) -> TrunkEnds {
        TrunkEnds(
            recordsTo: records.to(shard), recordsFrom: records.from(shard), wordsTo: words.to(shard),
            wordsFrom: words.from(shard))
    }

    public func deallocate() {
        records.deallocate()
        words.deallocate()
    }
}
