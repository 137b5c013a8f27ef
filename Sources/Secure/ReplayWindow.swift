import Snapshot

/// Which packet indices of one SSRC have been accepted, of the newest 128 (RFC 3711 §3.3.2).
///
/// For SRTP the index has 48 bits and is estimated from the sequence number; for SRTCP it has 31 and is sent.
/// Ask `isFresh` before authentication and call `accept` only after it: a forged packet must not move the window.
@frozen
public struct ReplayWindow: BitwiseCopyable, Sendable {
    /// The highest index accepted; 0 until the first.
    public internal(set) var highest: UInt64 = 0
    /// Bit n stands for index `highest - n`. Empty until the first packet.
    @usableFromInline internal var accepted: UInt128 = 0

    public static var indices: UInt64 { 128 }

    @inlinable
    public init() {}

    @inlinable
    public var isEmpty: Bool { accepted == 0 }

    /// The index, rollover counter << 16 | sequence number, that lies nearest to the highest one (RFC 3711 §3.3.1 and
    /// appendix A). A stream begins with rollover counter 0, and nothing comes before that. Always below 2^48.
    @_noLocks
    public func estimate(sequence: UInt16) -> UInt64 {
        let last = UInt16(truncatingIfNeeded: highest)
        var rollover = UInt32(truncatingIfNeeded: highest >> 16)
        if last < 32_768 {
            if Int(sequence) - Int(last) > 32_768, rollover > 0 { rollover &-= 1 }
        } else if last - 32_768 > sequence {
            rollover &+= 1
        }
        return UInt64(rollover) << 16 | UInt64(sequence)
    }

    /// False for an index that has been accepted, and for one that is older than the window.
    @_noLocks
    public func isFresh(_ index: UInt64) -> Bool {
        if isEmpty || index > highest { return true }
        let age = highest &- index
        return age < Self.indices && (accepted &>> UInt128(age)) & 1 == 0
    }

    @_noLocks
    public mutating func accept(_ index: UInt64) {
        if isEmpty {
            highest = index
            accepted = 1
        } else if index > highest {
            let advance = index &- highest
            accepted = advance < Self.indices ? (accepted &<< UInt128(advance)) | 1 : 1
            highest = index
        } else if highest &- index < Self.indices {
            accepted |= 1 &<< UInt128(highest &- index)
        }
    }
}

extension ReplayWindow: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        var low = UInt64(truncatingIfNeeded: accepted)
        var high = UInt64(truncatingIfNeeded: accepted >> 64)
        book.field(1, &highest)
        book.field(2, &low)
        book.field(3, &high)
        accepted = UInt128(high) << 64 | UInt128(low)
        book.check(highest < 1 << 48, "an SRTP index is longer than 48 bits")
    }
}
