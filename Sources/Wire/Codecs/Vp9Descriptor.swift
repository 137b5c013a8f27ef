/// The VP9 payload descriptor (RFC 9628 §4.2). Offsets count from the packet's first byte, 0 where the field is absent.
@frozen
public struct Vp9Descriptor: BitwiseCopyable, Sendable {
    /// The P bit: refers to frames before it.
    public var isInterPicture: Bool
    public var isFlexible: Bool
    /// The B bit: a layer frame begins.
    public var beginsFrame: Bool
    /// The E bit: a layer frame ends.
    public var endsFrame: Bool
    /// The Z bit: no upper spatial layer refers to this frame.
    public var isNotReferredToByUpperLayers: Bool
    public var pictureIdOffset: Int
    /// Two bytes of 15 bits instead of one of 7.
    public var hasLongPictureId: Bool
    public var pictureId: UInt16
    public var hasLayers: Bool
    public var temporalId: UInt8
    public var spatialId: UInt8
    /// The U bit: from here a receiver may climb to this temporal layer.
    public var isSwitchingUp: Bool
    /// The D bit: refers to the spatial layer below.
    public var isInterLayer: Bool
    public var tl0PictureIndexOffset: Int
    public var tl0PictureIndex: UInt8
    /// Flexible mode: how far back the references lie, in picture ids.
    public var referenceCount: UInt8
    public var references: InlineArray<3, UInt8>
    /// Where the scalability structure begins, and what it says.
    public var structureOffset: Int
    public var structure: Vp9Structure
    /// First byte of the VP9 data.
    public var dataOffset: Int

    /// The packet begins a keyframe: nothing is referred to, and no lower spatial layer comes before.
    @inlinable public var isKeyframeStart: Bool { @_noLocks get { beginsFrame && !isInterPicture && spatialId == 0 } }
    @inlinable public var hasPictureId: Bool { @_noLocks get { pictureIdOffset != 0 } }
    @inlinable public var hasTl0PictureIndex: Bool { @_noLocks get { tl0PictureIndexOffset != 0 } }
    @inlinable public var hasStructure: Bool { @_noLocks get { structureOffset != 0 } }

    @_noLocks
    public init(parsing span: borrowing RawSpan, payload: RtpPayload) throws(WireError) {
        let end = payload.offset &+ payload.length
        guard payload.length >= 1, end <= span.byteCount else { throw .truncated }
        let first = span.uint8(at: payload.offset)
        isInterPicture = first & 0x40 != 0
        hasLayers = first & 0x20 != 0
        isFlexible = first & 0x10 != 0
        beginsFrame = first & 0x08 != 0
        endsFrame = first & 0x04 != 0
        isNotReferredToByUpperLayers = first & 0x01 != 0
        pictureIdOffset = 0
        hasLongPictureId = false
        pictureId = 0
        temporalId = 0
        spatialId = 0
        isSwitchingUp = false
        isInterLayer = false
        tl0PictureIndexOffset = 0
        tl0PictureIndex = 0
        referenceCount = 0
        references = InlineArray(repeating: 0)
        structureOffset = 0
        structure = Vp9Structure()
        dataOffset = payload.offset &+ 1
        if first & 0x80 != 0 { try takePictureId(span, end: end) }
        if hasLayers { try takeLayers(span, end: end) }
        if isFlexible && isInterPicture { try takeReferences(span, end: end) }
        if first & 0x02 != 0 {
            structureOffset = dataOffset
            dataOffset = try structure.parse(span, from: dataOffset, to: end)
        }
        guard dataOffset < end else { throw .truncated }
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
    private mutating func takeLayers(_ span: borrowing RawSpan, end: Int) throws(WireError) {
        guard dataOffset < end else { throw .truncated }
        let byte = span.uint8(at: dataOffset)
        temporalId = byte >> 5
        isSwitchingUp = byte & 0x10 != 0
        spatialId = (byte >> 1) & 7
        isInterLayer = byte & 1 != 0
        dataOffset &+= 1
        // RFC 9628 §4.2: TL0PICIDX is there in non-flexible mode only.
        guard !isFlexible else { return }
        guard dataOffset < end else { throw .truncated }
        tl0PictureIndexOffset = dataOffset
        tl0PictureIndex = span.uint8(at: dataOffset)
        dataOffset &+= 1
    }

    @_noLocks
    private mutating func takeReferences(_ span: borrowing RawSpan, end: Int) throws(WireError) {
        var goesOn = true
        while goesOn {
            // RFC 9628 §4.2: at most three P_DIFF.
            guard referenceCount < 3 else { throw .malformed }
            guard dataOffset < end else { throw .truncated }
            let byte = span.uint8(at: dataOffset)
            references[Int(referenceCount)] = byte >> 1
            referenceCount &+= 1
            goesOn = byte & 1 != 0
            dataOffset &+= 1
        }
    }
}

/// The VP9 scalability structure (RFC 9628 §4.2.1). Of the picture group only the size is kept.
@frozen
public struct Vp9Structure: BitwiseCopyable, Sendable {
    /// 1...8.
    public var spatialLayerCount: UInt8
    public var hasResolutions: Bool
    /// In pixels, by spatial layer.
    public var widths: InlineArray<8, UInt16>
    public var heights: InlineArray<8, UInt16>
    /// Pictures in the group; 0 when not told.
    public var groupSize: UInt8

    @_noLocks
    init() {
        spatialLayerCount = 0
        hasResolutions = false
        widths = InlineArray(repeating: 0)
        heights = InlineArray(repeating: 0)
        groupSize = 0
    }

    /// Where the structure ends.
    @_noLocks
    mutating func parse(_ span: borrowing RawSpan, from start: Int, to end: Int) throws(WireError) -> Int {
        guard start < end else { throw .truncated }
        let first = span.uint8(at: start)
        spatialLayerCount = first >> 5 &+ 1
        hasResolutions = first & 0x10 != 0
        var offset = start &+ 1
        if hasResolutions {
            guard offset &+ 4 &* Int(spatialLayerCount) <= end else { throw .truncated }
            for layer in 0..<Int(spatialLayerCount) {
                widths[layer] = span.uint16(at: offset)
                heights[layer] = span.uint16(at: offset &+ 2)
                offset &+= 4
            }
        }
        return first & 0x08 != 0 ? try parseGroup(span, from: offset, to: end) : offset
    }

    @_noLocks
    private mutating func parseGroup(_ span: borrowing RawSpan, from start: Int, to end: Int) throws(WireError) -> Int {
        guard start < end else { throw .truncated }
        groupSize = span.uint8(at: start)
        var offset = start &+ 1
        for _ in 0..<Int(groupSize) {
            guard offset < end else { throw .truncated }
            // TID, U and R: the number of P_DIFF bytes that follow.
            offset &+= 1 &+ Int((span.uint8(at: offset) >> 2) & 3)
        }
        guard offset <= end else { throw .truncated }
        return offset
    }
}
