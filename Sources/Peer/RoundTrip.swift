import Snapshot

/// The round trip to one peer, from its receiver reports (RFC 3550 §6.4.1) or, where it sends media only, from DLRR blocks
/// (RFC 3611 §4.5). Smoothed by an eighth as TCP does (RFC 6298 §2).
public struct RoundTrip: BitwiseCopyable, Sendable {
    /// What to reckon with until something is known.
    @inlinable public static var unknownNanoseconds: UInt64 { @_noLocks get { 100 * Duration.millisecond } }

    /// Smoothed; 0 until known.
    public private(set) var smoothedNanoseconds: UInt64 = 0
    public private(set) var latestNanoseconds: UInt64 = 0
    /// The least so far; 0 until known.
    public private(set) var leastNanoseconds: UInt64 = 0
    /// Mean deviation.
    public private(set) var deviationNanoseconds: UInt64 = 0

    @_noLocks

    public init() {}

    public var isKnown: Bool { @_noLocks get { smoothedNanoseconds != 0 } }

    /// Smoothed, or 100 ms until known.
    public var nanoseconds: UInt64 { @_noLocks get { isKnown ? smoothedNanoseconds : Self.unknownNanoseconds } }

    /// A report block's LSR and DLSR, or a DLRR sub-block's LRR and DLRR. `nowNtp` is the same clock's time that our
    /// reports carry. Returns false when it says nothing: no report seen yet, or a time that cannot be.
    @discardableResult
    @_noLocks
    public mutating func update(lastReport: UInt32, delaySinceLastReport: UInt32, nowNtp: UInt64) -> Bool {
        guard lastReport != 0 else { return false }
        let elapsed = Int32(bitPattern: NtpTime.middle(nowNtp) &- lastReport &- delaySinceLastReport)
        // A peer rounds its delay; one step of 15 µs too many is no nonsense. Ten seconds is.
        guard elapsed >= -66, elapsed < 10 << 16 else { return false }
        note(max(NtpTime.nanoseconds(compactSpan: UInt32(max(elapsed, 1))), 1))
        return true
    }

    /// A round trip measured otherwise (a STUN transaction of ours).
    @_noLocks
    public mutating func note(_ sampleNanoseconds: UInt64) {
        latestNanoseconds = sampleNanoseconds
        leastNanoseconds = leastNanoseconds == 0 ? sampleNanoseconds : min(leastNanoseconds, sampleNanoseconds)
        guard isKnown else {
            smoothedNanoseconds = max(sampleNanoseconds, 1)
            deviationNanoseconds = sampleNanoseconds / 2
            return
        }
        let difference = Int64(sampleNanoseconds) - Int64(smoothedNanoseconds)
        deviationNanoseconds = (deviationNanoseconds * 3 + difference.magnitude) / 4
        smoothedNanoseconds = UInt64(max(Int64(smoothedNanoseconds) + difference / 8, 1))
    }
}

/// The last receiver reference time that a peer sent (RFC 3611 §4.4), to be answered by a DLRR sub-block (§4.5).
public struct ReceiverReference: BitwiseCopyable, Sendable {
    private var middle: UInt32 = 0
    private var arrival: UInt64 = 0

    @_noLocks

    public init() {}

    public var isKnown: Bool { @_noLocks get { arrival != 0 } }

    @_noLocks
    public mutating func note(ntp: UInt64, arrivalNanoseconds: UInt64) {
        middle = NtpTime.middle(ntp)
        arrival = arrivalNanoseconds
    }

    /// LRR and DLRR; zeros when the peer sent none.
    @_noLocks
    public func block(now: UInt64) -> (lastReport: UInt32, delay: UInt32) {
        guard isKnown else { return (0, 0) }
        return (middle, NtpTime.compactSpan(nanoseconds: now > arrival ? now - arrival : 0))
    }
}

extension RoundTrip: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &smoothedNanoseconds)
        book.field(2, &latestNanoseconds)
        book.field(3, &leastNanoseconds)
        book.field(4, &deviationNanoseconds)
        let most = max(smoothedNanoseconds, latestNanoseconds, leastNanoseconds, deviationNanoseconds)
        book.check(most < 3600 * Duration.second, "a round trip is longer than an hour")
    }
}

extension ReceiverReference: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &middle)
        book.time(2, &arrival)
    }
}
