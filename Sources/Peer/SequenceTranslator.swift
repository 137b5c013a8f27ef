import Snapshot

/// Where an outgoing number came from.
@frozen
public struct PacketOrigin: BitwiseCopyable, Sendable, Equatable {
    /// As it was given to `switchSource`.
    public var source: UInt32
    /// The incoming number, extended; its low 40 bits.
    public var sequence: UInt64

    @inlinable
    @_noLocks
    public init(source: UInt32, sequence: UInt64) {
        self.source = source
        self.sequence = sequence
    }
}

/// Gives one consumer's packets contiguous outgoing numbers, whatever it skips and wherever it switches, and finds the
/// packet behind an outgoing number again to answer a NACK from the history that all consumers share.
///
/// Outgoing numbers are extended: the low 16 bits go on the wire, the bits above count its cycles (which is what
/// SRTP calls ROC, RFC 3711 §3.3.1). Numbers that are missing on the way in keep a number on the way out, so that they fit
/// in when they come late; numbers that are skipped have none. A late packet is taken when its number lies within the last
/// 512 outgoing ones. One packet always has the same number, and no other packet has it, ever.
///
/// Kept is not a number per packet but a ring of 64 ranges, each (incoming start, source, outgoing start) in 12 bytes;
/// a range ends where something is skipped or the source changes. So the ring looks back over 64 stretches of
/// skipping: two seconds of video at 30 frames/s when part of every frame is skipped (spatial layers), four when every
/// other frame is (temporal layers), the whole 512 numbers when nothing is. What is older is refused, never mistaken.
public struct SequenceTranslator: BitwiseCopyable, Sendable {
    @inlinable public static var rangesMax: Int { @_noLocks get { 64 } }
    /// Outgoing numbers that a late packet or a NACK may reach back.
    @inlinable public static var lateMax: UInt64 { @_noLocks get { 512 } }
    @inlinable public static var reverseMax: UInt64 { @_noLocks get { 4096 } }

    /// The outgoing number after the highest given.
    public private(set) var next: UInt64
    /// The highest incoming number of the present source, forwarded or skipped.
    public private(set) var highestIncoming: UInt64 = 0
    private var incomingStart: UInt64 = 0
    private var outgoingStart: UInt64
    public private(set) var source: UInt32 = .max
    /// Ranges that count, the present one included; and the place of the present one.
    private var rangeCount: UInt8 = 0
    private var rangeIndex: UInt8 = 63
    /// Low 32 bits of each range's first outgoing number.
    private var outgoingStarts: InlineArray<64, UInt32> = InlineArray(repeating: 0)
    /// Each range's source (upper 24 bits) and first incoming number (lower 40).
    private var incomingStarts: InlineArray<64, UInt64> = InlineArray(repeating: 0)

    /// `firstOutgoing` is a random number below 32768: a receiver that misses the first packets before a wrap could not
    /// tell the SRTP cycle (RFC 3711 §3.3.1).
    @_noLocks
    public init(firstOutgoing: UInt16) {
        next = UInt64(firstOutgoing)
        outgoingStart = UInt64(firstOutgoing)
    }

    /// From here on packets come from `source` (below 0xFFFFFF), beginning with `sequence`, newer than all of its before. What is outstanding of the old
    /// source is still taken when it comes late.
    @_noLocks
    public mutating func switchSource(_ source: UInt32, at sequence: UInt64) {
        precondition(source < Self.nobody, "a source takes 24 bits, and the last value stands for nobody")
        self.source = source
        highestIncoming = sequence - 1
        beginRange(at: sequence)
    }

    /// The outgoing number of a packet that is to be forwarded; nil when it cannot have one: too late, skipped before,
    /// or of a source that is not known.
    @_noLocks
    public mutating func forward(_ sequence: UInt64, source: UInt32) -> UInt64? {
        guard source == self.source, sequence > highestIncoming, rangeCount > 0 else {
            return late(sequence, source)
        }
        if sequence - highestIncoming > Self.lateMax { jump(to: sequence) }
        highestIncoming = sequence
        let outgoing = outgoingStart + (sequence - incomingStart)
        next = outgoing + 1
        return outgoing
    }

    /// A packet of the present source that is not forwarded. It takes no number, unless it is late and its number was
    /// kept free: that number is given back so that it can be filled with padding, or else stays a hole.
    @_noLocks
    public mutating func skip(_ sequence: UInt64, source: UInt32) -> UInt64? {
        guard source == self.source, sequence > highestIncoming, rangeCount > 0 else { return late(sequence, source) }
        if sequence - highestIncoming > Self.lateMax { jump(to: sequence) }
        highestIncoming = sequence
        next = outgoingStart + (sequence - incomingStart)
        beginRange(at: sequence + 1)
        return nil
    }

    /// Takes the next outgoing number for a packet that no source sent (padding, a probe). The present range goes on
    /// behind it.
    @_noLocks
    public mutating func insert() -> UInt64 {
        next += 1
        if rangeCount > 0 { beginRange(at: highestIncoming + 1, afterInserting: true) } else { outgoingStart = next }
        return next - 1
    }

    /// The extended outgoing number that a peer means by 16 bits; nil when it was never given or is too old.
    @_noLocks
    public mutating func extend(outgoing: UInt16) -> UInt64? {
        let back = UInt64(UInt16(truncatingIfNeeded: next) &- outgoing)
        guard back > 0, back <= Self.reverseMax, back <= next else { return nil }
        return next - back
    }

    /// Which packet left under `outgoing` (extended). Nil when the ring no longer knows, or the number was inserted. A
    /// number that was kept free for a packet that never came has an origin too.
    @_noLocks
    public mutating func origin(ofOutgoing outgoing: UInt64) -> PacketOrigin? {
        guard outgoing < next, next - outgoing <= Self.reverseMax else { return nil }
        let back = UInt32(truncatingIfNeeded: next - outgoing)
        var end: UInt32 = 0
        for step in 0..<rangeCount {
            let place = Int((rangeIndex &- step) & 63)
            // Distances back from `next`, so that 32 bits do: this range is those from `end` + 1 to `start`.
            let start = UInt32(truncatingIfNeeded: next) &- outgoingStarts[place]
            if start >= back && back > end { return origin(place, steps: UInt64(start - back)) }
            end = start
        }
        return nil
    }

    @_noLocks

    private mutating func origin(_ place: Int, steps: UInt64) -> PacketOrigin? {
        let source = UInt32(truncatingIfNeeded: incomingStarts[place] >> 40)
        guard source != Self.nobody else { return nil }
        return PacketOrigin(source: source, sequence: (incomingStarts[place] & Self.sequenceMask) + steps)
    }

    /// A number at or below the highest, or of an earlier source: the newest range that holds it says.
    @_noLocks
    private mutating func late(_ sequence: UInt64, _ source: UInt32) -> UInt64? {
        var end = next
        for step in 0..<rangeCount {
            let place = Int((rangeIndex &- step) & 63)
            let start = next - UInt64(UInt32(truncatingIfNeeded: next) &- outgoingStarts[place])
            guard next - end < Self.lateMax else { return nil }
            let first = incomingStarts[place] & Self.sequenceMask
            if UInt32(truncatingIfNeeded: incomingStarts[place] >> 40) == source && sequence >= first {
                let outgoing = start + (sequence - first)
                // Beyond the range's end the number was skipped, or never was this source's turn.
                return outgoing < end && next - outgoing <= Self.lateMax ? outgoing : nil
            }
            end = start
        }
        return nil
    }

    /// So many are missing that none of them would be taken late: one number stays free to show the break, not thousands
    /// that the receiver would ask for.
    @_noLocks
    private mutating func jump(to sequence: UInt64) {
        next = outgoingStart + (highestIncoming + 1 - incomingStart) + 1
        beginRange(at: sequence)
    }

    /// The source of numbers that were inserted.
    private static var nobody: UInt32 { @_noLocks get { 0xFF_FFFF } }
    private static var sequenceMask: UInt64 { @_noLocks get { 1 << 40 - 1 } }

    @_noLocks

    private mutating func beginRange(at sequence: UInt64, afterInserting: Bool = false) {
        if afterInserting { place(source: Self.nobody, sequence: 0, outgoing: next - 1) }
        incomingStart = sequence
        outgoingStart = next
        place(source: source, sequence: sequence, outgoing: next)
    }

    @_noLocks

    private mutating func place(source: UInt32, sequence: UInt64, outgoing: UInt64) {
        let outgoing = UInt32(truncatingIfNeeded: outgoing)
        // A range in which nothing was forwarded makes room: a stretch of skipping is one range, however long.
        let isEmpty = rangeCount > 0 && outgoingStarts[Int(rangeIndex)] == outgoing
        if !isEmpty {
            rangeIndex = (rangeIndex &+ 1) & 63
            rangeCount = min(rangeCount + 1, UInt8(Self.rangesMax))
        }
        outgoingStarts[Int(rangeIndex)] = outgoing
        incomingStarts[Int(rangeIndex)] = UInt64(source) << 40 | sequence & Self.sequenceMask
    }
}

extension SequenceTranslator: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &next)
        book.field(2, &highestIncoming)
        book.field(3, &incomingStart)
        book.field(4, &outgoingStart)
        book.field(5, &source)
        book.field(6, &rangeCount)
        book.field(7, &rangeIndex)
        book.fields(8, &outgoingStarts)
        book.fields(9, &incomingStarts)
        book.check(isConsistent, "a sequence of outgoing numbers contradicts itself")
    }

    /// What the arithmetic above relies on.
    private var isConsistent: Bool {
        let limit: UInt64 = 1 << 48
        guard next < limit, highestIncoming < limit, incomingStart <= highestIncoming &+ 1, outgoingStart <= next,
            rangeCount <= UInt8(Self.rangesMax), rangeIndex < 64
        else { return false }
        var end: UInt64 = 0
        for step in 0..<rangeCount {
            let place = Int((rangeIndex &- step) & 63)
            let back = UInt64(UInt32(truncatingIfNeeded: next) &- outgoingStarts[place])
            guard back >= end, back <= next else { return false }
            end = back
        }
        return true
    }
}
