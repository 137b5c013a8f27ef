/// What an RTCP packet says, told by its type, its format and, for REMB, its name.
@frozen
public enum RtcpKind: UInt8, BitwiseCopyable, Sendable {
    case senderReport = 0
    case receiverReport
    case sourceDescription
    case bye
    case nack
    case transportFeedback
    case pli
    case fir
    case remb
    case extendedReport
    /// Lawful and of no use here.
    case other

    @inlinable @_noLocks
    public static func == (left: RtcpKind, right: RtcpKind) -> Bool { left.rawValue == right.rawValue }
}

/// One packet of a compound. Offsets count from the compound's first byte.
@frozen
public struct RtcpPacket: BitwiseCopyable, Sendable {
    public var kind: RtcpKind
    /// 200 and on.
    public var type: UInt8
    /// Report count, source count or feedback format: five bits.
    public var count: UInt8
    /// First byte after the four of the common header.
    public var bodyOffset: Int
    /// First byte after the packet, padding not counted.
    public var end: Int

    @inlinable public var bodyLength: Int { @_noLocks get { end &- bodyOffset } }
}

/// Walks the packets of a decrypted RTCP datagram (RFC 3550 §6.1). Reduced-size compounds (RFC 5506), which may begin
/// with any type, are taken.
@frozen
public struct RtcpCompound: BitwiseCopyable, Sendable {
    @usableFromInline var offset: Int

    @inlinable @_noLocks
    public init() { offset = 0 }

    /// Nil at the end. `span` holds the compound and nothing else, the same at every call.
    @_noLocks
    public mutating func next(in span: borrowing RawSpan) throws(WireError) -> RtcpPacket? {
        let start = offset
        if start == span.byteCount && start > 0 { return nil }
        guard start &+ 4 <= span.byteCount else { throw .truncated }
        let first = span.uint8(at: start)
        // RFC 3550 §6.4.1: version 2; the length is in words, less one.
        guard first >> 6 == 2 else { throw .notRecognised }
        let next = start &+ 4 &+ 4 &* Int(span.uint16(at: start &+ 2))
        guard next <= span.byteCount else { throw .truncated }
        var end = next
        if first & 0x20 != 0 {
            // RFC 3550 §6.4.1 wants padding in whole words and in the last packet only. libwebrtc fills its transport-wide
            // feedback up to a word by 1 to 3 bytes of padding, and other packets may follow.
            let padding = Int(span.uint8(at: next &- 1))
            guard padding > 0, padding <= next &- start &- 4 else { throw .malformed }
            end = next &- padding
        }
        offset = next
        let type = span.uint8(at: start &+ 1)
        let kind = RtcpCompound.kind(type: type, format: first & 0x1F, bodyOffset: start &+ 4, end: end, span)
        return RtcpPacket(kind: kind, type: type, count: first & 0x1F, bodyOffset: start &+ 4, end: end)
    }

    @_noLocks
    private static func kind(
        type: UInt8, format: UInt8, bodyOffset: Int, end: Int, _ span: borrowing RawSpan
    ) -> RtcpKind {
        switch (type, format) {
        case (200, _): .senderReport
        case (201, _): .receiverReport
        case (202, _): .sourceDescription
        case (203, _): .bye
        case (205, 1): .nack
        case (205, 15): .transportFeedback
        case (206, 1): .pli
        case (206, 4): .fir
        case (206, 15):
            // An application-layer feedback message is REMB when it says so: "REMB".
            end &- bodyOffset >= 12 && span.uint32(at: bodyOffset &+ 8) == 0x5245_4D42 ? .remb : .other
        case (207, _): .extendedReport
        default: .other
        }
    }
}
