/// What one H.264 payload holds (RFC 6184, packetization mode 1): a single NAL unit, a STAP-A or a piece of an FU-A.
@frozen
public struct H264Payload: BitwiseCopyable, Sendable {
    /// The type that the first byte names: 1...23, 24 for STAP-A, 28 for FU-A.
    public var packetType: UInt8
    /// A sequence parameter set, a picture parameter set begins here.
    public var hasSps: Bool
    public var hasPps: Bool
    /// A slice of an IDR picture begins here.
    public var hasIdr: Bool
    /// The first slice of a picture begins here: its first_mb_in_slice is 0.
    public var hasFirstSlice: Bool
    /// The payload begins with something that stands before a picture: AUD, SEI, SPS or PPS.
    public var startsWithParameters: Bool

    /// The packet begins a keyframe: a sequence parameter set, or the first slice of an IDR picture. Both may be true of
    /// one keyframe in packets that follow each other; the first is the one to switch at.
    @inlinable public var isKeyframeStart: Bool { @_noLocks get { hasSps || hasIdr && hasFirstSlice } }

    /// The packet may begin a frame. True of the parameter sets and of the first slice behind them alike.
    @inlinable public var beginsFrame: Bool { @_noLocks get { startsWithParameters || hasFirstSlice } }

    @_noLocks
    public init(parsing span: borrowing RawSpan, payload: RtpPayload) throws(WireError) {
        let end = payload.offset &+ payload.length
        guard payload.length >= 1, end <= span.byteCount else { throw .truncated }
        packetType = span.uint8(at: payload.offset) & 0x1F
        hasSps = false
        hasPps = false
        hasIdr = false
        hasFirstSlice = false
        startsWithParameters = false
        switch packetType {
        case 1...23: note(type: packetType, at: payload.offset &+ 1, end: end, isFirst: true, span)
        case 24: try takeAggregate(span, from: payload.offset &+ 1, to: end)
        case 28: try takeFragment(span, from: payload.offset &+ 1, to: end)
        // RFC 6184 §6.3: mode 1 has no other packets.
        default: throw .malformed
        }
    }

    /// RFC 6184 §5.7.1: a size of two bytes before each NAL unit.
    @_noLocks
    private mutating func takeAggregate(_ span: borrowing RawSpan, from start: Int, to end: Int) throws(WireError) {
        var offset = start
        guard offset < end else { throw .truncated }
        while offset < end {
            guard offset &+ 2 <= end else { throw .truncated }
            let size = Int(span.uint16(at: offset))
            let unit = offset &+ 2
            guard size > 0 else { throw .malformed }
            guard unit &+ size <= end else { throw .truncated }
            note(
                type: span.uint8(at: unit) & 0x1F, at: unit &+ 1, end: unit &+ size, isFirst: offset == start, span)
            offset = unit &+ size
        }
    }

    /// RFC 6184 §5.8: the FU header has start, end and the type of the NAL unit.
    @_noLocks
    private mutating func takeFragment(_ span: borrowing RawSpan, from start: Int, to end: Int) throws(WireError) {
        guard start &+ 1 < end else { throw .truncated }
        let header = span.uint8(at: start)
        guard header & 0x80 != 0 else { return }
        // RFC 6184 §5.8: start and end are not both set.
        guard header & 0x40 == 0 else { throw .malformed }
        note(type: header & 0x1F, at: start &+ 1, end: end, isFirst: true, span)
    }

    /// `offset` is the first byte behind the NAL unit's header.
    @_noLocks
    private mutating func note(type: UInt8, at offset: Int, end: Int, isFirst: Bool, _ span: borrowing RawSpan) {
        switch type {
        case 1, 2, 5:
            if type == 5 { hasIdr = true }
            // H.264 §7.3.3: first_mb_in_slice comes first, in Exp-Golomb code: a single 1 bit is 0.
            if offset < end && span.uint8(at: offset) & 0x80 != 0 { hasFirstSlice = true }
        case 7: hasSps = true
        case 8: hasPps = true
        default: break
        }
        if isFirst && type >= 6 && type <= 9 { startsWithParameters = true }
    }
}
