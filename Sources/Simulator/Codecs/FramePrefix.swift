import Contract
import Wire

/// The first bytes of a payload, up to the stamp: the codec's descriptor and a little of what follows it.
enum FramePrefix {
    /// Of packet `place` of `count` of a frame.
    static func bytes(_ scheme: VideoScheme, _ frame: SentFrame, place: Int, count: Int) -> [UInt8] {
        let isFirst = place == 0
        switch scheme.codec {
        case .vp8: return vp8(frame, beginsFrame: isFirst)
        case .h264ConstrainedBaseline: return [frame.isKeyframe ? 0x65 : 0x41, isFirst ? 0x88 : 0x00]
        case .av1:
            let starts = isFirst && frame.isKeyframe && frame.spatial == 0
            return [starts ? 0x18 : (isFirst ? 0x10 : 0x90), 0x30]
        default: return vp9(frame, beginsFrame: isFirst, endsFrame: place == count - 1, isKeySvc: scheme.isKeySvc)
        }
    }

    private static func vp8(_ frame: SentFrame, beginsFrame: Bool) -> [UInt8] {
        let picture = frame.picture.number
        let base = frame.temporal > 0 && frame.references.allSatisfy { $0.temporal == 0 }
        return [
            0x80 | (beginsFrame ? 0x10 : 0), 0xE0, 0x80 | UInt8(picture >> 8 & 0x7F), UInt8(picture & 0xFF),
            tl0(frame), UInt8(frame.temporal << 6) | (base ? 0x20 : 0), frame.isKeyframe ? 0x10 : 0x11,
        ]
    }

    private static func tl0(_ frame: SentFrame) -> UInt8 { UInt8(truncatingIfNeeded: frame.picture.tl0) }

    /// RFC 9628 §4.2, non-flexible mode.
    private static func vp9(_ frame: SentFrame, beginsFrame: Bool, endsFrame: Bool, isKeySvc: Bool) -> [UInt8] {
        let picture = frame.picture
        let hasStructure = beginsFrame && frame.spatial == 0 && frame.isKeyframe
        let isAlone = isKeySvc && !frame.isKeyframe
        let isLast = frame.spatial == picture.spatialLayers - 1
        var first: UInt8 = 0xA0
        if !frame.isKeyframe { first |= 0x40 }
        if beginsFrame { first |= 0x08 }
        if endsFrame { first |= 0x04 }
        if hasStructure { first |= 0x02 }
        if isAlone || isLast { first |= 0x01 }
        let isInterLayer = frame.spatial > 0 && !isAlone
        var bytes: [UInt8] = [
            first, 0x80 | UInt8(picture.number >> 8 & 0x7F), UInt8(picture.number & 0xFF),
            UInt8(frame.temporal << 5) | (picture.isClean && picture.phase == 0 ? 0x10 : 0) | UInt8(frame.spatial << 1)
                | (isInterLayer ? 1 : 0),
            tl0(frame),
        ]
        if hasStructure { bytes.append(UInt8(picture.spatialLayers - 1) << 5) }
        return bytes + [0x82]
    }

    /// How long it is; nil when the payload is not one of the codec's.
    static func count(_ codec: Codec, _ payload: ArraySlice<UInt8>) -> Int? {
        let bytes = Array(payload)
        let whole = RtpPayload(offset: 0, length: bytes.count)
        switch codec {
        case .opus: return 0
        case .vp8: return (try? Vp8Descriptor(parsing: bytes.span.bytes, payload: whole)).map { $0.dataOffset + 1 }
        case .vp9: return (try? Vp9Descriptor(parsing: bytes.span.bytes, payload: whole)).map { $0.dataOffset + 1 }
        default: return 2
        }
    }
}

/// Picture id and TL0 index of a payload, where its codec has them.
struct FrameIds: Equatable {
    var picture: UInt16
    var tl0: UInt8

    init?(_ codec: Codec, _ payload: ArraySlice<UInt8>) {
        let bytes = Array(payload)
        let whole = RtpPayload(offset: 0, length: bytes.count)
        if codec == .vp8, let found = try? Vp8Descriptor(parsing: bytes.span.bytes, payload: whole) {
            (picture, tl0) = (found.pictureId, found.tl0PictureIndex)
        } else if codec == .vp9, let found = try? Vp9Descriptor(parsing: bytes.span.bytes, payload: whole) {
            (picture, tl0) = (found.pictureId, found.tl0PictureIndex)
        } else {
            return nil
        }
    }
}
