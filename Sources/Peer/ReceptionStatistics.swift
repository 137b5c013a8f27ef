import Snapshot

/// The values of one report block (RFC 3550 §6.4.1), the SSRC apart.
@frozen
public struct ReceptionReport: BitwiseCopyable, Sendable, Equatable {
    /// Part of the packets lost since the last report, in 1/256.
    public var fractionLost: UInt8
    /// Packets lost since the beginning, clamped to 24 bits with sign; negative where duplicates outnumber losses.
    public var cumulativeLost: Int32
    /// Cycles in the upper 16 bits, the highest sequence number in the lower.
    public var extendedHighestSequence: UInt32
    /// Interarrival jitter in RTP timestamp units.
    public var jitter: UInt32
    /// LSR: middle 32 bits of the last sender report's NTP time; 0 when there was none.
    public var lastSenderReport: UInt32
    /// DLSR: time since it came, in 1/65536 s; 0 when there was none.
    public var delaySinceLastSenderReport: UInt32
}

/// What was received of one incoming SSRC (RFC 3550 §A.3 and §A.8).
///
/// Losses are those of the network: a packet that came back by RTX is not received in this sense (RFC 4588 §4 gives
/// it a stream of its own), or a sender would take a line that loses a tenth for a good one. So give `update` what came
/// under the SSRC itself, and count repairs by `noteRepaired`. A second copy of one of the last 64 numbers is
/// counted as duplicate and nowhere else.
public struct ReceptionStatistics: BitwiseCopyable, Sendable {
    /// Packets that came in their own right, duplicates left out.
    public private(set) var received: UInt64 = 0
    public private(set) var duplicates: UInt64 = 0
    public private(set) var repaired: UInt64 = 0
    private var first: UInt64 = 0
    private var highest: UInt64 = 0
    /// Bit n: the number n below the highest has come.
    private var window: UInt64 = 0
    private var expectedBefore: UInt64 = 0
    private var receivedBefore: UInt64 = 0
    private var lastArrival: UInt64 = 0
    private var senderReportArrival: UInt64 = 0
    private var lastTimestamp: UInt32 = 0
    /// In sixteenths of a timestamp unit.
    private var jitterSixteenths: UInt32 = 0
    private var senderReportMiddle: UInt32 = 0

    @_noLocks

    public init() {}

    /// Whether anything came since the last report; only then does a report block belong in (RFC 3550 §6.4).
    public var hasNews: Bool { @_noLocks get { received != receivedBefore } }

    /// Packets expected from the first to the highest number.
    public var expected: UInt64 { @_noLocks get { received == 0 ? 0 : highest - first + 1 } }

    /// Packets lost so far, not below zero.
    public var lost: UInt64 { @_noLocks get { expected > received ? expected - received : 0 } }

    /// A packet came. `sequence` is extended by `SequenceExtender`.
    @_noLocks
    public mutating func update(sequence: UInt64, rtpTimestamp: UInt32, arrivalNanoseconds: UInt64, clockRate: UInt32) {
        guard received > 0 else {
            (first, highest, window, received) = (sequence, sequence, 1, 1)
            (lastTimestamp, lastArrival) = (rtpTimestamp, arrivalNanoseconds)
            return
        }
        if sequence > highest {
            advance(to: sequence)
            updateJitter(rtpTimestamp, arrivalNanoseconds, clockRate)
        } else {
            fillIn(sequence)
        }
    }

    /// A packet of this stream came back by RTX. Changes no loss: see above.
    @_noLocks
    public mutating func noteRepaired() { repaired &+= 1 }

    /// A sender report came; `ntp` is its 64-bit NTP time.
    @_noLocks
    public mutating func noteSenderReport(ntp: UInt64, arrivalNanoseconds: UInt64) {
        senderReportMiddle = NtpTime.middle(ntp)
        senderReportArrival = arrivalNanoseconds
    }

    /// The report block as of `now`; begins the next interval.
    @_noLocks
    public mutating func report(now: UInt64) -> ReceptionReport {
        let fraction = fractionLost()
        expectedBefore = expected
        receivedBefore = received
        let hasSenderReport = senderReportArrival != 0
        return ReceptionReport(
            fractionLost: fraction, cumulativeLost: cumulativeLost,
            // The extender begins in cycle 1; on the wire the first cycle is 0.
            extendedHighestSequence: UInt32(truncatingIfNeeded: highest &- 0x1_0000),
            jitter: jitterSixteenths >> 4,
            lastSenderReport: hasSenderReport ? senderReportMiddle : 0,
            delaySinceLastSenderReport: hasSenderReport
                ? NtpTime.compactSpan(nanoseconds: now > senderReportArrival ? now - senderReportArrival : 0) : 0)
    }

    /// Clamped to 24 bits with sign (RFC 3550 §A.3).
    private var cumulativeLost: Int32 {
        let difference = Int64(bitPattern: expected) &- Int64(bitPattern: received)
        return Int32(min(max(difference, -0x80_0000), 0x7F_FFFF))
    }

    @_noLocks

    private func fractionLost() -> UInt8 {
        let expectedNow = Int64(expected &- expectedBefore)
        let lostNow = expectedNow &- Int64(received &- receivedBefore)
        // RFC 3550 §A.3: if the loss is negative due to duplicates (here: late packets), the fraction is zero.
        guard expectedNow > 0, lostNow > 0 else { return 0 }
        return UInt8(min((lostNow << 8) / expectedNow, 255))
    }

    @_noLocks

    private mutating func advance(to sequence: UInt64) {
        let step = sequence - highest
        window = step < 64 ? window << step | 1 : 1
        highest = sequence
        received &+= 1
    }

    @_noLocks

    private mutating func fillIn(_ sequence: UInt64) {
        let age = highest - sequence
        if age < 64 {
            guard window >> age & 1 == 0 else {
                duplicates &+= 1
                return
            }
            window |= 1 << age
        }
        if sequence < first { first = sequence }
        received &+= 1
    }

    /// RFC 3550 §A.8, for packets in order that begin a new timestamp: the packets of one video frame share a timestamp
    /// and leave one after the other, which is pacing, not jitter; a packet sent again says nothing about transit.
    @_noLocks
    private mutating func updateJitter(_ timestamp: UInt32, _ arrival: UInt64, _ clockRate: UInt32) {
        guard timestamp != lastTimestamp else { return }
        let elapsed = Duration.ticks(Int64(bitPattern: arrival &- lastArrival), rate: clockRate)
        let stepped = Int64(SequenceComparison.distance(fromTimestamp: lastTimestamp, to: timestamp))
        (lastTimestamp, lastArrival) = (timestamp, arrival)
        let difference = abs(elapsed &- stepped)
        // A leap of more than five seconds is a source that began anew, not jitter.
        guard difference < Int64(clockRate) * 5 else { return }
        jitterSixteenths = jitterSixteenths &+ UInt32(difference) &- ((jitterSixteenths &+ 8) >> 4)
    }
}

extension ReceptionStatistics: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &received)
        book.field(2, &duplicates)
        book.field(3, &repaired)
        book.field(4, &first)
        book.field(5, &highest)
        book.field(6, &window)
        book.field(7, &expectedBefore)
        book.field(8, &receivedBefore)
        book.time(9, &lastArrival)
        book.time(10, &senderReportArrival)
        book.field(11, &lastTimestamp)
        book.field(12, &jitterSixteenths)
        book.field(13, &senderReportMiddle)
        let limit: UInt64 = 1 << 48
        let holds = highest < limit && received < limit && expectedBefore < limit && receivedBefore < limit
        book.check(holds && first <= highest, "what was received of a stream contradicts itself")
    }
}
