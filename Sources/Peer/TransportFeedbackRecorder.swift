import Snapshot

/// Arrival times of one peer's packets by transport-wide sequence number, for the feedback that its bandwidth estimate
/// lives on (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
///
/// Times are kept in ticks of 250 µs, four bytes a number, in memory that the caller sets aside: 1024 numbers (4 KiB)
/// are a third of a second at 30 Mbit/s, and 256 (1 KiB) are enough for a peer that publishes audio alone. Numbers stay
/// after they were reported, so that a packet that comes late can be reported once more with its neighbours.
///
/// Feedback is due 100 ms after the last, after 50 ms when 32 numbers wait, at once when a quarter of the ring does;
/// never sooner than 20 ms after the first that it reports, so that a lone packet waits for its companions.
public struct TransportFeedbackRecorder: BitwiseCopyable {
    @inlinable public static var intervalNanoseconds: UInt64 { @_noLocks get { 100 * Duration.millisecond } }
    @inlinable public static var busyIntervalNanoseconds: UInt64 { @_noLocks get { 50 * Duration.millisecond } }
    @inlinable public static var settleNanoseconds: UInt64 { @_noLocks get { 20 * Duration.millisecond } }
    @inlinable public static var busyCount: UInt64 { @_noLocks get { 32 } }
    /// A late packet is reported again when it is no further than this behind what was reported.
    static var lateMax: UInt64 { @_noLocks get { 128 } }
    /// Further back than this is not late but a sender that began anew.
    static var restartDistance: UInt64 { @_noLocks get { 1000 } }
    @inlinable public static var tickNanoseconds: UInt64 { @_noLocks get { 250_000 } }

    /// Tick of arrival, 0 for a number that has not come; at place number & mask.
    let ticks: UnsafeMutablePointer<UInt32>
    let mask: UInt64
    var extender = SequenceExtender()
    /// The first number that the next feedback reports.
    var nextReported: UInt64 = 0
    var lastFeedback: UInt64 = 0
    var feedbackCount: UInt8 = 0
    /// When `takeFeedback` has something to give; `noDeadline` while nothing waits.
    public internal(set) var nextDeadline = noDeadline

    /// `storage` holds `capacity` ticks and outlives the recorder; `capacity` is a power of two, 64...8192.
    @_noLocks
    public init(storage: UnsafeMutablePointer<UInt32>, capacity: Int) {
        precondition(capacity >= 64 && capacity <= 8192 && capacity & (capacity - 1) == 0)
        ticks = storage
        mask = UInt64(capacity - 1)
        storage.initialize(repeating: 0, count: capacity)
    }

    /// Numbers that wait to be reported, lost ones included.
    public var waiting: UInt64 {
        @_noLocks get {
            extender.isStarted && extender.highest >= nextReported ? extender.highest - nextReported + 1 : 0
        }
    }

    /// A packet with transport-wide number `sequence` came. Its second copy changes nothing.
    @_noLocks
    public mutating func record(_ sequence: UInt16, now: UInt64) {
        guard extender.isStarted else { return begin(at: sequence, now) }
        let number = extender.nearest(to: sequence)
        if number > extender.highest {
            guard number - extender.highest <= mask else { return begin(at: sequence, now) }
            advance(to: number, now)
        } else {
            fillIn(number, sequence, now)
        }
    }

    @_noLocks

    private mutating func begin(at sequence: UInt16, _ now: UInt64) {
        ticks.update(repeating: 0, count: Int(mask) + 1)
        extender = SequenceExtender()
        let number = extender.extend(sequence)
        nextReported = number
        store(number, now)
        schedule(now)
    }

    @_noLocks

    private mutating func advance(to number: UInt64, _ now: UInt64) {
        var lost = extender.highest + 1
        while lost < number {
            ticks[Int(lost & mask)] = 0
            lost += 1
        }
        extender.highest = number
        // What is not reported before the ring comes round cannot be reported any more.
        if number - nextReported > mask && number > nextReported { nextReported = number - mask }
        store(number, now)
        schedule(now)
    }

    @_noLocks

    private mutating func fillIn(_ number: UInt64, _ sequence: UInt16, _ now: UInt64) {
        let age = extender.highest - number
        if age > Self.restartDistance { return begin(at: sequence, now) }
        guard age <= mask else { return }
        guard ticks[Int(number & mask)] == 0 else { return }
        if number < nextReported {
            // Too late to be reported for its own sake; noted all the same, for others that are may reach back further.
            guard nextReported - number <= Self.lateMax else { return store(number, now) }
            nextReported = number
        }
        store(number, now)
        schedule(now)
    }

    @_noLocks

    private mutating func store(_ number: UInt64, _ now: UInt64) {
        // 0 says "has not come": once in twelve days a packet is written down 250 µs late.
        ticks[Int(number & mask)] = max(UInt32(truncatingIfNeeded: now / Self.tickNanoseconds), 1)
    }

    @_noLocks

    private mutating func schedule(_ now: UInt64) {
        let count = waiting
        if count >= (mask + 1) / 4 {
            nextDeadline = min(nextDeadline, now)
        } else if count >= Self.busyCount {
            nextDeadline = min(nextDeadline, max(lastFeedback &+ Self.busyIntervalNanoseconds, now))
        } else if nextDeadline == noDeadline {
            nextDeadline = max(lastFeedback &+ Self.intervalNanoseconds, now &+ Self.settleNanoseconds)
        }
    }
}

extension TransportFeedbackRecorder: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &feedbackCount)
        book.time(2, &lastFeedback)
        book.field(3, &extender.highest)
        book.field(4, &nextReported)
        var known = book.isReading ? [] : knownTicks
        book.fields(5, &known)
        guard book.isReading, book.isWhole else { return }
        book.check(take(known, shift: book.shiftNanoseconds), "the feedback that waits contradicts itself")
    }

    /// By number up to the highest: those that wait to be reported, and those before that may be once more; 0 for one that
    /// has not come.
    private var knownTicks: [UInt32] {
        guard extender.isStarted else { return [] }
        let first = nextReported - min(nextReported, Self.lateMax)
        let kept = min(extender.highest + 1 - min(first, extender.highest + 1), mask + 1)
        return (extender.highest + 1 - kept..<extender.highest + 1).map { ticks[Int($0 & mask)] }
    }

    private mutating func take(_ told: [UInt32], shift: Int64) -> Bool {
        let (limit, count) = (UInt64(1) << 48, UInt64(told.count))
        guard extender.highest < limit, nextReported <= extender.highest + 1, waiting <= mask + 1, count <= mask + 1,
            count <= extender.highest + 1
        else { return false }
        let step = UInt32(truncatingIfNeeded: shift / Int64(Self.tickNanoseconds))
        let first = extender.highest + 1 - count
        for (place, tick) in told.enumerated() {
            ticks[Int((first + UInt64(place)) & mask)] = tick == 0 ? 0 : max(tick &+ step, 1)
        }
        nextDeadline = waiting == 0 ? noDeadline : lastFeedback &+ Self.settleNanoseconds
        return true
    }
}
