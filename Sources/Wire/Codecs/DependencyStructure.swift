import Snapshot

/// The template dependency structure of a stream (AV1 RTP payload format, appendix A.8.2). It comes with a keyframe and
/// explains the descriptors that follow, so the caller keeps one per stream and hands it to each of them.
///
/// About 2.2 KiB: keep it in place and pass it by `inout`.
@frozen
public struct DependencyStructure: BitwiseCopyable, Sendable {
    /// False until a structure was read whole, and after one that was malformed.
    public var isValid: Bool
    public var templateIdOffset: UInt8
    /// 1...64.
    public var templateCount: Int
    /// 1...32.
    public var decodeTargetCount: Int
    /// 0...32.
    public var chainCount: Int
    public var spatialLayerCount: Int
    public var temporalLayerCount: Int
    public var hasResolutions: Bool
    /// Which decode targets the sender still produces, as the last descriptor that said so has it; bit i for target i.
    public var activeDecodeTargets: UInt32
    public var templates: InlineArray<64, DependencyTemplate>
    /// By decode target: the layers that it reaches, and the chain that tells whether it can be decoded.
    public var targetSpatialId: InlineArray<32, UInt8>
    public var targetTemporalId: InlineArray<32, UInt8>
    public var protectingChain: InlineArray<32, UInt8>
    /// By spatial layer, in pixels, 1...65536; 0 when not told.
    public var widths: InlineArray<4, UInt32>
    public var heights: InlineArray<4, UInt32>

    @_noLocks
    public init() {
        isValid = false
        templateIdOffset = 0
        templateCount = 0
        decodeTargetCount = 0
        chainCount = 0
        spatialLayerCount = 0
        temporalLayerCount = 0
        hasResolutions = false
        activeDecodeTargets = 0
        templates = InlineArray(repeating: DependencyTemplate())
        targetSpatialId = InlineArray(repeating: 0)
        targetTemporalId = InlineArray(repeating: 0)
        protectingChain = InlineArray(repeating: 0)
        widths = InlineArray(repeating: 0)
        heights = InlineArray(repeating: 0)
    }
}

/// What frames of one kind have in common (appendix A.4).
@frozen
public struct DependencyTemplate: BitwiseCopyable, Sendable {
    public var spatialId: UInt8
    public var temporalId: UInt8
    /// How many frames back the references lie: bit i for i + 1, 1...16.
    public var frameDiffs: UInt16
    /// Two bits for each decode target, the lowest for target 0; see `DecodeTargetIndication`.
    public var indications: UInt64
    /// Four bits for each chain, chains 0...15 and 16...31: frames back to the chain's frame before.
    public var chainDiffsLow: UInt64
    public var chainDiffsHigh: UInt64

    @_noLocks
    init() {
        spatialId = 0
        temporalId = 0
        frameDiffs = 0
        indications = 0
        chainDiffsLow = 0
        chainDiffsHigh = 0
    }

    @_noLocks
    public func chainDiff(_ chain: Int) -> UInt8 {
        precondition(chain >= 0 && chain < 32)
        let word = chain < 16 ? chainDiffsLow : chainDiffsHigh
        return UInt8(truncatingIfNeeded: word >> UInt64(4 &* (chain & 15))) & 15
    }
}

/// What a frame is to a decode target (appendix A.4).
@frozen
public enum DecodeTargetIndication: UInt8, BitwiseCopyable, Sendable {
    case notPresent = 0
    /// Nothing of the target refers to it.
    case discardable
    /// The target may be switched to here.
    case switchable
    case required

    @inlinable @_noLocks
    public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

    /// `bits` as in `indications`.
    @_noLocks
    static func of(_ bits: UInt64, target: Int) -> DecodeTargetIndication {
        precondition(target >= 0 && target < 32)
        switch (bits >> UInt64(2 &* target)) & 3 {
        case 0: return .notPresent
        case 1: return .discardable
        case 2: return .switchable
        default: return .required
        }
    }
}

extension DependencyTemplate: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &spatialId)
        book.field(2, &temporalId)
        book.field(3, &frameDiffs)
        book.field(4, &indications)
        book.field(5, &chainDiffsLow)
        book.field(6, &chainDiffsHigh)
        book.check(spatialId < 4 && temporalId < 8, "a template's layers are out of range")
    }
}

extension DependencyStructure: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &isValid)
        guard isValid else { return }
        book.field(2, &templateIdOffset)
        book.field(3, &templateCount)
        book.field(4, &decodeTargetCount)
        book.field(5, &chainCount)
        book.field(6, &spatialLayerCount)
        book.field(7, &temporalLayerCount)
        book.field(8, &hasResolutions)
        book.field(9, &activeDecodeTargets)
        let isBounded =
            (1...64).contains(templateCount) && (1...32).contains(decodeTargetCount)
            && (0...32).contains(chainCount) && (0...4).contains(spatialLayerCount)
            && (0...8).contains(temporalLayerCount) && templateIdOffset < 64
        book.check(isBounded, "a dependency structure is out of range")
        guard book.isWhole else { return }
        for index in 0..<templateCount { book.message(10, &templates[index]) }
        book.fields(11, &targetSpatialId)
        book.fields(12, &targetTemporalId)
        book.fields(13, &protectingChain)
        book.fields(14, &widths)
        book.fields(15, &heights)
    }
}
