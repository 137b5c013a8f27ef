import Contract

/// The dependency descriptor of one packet (AV1 RTP payload format, appendix A.8).
///
/// The frame number is always in bytes 1 and 2 of the extension's value, so it can be rewritten in place.
@frozen
public struct DependencyDescriptor: BitwiseCopyable, Sendable {
    public var startsFrame: Bool
    public var endsFrame: Bool
    public var templateId: UInt8
    public var frameNumber: UInt16
    /// Carries a template dependency structure, which is now in the caller's: the frame is a keyframe.
    public var hasStructure: Bool
    /// Carries a mask of decode targets, which is now in the caller's structure.
    public var hasActiveDecodeTargets: Bool
    /// Where in the packet the mask begins, or would; 0 when the descriptor has its three mandatory bytes alone.
    public var activeDecodeTargetsBit: Int
    /// The rest is known: a structure is there and has the template. Without one (packets before the first keyframe) only
    /// what is above counts.
    public var isResolved: Bool
    public var spatialId: UInt8
    public var temporalId: UInt8
    /// Two bits for each decode target.
    public var indications: UInt64
    /// How many frames back the references lie, 1...4096; in a template's case up to 16 of them.
    public var frameDiffCount: UInt8
    public var frameDiffs: InlineArray<16, UInt16>
    /// By chain: how many frames back its frame before lies; 0 when the chain starts here.
    public var chainDiffs: InlineArray<32, UInt8>

    /// `value` is where the extension lies in `span`. A structure in it replaces `structure`; one that is malformed makes
    /// it invalid. Feed a stream's packets in order: a late packet would bring an old structure back.
    @_noLocks
    public init(
        parsing span: borrowing RawSpan, value: ExtensionValue, structure: inout DependencyStructure
    ) throws(WireError) {
        let offset = Int(value.offset)
        // A.8.1: three bytes at least.
        guard value.length >= 3, offset &+ Int(value.length) <= span.byteCount else { throw .truncated }
        let first = span.uint8(at: offset)
        startsFrame = first & 0x80 != 0
        endsFrame = first & 0x40 != 0
        templateId = first & 0x3F
        frameNumber = span.uint16(at: offset &+ 1)
        hasStructure = false
        hasActiveDecodeTargets = false
        activeDecodeTargetsBit = 0
        isResolved = false
        spatialId = 0
        temporalId = 0
        indications = 0
        frameDiffCount = 0
        frameDiffs = InlineArray(repeating: 0)
        chainDiffs = InlineArray(repeating: 0)
        var reader = BitReader(from: offset &+ 3, byteCount: Int(value.length) &- 3)
        var custom: UInt32 = 0
        if value.length > 3 { custom = try parseExtendedFields(&reader, span, &structure) }
        try resolve(&reader, custom, span, structure: &structure)
    }

    /// extended_descriptor_fields(); the three custom flags, DTIs the highest.
    @_noLocks
    private mutating func parseExtendedFields(
        _ reader: inout BitReader, _ span: borrowing RawSpan, _ structure: inout DependencyStructure
    ) throws(WireError) -> UInt32 {
        hasStructure = reader.flag(span)
        hasActiveDecodeTargets = reader.flag(span)
        let custom = reader.read(3, span)
        if hasStructure { try structure.parse(&reader, span) }
        activeDecodeTargetsBit = reader.position
        if hasActiveDecodeTargets && structure.isValid {
            let mask = reader.read(structure.decodeTargetCount, span)
            guard !reader.isExhausted else { throw .truncated }
            structure.activeDecodeTargets = mask
        }
        return custom
    }

    /// frame_dependency_definition()
    @_noLocks
    private mutating func resolve(
        _ reader: inout BitReader, _ custom: UInt32, _ span: borrowing RawSpan,
        structure: inout DependencyStructure
    ) throws(WireError) {
        guard structure.isValid else { return }
        let index = Int((templateId &- structure.templateIdOffset) & 63)
        guard index < structure.templateCount else { throw .malformed }
        spatialId = structure.templates[index].spatialId
        temporalId = structure.templates[index].temporalId
        indications =
            custom & 4 != 0
            ? reader.indications(structure.decodeTargetCount, span) : structure.templates[index].indications
        if custom & 2 != 0 {
            try parseFrameDiffs(&reader, span)
        } else {
            spreadFrameDiffs(structure.templates[index].frameDiffs)
        }
        for chain in 0..<structure.chainCount {
            chainDiffs[chain] =
                custom & 1 != 0
                ? UInt8(truncatingIfNeeded: reader.read(8, span)) : structure.templates[index].chainDiff(chain)
        }
        guard !reader.isExhausted else { throw .truncated }
        isResolved = true
    }

    /// frame_fdiffs()
    @_noLocks
    private mutating func parseFrameDiffs(_ reader: inout BitReader, _ span: borrowing RawSpan) throws(WireError) {
        while true {
            let size = Int(reader.read(2, span))
            if size == 0 { return }
            guard frameDiffCount < 16 else { throw .tooLarge }
            frameDiffs[Int(frameDiffCount)] = UInt16(truncatingIfNeeded: reader.read(4 &* size, span)) &+ 1
            frameDiffCount &+= 1
        }
    }

    @_noLocks
    private mutating func spreadFrameDiffs(_ mask: UInt16) {
        var left = mask
        while left != 0 {
            frameDiffs[Int(frameDiffCount)] = UInt16(truncatingIfNeeded: left.trailingZeroBitCount) &+ 1
            frameDiffCount &+= 1
            left &= left &- 1
        }
    }

    /// What the frame is to decode target `target`, 0...31.
    @_noLocks
    public func indication(_ target: Int) -> DecodeTargetIndication {
        DecodeTargetIndication.of(indications, target: target)
    }
}
