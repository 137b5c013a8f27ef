import Contract
import Estimate
import Flight
import Memory
import Peer
import Secure

/// The rooms of one shard: tables of rooms, producers, consumers and subscribers, the packets between them, and the
/// burst that is on its way through.
///
/// All tables lie in the shard's arena and are reached by index.
public struct Forwarder: ~Copyable {
    public let limits: Limits
    public var slots: SlotPool
    public let facts: UnsafeMutablePointer<PacketFacts>
    public let rooms: UnsafeMutablePointer<RoomState>
    public let producers: UnsafeMutablePointer<ProducerState>
    public let consumers: UnsafeMutablePointer<ConsumerState>
    /// By peer index.
    public let subscribers: UnsafeMutablePointer<Subscriber>
    /// Memory of their estimates.
    let sentPackets: UnsafeMutablePointer<SentPacket>
    /// By `ProducerState.publisher`: how a publisher's clock relates to ours. Peers' come first, then those of mirrors.
    public let publishers: UnsafeMutablePointer<PublisherClock>
    /// The shard's counters, shared with the engine.
    public let report: UnsafeMutablePointer<ShardReport>
    public var cipher: Cipher

    /// Room × ordinal → producer index plus 1, 0 for a free ordinal.
    let roomProducers: UnsafeMutablePointer<UInt32>
    /// Room × n → producer index, the first `activeCount` valid in this burst.
    let roomActives: UnsafeMutablePointer<UInt32>
    /// Peer × ordinal → consumer index plus 1, 0 for none.
    let peerConsumers: UnsafeMutablePointer<UInt32>
    /// Room × kind → the producers that are chosen first.
    let rankings: UnsafeMutablePointer<Ranking>
    /// By producer of sound: how it has spoken.
    let meters: UnsafeMutablePointer<SpeechMeter>
    let speakerChoice: SpeakerChoice
    /// A ring of consumers whose choice the control side has not heard of.
    let untold: UnsafeMutablePointer<UInt32>
    var untoldFirst = 0
    public internal(set) var untoldCount = 0
    /// Behind the highest place of each table that was ever taken: who looks for what is open looks no further.
    public internal(set) var ends = TableEnds()
    /// Rooms with something in this burst.
    let activeRooms: UnsafeMutablePointer<UInt32>
    var activeRoomCount = 0
    /// How many rooms the last burst was for; they stand in `activeRooms` until the next begins.
    var lastRoomCount = 0
    /// As many runs are built before they are sent; `.max`: a burst is built as a whole first.
    public var runsPerFlush = Int.max
    /// Set by `setShedding`.
    public internal(set) var shedding = Shedding()
    var graveyard: Graveyard
    /// Counts the packets that were taken in, modulo 2^32: `PacketFacts.order`.
    var arrivals: UInt32 = 0
    var cursor = FanoutCursor()
    var run = RunBuilder()
    /// Peers whose producers must ask for a keyframe, since the last `takeKeyframePeer`.
    let keyframePeers: UnsafeMutablePointer<UInt32>
    var keyframePeerCount = 0
    /// Off: everything leaves as it comes.
    let isPacing: Bool
    /// A timer goes on with what waited.
    var isCatchingUp = false
    /// Subscribers that are behind since the last `takeLaggard`.
    let laggards: UnsafeMutablePointer<UInt32>
    var laggardCount = 0
    /// Scratch for the allocation of one subscriber.
    let ladders: UnsafeMutablePointer<Ladder>
    let ladderOrder: UnsafeMutablePointer<UInt32>
    var ladderCount = 0
    /// Consumers whose reason to get nothing has changed since the last `takeHold`.
    let holds: UnsafeMutablePointer<UInt32>
    var holdCount = 0
    /// By peer index.
    let repairs: UnsafeMutablePointer<RepairRing>
    /// Subscribers to whom something began to flow, since the last `takeBeginner`; each once.
    let beginners: UnsafeMutablePointer<UInt32>
    var beginnerCount = 0
    /// Where packets are combined for their parity, and which of that is free.
    let parityGroups: UnsafeMutablePointer<ParityGroup>
    let freeParity: UnsafeMutablePointer<UInt32>
    var freeParityCount: Int
    /// Apart, so that this stays small.
    let trunk: UnsafeMutablePointer<Trunk>
    /// What happens is written down here; nil for nowhere.
    public var flight: FlightRecorder?

    public init(
        arena: inout Arena, limits: Limits, cipher: consuming Cipher, report: UnsafeMutablePointer<ShardReport>,
        shard: ShardIndex = 0, shardCount: Int = 1, trunk ends: TrunkEnds,
        isPacing: Bool = true
    ) {
        self.limits = limits
        self.isPacing = isPacing
        self.cipher = cipher
        self.report = report
        slots = SlotPool(arena: &arena, capacity: limits.slots, slotBytes: Limits.slotBytes)
        let tables = Trunk(
            arena: &arena, limits: limits, shard: Int(shard), shardCount: shardCount, ends: ends)
        trunk = arena.take(repeating: tables, count: 1)
        let packetsMax = limits.slots + trunk.pointee.capacity.slotsInAll
        graveyard = Graveyard(arena: &arena, capacity: packetsMax)
        facts = arena.take(repeating: PacketFacts(), count: packetsMax)
        rooms = arena.take(repeating: RoomState(), count: limits.roomsMax)
        consumers = arena.take(repeating: ConsumerState(), count: limits.consumersMax)
        roomProducers = arena.take(UInt32.self, count: limits.roomsMax * limits.producersPerRoomMax)
        roomActives = arena.take(UInt32.self, count: limits.roomsMax * limits.producersPerRoomMax)
        peerConsumers = arena.take(UInt32.self, count: limits.peersMax * limits.producersPerRoomMax)
        rankings = arena.take(repeating: Ranking(), count: limits.roomsMax * 2)
        meters = arena.take(repeating: SpeechMeter(), count: limits.producersMax)
        speakerChoice = SpeakerChoice()
        untold = arena.take(UInt32.self, count: limits.consumersMax)
        activeRooms = arena.take(UInt32.self, count: limits.roomsMax)
        keyframePeers = arena.take(UInt32.self, count: limits.producersMax)
        beginners = arena.take(UInt32.self, count: limits.peersMax)
        publishers = arena.take(repeating: PublisherClock(), count: limits.peersMax + limits.producersMax)
        laggards = arena.take(UInt32.self, count: limits.peersMax)
        ladders = arena.take(repeating: Ladder(), count: limits.producersPerRoomMax)
        ladderOrder = arena.take(UInt32.self, count: limits.producersPerRoomMax)
        holds = arena.take(UInt32.self, count: limits.consumersMax)
        repairs = arena.take(repeating: RepairRing(), count: limits.peersMax)
        parityGroups = Self.makeParity(arena: &arena, limits: limits)
        freeParity = arena.take(UInt32.self, count: limits.parityMax)
        freeParityCount = limits.parityMax
        for index in 0..<limits.parityMax { freeParity[index] = UInt32(limits.parityMax - 1 - index) }
        producers = Self.makeProducers(arena: &arena, limits: limits)
        sentPackets = arena.take(SentPacket.self, count: limits.peersMax * SentHistory.capacity)
        subscribers = Self.makeSubscribers(arena: &arena, limits: limits, sent: sentPackets)
        report.pointee.slotsFreeNow = UInt64(limits.slots)
    }

    private static func makeParity(arena: inout Arena, limits: Limits) -> UnsafeMutablePointer<ParityGroup> {
        let bodies = arena.takeBytes(limits.parityMax * ParityGroup.bodyStride)
        let groups = arena.take(ParityGroup.self, count: limits.parityMax)
        for index in 0..<limits.parityMax {
            (groups + index).initialize(to: ParityGroup(body: bodies + index * ParityGroup.bodyStride))
        }
        return groups
    }

    private static func makeProducers(arena: inout Arena, limits: Limits) -> UnsafeMutablePointer<ProducerState> {
        let layers = Limits.layersMax
        let rings = arena.take(UInt32.self, count: limits.producersMax * layers * History.capacity)
        let producers = arena.take(ProducerState.self, count: limits.producersMax)
        for index in 0..<limits.producersMax {
            (producers + index).initialize(
                to: ProducerState { History(ring: rings + (index * layers + $0) * History.capacity) })
        }
        return producers
    }

    private static func makeSubscribers(
        arena: inout Arena, limits: Limits, sent: UnsafeMutablePointer<SentPacket>
    ) -> UnsafeMutablePointer<Subscriber> {
        let stride = (SealingKey.byteCount + 63) & ~63
        let keys = arena.takeBytes(limits.peersMax * stride)
        let subscribers = arena.take(Subscriber.self, count: limits.peersMax)
        for index in 0..<limits.peersMax {
            let key = SealingKey(at: keys + index * stride)
            (subscribers + index).initialize(to: Subscriber(key: key, sent: sent + index * SentHistory.capacity))
        }
        return subscribers
    }

    /// Bytes that `init` takes from the arena, one line per holder.
    public static func byteCount(_ limits: Limits, shardCount: Int) -> Int {
        let packetsMax = limits.slots + TrunkCapacity(limits: limits, shardCount: shardCount).slotsInAll
        var bytes = 4096
        bytes += Trunk.byteCount(limits, shardCount: shardCount)
        bytes += SlotPool.byteCount(capacity: limits.slots, slotBytes: Limits.slotBytes)
        bytes += Graveyard.byteCount(capacity: packetsMax)
        bytes += packetsMax * MemoryLayout<PacketFacts>.stride
        bytes += limits.roomsMax * MemoryLayout<RoomState>.stride
        bytes += limits.consumersMax * MemoryLayout<ConsumerState>.stride
        bytes += limits.roomsMax * limits.producersPerRoomMax * 8
        bytes += limits.peersMax * limits.producersPerRoomMax * 4
        bytes += (limits.peersMax + limits.producersMax) * MemoryLayout<PublisherClock>.stride
        bytes += limits.roomsMax * 2 * MemoryLayout<Ranking>.stride
        bytes += limits.producersMax * MemoryLayout<SpeechMeter>.stride + limits.consumersMax * 4
        bytes += limits.roomsMax * 4 + limits.producersMax * 4 + limits.peersMax * 4
        bytes += limits.producersMax * Limits.layersMax * History.capacity * 4
        bytes += limits.producersMax * MemoryLayout<ProducerState>.stride
        bytes += limits.peersMax * (MemoryLayout<Subscriber>.stride + ((SealingKey.byteCount + 63) & ~63))
        bytes += limits.peersMax * SentHistory.byteCount
        bytes += limits.peersMax * (4 + MemoryLayout<RepairRing>.stride)
        bytes += limits.producersPerRoomMax * (MemoryLayout<Ladder>.stride + 4) + limits.consumersMax * 4
        bytes += limits.parityMax * (ParityGroup.bodyStride + MemoryLayout<ParityGroup>.stride + 4)
        return bytes + 23 * 64
    }

    /// Of the rooms that the last burst was for, the one with the most members, and how many.
    public mutating func largestRoom() -> (RoomIndex, members: UInt32) {
        var largest = (RoomIndex(endOfChain), members: UInt32(0))
        for place in 0..<lastRoomCount {
            let members = rooms[Int(activeRooms[place])].memberCount
            if members > largest.members { largest = (RoomIndex(activeRooms[place]), members) }
        }
        return largest
    }

    /// The decrypted packet in a slot, which may be another shard's.
    @inline(__always)
    mutating func memory(of slot: UInt32) -> UnsafeMutableRawPointer {
        slot < UInt32(limits.slots)
            ? slots.memory(of: slot) : trunk.pointee.references[Int(slot) - limits.slots].memory
    }

    @inline(__always)
    mutating func drop(_ reason: DropReason) { report.pointee.drops[Int(reason.rawValue)] &+= 1 }
}
