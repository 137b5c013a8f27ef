/// One chunk of a source description (RFC 3550 §6.5).
@frozen
public struct SdesChunk: BitwiseCopyable, Sendable {
    public var ssrc: UInt32
    /// Where the CNAME's bytes begin; 0 when the chunk has none.
    public var cnameOffset: Int
    public var cnameLength: Int
}

/// Walks the chunks of a source description, of which only the CNAME is kept.
@frozen
public struct SdesChunks: BitwiseCopyable, Sendable {
    @usableFromInline var offset: Int
    @usableFromInline var left: Int
    @usableFromInline let end: Int

    @_noLocks
    public init(packet: RtcpPacket) {
        precondition(packet.kind == .sourceDescription)
        offset = packet.bodyOffset
        left = Int(packet.count)
        end = packet.end
    }

    /// Nil after the last chunk.
    @_noLocks
    public mutating func next(in span: borrowing RawSpan) throws(WireError) -> SdesChunk? {
        guard left > 0 else { return nil }
        left &-= 1
        guard offset &+ 4 <= end else { throw .truncated }
        var chunk = SdesChunk(ssrc: span.uint32(at: offset), cnameOffset: 0, cnameLength: 0)
        var item = offset &+ 4
        while true {
            guard item < end else { throw .truncated }
            let type = span.uint8(at: item)
            // RFC 3550 §6.5: a zero byte ends the list, and the chunk is padded to four bytes.
            if type == 0 { break }
            guard item &+ 2 <= end else { throw .truncated }
            let length = Int(span.uint8(at: item &+ 1))
            guard item &+ 2 &+ length <= end else { throw .truncated }
            if type == 1 && chunk.cnameOffset == 0 {
                chunk.cnameOffset = item &+ 2
                chunk.cnameLength = length
            }
            item &+= 2 &+ length
        }
        // Chunks begin at multiples of four from the body's start, which is itself aligned in its packet.
        offset = (item &+ 4) & ~3
        return chunk
    }
}

/// The SSRCs that a list of words names: in BYE (RFC 3550 §6.6) and REMB.
@frozen
public struct SsrcList: BitwiseCopyable, Sendable {
    public var count: Int
    @usableFromInline let offset: Int

    @_noLocks
    init(count: Int, offset: Int) {
        self.count = count
        self.offset = offset
    }

    /// The sources that leave.
    @_noLocks
    public init(parsingBye span: borrowing RawSpan, packet: RtcpPacket) throws(WireError) {
        precondition(packet.kind == .bye)
        count = Int(packet.count)
        offset = packet.bodyOffset
        guard offset &+ 4 &* count <= packet.end else { throw .truncated }
    }

    /// `index` below `count`.
    @_noLocks
    public func ssrc(_ index: Int, in span: borrowing RawSpan) -> UInt32 {
        precondition(index >= 0 && index < count)
        return span.uint32(at: offset &+ 4 &* index)
    }
}
