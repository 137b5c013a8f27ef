/// One reception report block (RFC 3550 §6.4.1).
@frozen
public struct ReportBlock: BitwiseCopyable, Sendable {
    /// The stream that is reported about.
    public var ssrc: UInt32
    /// In 1/256 since the last report.
    public var fractionLost: UInt8
    /// 24 bits, signed.
    public var cumulativeLost: Int32
    /// Cycles in the upper half.
    public var highestSequence: UInt32
    /// In units of the stream's RTP clock.
    public var jitter: UInt32
    /// The middle 32 bits of the last sender report's NTP time, 0 for none.
    public var lastSenderReport: UInt32
    /// In 1/65536 s.
    public var delaySinceLastSenderReport: UInt32

    public static var byteCount: Int { @_noLocks get { 24 } }

    @_noLocks
    public init(
        ssrc: UInt32, fractionLost: UInt8, cumulativeLost: Int32, highestSequence: UInt32, jitter: UInt32,
        lastSenderReport: UInt32, delaySinceLastSenderReport: UInt32
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.cumulativeLost = cumulativeLost
        self.highestSequence = highestSequence
        self.jitter = jitter
        self.lastSenderReport = lastSenderReport
        self.delaySinceLastSenderReport = delaySinceLastSenderReport
    }

    @_noLocks
    init(_ span: borrowing RawSpan, at offset: Int) {
        ssrc = span.uint32(at: offset)
        fractionLost = span.uint8(at: offset &+ 4)
        // RFC 3550 §6.4.1: a signed 24-bit integer; the shifts extend its sign.
        cumulativeLost = Int32(bitPattern: span.uint24(at: offset &+ 5) << 8) >> 8
        highestSequence = span.uint32(at: offset &+ 8)
        jitter = span.uint32(at: offset &+ 12)
        lastSenderReport = span.uint32(at: offset &+ 16)
        delaySinceLastSenderReport = span.uint32(at: offset &+ 20)
    }

    /// The lost count is clamped to 24 bits.
    @_noLocks
    func write(_ writer: inout ByteWriter) {
        let lost = Swift.max(-0x80_0000, Swift.min(0x7F_FFFF, cumulativeLost))
        writer.put(ssrc)
        writer.put(fractionLost)
        writer.put24(UInt32(bitPattern: lost))
        writer.put(highestSequence)
        writer.put(jitter)
        writer.put(lastSenderReport)
        writer.put(delaySinceLastSenderReport)
    }
}

/// The sender's part of a sender report (RFC 3550 §6.4.1).
@frozen
public struct SenderInfo: BitwiseCopyable, Sendable {
    public var ssrc: UInt32
    /// 32.32 fixed point, seconds since 1900.
    public var ntpTime: UInt64
    public var rtpTimestamp: UInt32
    public var packetCount: UInt32
    public var octetCount: UInt32

    /// The middle 32 bits, as report blocks repeat them.
    @inlinable public var ntpMiddle: UInt32 { @_noLocks get { UInt32(truncatingIfNeeded: ntpTime >> 16) } }

    @_noLocks
    public init(ssrc: UInt32, ntpTime: UInt64, rtpTimestamp: UInt32, packetCount: UInt32, octetCount: UInt32) {
        self.ssrc = ssrc
        self.ntpTime = ntpTime
        self.rtpTimestamp = rtpTimestamp
        self.packetCount = packetCount
        self.octetCount = octetCount
    }

    @_noLocks
    public init(parsing span: borrowing RawSpan, packet: RtcpPacket) throws(WireError) {
        precondition(packet.kind == .senderReport)
        guard packet.end &- packet.bodyOffset >= 24 else { throw .truncated }
        let offset = packet.bodyOffset
        ssrc = span.uint32(at: offset)
        ntpTime = span.uint64(at: offset &+ 4)
        rtpTimestamp = span.uint32(at: offset &+ 12)
        packetCount = span.uint32(at: offset &+ 16)
        octetCount = span.uint32(at: offset &+ 20)
    }
}

/// The report blocks of a sender or receiver report.
@frozen
public struct ReportBlocks: BitwiseCopyable, Sendable {
    /// Who reports.
    public var senderSsrc: UInt32
    public var count: Int
    @usableFromInline let offset: Int

    @_noLocks
    public init(parsing span: borrowing RawSpan, packet: RtcpPacket) throws(WireError) {
        let isSender = packet.kind == .senderReport
        precondition(isSender || packet.kind == .receiverReport)
        offset = packet.bodyOffset &+ (isSender ? 24 : 4)
        count = Int(packet.count)
        // RFC 3550 §6.4.3: profile-specific extensions may follow the blocks.
        guard offset &+ count &* ReportBlock.byteCount <= packet.end else { throw .truncated }
        senderSsrc = span.uint32(at: packet.bodyOffset)
    }

    /// `index` below `count`.
    @_noLocks
    public func block(_ index: Int, in span: borrowing RawSpan) -> ReportBlock {
        precondition(index >= 0 && index < count)
        return ReportBlock(span, at: offset &+ index &* ReportBlock.byteCount)
    }
}
