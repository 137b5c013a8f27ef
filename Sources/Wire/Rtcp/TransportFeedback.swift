/// What a transport-wide feedback says about one packet.
@frozen
public struct TransportFeedbackEntry: BitwiseCopyable, Sendable {
    public var sequenceNumber: UInt16
    public var isReceived: Bool
    /// Arrival after the packet received before it (for the first: after the reference time) in ticks of 250 µs; 0 when
    /// not received.
    public var deltaTicks: Int32
    /// Arrival in ticks of 250 µs on the receiver's clock, which wraps at 2^32; 0 when not received.
    public var arrivalTicks: Int64
}

/// Walks a transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
///
/// Parsing checks all chunks and that all deltas are there, so that walking cannot fail. A message may cover up to 65535
/// packets in a few bytes: refuse a `statusCount` that is larger than what was sent.
@frozen
public struct TransportFeedback: BitwiseCopyable, Sendable {
    public var senderSsrc: UInt32
    public var mediaSsrc: UInt32
    public var baseSequence: UInt16
    /// How many packets it covers.
    public var statusCount: Int
    /// 24 bits, signed, in units of 64 ms.
    public var referenceTime: Int32
    public var feedbackCount: UInt8
    @usableFromInline var chunkOffset: Int
    @usableFromInline var deltaOffset: Int
    @usableFromInline var chunk: FeedbackChunk
    @usableFromInline var told: Int
    @usableFromInline var ticks: Int64

    @_noLocks
    public init(parsing span: borrowing RawSpan, packet: RtcpPacket) throws(WireError) {
        precondition(packet.kind == .transportFeedback)
        let offset = packet.bodyOffset
        guard packet.end &- offset >= 16 else { throw .truncated }
        senderSsrc = span.uint32(at: offset)
        mediaSsrc = span.uint32(at: offset &+ 4)
        baseSequence = span.uint16(at: offset &+ 8)
        statusCount = Int(span.uint16(at: offset &+ 10))
        referenceTime = Int32(bitPattern: span.uint24(at: offset &+ 12) << 8) >> 8
        feedbackCount = span.uint8(at: offset &+ 15)
        chunkOffset = offset &+ 16
        deltaOffset = 0
        chunk = FeedbackChunk()
        told = 0
        ticks = Int64(referenceTime) &* 256
        guard statusCount > 0 else { throw .malformed }
        deltaOffset = try TransportFeedback.deltaStart(
            span, from: chunkOffset, to: packet.end, statusCount: statusCount)
    }

    /// Checks chunks and deltas; where the deltas begin.
    @_noLocks
    private static func deltaStart(
        _ span: borrowing RawSpan, from start: Int, to end: Int, statusCount: Int
    ) throws(WireError) -> Int {
        var offset = start
        var left = statusCount
        var deltaLength = 0
        while left > 0 {
            guard offset &+ 2 <= end else { throw .truncated }
            let chunk = FeedbackChunk(span.uint16(at: offset), limit: left)
            let length = chunk.deltaLength()
            // The symbol 3 is reserved.
            guard length >= 0 else { throw .malformed }
            deltaLength &+= length
            left &-= chunk.left
            offset &+= 2
        }
        guard offset &+ deltaLength <= end else { throw .truncated }
        return offset
    }

    /// Nil after the last. `span` is the one that was parsed.
    @_noLocks
    public mutating func next(in span: borrowing RawSpan) -> TransportFeedbackEntry? {
        guard told < statusCount else { return nil }
        // A run may have the length 0; parsing has made sure that some chunk covers the packet.
        while chunk.left == 0 {
            chunk = FeedbackChunk(span.uint16(at: chunkOffset), limit: statusCount &- told)
            chunkOffset &+= 2
        }
        let symbol = chunk.take()
        let sequence = baseSequence &+ UInt16(truncatingIfNeeded: told)
        told &+= 1
        guard symbol != 0 else {
            return TransportFeedbackEntry(sequenceNumber: sequence, isReceived: false, deltaTicks: 0, arrivalTicks: 0)
        }
        let delta = takeDelta(isLarge: symbol == 2, span)
        ticks &+= Int64(delta)
        return TransportFeedbackEntry(
            sequenceNumber: sequence, isReceived: true, deltaTicks: delta, arrivalTicks: ticks)
    }

    /// §3.1.5: a small delta is a byte, a large one is two bytes with a sign.
    @_noLocks
    private mutating func takeDelta(isLarge: Bool, _ span: borrowing RawSpan) -> Int32 {
        let place = deltaOffset
        deltaOffset &+= isLarge ? 2 : 1
        return isLarge ? Int32(Int16(bitPattern: span.uint16(at: place))) : Int32(span.uint8(at: place))
    }
}

/// A packet status chunk (§3.1.3 run length, §3.1.4 status vector) that is used up symbol by symbol.
@frozen @usableFromInline
struct FeedbackChunk: BitwiseCopyable, Sendable {
    /// Symbols not yet taken.
    @usableFromInline var left: Int
    /// Vector: the symbols, the next one at the top. Run: the symbol.
    var bits: UInt16
    /// 0 for a run, else 1 or 2.
    var bitsPerSymbol: UInt8

    @_noLocks
    init() {
        left = 0
        bits = 0
        bitsPerSymbol = 0
    }

    /// `limit` is how many packets are still uncovered; what a chunk says beyond is padding.
    @_noLocks
    init(_ word: UInt16, limit: Int) {
        if word & 0x8000 == 0 {
            left = Int(word & 0x1FFF)
            bits = (word >> 13) & 3
            bitsPerSymbol = 0
        } else {
            bitsPerSymbol = word & 0x4000 == 0 ? 1 : 2
            left = bitsPerSymbol == 1 ? 14 : 7
            bits = word << 2
        }
        if left > limit { left = limit }
    }

    @_noLocks
    mutating func take() -> UInt16 {
        left &-= 1
        if bitsPerSymbol == 0 { return bits }
        let symbol = bitsPerSymbol == 1 ? bits >> 15 : bits >> 14
        bits = bitsPerSymbol == 1 ? bits << 1 : bits << 2
        return symbol
    }

    /// Bytes of deltas that the symbols call for; -1 when one of them is reserved.
    @_noLocks
    func deltaLength() -> Int {
        if bitsPerSymbol == 0 { return bits == 3 ? -1 : left &* Int(bits) }
        var copy = self
        var length = 0
        while copy.left > 0 {
            let symbol = copy.take()
            if symbol == 3 { return -1 }
            length &+= Int(symbol)
        }
        return length
    }
}
