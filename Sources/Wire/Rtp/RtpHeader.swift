/// The RTP header (RFC 3550 §5.1) up to and including the header extension block. Offsets count from the packet's first
/// byte. It is not encrypted by SRTP, so it may be parsed before and after.
@frozen
public struct RtpHeader: BitwiseCopyable, Sendable {
    public var marker: Bool
    public var hasPadding: Bool
    public var hasExtension: Bool
    public var payloadType: UInt8
    public var csrcCount: UInt8
    public var sequenceNumber: UInt16
    public var timestamp: UInt32
    public var ssrc: UInt32
    /// 0xBEDE or 0x1000...0x100F for RFC 8285; 0 without an extension.
    public var extensionProfile: UInt16
    /// First byte after the block's own four bytes of header; 0 without an extension.
    public var extensionOffset: Int
    /// Bytes of the block, its own header not counted; a multiple of four.
    public var extensionLength: Int
    /// Bytes before the payload.
    public var headerLength: Int

    /// A header to be written: no CSRC, no padding, an extension block when `hasExtension`.
    @inlinable @_noLocks
    public init(
        payloadType: UInt8, sequenceNumber: UInt16, timestamp: UInt32, ssrc: UInt32, marker: Bool = false,
        hasExtension: Bool = false, hasPadding: Bool = false
    ) {
        self.marker = marker
        self.hasPadding = hasPadding
        self.hasExtension = hasExtension
        self.payloadType = payloadType & 0x7F
        csrcCount = 0
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
        extensionProfile = 0
        extensionOffset = 0
        extensionLength = 0
        headerLength = RtpHeader.fixedBytes
    }

    @inlinable public static var fixedBytes: Int { @_noLocks get { 12 } }

    @_noLocks
    public init(parsing span: borrowing RawSpan) throws(WireError) {
        guard span.byteCount >= RtpHeader.fixedBytes else { throw .truncated }
        let first = span.uint8(at: 0)
        // RFC 3550 §5.1: the version is 2.
        guard first >> 6 == 2 else { throw .notRecognised }
        let second = span.uint8(at: 1)
        self.init(
            payloadType: second, sequenceNumber: span.uint16(at: 2), timestamp: span.uint32(at: 4),
            ssrc: span.uint32(at: 8), marker: second & 0x80 != 0, hasExtension: first & 0x10 != 0,
            hasPadding: first & 0x20 != 0)
        csrcCount = first & 0x0F
        headerLength = RtpHeader.fixedBytes &+ 4 &* Int(csrcCount)
        if hasExtension { try takeExtension(span) }
        guard headerLength <= span.byteCount else { throw .truncated }
    }

    @_noLocks
    private mutating func takeExtension(_ span: borrowing RawSpan) throws(WireError) {
        // RFC 3550 §5.3.1: profile, length in 32-bit words, then the words.
        guard headerLength &+ 4 <= span.byteCount else { throw .truncated }
        extensionProfile = span.uint16(at: headerLength)
        extensionLength = 4 &* Int(span.uint16(at: headerLength &+ 2))
        extensionOffset = headerLength &+ 4
        headerLength = extensionOffset &+ extensionLength
    }

    /// The twelve fixed bytes, with neither CSRC list nor extension block; follow with `ExtensionWriter` when
    /// `hasExtension`.
    @_noLocks
    public func write(to writer: inout ByteWriter) throws(WireError) {
        try writer.require(RtpHeader.fixedBytes)
        writer.put((hasPadding ? 0xA0 : 0x80) | (hasExtension ? 0x10 : 0) as UInt8)
        writer.put(payloadType & 0x7F | (marker ? 0x80 : 0))
        writer.put(sequenceNumber)
        writer.put(timestamp)
        writer.put(ssrc)
    }
}

/// Where the payload of a decrypted packet lies.
@frozen
public struct RtpPayload: BitwiseCopyable, Sendable {
    public var offset: Int
    /// Bytes of payload without padding; 0 for a packet that is padding only.
    public var length: Int
    /// Bytes of padding with the count byte.
    public var paddingLength: Int

    /// A payload that is known to lie there, without padding.
    @inlinable @_noLocks
    public init(offset: Int, length: Int) {
        self.offset = offset
        self.length = length
        paddingLength = 0
    }

    /// The padding count is encrypted with the payload: `span` must be the whole packet after decryption, without tag.
    @_noLocks
    public init(of header: RtpHeader, in span: borrowing RawSpan) throws(WireError) {
        let end = span.byteCount
        guard header.headerLength <= end else { throw .truncated }
        offset = header.headerLength
        paddingLength = 0
        if header.hasPadding {
            // RFC 3550 §5.1: the last byte says how many bytes of padding there are, itself included.
            guard offset < end else { throw .malformed }
            paddingLength = Int(span.uint8(at: end &- 1))
            guard paddingLength > 0, paddingLength <= end &- offset else { throw .malformed }
        }
        length = end &- offset &- paddingLength
    }
}
