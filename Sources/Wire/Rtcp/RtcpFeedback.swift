/// What every feedback message begins with (RFC 4585 §6.1). It is all that a PLI has.
@frozen
public struct FeedbackSources: BitwiseCopyable, Sendable {
    public var senderSsrc: UInt32
    /// 0 where the message's entries name the streams (FIR, REMB).
    public var mediaSsrc: UInt32

    @_noLocks
    public init(parsing span: borrowing RawSpan, packet: RtcpPacket) throws(WireError) {
        precondition(packet.type == 205 || packet.type == 206)
        guard packet.end &- packet.bodyOffset >= 8 else { throw .truncated }
        senderSsrc = span.uint32(at: packet.bodyOffset)
        mediaSsrc = span.uint32(at: packet.bodyOffset &+ 4)
    }
}

/// Walks the sequence numbers that a generic NACK (RFC 4585 §6.2.1) asks for.
@frozen
public struct NackSequences: BitwiseCopyable, Sendable {
    public var senderSsrc: UInt32
    public var mediaSsrc: UInt32
    @usableFromInline var offset: Int
    @usableFromInline let end: Int
    /// The bitmask's bits that are still to be told, bit 0 for `sequence` + 1.
    @usableFromInline var mask: UInt16
    @usableFromInline var sequence: UInt16

    @_noLocks
    public init(parsing span: borrowing RawSpan, packet: RtcpPacket) throws(WireError) {
        precondition(packet.kind == .nack)
        let sources = try FeedbackSources(parsing: span, packet: packet)
        senderSsrc = sources.senderSsrc
        mediaSsrc = sources.mediaSsrc
        offset = packet.bodyOffset &+ 8
        end = packet.end
        mask = 0
        sequence = 0
        // RFC 4585 §6.2.1: at least one entry.
        guard offset < end else { throw .malformed }
    }

    /// Nil after the last.
    @_noLocks
    public mutating func next(in span: borrowing RawSpan) -> UInt16? {
        if mask != 0 {
            let skip = UInt16(truncatingIfNeeded: mask.trailingZeroBitCount)
            sequence &+= skip &+ 1
            mask = skip == 15 ? 0 : mask >> (skip &+ 1)
            return sequence
        }
        guard offset &+ 4 <= end else { return nil }
        sequence = span.uint16(at: offset)
        mask = span.uint16(at: offset &+ 2)
        offset &+= 4
        return sequence
    }
}

/// One stream that a full intra request names (RFC 5104 §4.3.1.1).
@frozen
public struct FirEntry: BitwiseCopyable, Sendable {
    public var ssrc: UInt32
    /// A repeated request has the same number.
    public var sequenceNumber: UInt8
}

@frozen
public struct FirEntries: BitwiseCopyable, Sendable {
    public var senderSsrc: UInt32
    public var count: Int
    @usableFromInline let offset: Int

    @_noLocks
    public init(parsing span: borrowing RawSpan, packet: RtcpPacket) throws(WireError) {
        precondition(packet.kind == .fir)
        senderSsrc = try FeedbackSources(parsing: span, packet: packet).senderSsrc
        offset = packet.bodyOffset &+ 8
        count = (packet.end &- offset) / 8
        guard count > 0, (packet.end &- offset) % 8 == 0 else { throw .malformed }
    }

    /// `index` below `count`.
    @_noLocks
    public func entry(_ index: Int, in span: borrowing RawSpan) -> FirEntry {
        precondition(index >= 0 && index < count)
        let place = offset &+ 8 &* index
        return FirEntry(ssrc: span.uint32(at: place), sequenceNumber: span.uint8(at: place &+ 4))
    }
}

/// Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb §2.2).
@frozen
public struct Remb: BitwiseCopyable, Sendable {
    public var senderSsrc: UInt32
    public var bitsPerSecond: UInt64
    /// The streams that share it.
    public var streams: SsrcList

    @_noLocks
    public init(parsing span: borrowing RawSpan, packet: RtcpPacket) throws(WireError) {
        precondition(packet.kind == .remb)
        guard packet.end &- packet.bodyOffset >= 16 else { throw .truncated }
        senderSsrc = span.uint32(at: packet.bodyOffset)
        let word = span.uint32(at: packet.bodyOffset &+ 12)
        // Number of SSRCs in 8 bits, exponent in 6, mantissa in 18.
        let mantissa = UInt64(word & 0x3FFFF)
        let exponent = UInt64((word >> 18) & 63)
        bitsPerSecond = mantissa << exponent
        guard bitsPerSecond >> exponent == mantissa else { throw .malformed }
        streams = SsrcList(count: Int(word >> 24), offset: packet.bodyOffset &+ 16)
        guard packet.bodyOffset &+ 16 &+ 4 &* streams.count <= packet.end else { throw .truncated }
    }
}
