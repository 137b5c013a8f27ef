/// Which packets behind a first one a packet of parity covers: the first is number 0, the last that can be named 108.
@frozen
public struct FlexFecMask: BitwiseCopyable, Sendable, Equatable {
    @inlinable public static var capacity: Int { @_noLocks get { 109 } }

    /// Packets 0...63, from the highest bit down.
    @usableFromInline var first: UInt64 = 0
    /// Packets 64...108, from the highest bit down.
    @usableFromInline var second: UInt64 = 0

    @inlinable @_noLocks
    public init() {}

    @inlinable @_noLocks
    public init(first: UInt64, second: UInt64) {
        self.first = first
        self.second = second & ~(UInt64.max &>> 45)
    }

    @inlinable @_noLocks
    public func contains(_ number: Int) -> Bool {
        guard number >= 0, number < FlexFecMask.capacity else { return false }
        let word = number < 64 ? first : second
        return (word &<< UInt64(number & 63)) >> 63 == 1
    }

    /// `number` below `capacity`.
    @inlinable @_noLocks
    public mutating func insert(_ number: Int) {
        precondition(number >= 0 && number < FlexFecMask.capacity)
        let bit = (1 as UInt64) &<< UInt64(63 &- number & 63)
        if number < 64 { first |= bit } else { second |= bit }
    }

    @inlinable
    public var count: Int { @_noLocks get { first.nonzeroBitCount &+ second.nonzeroBitCount } }

    @inlinable
    public var isEmpty: Bool { @_noLocks get { first | second == 0 } }

    /// The masks of 15, 46 and 109 packets: each part is told to be the last by its first bit.
    @inlinable
    var parts: Int { @_noLocks get { second != 0 || first << 46 != 0 ? 3 : first << 15 != 0 ? 2 : 1 } }
}

/// What a packet of parity says of the packets that it covers (draft-ietf-payload-flexible-fec-scheme-03 §4.2), for one
/// stream and a mask. Each recovery field is the exclusive or of that field in all of them.
///
/// Behind the header stands the exclusive or of all that follows the twelve fixed bytes of their headers: CSRCs,
/// extensions, payload and padding; the shorter ones count as filled with zeros.
@frozen
public struct FlexFecHeader: BitwiseCopyable, Sendable {
    /// P, X and CC, from RTP's first byte without its version.
    public var flags: UInt8
    /// M and PT.
    public var markerAndType: UInt8
    /// Bytes behind the twelve fixed ones.
    public var length: UInt16
    public var timestamp: UInt32
    /// The stream that is protected.
    public var ssrc: UInt32
    /// The number of the mask's first packet.
    public var base: UInt16
    public var mask: FlexFecMask
    /// First byte behind this header, from the packet's first byte; 0 in one that is to be written.
    public var bodyOffset: Int
    public var bodyLength: Int

    @inlinable @_noLocks
    public init() {
        flags = 0
        markerAndType = 0
        length = 0
        timestamp = 0
        ssrc = 0
        base = 0
        mask = FlexFecMask()
        bodyOffset = 0
        bodyLength = 0
    }

    /// Takes part of a packet's fixed header in, or out: the two are the same.
    @inlinable @_noLocks
    public mutating func combine(firstByte: UInt8, secondByte: UInt8, timestamp: UInt32, length: UInt16) {
        flags ^= firstByte & 0x3F
        markerAndType ^= secondByte
        self.timestamp ^= timestamp
        self.length ^= length
    }

    /// Bytes that `write` will write: 20, 24 or 32.
    @inlinable
    public var byteCount: Int { @_noLocks get { mask.parts == 1 ? 20 : mask.parts == 2 ? 24 : 32 } }

    /// `span` is the decrypted packet of parity. Retransmissions (R), fixed matrices (F) and more streams than one are not
    /// for this, and are refused.
    @_noLocks
    public init(parsing span: borrowing RawSpan, payload: RtpPayload) throws(WireError) {
        let start = payload.offset
        let end = start &+ payload.length
        guard end <= span.byteCount, payload.length >= 20 else { throw .truncated }
        self.init()
        let first = span.uint8(at: start)
        guard first & 0xC0 == 0, span.uint8(at: start &+ 8) == 1 else { throw .notRecognised }
        flags = first & 0x3F
        markerAndType = span.uint8(at: start &+ 1)
        length = span.uint16(at: start &+ 2)
        timestamp = span.uint32(at: start &+ 4)
        ssrc = span.uint32(at: start &+ 12)
        base = span.uint16(at: start &+ 16)
        bodyOffset = try takeMask(span, at: start &+ 18, end: end)
        bodyLength = end &- bodyOffset
    }

    /// Returns where the body begins.
    @_noLocks
    private mutating func takeMask(_ span: borrowing RawSpan, at start: Int, end: Int) throws(WireError) -> Int {
        let part0 = span.uint16(at: start)
        mask.first = UInt64(part0 & 0x7FFF) &<< 49
        guard part0 & 0x8000 == 0 else { return start &+ 2 }
        guard start &+ 6 <= end else { throw .truncated }
        let part1 = span.uint32(at: start &+ 2)
        mask.first |= UInt64(part1 & 0x7FFF_FFFF) &<< 18
        guard part1 & 0x8000_0000 == 0 else { return start &+ 6 }
        guard start &+ 14 <= end else { throw .truncated }
        let part2 = span.uint64(at: start &+ 6)
        guard part2 >> 63 == 1 else { throw .malformed }
        mask.first |= (part2 &<< 1) &>> 46
        mask.second = part2 &<< 19
        return start &+ 14
    }

    @_noLocks
    public func write(to writer: inout ByteWriter) throws(WireError) {
        let parts = mask.parts
        try writer.require(byteCount)
        writer.put(flags & 0x3F)
        writer.put(markerAndType)
        writer.put(length)
        writer.put(timestamp)
        writer.put(0x0100_0000 as UInt32)
        writer.put(ssrc)
        writer.put(base)
        writer.put(UInt16(mask.first &>> 49) | (parts == 1 ? 0x8000 : 0))
        guard parts > 1 else { return }
        writer.put(UInt32(mask.first &>> 18 & 0x7FFF_FFFF) | (parts == 2 ? 0x8000_0000 : 0))
        guard parts > 2 else { return }
        writer.put(1 &<< 63 | (mask.first & 0x3FFFF) &<< 45 | mask.second &>> 19)
    }
}
