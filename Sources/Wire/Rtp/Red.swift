/// One block of a redundant payload (RFC 2198 §3).
@frozen
public struct RedBlock: BitwiseCopyable, Sendable {
    public var payloadType: UInt8
    /// The last block: it has the packet's own timestamp.
    public var isPrimary: Bool
    /// How much earlier than the packet's timestamp, 0...16383.
    public var timestampOffset: UInt16
    /// Where the block's data begins, from the packet's first byte.
    public var offset: Int
    public var length: Int
}

/// Walks the blocks of a redundant payload in the order in which they stand, the primary last.
@frozen
public struct RedBlocks: BitwiseCopyable, Sendable {
    /// Redundant blocks and the primary.
    public var count: Int
    @usableFromInline var headerOffset: Int
    @usableFromInline var dataOffset: Int
    @usableFromInline let end: Int

    /// `span` is the decrypted packet. Checks all block headers.
    @_noLocks
    public init(parsing span: borrowing RawSpan, payload: RtpPayload) throws(WireError) {
        end = payload.offset &+ payload.length
        guard end <= span.byteCount else { throw .truncated }
        headerOffset = payload.offset
        count = 1
        var offset = payload.offset
        var dataLength = 0
        // RFC 2198 §3: four bytes for each redundant block, told by the first bit; one byte for the primary.
        while true {
            guard offset < end else { throw .truncated }
            guard span.uint8(at: offset) & 0x80 != 0 else { break }
            guard offset &+ 4 <= end else { throw .truncated }
            dataLength &+= Int(span.uint16(at: offset &+ 2) & 0x3FF)
            offset &+= 4
            count &+= 1
        }
        dataOffset = offset &+ 1
        guard dataOffset &+ dataLength <= end else { throw .truncated }
    }

    /// Nil after the primary. `span` is the one that was parsed.
    @_noLocks
    public mutating func next(in span: borrowing RawSpan) -> RedBlock? {
        guard headerOffset < end else { return nil }
        let first = span.uint8(at: headerOffset)
        guard first & 0x80 != 0 else {
            headerOffset = end
            return RedBlock(
                payloadType: first, isPrimary: true, timestampOffset: 0, offset: dataOffset, length: end &- dataOffset)
        }
        let word = span.uint24(at: headerOffset &+ 1)
        let block = RedBlock(
            payloadType: first & 0x7F, isPrimary: false, timestampOffset: UInt16(truncatingIfNeeded: word >> 10),
            offset: dataOffset, length: Int(word & 0x3FF))
        headerOffset &+= 4
        dataOffset &+= block.length
        return block
    }
}
