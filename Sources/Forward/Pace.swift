/// How fast packets leave for one subscriber: a budget of bytes that time fills and that every packet is taken from.
///
/// Sound is always sent and may leave the budget in debt. Everything else waits while there is none: packets are not
/// queued, their consumers are *behind* (`ConsumerState.behindFrom`) and go on from the history, a run at a time.
@frozen
public struct Pace: BitwiseCopyable, Sendable {
    /// How much faster than the estimate a frame may leave. A keyframe is as long as several frames, and estimates are
    /// below what a link carries, so 100 would make pictures late for nothing; from about 200 on, a keyframe fills the
    /// queue of the bottleneck and loses packets there without arriving any sooner. Figures: docs/congestion.md.
    public static let factorPercent: UInt64 = 150
    /// While what is subscribed to is more than the link carries, until a lower layer's keyframe has come.
    public static let strainedPercent: UInt64 = 100
    /// What may leave at once: this much time at the pace. A frame of a stream that uses half of its link is one run.
    public static let runNanoseconds: UInt64 = 12_000_000
    /// A run of this size leaves by one send in any case: a pace at which it takes no longer than `runNanoseconds` holds
    /// nothing back, so there is nothing to keep account of.
    static let ampleBytesPerSecond: UInt64 = 5_000_000
    /// What waited so long is of no use any more: the picture goes on with a keyframe. Not longer than packets are kept.
    public static let backlogNanosecondsMax: UInt64 = 1_000_000_000
    /// A packet must fit, however slow the pace.
    static let bytesMin: Int64 = 1200

    /// 0 while nothing is held back.
    public private(set) var bytesPerSecond: UInt64 = 0
    /// Below zero: in debt.
    public internal(set) var budgetBytes: Int64 = 0
    private var filledNanoseconds: UInt64 = 0
    /// Something of this subscriber waits: all that is to be paced goes behind it.
    public internal(set) var isBehind = false
    /// In the list of those whose timer is to be set, or its timer is set.
    var isListed = false

    public init() {}

    @inlinable public var isOn: Bool { bytesPerSecond != 0 }
    var isSpent: Bool { budgetBytes <= 0 }
    var maySend: Bool { !isOn || budgetBytes > 0 }
    private var budgetMax: Int64 {
        max(Int64(bytesPerSecond * Self.runNanoseconds / 1_000_000_000), Self.bytesMin)
    }

    /// - Parameter bitsPerSecond: of the estimate; 0 for unknown.
    mutating func set(estimate bitsPerSecond: UInt64, isStrained: Bool, now: UInt64) {
        let percent = isStrained ? Self.strainedPercent : Self.factorPercent
        let pace = min(bitsPerSecond, 1 << 40) * percent / 800
        let wasOn = isOn
        if wasOn { fill(now: now) }
        let isAmple = pace == 0 || pace >= Self.ampleBytesPerSecond
        // What waits must not be overtaken: it leaves first, and soon.
        bytesPerSecond = !isAmple ? pace : isBehind ? Self.ampleBytesPerSecond : 0
        guard isOn, !wasOn else { return }
        filledNanoseconds = now
        budgetBytes = budgetMax
    }

    /// What time has brought.
    mutating func fill(now: UInt64) {
        guard now > filledNanoseconds else { return }
        let elapsed = min(now - filledNanoseconds, 1_000_000_000)
        let gained = elapsed * bytesPerSecond / 1_000_000_000
        // The rest of a byte is not lost: it is time that stays.
        guard gained > 0 else { return }
        filledNanoseconds =
            elapsed == 1_000_000_000 ? now : filledNanoseconds + gained * 1_000_000_000 / bytesPerSecond
        budgetBytes = min(budgetBytes + Int64(gained), budgetMax)
    }

    /// Packets leave, on time or not. Kept account of even while nothing is held back: it is cheaper than to ask.
    @inline(__always)
    mutating func spend(_ bytes: Int) { budgetBytes &-= Int64(bytes) }

    /// When there will be a budget again.
    func dueNanoseconds(now: UInt64) -> UInt64 {
        guard isOn, budgetBytes <= 0 else { return now }
        return now + (UInt64(-budgetBytes) + 1) * 1_000_000_000 / bytesPerSecond
    }
}

/// Retransmissions that wait for a budget: their numbers, not their packets.
@frozen
public struct RepairRing: BitwiseCopyable, Sendable {
    public static let capacity = 32

    /// Consumer << 16 | sequence.
    private var entries: InlineArray<32, UInt64> = InlineArray(repeating: 0)
    private var first: UInt8 = 0
    public private(set) var count: UInt8 = 0

    public init() {}

    var isEmpty: Bool { count == 0 }

    /// False when it is full: whoever misses the packet asks again.
    mutating func push(consumer: UInt32, sequence: UInt16) -> Bool {
        let entry = UInt64(consumer) << 16 | UInt64(sequence)
        for step in 0..<count where entries[Int((first &+ step) & 31)] == entry { return true }
        guard count < UInt8(Self.capacity) else { return false }
        entries[Int((first &+ count) & 31)] = entry
        count += 1
        return true
    }

    mutating func front() -> (consumer: UInt32, sequence: UInt16)? {
        guard count > 0 else { return nil }
        let entry = entries[Int(first)]
        return (UInt32(entry >> 16), UInt16(truncatingIfNeeded: entry))
    }

    mutating func advance() {
        first = (first &+ 1) & 31
        count -= 1
    }
}
