import Snapshot

/// Gives one consumer's packets RTP timestamps that go on without a leap when the source changes.
///
/// Within a source the outgoing timestamp is the incoming one plus an offset. On a switch the new offset is the one that
/// the sender reports of both sources agree on (`SenderClock.alignment`), so that audio and video stay together to the
/// tick; without reports, or when they contradict the time that went by, the first new timestamp follows the last by
/// that time, one frame at least. Offsets of the last four switches are kept by outgoing number, so that a packet that
/// is late or sent again has the timestamp of its own time.
public struct TimestampTranslator: BitwiseCopyable, Sendable {
    @inlinable public static var stintsMax: Int { @_noLocks get { 4 } }
    /// Reports that contradict the time gone by further than this are not believed.
    @inlinable public static var alignmentErrorNanosecondsMax: UInt64 { @_noLocks get { 500 * Duration.millisecond } }

    /// The highest outgoing timestamp so far, and when it left first.
    public private(set) var last: UInt32 = 0
    public private(set) var lastNanoseconds: UInt64 = 0
    public private(set) var hasSent = false
    private var stintCount: UInt8 = 0
    private var stintIndex: UInt8 = 3
    private var offsets: InlineArray<4, UInt32> = InlineArray(repeating: 0)
    private var outgoingStarts: InlineArray<4, UInt64> = InlineArray(repeating: 0)

    @_noLocks

    public init() {}

    /// What is added to the present source's timestamps; also to those that its `SenderClock` gives for sender reports.
    public var offset: UInt32 { @_noLocks get { offsets[Int(stintIndex)] } }

    /// The packet with outgoing number `outgoing` and timestamp `firstTimestamp` is the first of a new source.
    ///
    /// `alignment`: what to add to a timestamp of the new source to have the old one's at the same instant; nil when
    /// one of the two has no sender report. The very first source keeps its own timestamps. `isSame`: it is the old source,
    /// which begins anew; its packets may come any time late.
    @_noLocks
    public mutating func switchSource(
        firstTimestamp: UInt32, outgoing: UInt64, now: UInt64, clockRate: UInt32, alignment: UInt32?,
        isSame: Bool = false
    ) {
        let offset = newOffset(firstTimestamp, now, clockRate, isSame ? 0 : alignment, isSame: isSame)
        stintIndex = (stintIndex &+ 1) & 3
        stintCount = min(stintCount + 1, UInt8(Self.stintsMax))
        offsets[Int(stintIndex)] = offset
        outgoingStarts[Int(stintIndex)] = outgoing
    }

    /// The outgoing timestamp of the packet with outgoing number `outgoing`; nil when it is of a source so long ago that
    /// its offset is forgotten.
    @_noLocks
    public mutating func translate(_ timestamp: UInt32, outgoing: UInt64, now: UInt64) -> UInt32? {
        guard outgoing >= outgoingStarts[Int(stintIndex)], stintCount > 0 else {
            return translateLate(timestamp, outgoing)
        }
        let translated = timestamp &+ offsets[Int(stintIndex)]
        if !hasSent || SequenceComparison.isNewer(timestamp: translated, than: last) {
            (last, lastNanoseconds, hasSent) = (translated, now, true)
        }
        return translated
    }

    @_noLocks

    private mutating func translateLate(_ timestamp: UInt32, _ outgoing: UInt64) -> UInt32? {
        for step in 0..<stintCount {
            let place = Int((stintIndex &- step) & 3)
            if outgoing >= outgoingStarts[place] { return timestamp &+ offsets[place] }
        }
        return nil
    }

    @_noLocks

    private func newOffset(
        _ first: UInt32, _ now: UInt64, _ clockRate: UInt32, _ alignment: UInt32?, isSame: Bool
    ) -> UInt32 {
        guard hasSent else { return 0 }
        let elapsed = now > lastNanoseconds ? now - lastNanoseconds : 0
        let elapsedTicks = Duration.ticks(Int64(clamping: elapsed), rate: clockRate)
        if let alignment {
            let aligned = first &+ offset &+ alignment
            // After hours its timestamps have come round.
            let isCertain = isSame && elapsedTicks < Int64(Int32.max)
            if isCertain || isBelievable(aligned, elapsedTicks, clockRate) {
                // Captured before what was sent last: a millisecond later, since time must not run back.
                let step = max(SequenceComparison.distance(fromTimestamp: last, to: aligned), Int(clockRate / 1000))
                return last &+ UInt32(truncatingIfNeeded: step) &- first
            }
        }
        // One frame at least: 1/30 s of video, 20 ms of audio.
        let frame = Int64(clockRate == 48_000 ? 960 : clockRate / 30)
        return last &+ UInt32(truncatingIfNeeded: max(elapsedTicks, frame)) &- first
    }

    @_noLocks

    private func isBelievable(_ aligned: UInt32, _ elapsedTicks: Int64, _ clockRate: UInt32) -> Bool {
        let step = Int64(SequenceComparison.distance(fromTimestamp: last, to: aligned))
        let errorMax = Duration.ticks(Int64(Self.alignmentErrorNanosecondsMax), rate: clockRate)
        return abs(step &- elapsedTicks) <= errorMax
    }
}

extension TimestampTranslator: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &last)
        book.time(2, &lastNanoseconds)
        book.field(3, &hasSent)
        book.field(4, &stintCount)
        book.field(5, &stintIndex)
        book.fields(6, &offsets)
        book.fields(7, &outgoingStarts)
        book.check(stintCount <= 4 && stintIndex < 4, "a translation of timestamps contradicts itself")
    }
}
