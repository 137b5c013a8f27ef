/// Writes one sender or receiver report with up to 31 report blocks: begin, put, finish.
@frozen
public struct ReportWriter: BitwiseCopyable {
    @usableFromInline let start: Int
    /// Blocks put so far.
    public private(set) var blockCount: Int

    /// A receiver report (RFC 3550 §6.4.2).
    @_noLocks
    public init(receiverReportFrom ssrc: UInt32, to writer: inout ByteWriter) throws(WireError) {
        try writer.require(8)
        start = writer.count
        blockCount = 0
        writer.put(0x80C9_0001 as UInt32)
        writer.put(ssrc)
    }

    /// A sender report (RFC 3550 §6.4.1).
    @_noLocks
    public init(senderReport info: SenderInfo, to writer: inout ByteWriter) throws(WireError) {
        try writer.require(28)
        start = writer.count
        blockCount = 0
        writer.put(0x80C8_0006 as UInt32)
        writer.put(info.ssrc)
        writer.put(info.ntpTime)
        writer.put(info.rtpTimestamp)
        writer.put(info.packetCount)
        writer.put(info.octetCount)
    }

    /// `.tooLarge` after 31 blocks: begin another report.
    @_noLocks
    public mutating func put(_ block: ReportBlock, to writer: inout ByteWriter) throws(WireError) {
        guard blockCount < 31 else { throw .tooLarge }
        try writer.require(ReportBlock.byteCount)
        block.write(&writer)
        blockCount &+= 1
    }

    /// Sets the count and the length.
    @_noLocks
    public func finish(_ writer: inout ByteWriter) {
        writer.patch(0x80 | UInt8(truncatingIfNeeded: blockCount), at: start)
        writer.patch(UInt16(truncatingIfNeeded: (writer.count &- start) >> 2 &- 1), at: start &+ 2)
    }
}
