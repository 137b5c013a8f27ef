/// One block of an extended report (RFC 3611 §3).
@frozen
public struct ExtendedReportBlock: BitwiseCopyable, Sendable {
    /// 4 is receiver reference time (§4.4), 5 is DLRR (§4.5).
    public var type: UInt8
    /// First byte after the block's own four bytes of header.
    public var offset: Int
    public var length: Int

    @inlinable public var isReferenceTime: Bool { @_noLocks get { type == 4 } }
    @inlinable public var isDlrr: Bool { @_noLocks get { type == 5 } }

    /// The NTP time of a receiver reference time block; nil for another block.
    @_noLocks
    public func referenceTime(in span: borrowing RawSpan) -> UInt64? {
        guard type == 4, length == 8 else { return nil }
        return span.uint64(at: offset)
    }

    /// How many entries a DLRR block has; 0 for another block.
    @_noLocks
    public func dlrrCount() -> Int { type == 5 ? length / 12 : 0 }

    /// `index` below `dlrrCount`.
    @_noLocks
    public func dlrr(_ index: Int, in span: borrowing RawSpan) -> Dlrr {
        precondition(index >= 0 && index < dlrrCount())
        let place = offset &+ 12 &* index
        return Dlrr(
            ssrc: span.uint32(at: place), lastReport: span.uint32(at: place &+ 4), delay: span.uint32(at: place &+ 8))
    }
}

/// What a sender tells a receiver of its reference time, so that the receiver learns the round trip (RFC 3611 §4.5).
@frozen
public struct Dlrr: BitwiseCopyable, Sendable {
    public var ssrc: UInt32
    /// The middle 32 bits of the reference time.
    public var lastReport: UInt32
    /// In 1/65536 s.
    public var delay: UInt32

    @inlinable @_noLocks
    public init(ssrc: UInt32, lastReport: UInt32, delay: UInt32) {
        self.ssrc = ssrc
        self.lastReport = lastReport
        self.delay = delay
    }
}

/// Walks the blocks of an extended report (RFC 3611 §2).
@frozen
public struct ExtendedReportBlocks: BitwiseCopyable, Sendable {
    public var senderSsrc: UInt32
    @usableFromInline var offset: Int
    @usableFromInline let end: Int

    @_noLocks
    public init(parsing span: borrowing RawSpan, packet: RtcpPacket) throws(WireError) {
        precondition(packet.kind == .extendedReport)
        guard packet.end &- packet.bodyOffset >= 4 else { throw .truncated }
        senderSsrc = span.uint32(at: packet.bodyOffset)
        offset = packet.bodyOffset &+ 4
        end = packet.end
    }

    /// Nil after the last block.
    @_noLocks
    public mutating func next(in span: borrowing RawSpan) throws(WireError) -> ExtendedReportBlock? {
        guard offset < end else { return nil }
        guard offset &+ 4 <= end else { throw .truncated }
        let length = 4 &* Int(span.uint16(at: offset &+ 2))
        let block = ExtendedReportBlock(type: span.uint8(at: offset), offset: offset &+ 4, length: length)
        guard block.offset &+ length <= end else { throw .truncated }
        offset = block.offset &+ length
        return block
    }
}
