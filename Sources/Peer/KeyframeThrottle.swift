import Snapshot

/// Merges many subscribers' wishes for a keyframe of one producer layer into few requests to the publisher.
///
/// The first wish is sent at once; further requests are at least 500 ms apart (a keyframe costs as much as a second of
/// ordinary frames). Until a keyframe arrives the request is repeated every second, or every two round trips when that
/// is longer, at most eight times in all; after that a new wish begins anew. A wish is a PLI (RFC 4585 §6.3.1) or FIR
/// (RFC 5104 §4.3.1) from a subscriber, a new subscription, a layer switch, or a loss that was given up.
public struct KeyframeThrottle: BitwiseCopyable, Sendable {
    @inlinable public static var intervalNanoseconds: UInt64 { @_noLocks get { 500 * Duration.millisecond } }
    @inlinable public static var repeatNanoseconds: UInt64 { @_noLocks get { Duration.second } }
    @inlinable public static var requestsMax: UInt8 { @_noLocks get { 8 } }

    /// When `due` has something to do; `noDeadline` while nobody waits.
    public private(set) var nextDeadline = noDeadline
    private var lastSent: UInt64 = 0
    /// Requests sent for the wish that is pending.
    private var sent: UInt8 = 0
    private var hasSent = false
    public private(set) var isPending = false
    /// Command sequence number for FIR: a new number for a new wish, the same for a repeat (RFC 5104 §4.3.1.2).
    public private(set) var firSequence: UInt8 = 0

    @_noLocks

    public init() {}

    /// Somebody needs a keyframe. True when a request is to be sent now.
    @_noLocks
    public mutating func request(now: UInt64, roundTripNanoseconds: UInt64) -> Bool {
        if isPending { return false }
        isPending = true
        sent = 0
        firSequence &+= 1
        let earliest = hasSent ? lastSent &+ Self.intervalNanoseconds : 0
        if now >= earliest {
            send(now, roundTripNanoseconds)
            return true
        }
        nextDeadline = earliest
        return false
    }

    /// Call when `nextDeadline` has come. True when a request is to be sent now.
    @_noLocks
    public mutating func due(now: UInt64, roundTripNanoseconds: UInt64) -> Bool {
        guard isPending, now >= nextDeadline else { return false }
        guard sent < Self.requestsMax else {
            isPending = false
            nextDeadline = noDeadline
            return false
        }
        send(now, roundTripNanoseconds)
        return true
    }

    /// The first packet of a keyframe arrived: everybody who waits is served.
    @_noLocks
    public mutating func keyframeArrived() {
        isPending = false
        nextDeadline = noDeadline
    }

    @_noLocks

    private mutating func send(_ now: UInt64, _ roundTrip: UInt64) {
        lastSent = now
        hasSent = true
        sent += 1
        nextDeadline = now &+ max(Self.repeatNanoseconds, 2 &* min(roundTrip, 5 * Duration.second))
    }
}

extension KeyframeThrottle: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.time(1, &nextDeadline)
        book.time(2, &lastSent)
        book.field(3, &sent)
        book.field(4, &hasSent)
        book.field(5, &isPending)
        book.field(6, &firSequence)
    }
}
