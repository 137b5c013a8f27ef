import Snapshot

/// How one publisher's wall clock relates to our monotonic one: the same for all streams of the publisher.
///
/// A sender report that says "NTP time P" and arrives at our time L gives an offset O = L − P; it holds the difference of the
/// clocks and the way here. Whatever O is, audio and video of the publisher stay together as long as both are
/// mapped with the same O; so it is kept per peer, and follows drift slowly (a sixteenth a report) rather than each
/// report's delay. A clock that was set anew (more than a second off) is followed at once.
public struct PublisherClock: BitwiseCopyable, Sendable {
    /// L − P in nanoseconds.
    public private(set) var offsetNanoseconds: Int64 = 0
    public private(set) var isKnown = false

    @_noLocks

    public init() {}

    /// A sender report of any stream of this publisher came. An NTP time of 0 says that the sender has no clock (RFC 3550
    /// §6.4.1) and is passed over.
    @_noLocks
    public mutating func noteSenderReport(ntp: UInt64, arrivalNanoseconds: UInt64) {
        guard ntp != 0 else { return }
        let sample = Int64(truncatingIfNeeded: arrivalNanoseconds) &- NtpTime.nanoseconds(ntp)
        let difference = sample &- offsetNanoseconds
        if !isKnown || difference.magnitude > Duration.second {
            offsetNanoseconds = sample
            isKnown = true
        } else {
            offsetNanoseconds &+= difference / 16
        }
    }
}

/// The relation between one incoming stream's RTP timestamps and time: one per producer layer.
///
/// From sender reports: the pair (NTP time P0, timestamp T0) of the last one. Timestamp T was captured at the publisher's
/// P0 + (T − T0) / rate, which is ours at P0 + (T − T0) / rate + O, with O from `PublisherClock`.
///
/// A stream that sends no reports is mapped by its packets' arrival: the earliest of them, as that one waited least.
/// The pair (L0, T0) is ours directly then and moves later by a 256th of each packet's lateness, so that drift is followed.
///
/// For a consumer: at our time L its sender report says NTP = our wall clock at L, and RTP = `timestamp(at: L)` + the
/// consumer's timestamp offset. Since all of a publisher's streams go through the same O, a subscriber that compares
/// the reports of two of them finds the publisher's own relation.
public struct SenderClock: BitwiseCopyable, Sendable {
    /// Our time L0, or the publisher's P0 (nanoseconds since 1900) when `hasSenderReport`.
    private var referenceNanoseconds: Int64 = 0
    private var referenceTimestamp: UInt32 = 0
    public let clockRate: UInt32
    public private(set) var hasSenderReport = false
    private var hasPacket = false

    @_noLocks

    public init(clockRate: UInt32) {
        precondition(clockRate > 0)
        self.clockRate = clockRate
    }

    public var isKnown: Bool { @_noLocks get { hasSenderReport || hasPacket } }

    /// Whether `notePacket` is of use; false once a sender report was seen.
    public var needsPackets: Bool { @_noLocks get { !hasSenderReport } }

    @_noLocks
    public mutating func noteSenderReport(ntp: UInt64, rtpTimestamp: UInt32) {
        guard ntp != 0 else { return }
        referenceNanoseconds = NtpTime.nanoseconds(ntp)
        referenceTimestamp = rtpTimestamp
        hasSenderReport = true
    }

    /// A packet came, in order; once per timestamp is enough.
    @_noLocks
    public mutating func notePacket(rtpTimestamp: UInt32, arrivalNanoseconds: UInt64) {
        guard !hasSenderReport else { return }
        let arrival = Int64(truncatingIfNeeded: arrivalNanoseconds)
        let predicted = nanoseconds(of: rtpTimestamp)
        let late = arrival &- predicted
        // More than a second off: the source began anew.
        if !hasPacket || late < 0 || late > Int64(Duration.second) {
            referenceNanoseconds = arrival
        } else {
            referenceNanoseconds = predicted &+ late / 256
        }
        referenceTimestamp = rtpTimestamp
        hasPacket = true
    }

    /// The stream's RTP timestamp at our time `now`; nil until something is known.
    @_noLocks
    public func timestamp(at now: UInt64, publisher: PublisherClock) -> UInt32? {
        guard isKnown, !hasSenderReport || publisher.isKnown else { return nil }
        let own = Int64(truncatingIfNeeded: now)
        let local = hasSenderReport ? own &- publisher.offsetNanoseconds : own
        let elapsed = Duration.ticks(local &- referenceNanoseconds, rate: clockRate)
        return referenceTimestamp &+ UInt32(truncatingIfNeeded: elapsed)
    }

    /// Our time at which `timestamp` was captured (plus the constant way here); nil until something is known.
    @_noLocks
    public func localNanoseconds(of timestamp: UInt32, publisher: PublisherClock) -> Int64? {
        guard isKnown, !hasSenderReport || publisher.isKnown else { return nil }
        return nanoseconds(of: timestamp) &+ (hasSenderReport ? publisher.offsetNanoseconds : 0)
    }

    /// What to add to a timestamp of `next` to have that of `current` at the same instant; nil unless both have sender
    /// reports and the same rate. Both may be of one publisher (layers) or of two.
    @_noLocks
    public static func alignment(
        from current: SenderClock, _ currentPublisher: PublisherClock, to next: SenderClock,
        _ nextPublisher: PublisherClock, now: UInt64
    ) -> UInt32? {
        guard current.hasSenderReport, next.hasSenderReport, current.clockRate == next.clockRate,
            let old = current.timestamp(at: now, publisher: currentPublisher),
            let new = next.timestamp(at: now, publisher: nextPublisher)
        else { return nil }
        return old &- new
    }

    @_noLocks

    private func nanoseconds(of timestamp: UInt32) -> Int64 {
        let ticks = SequenceComparison.distance(fromTimestamp: referenceTimestamp, to: timestamp)
        return referenceNanoseconds &+ Duration.nanoseconds(ticks: Int64(ticks), rate: clockRate)
    }
}

extension PublisherClock: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &offsetNanoseconds)
        book.field(2, &isKnown)
        // Ours less the publisher's.
        if book.isReading { offsetNanoseconds &+= book.shiftNanoseconds }
    }
}

extension SenderClock: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &referenceNanoseconds)
        book.field(2, &referenceTimestamp)
        book.field(3, &hasSenderReport)
        book.field(4, &hasPacket)
        // The publisher's own time stays what it is.
        if book.isReading, !hasSenderReport { referenceNanoseconds &+= book.shiftNanoseconds }
    }
}
