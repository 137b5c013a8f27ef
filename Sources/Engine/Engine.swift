import Contract
import Estimate
import Flight
import Forward
import Memory
import Peer
import Secure
import Wire

/// What an engine is told once, at its start.
public struct EngineConfiguration: Sendable {
    public var shard: ShardIndex
    public var shardCount: Int
    public var limits: Limits
    /// Keys the address table and seeds random numbers; random in a server, chosen in the simulator.
    public var seed: UInt64
    /// Unix time in nanoseconds at the monotonic clock's zero: for NTP timestamps.
    public var unixNanosecondsAtZero: UInt64
    /// Tell the other shards of every address (when the kernel does not steer by address).
    public var announcesAddresses: Bool
    /// Hold packets back to the pace that a subscriber's link takes, once that is known.
    public var isPacing: Bool
    /// As many runs of a burst are built before they are sent.
    public var runsPerFlush = 32

    public init(
        shard: ShardIndex = 0, shardCount: Int = 1, limits: Limits, seed: UInt64, unixNanosecondsAtZero: UInt64,
        announcesAddresses: Bool = false, isPacing: Bool = true
    ) {
        self.shard = shard
        self.shardCount = shardCount
        self.limits = limits
        self.seed = seed
        self.unixNanosecondsAtZero = unixNanosecondsAtZero
        self.announcesAddresses = announcesAddresses
        self.isPacing = isPacing
    }
}

/// The rings that tie an engine to other threads. The engine pops `commands`, `handshakeOutput` and `handoverFrom`, and pushes
/// the rest.
public struct EngineMailboxes {
    public var commands: Mailbox<Command>
    public var events: Mailbox<Event>
    public var handshakeInput: Mailbox<HandshakeInput>
    public var handshakeOutput: Mailbox<HandshakeOutput>
    /// By shard, `shardCount` of them; the engine's own place is not used.
    public var handoverTo: UnsafeMutablePointer<Mailbox<Handover>>
    public var handoverFrom: UnsafeMutablePointer<Mailbox<Handover>>
    public var trunk: TrunkEnds
    /// What estimators are told, for a recorder; nil for none.
    public var estimates: Mailbox<EstimateRecord>?

    public init(
        commands: Mailbox<Command>, events: Mailbox<Event>, handshakeInput: Mailbox<HandshakeInput>,
        handshakeOutput: Mailbox<HandshakeOutput>, handoverTo: UnsafeMutablePointer<Mailbox<Handover>>,
        handoverFrom: UnsafeMutablePointer<Mailbox<Handover>>, trunk: TrunkEnds
    ) {
        self.commands = commands
        self.events = events
        self.handshakeInput = handshakeInput
        self.handshakeOutput = handshakeOutput
        self.handoverTo = handoverTo
        self.handoverFrom = handoverFrom
        self.trunk = trunk
    }
}

/// Who is to be woken because something was pushed for them; the shard's loop reads and clears it.
public struct EngineSignals: BitwiseCopyable {
    public var events = false
    public var handshake = false
    /// Other shards, a bit each.
    public var shards: UInt64 = 0

    public init() {}
}

/// An address that came to or left this shard's peers, for the kernel's steering.
@frozen
public struct AddressChange: BitwiseCopyable {
    public var endpoint: Endpoint
    public var isAdded: Bool
}

/// One shard. See the folder's README for the calling contract.
public struct Engine: ~Copyable {
    let shard: ShardIndex
    let shardCount: Int
    let limits: Limits
    let announcesAddresses: Bool
    let unixNanosecondsAtZero: UInt64
    var arena: Arena
    public var forward: Forwarder
    var addresses: AddressTable
    /// What is due at its time: requests for packets and keyframes.
    var wheel: TimerWheel
    /// Peers for which something waits.
    var paceWheel: TimerWheel
    /// What is due with the next burst after its time, or `patienceNanoseconds` later when none comes.
    var patientWheel: TimerWheel
    let mailboxes: EngineMailboxes
    public let report: UnsafeMutablePointer<ShardReport>
    let peers: UnsafeMutablePointer<PeerState>
    /// By peer: the keys that its handshake gave, for another process; what packets use is derived of them.
    let masterKeys: UnsafeMutablePointer<SrtpKeys?>
    let intakes: UnsafeMutablePointer<ProducerIntake>
    let streams: UnsafeMutablePointer<StreamState>
    /// Producer × layer.
    let frameReaders: UnsafeMutablePointer<FrameReader>
    var freeStream: UInt32 = 0
    let addressChanges: UnsafeMutablePointer<AddressChange>
    var addressChangeFirst = 0
    var addressChangeCount = 0
    /// Announcements that found another shard's ring full. A ring.
    let lateAnnouncements: UnsafeMutablePointer<LateAnnouncement>
    var lateAnnouncementFirst = 0
    var lateAnnouncementCount = 0
    /// Events that found the mailbox full and must not be lost: releases. A ring.
    let lateEvents: UnsafeMutablePointer<Event>
    var lateEventFirst = 0
    var lateEventCount = 0
    /// When to try again to pass on what found a mailbox full.
    var lateWordDueNanoseconds = UInt64.max
    /// What the last `take` took of other shards' records, and whether it left some.
    public internal(set) var recordsTaken = 0
    public internal(set) var areRecordsLeft = false
    /// When mirrors are next looked after; of no meaning while there are none.
    var mirrorsDueNanoseconds: UInt64 = 0
    var random: RandomNumbers
    var watch = LoadWatch()
    /// What happens is written down here; nil for nowhere.
    var flight: FlightRecorder?
    var flightNotes = FlightNotes()
    public var signals = EngineSignals()
    /// The control side asked for the end.
    public private(set) var isStopping = false

    static let addressChangesMax = 1024

    /// Nil when the host has not the memory that the limits ask for.
    public init?(_ configuration: EngineConfiguration, mailboxes: EngineMailboxes, useHugePages: Bool, now: UInt64) {
        let limits = configuration.limits
        guard
            var arena = Arena(
                byteCount: Self.byteCount(limits, shardCount: configuration.shardCount), useHugePages: useHugePages),
            let cipher = Cipher()
        else { return nil }
        shard = configuration.shard
        shardCount = configuration.shardCount
        self.limits = limits
        announcesAddresses = configuration.announcesAddresses
        unixNanosecondsAtZero = configuration.unixNanosecondsAtZero
        self.mailboxes = mailboxes
        random = RandomNumbers(seed: configuration.seed)
        report = arena.take(repeating: ShardReport(), count: 1)
        addresses = AddressTable(arena: &arena, addressesMax: Self.addressesMax(limits), key: configuration.seed)
        wheel = TimerWheel(arena: &arena, timersMax: limits.peersMax, now: now)
        paceWheel = TimerWheel(arena: &arena, timersMax: limits.peersMax, now: now)
        patientWheel = TimerWheel(arena: &arena, timersMax: limits.peersMax, now: now)
        peers = Self.makePeers(arena: &arena, limits: limits)
        masterKeys = arena.take(repeating: nil, count: limits.peersMax)
        intakes = arena.take(repeating: ProducerIntake(), count: limits.producersMax)
        streams = arena.take(StreamState.self, count: Self.streamsMax(limits))
        frameReaders = arena.take(FrameReader.self, count: limits.producersMax * Limits.layersMax)
        for index in 0..<Self.streamsMax(limits) { streams[index].nextFree = UInt32(index + 1) }
        addressChanges = arena.take(AddressChange.self, count: Self.addressChangesMax)
        lateAnnouncements = arena.take(LateAnnouncement.self, count: Self.addressChangesMax)
        lateEvents = arena.take(Event.self, count: Self.lateEventsMax(limits))
        forward = Forwarder(
            arena: &arena, limits: limits, cipher: cipher, report: report, shard: shard, shardCount: shardCount,
            trunk: mailboxes.trunk, isPacing: configuration.isPacing)
        forward.runsPerFlush = configuration.runsPerFlush
        self.arena = arena
    }

    private static func makePeers(arena: inout Arena, limits: Limits) -> UnsafeMutablePointer<PeerState> {
        let stride = (OpeningKey.byteCount + 63) & ~63
        let keys = arena.takeBytes(limits.peersMax * stride)
        let ticks = arena.take(UInt32.self, count: limits.peersMax * PeerState.feedbackCapacity)
        let peers = arena.take(PeerState.self, count: limits.peersMax)
        for index in 0..<limits.peersMax {
            peers[index].openingKey = OpeningKey(at: keys + index * stride)
            peers[index].feedbackTicks = ticks + index * PeerState.feedbackCapacity
        }
        return peers
    }

    static func addressesMax(_ limits: Limits) -> Int { limits.peersMax * PeerState.addressesMax * 2 }
    static func streamsMax(_ limits: Limits) -> Int { limits.producersMax * 4 }
    static func lateEventsMax(_ limits: Limits) -> Int {
        limits.roomsMax + limits.peersMax * 2 + limits.producersMax + limits.consumersMax
    }

    /// Bytes that one shard takes, one line per holder.
    public static func byteCount(_ limits: Limits, shardCount: Int) -> Int {
        var bytes = 1 << 16
        bytes += Forwarder.byteCount(limits, shardCount: shardCount)
        bytes += AddressTable.byteCount(addressesMax: addressesMax(limits))
        bytes += 3 * TimerWheel.byteCount(timersMax: limits.peersMax)
        bytes += limits.peersMax * (MemoryLayout<PeerState>.stride + ((OpeningKey.byteCount + 63) & ~63))
        bytes += limits.peersMax * (PeerState.feedbackCapacity * 4 + MemoryLayout<SrtpKeys?>.stride)
        bytes += limits.producersMax * MemoryLayout<ProducerIntake>.stride
        bytes += streamsMax(limits) * MemoryLayout<StreamState>.stride
        bytes += limits.producersMax * Limits.layersMax * MemoryLayout<FrameReader>.stride
        bytes += addressChangesMax * MemoryLayout<AddressChange>.stride
        bytes += addressChangesMax * MemoryLayout<LateAnnouncement>.stride
        bytes += lateEventsMax(limits) * MemoryLayout<Event>.stride
        bytes += MemoryLayout<ShardReport>.stride
        return bytes
    }

    mutating func stop() { isStopping = true }

    /// Whether `turn` will find something that the control side wants.
    public var hasCommands: Bool { mailboxes.commands.count > 0 }

    /// Whether the shard's tables lie in huge pages.
    public var usesHugePages: Bool { arena.pages == .reservedHuge }

    @inline(__always)
    mutating func drop(_ reason: DropReason) { report.pointee.drops[Int(reason.rawValue)] &+= 1 }

    /// When `turn` is next needed, nanoseconds; `.max` for never.
    public mutating func nextDeadline() -> UInt64 {
        let patient = patientWheel.nextDeadline()
        let latest = patient == .max ? .max : patient + Self.patienceNanoseconds
        let deadline = min(wheel.nextDeadline(), latest, paceWheel.nextDeadline(), lateWordDueNanoseconds)
        return forward.hasMirrors ? min(deadline, mirrorsDueNanoseconds) : deadline
    }

    /// Builds what is still to leave of the burst. True: send the departures and call again.
    public mutating func depart(now: UInt64, departures: inout Departures) -> Bool {
        noteDepart(now: now, departures)
        let first = departures.count
        let isMore = forward.depart(now: now, departures: &departures)
        noteRuns(departures, from: first)
        return isMore
    }
}

/// SplitMix64: enough for initial sequence numbers and test seeds; nothing secret comes from it but by its seed.
struct RandomNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
