/// The AV1 aggregation header (RTP payload format for AV1 §4.4) and the first bytes of the OBU elements behind it.
@frozen
public struct Av1Payload: BitwiseCopyable, Sendable {
    /// The Z bit: the first element goes on from the packet before.
    public var continuesElement: Bool
    /// The Y bit: the last element goes on in the next packet.
    public var isContinued: Bool
    /// W: how many elements there are; 0 when each has its length in front.
    public var elementCount: UInt8
    /// The N bit: a coded video sequence begins.
    public var startsSequence: Bool
    /// The type of the OBU that begins the payload; 0 when the first element goes on from before.
    public var firstType: UInt8
    /// A sequence header OBU begins in this packet.
    public var hasSequenceHeader: Bool

    @inlinable public var isKeyframeStart: Bool { @_noLocks get { startsSequence || hasSequenceHeader } }

    /// The packet may begin a frame: a sequence header, temporal delimiter, frame header, metadata or frame comes first. A
    /// tile group does not begin one. Exact only by the dependency descriptor.
    @inlinable public var beginsFrame: Bool {
        @_noLocks get { firstType == 1 || firstType == 2 || firstType == 3 || firstType == 5 || firstType == 6 }
    }

    @_noLocks
    public init(parsing span: borrowing RawSpan, payload: RtpPayload) throws(WireError) {
        let end = payload.offset &+ payload.length
        guard payload.length >= 1, end <= span.byteCount else { throw .truncated }
        let first = span.uint8(at: payload.offset)
        continuesElement = first & 0x80 != 0
        isContinued = first & 0x40 != 0
        elementCount = (first >> 4) & 3
        startsSequence = first & 0x08 != 0
        firstType = 0
        hasSequenceHeader = false
        // §4.4: N and Z are not both set.
        guard !(startsSequence && continuesElement) else { throw .malformed }
        try walk(span, from: payload.offset &+ 1, to: end)
    }

    @_noLocks
    private mutating func walk(_ span: borrowing RawSpan, from start: Int, to end: Int) throws(WireError) {
        var offset = start
        var index = 0
        guard offset < end else { throw .truncated }
        while offset < end {
            var next = end
            // §4.3: with W > 0 the last element has no length.
            if elementCount == 0 || index < Int(elementCount) &- 1 {
                next = try Av1Payload.skipLength(span, &offset, end: end)
            }
            if offset < next { note(type: (span.uint8(at: offset) >> 3) & 15, index: index) }
            offset = next
            index &+= 1
        }
    }

    @_noLocks
    private mutating func note(type: UInt8, index: Int) {
        if index == 0 && continuesElement { return }
        if index == 0 { firstType = type }
        if type == 1 { hasSequenceHeader = true }
    }

    /// Reads a leb128 (AV1 §4.10.5) and moves `offset` past it; where the element ends.
    @_noLocks
    private static func skipLength(
        _ span: borrowing RawSpan, _ offset: inout Int, end: Int
    ) throws(WireError) -> Int {
        var length = 0
        for index in 0..<8 {
            guard offset < end else { throw .truncated }
            let byte = span.uint8(at: offset)
            offset &+= 1
            length |= Int(byte & 0x7F) << (7 &* index)
            if byte & 0x80 == 0 {
                guard length <= end &- offset else { throw .truncated }
                return offset &+ length
            }
        }
        throw .malformed
    }
}
