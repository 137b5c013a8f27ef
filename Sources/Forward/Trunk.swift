import Contract
import Memory

/// What a shard knows of the others: where its own packets are, whose packets it holds, and which producers it mirrors.
struct Trunk: BitwiseCopyable {
    /// A shard's wish for the packets of the producer of this serial number, 0 for no wish.
    struct Wish: BitwiseCopyable {
        var serial: UInt32
        var mirror: UInt32
    }

    /// Another shard's packet, held here.
    struct Reference: BitwiseCopyable {
        var memory: UnsafeMutableRawPointer
        var slot: UInt32
        var shard: UInt32
    }

    let shard: Int
    let shardCount: Int
    let capacity: TrunkCapacity
    let ends: TrunkEnds

    /// By own slot: how many other shards hold it; with `isBuried` when no history of this shard does any more.
    let holders: UnsafeMutablePointer<UInt8>
    static let isBuried: UInt8 = 0x80
    /// By shard: how many own slots it holds.
    let held: UnsafeMutablePointer<Int>
    /// Own producer's place × shard → who wants packets there. A wish may come before the producer is open.
    let wishes: UnsafeMutablePointer<Wish>

    let references: UnsafeMutablePointer<Reference>
    let freeReferences: UnsafeMutablePointer<UInt32>
    var freeReferenceCount: Int

    /// By own producer index.
    let mirrors: UnsafeMutablePointer<MirrorState>
    /// Those that are not closed, in no order.
    let mirrorList: UnsafeMutablePointer<UInt32>
    var mirrorCount = 0

    /// Packets that were taken since `noteTrunkTime`, and how long the slowest of them has been on its way.
    var takenCount: UInt64 = 0
    var longestNanoseconds: UInt64 = 0

    /// Shards that were written to since this was last asked for, a bit each.
    var bells: UInt64 = 0
    /// Words, or answers to words, that found a ring full and are to be tried again soon.
    var areWordsLate = false
    var areAnswersLate = false

    init(arena: inout Arena, limits: Limits, shard: Int, shardCount: Int, ends: TrunkEnds) {
        self.shard = shard
        self.shardCount = shardCount
        self.ends = ends
        capacity = TrunkCapacity(limits: limits, shardCount: shardCount)
        let count = shardCount > 1 ? shardCount : 0
        holders = arena.take(UInt8.self, count: count > 0 ? limits.slots : 0)
        held = arena.take(Int.self, count: count)
        wishes = arena.take(Wish.self, count: limits.producersMax * count)
        references = arena.take(Reference.self, count: capacity.slotsInAll)
        freeReferences = arena.take(UInt32.self, count: capacity.slotsInAll)
        for place in 0..<capacity.slotsInAll { freeReferences[place] = UInt32(capacity.slotsInAll - 1 - place) }
        freeReferenceCount = capacity.slotsInAll
        mirrors = arena.take(repeating: MirrorState(), count: count > 0 ? limits.producersMax : 0)
        mirrorList = arena.take(UInt32.self, count: count > 0 ? limits.producersMax : 0)
    }

    static func byteCount(_ limits: Limits, shardCount: Int) -> Int {
        guard shardCount > 1 else { return 1024 }
        let capacity = TrunkCapacity(limits: limits, shardCount: shardCount)
        let perProducer = MemoryLayout<Wish>.stride * shardCount + MemoryLayout<MirrorState>.stride + 4
        return limits.slots + 8 * shardCount + limits.producersMax * perProducer
            + capacity.slotsInAll * (MemoryLayout<Reference>.stride + 4) + 1024
    }
}

/// A producer of another shard, as the shard that mirrors it knows it.
@frozen
public struct MirrorState: BitwiseCopyable {
    @frozen
    public enum Phase: UInt8, BitwiseCopyable {
        case closed
        /// The producer's shard is to be told to begin.
        case beginning
        case open
        /// The producer's shard is to be told to end.
        case ending
        /// The producer's shard is to answer that it has ended.
        case leaving
    }
    public var phase = Phase.closed
    public var shard: UInt8 = 0
    public var producer: UInt32 = 0
    public var serial: UInt32 = 0

    public init() {}
}
