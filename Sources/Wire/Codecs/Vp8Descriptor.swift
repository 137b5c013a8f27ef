/// The VP8 payload descriptor (RFC 7741 §4.2) and what the frame header behind it says of keyframes (§4.3). Offsets
/// count from the packet's first byte, 0 where the field is absent.
@frozen
public struct Vp8Descriptor: BitwiseCopyable, Sendable {
    /// The N bit: no other frame refers to this one.
    public var isNonReference: Bool
    /// The S bit: a partition begins here.
    public var startsPartition: Bool
    public var partitionId: UInt8
    public var pictureIdOffset: Int
    /// Two bytes of 15 bits instead of one of 7.
    public var hasLongPictureId: Bool
    public var pictureId: UInt16
    public var tl0PictureIndexOffset: Int
    public var tl0PictureIndex: UInt8
    /// Of the byte with TID, Y and KEYIDX.
    public var layerOffset: Int
    public var hasTemporalId: Bool
    public var temporalId: UInt8
    /// The Y bit: refers to the base layer only, so a receiver may climb here.
    public var isLayerSync: Bool
    public var hasKeyIndex: Bool
    public var keyIndex: UInt8
    /// First byte of the VP8 data.
    public var dataOffset: Int
    /// The packet begins a keyframe.
    public var isKeyframeStart: Bool
    /// In pixels when the packet begins a keyframe and holds its header, else 0.
    public var width: UInt16
    public var height: UInt16

    /// The packet begins a frame.
    @inlinable public var beginsFrame: Bool { @_noLocks get { startsPartition && partitionId == 0 } }
    @inlinable public var hasPictureId: Bool { @_noLocks get { pictureIdOffset != 0 } }
    @inlinable public var hasTl0PictureIndex: Bool { @_noLocks get { tl0PictureIndexOffset != 0 } }

    @_noLocks
    public init(parsing span: borrowing RawSpan, payload: RtpPayload) throws(WireError) {
        let end = payload.offset &+ payload.length
        guard payload.length >= 1, end <= span.byteCount else { throw .truncated }
        let first = span.uint8(at: payload.offset)
        isNonReference = first & 0x20 != 0
        startsPartition = first & 0x10 != 0
        partitionId = first & 0x07
        pictureIdOffset = 0
        hasLongPictureId = false
        pictureId = 0
        tl0PictureIndexOffset = 0
        tl0PictureIndex = 0
        layerOffset = 0
        hasTemporalId = false
        temporalId = 0
        isLayerSync = false
        hasKeyIndex = false
        keyIndex = 0
        dataOffset = payload.offset &+ 1
        isKeyframeStart = false
        width = 0
        height = 0
        if first & 0x80 != 0 { try takeExtension(span, end: end) }
        // RFC 7741 §4.2: there is at least one byte of VP8 data.
        guard dataOffset < end else { throw .truncated }
        if startsPartition && partitionId == 0 { takeFrameHeader(span, end: end) }
    }

    @_noLocks
    private mutating func takeExtension(_ span: borrowing RawSpan, end: Int) throws(WireError) {
        guard dataOffset < end else { throw .truncated }
        let flags = span.uint8(at: dataOffset)
        dataOffset &+= 1
        if flags & 0x80 != 0 { try takePictureId(span, end: end) }
        if flags & 0x40 != 0 {
            guard dataOffset < end else { throw .truncated }
            tl0PictureIndexOffset = dataOffset
            tl0PictureIndex = span.uint8(at: dataOffset)
            dataOffset &+= 1
        }
        guard flags & 0x30 != 0 else { return }
        guard dataOffset < end else { throw .truncated }
        let layer = span.uint8(at: dataOffset)
        layerOffset = dataOffset
        hasTemporalId = flags & 0x20 != 0
        hasKeyIndex = flags & 0x10 != 0
        // RFC 7741 §4.2: TID and Y count only with T, KEYIDX only with K.
        temporalId = hasTemporalId ? layer >> 6 : 0
        isLayerSync = hasTemporalId && layer & 0x20 != 0
        keyIndex = hasKeyIndex ? layer & 0x1F : 0
        dataOffset &+= 1
    }

    @_noLocks
    private mutating func takePictureId(_ span: borrowing RawSpan, end: Int) throws(WireError) {
        guard dataOffset < end else { throw .truncated }
        pictureIdOffset = dataOffset
        hasLongPictureId = span.uint8(at: dataOffset) & 0x80 != 0
        if hasLongPictureId {
            guard dataOffset &+ 2 <= end else { throw .truncated }
            pictureId = span.uint16(at: dataOffset) & 0x7FFF
            dataOffset &+= 2
        } else {
            pictureId = UInt16(span.uint8(at: dataOffset))
            dataOffset &+= 1
        }
    }

    @_noLocks
    private mutating func takeFrameHeader(_ span: borrowing RawSpan, end: Int) {
        // RFC 7741 §4.3: P is 0 in a keyframe.
        isKeyframeStart = span.uint8(at: dataOffset) & 1 == 0
        // RFC 6386 §9.1: three bytes of tag, a start code, then width and height in 14 bits each, little-endian.
        guard isKeyframeStart, dataOffset &+ 10 <= end, span.uint24(at: dataOffset &+ 3) == 0x9D012A else { return }
        width = span.uint16(at: dataOffset &+ 6).byteSwapped & 0x3FFF
        height = span.uint16(at: dataOffset &+ 8).byteSwapped & 0x3FFF
    }
}
