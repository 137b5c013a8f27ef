import Contract
import Snapshot
import Wire

/// Reads what a layer's packets say of their frames: the codec's descriptor, and the dependency descriptor, which comes
/// first where it is there. One for each source of each layer, since much of it is said once and holds until it is said
/// anew.
///
/// About 2.3 KiB: keep it in place.
public struct FrameReader: BitwiseCopyable {
    var structure = DependencyStructure()
    /// By operating point: the decode target that stands for it.
    var targets: InlineArray<16, UInt8> = InlineArray(repeating: 0)
    /// Frame number of the frame that brought the structure, and the newest.
    private var structureFrame: UInt16 = 0
    private var newestFrame: UInt16 = 0
    private var masks = MaskHistory()
    /// The newest picture.
    private var timestamp: UInt32 = 0
    private var pictures: UInt32 = 0
    /// The last picture that was a keyframe.
    private var keyTimestamp: UInt32 = 0
    private var hasKey = false
    /// By spatial layer: which picture had it last.
    private var lastSeen: InlineArray<4, UInt32> = InlineArray(repeating: 0)
    private var topSpatial: UInt8 = 0
    private var topTemporal: UInt8 = 0
    private var isNested = true
    /// Upper layers have said whether they need those below; until then the lowest says whether it is needed.
    private var knowsNesting = false
    /// The source's keyframes bring no structure that can be read: its packets go as they are.
    private var isUnstructured = false

    public init() {}

    /// Another source begins. The structure's memory is not touched.
    public mutating func reset() {
        structure.isValid = false
        isUnstructured = false
        (pictures, hasKey, topSpatial, topTemporal, isNested, knowsNesting) = (0, false, 0, 0, true, false)
        lastSeen = InlineArray(repeating: 0)
    }

    /// A spatial layer without a frame in so many pictures is gone.
    static let pictureGapMax: UInt32 = 8

    /// The facts of a video packet's frame, and whether a decoder can begin with the packet. `descriptor` is where the
    /// dependency descriptor lies, if there is one.
    public mutating func read(
        codec: Codec, payload: RtpPayload, descriptor: ExtensionValue, timestamp: UInt32, in span: borrowing RawSpan
    ) -> (frame: FrameFacts, isKeyframeStart: Bool) {
        var frame = FrameFacts()
        var isKeyframeStart = false
        do throws(WireError) {
            isKeyframeStart = try readPayload(codec, payload, timestamp, span, &frame)
        } catch {}
        if descriptor.isPresent {
            if (try? readDescriptor(descriptor, timestamp, span, &frame)) ?? false { isKeyframeStart = true }
            judgeBlindness(descriptor, isKeyframeStart: isKeyframeStart, span, &frame)
        }
        frame.flags.set(.isKeyPicture, hasKey && keyTimestamp == timestamp)
        return (frame, isKeyframeStart)
    }

    private mutating func readPayload(
        _ codec: Codec, _ payload: RtpPayload, _ timestamp: UInt32, _ span: borrowing RawSpan, _ frame: inout FrameFacts
    ) throws(WireError) -> Bool {
        switch codec {
        case .vp8:
            let found = try Vp8Descriptor(parsing: span, payload: payload)
            take(found, payload, timestamp, &frame)
            return found.isKeyframeStart
        case .vp9, .vp9Profile2:
            let found = try Vp9Descriptor(parsing: span, payload: payload)
            take(found, payload, timestamp, &frame)
            return found.isKeyframeStart
        default: return PayloadFacts.isKeyframeStart(codec: codec, payload: payload, in: span)
        }
    }

    /// The sender says which spatial layers there are.
    private mutating func declare(top: UInt8) {
        topSpatial = top
        for spatial in 0...Int(top) { lastSeen[spatial] = pictures &+ 1 }
    }

    private mutating func noteKey(_ timestamp: UInt32) {
        hasKey = true
        keyTimestamp = timestamp
    }

    /// A frame of a spatial layer is here: which layers are alive.
    private mutating func note(spatial: UInt8, temporal: UInt8, _ timestamp: UInt32) {
        if pictures == 0 || Int32(bitPattern: timestamp &- self.timestamp) > 0 {
            self.timestamp = timestamp
            pictures &+= 1
            while topSpatial > 0, pictures &- lastSeen[Int(topSpatial)] > Self.pictureGapMax { topSpatial -= 1 }
        }
        lastSeen[Int(spatial)] = pictures
        topSpatial = max(topSpatial, spatial)
        topTemporal = max(topTemporal, temporal)
    }
}

// MARK: VP8 and VP9

extension FrameReader {
    private mutating func take(
        _ found: Vp8Descriptor, _ payload: RtpPayload, _ timestamp: UInt32, _ frame: inout FrameFacts
    ) {
        let temporal = min(found.temporalId, 3)
        if found.isKeyframeStart { noteKey(timestamp) }
        note(spatial: 0, temporal: temporal, timestamp)
        frame.temporalId = temporal
        frame.topTemporal = topTemporal
        frame.flags.set(.startsFrame, found.beginsFrame)
        frame.flags.set(.isLayerSync, found.isLayerSync)
        frame.flags.set(.isLayered, topTemporal > 0)
        frame.flags.set(.isNested)
        frame.flags.set(.countsPictures)
        frame.indications = Self.indications(spatial: 0, temporal: temporal, isAlone: false)
        number(
            &frame, payload, pictureAt: found.pictureIdOffset, found.pictureId, found.hasLongPictureId,
            tl0At: found.tl0PictureIndexOffset, found.tl0PictureIndex)
    }

    private mutating func take(
        _ found: Vp9Descriptor, _ payload: RtpPayload, _ timestamp: UInt32, _ frame: inout FrameFacts
    ) {
        let (spatial, temporal) = (min(found.spatialId, 3), min(found.temporalId, 3))
        if spatial == 0, !found.isInterPicture { noteKey(timestamp) }
        if found.hasStructure, !found.isInterPicture {
            // What the structure of a keyframe says there is: higher layers end at once.
            declare(top: min(max(found.structure.spatialLayerCount, 1) - 1, 3))
        }
        note(spatial: spatial, temporal: temporal, timestamp)
        if found.isInterPicture { judgeNesting(found, spatial) }
        frame.spatialId = spatial
        frame.temporalId = temporal
        frame.topSpatial = topSpatial
        frame.topTemporal = topTemporal
        frame.flags.set(.startsFrame, found.beginsFrame)
        frame.flags.set(.endsFrame, found.endsFrame)
        frame.flags.set(.isSwitchingUp, found.isSwitchingUp)
        frame.flags.set(.isLayered, topTemporal > 0 || topSpatial > 0)
        frame.flags.set(.isNested, isNested)
        let isAlone =
            found.isInterPicture && found.isNotReferredToByUpperLayers && spatial < topSpatial && !isNested
        frame.indications = Self.indications(spatial: spatial, temporal: temporal, isAlone: isAlone)
        number(
            &frame, payload, pictureAt: found.pictureIdOffset, found.pictureId, found.hasLongPictureId,
            tl0At: found.tl0PictureIndexOffset, found.tl0PictureIndex)
    }

    /// RFC 9628 §4.2: D says that a frame needs the layer below, Z that no upper layer needs it. In K-SVC only keyframes are
    /// needed. Z alone may also mean that the upper layers have ended.
    private mutating func judgeNesting(_ found: Vp9Descriptor, _ spatial: UInt8) {
        if spatial > 0 {
            isNested = found.isInterLayer
            knowsNesting = true
        } else if !knowsNesting, topSpatial > 0 {
            isNested = !found.isNotReferredToByUpperLayers
        }
    }

    private func number(
        _ frame: inout FrameFacts, _ payload: RtpPayload, pictureAt: Int, _ picture: UInt16, _ isLong: Bool,
        tl0At: Int, _ tl0: UInt8
    ) {
        guard pictureAt != 0 else { return frame.flags.set(.isNumbered, tl0At != 0) }
        frame.flags.set(.isNumbered)
        frame.flags.set(.hasLongPictureId, isLong)
        frame.pictureIdPlace = UInt8(truncatingIfNeeded: pictureAt &- payload.offset)
        frame.pictureId = picture
        guard tl0At != 0 else { return }
        frame.tl0Place = UInt8(truncatingIfNeeded: tl0At &- payload.offset)
        frame.tl0PictureIndex = tl0
    }

    /// Required (3) by the operating points that reach the frame's layers; by no other spatial layer when it is alone.
    private static func indications(spatial: UInt8, temporal: UInt8, isAlone: Bool) -> UInt32 {
        // Four temporal layers of a spatial one are a byte.
        let row = UInt32(0xFF << (2 * temporal)) & 0xFF
        if isAlone { return row &<< UInt32(8 * spatial) }
        return (row &* 0x0101_0101) & (UInt32.max &<< UInt32(8 * spatial))
    }
}

// MARK: Dependency descriptor

extension FrameReader {
    /// True when a decoder can begin with the packet.
    private mutating func readDescriptor(
        _ value: ExtensionValue, _ timestamp: UInt32, _ span: borrowing RawSpan, _ frame: inout FrameFacts
    ) throws(WireError) -> Bool {
        guard value.length >= 3, Int(value.offset) &+ Int(value.length) <= span.byteCount else { return false }
        let number =
            UInt16(span.uint8(at: Int(value.offset) &+ 1)) << 8 | UInt16(span.uint8(at: Int(value.offset) &+ 2))
        frame.frameNumber = number
        frame.flags.set(.hasFrameNumber)
        frame.flags.set(.isNumbered)
        frame.flags.set(.isBlind)
        (frame.topSpatial, frame.topTemporal) = (topSpatial, topTemporal)
        let isKnown = structure.isValid
        frame.flags.set(.isNested, isNested)
        // A straggler from before the structure: its templates are others.
        if isKnown, Int16(bitPattern: number &- structureFrame) < 0 { return false }
        frame.flags.set(.awaitsStructure)
        let active = structure.activeDecodeTargets
        let found = try DependencyDescriptor(parsing: span, value: value, structure: &structure)
        let isLate = isKnown && Int16(bitPattern: number &- newestFrame) < 0
        if !isLate { newestFrame = number }
        if found.hasStructure {
            structureFrame = number
            noteKey(timestamp)
            masks.begin(structure.activeDecodeTargets, at: number)
        } else if found.hasActiveDecodeTargets {
            masks.note(structure.activeDecodeTargets, at: number)
        }
        structure.activeDecodeTargets = masks.newest
        guard found.isResolved else { return found.hasStructure && found.startsFrame }
        if found.hasStructure { judgeNesting() }
        if found.hasStructure || active != masks.newest { chooseTargets() }
        let mask = masks.mask(at: number)
        if mask == masks.newest {
            note(spatial: min(found.spatialId, 3), temporal: min(found.temporalId, 3), timestamp)
            take(found, value, &frame)
        } else {
            takeOld(found, value, mask, &frame)
        }
        return found.hasStructure && found.startsFrame
    }

    /// A frame of before the targets changed: it is what it was to those of its time, and says nothing of what there is now.
    private mutating func takeOld(
        _ found: DependencyDescriptor, _ value: ExtensionValue, _ mask: UInt32, _ frame: inout FrameFacts
    ) {
        let present = targets
        structure.activeDecodeTargets = mask
        findTargets()
        take(found, value, &frame)
        structure.activeDecodeTargets = masks.newest
        targets = present
    }

    /// Appendix A.8: the first packet of a keyframe must bring the structure. A sender that does not keep to it, or whose
    /// structure is beyond us, is not waited for.
    private mutating func judgeBlindness(
        _ value: ExtensionValue, isKeyframeStart: Bool, _ span: borrowing RawSpan, _ frame: inout FrameFacts
    ) {
        if frame.has(.hasStructure) { isUnstructured = false }
        guard frame.has(.awaitsStructure), !structure.isValid else { return }
        let first = span.uint8(at: Int(value.offset))
        let bringsStructure = value.length > 3 && span.uint8(at: Int(value.offset) &+ 3) & 0x80 != 0
        if bringsStructure || isKeyframeStart && first & 0x80 != 0 { isUnstructured = true }
        guard isUnstructured else { return }
        frame.flags.bits &= ~FrameFlags.awaitsStructure.bits
        // Nothing can be told apart, so that nothing is left out.
        if !frame.has(.isLayered) { (frame.topSpatial, frame.topTemporal) = (0, 0) }
    }

    private mutating func take(_ found: DependencyDescriptor, _ value: ExtensionValue, _ frame: inout FrameFacts) {
        frame.spatialId = min(found.spatialId, 3)
        frame.temporalId = min(found.temporalId, 3)
        frame.topSpatial = topSpatial
        frame.topTemporal = topTemporal
        frame.flags.bits &= ~(FrameFlags.isLayerSync.bits | FrameFlags.isSwitchingUp.bits)
        frame.flags.bits &= ~(FrameFlags.isNested.bits | FrameFlags.isBlind.bits | FrameFlags.awaitsStructure.bits)
        frame.flags.set(.startsFrame, found.startsFrame)
        frame.flags.set(.endsFrame, found.endsFrame)
        frame.flags.set(.isLayered, structure.decodeTargetCount > 1)
        frame.flags.set(.isNested, isNested)
        frame.flags.set(.hasStructure, found.hasStructure)
        frame.flags.set(.hasMask, found.hasActiveDecodeTargets)
        frame.indications = 0
        for point in 0..<16 {
            let bits = UInt32(truncatingIfNeeded: found.indications &>> UInt64(2 &* targets[point])) & 3
            frame.indications |= bits &<< UInt32(2 &* point)
        }
        frame.maskBit =
            found.activeDecodeTargetsBit == 0
            ? 24 : UInt16(truncatingIfNeeded: found.activeDecodeTargetsBit &- Int(value.offset) &* 8)
        if found.hasStructure {
            frame.templateIdOffset = structure.templateIdOffset
            frame.templateCount = UInt8(truncatingIfNeeded: structure.templateCount)
        }
        guard structure.decodeTargetCount <= 16 else { return }
        frame.targetCount = UInt8(truncatingIfNeeded: structure.decodeTargetCount)
        frame.activeTargets = UInt16(truncatingIfNeeded: structure.activeDecodeTargets)
        for target in 0..<structure.decodeTargetCount {
            let layers =
                UInt64(min(structure.targetTemporalId[target], 3)) << 2
                | UInt64(min(structure.targetSpatialId[target], 3))
            frame.targetLayers |= layers &<< UInt64(4 &* target)
        }
    }

    /// Finds the decode target for each operating point: the highest that it reaches and that is active.
    private mutating func chooseTargets() {
        topTemporal = 0
        var top: UInt8 = 0
        for target in 0..<structure.decodeTargetCount where isActive(target) {
            top = max(top, min(structure.targetSpatialId[target], 3))
            topTemporal = max(topTemporal, min(structure.targetTemporalId[target], 3))
        }
        declare(top: top)
        findTargets()
    }

    private mutating func findTargets() {
        for point in 0..<16 { targets[point] = target(spatial: UInt8(point >> 2), temporal: UInt8(point & 3)) }
    }

    /// Of all decode targets, active or not: one that ends must not be taken for one that never was.
    private mutating func judgeNesting() {
        isNested = true
        let all = structure.activeDecodeTargets
        structure.activeDecodeTargets = .max
        for spatial in 1..<max(structure.spatialLayerCount, 1) {
            let inner = target(spatial: UInt8(spatial - 1), temporal: 3)
            if !isInside(inner, target(spatial: UInt8(spatial), temporal: 3)) { isNested = false }
        }
        structure.activeDecodeTargets = all
    }

    private func isActive(_ target: Int) -> Bool { structure.activeDecodeTargets &>> UInt32(target) & 1 != 0 }

    private mutating func target(spatial: UInt8, temporal: UInt8) -> UInt8 {
        var best = -1
        var bestRank = -1
        for target in 0..<structure.decodeTargetCount where isActive(target) {
            let (reaches, frames) = (structure.targetSpatialId[target], structure.targetTemporalId[target])
            guard reaches <= spatial, frames <= temporal else { continue }
            let rank = Int(reaches) &* 8 &+ Int(frames)
            if rank > bestRank { (best, bestRank) = (target, rank) }
        }
        return UInt8(truncatingIfNeeded: max(best, 0))
    }

    /// Every frame of one decode target is one of the other's.
    private mutating func isInside(_ inner: UInt8, _ outer: UInt8) -> Bool {
        for template in 0..<structure.templateCount {
            let bits = structure.templates[template].indications
            if (bits &>> UInt64(2 &* inner)) & 3 != 0, (bits &>> UInt64(2 &* outer)) & 3 == 0 { return false }
        }
        return true
    }
}

// MARK: Snapshots

extension FrameReader: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.message(1, &structure)
        book.fields(2, &targets)
        book.field(3, &structureFrame)
        book.field(4, &newestFrame)
        book.message(5, &masks)
        book.field(6, &timestamp)
        book.field(7, &pictures)
        book.field(8, &keyTimestamp)
        book.field(9, &hasKey)
        book.fields(10, &lastSeen)
        book.field(11, &topSpatial)
        book.field(12, &topTemporal)
        book.field(13, &isNested)
        book.field(14, &knowsNesting)
        book.field(15, &isUnstructured)
        var highest: UInt8 = 0
        for point in 0..<16 { highest = max(highest, targets[point]) }
        book.check(
            topSpatial < 4 && topTemporal < 4 && highest < 32, "what is known of a stream's frames is out of range")
    }
}
