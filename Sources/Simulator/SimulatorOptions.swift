import Contract

/// What one direction of every link does to datagrams. Ratios are per datagram.
public struct NetworkMood: Sendable {
    public var loss = 0.0
    /// How often a burst of losses begins.
    public var burstLoss = 0.0
    public var burstLength = 8
    /// Held back so that later ones overtake it.
    public var reorder = 0.0
    public var duplication = 0.0
    /// One bit is flipped.
    public var corruption = 0.0
    /// The end is cut off.
    public var truncation = 0.0
    public var delayNanoseconds: UInt64 = 10_000_000
    /// Up to this much more; datagrams stay in order.
    public var jitterNanoseconds: UInt64 = 0
    /// What each peer's link carries, 0 for everything; a datagram that would wait longer than that is lost.
    public var bitsPerSecond: UInt64 = 0
    public var queueNanoseconds: UInt64 = 200_000_000

    public init() {}

    /// Everything that is sent arrives, once, whole and in order.
    public var isPerfect: Bool {
        loss == 0 && burstLoss == 0 && reorder == 0 && duplication == 0 && corruption == 0 && truncation == 0
            && bitsPerSecond == 0
    }
}

/// What the kernel and the other threads do to a shard.
public struct KernelMood: Sendable {
    /// Entries of the burst that one wake-up brings.
    public var arrivalsMax = 64
    /// How often datagrams of one sender and one size come merged (UDP_GRO).
    public var merging = 0.5
    /// How often a sent run's cell comes back only later.
    public var slowSends = 0.0
    /// How often a datagram reaches the wrong shard, when there are several.
    public var missteering = 0.5
    /// How often in a second the clock leaps forwards, and by how much at most.
    public var leaps = 0.0
    public var leapNanosecondsMax: UInt64 = 2_000_000_000
    /// How often the receiver's buffer is too short for a datagram.
    public var shortBuffers = 0.0

    public init() {}
}

/// Breaks something on purpose, so that a checker can prove that it sees.
public enum Canary: String, CaseIterable, Sendable {
    case none
    /// A bit of a packet that leaves is flipped.
    case flipsBit
    /// A packet slot is taken and never given back.
    case leaksSlot
    /// A run that should leave does not.
    case losesRun
    /// A counter counts one too many.
    case miscounts
    /// A run leaves twice.
    case repeatsRun
    /// A picture id is not rewritten as those before it.
    case breaksIds
    /// A frame that others refer to does not leave.
    case losesFrame
}

/// Everything that, with the seed, makes a run what it is.
public struct SimulatorOptions: Sendable {
    public var seed: UInt64
    public var shardCount = 1
    public var limits = Limits(
        roomsMax: 8, peersMax: 48, producersMax: 64, consumersMax: 512, producersPerRoomMax: 48, slots: 8192,
        runs: 64, mailboxMax: 256)
    public var toServer = NetworkMood()
    public var toClient = NetworkMood()
    public var kernel = KernelMood()
    public var canary = Canary.none
    /// Clients that number packets answer with transport-cc feedback, so that their links are estimated and what they get
    /// is bounded by that.
    public var givesFeedback = false
    /// Clients say when each packet left (abs-send-time) instead of numbering it for transport-cc: the server tells them
    /// by REMB what their links carry.
    public var saysSendTimes = false
    /// Whether clients take FlexFEC; nil for some.
    public var takesFec: Bool?
    /// Shards tell each other where addresses live, as without steering in the kernel.
    public var announcesAddresses = true
    /// The engine's clock at the start; not 0, as no host's is.
    public var startNanoseconds: UInt64 = 7_000_000_000

    /// Bytes of each shard's flight recorder; 0 for none.
    public var flightBytes = 0

    public init(seed: UInt64) { self.seed = seed }
}
