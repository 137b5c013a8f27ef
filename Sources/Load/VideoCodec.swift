import Wire

/// What a publisher's frames look like to an SFU; what is in them is stamps.
public enum VideoCodec: String, CaseIterable, Sendable, BitwiseCopyable {
    case vp8, vp9, h264, av1

    /// As a=rtpmap writes it.
    var name: String { rawValue.uppercased() }

    /// a=fmtp, without the payload type; nil for none.
    var parameters: String? {
        switch self {
        case .vp8: nil
        case .vp9: "profile-id=0"
        case .av1: "profile=0"
        case .h264: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
        }
    }
}

/// Which packet of a frame it is.
struct FramePart: BitwiseCopyable {
    var isFirst: Bool
    var isLast: Bool
    var isKeyframe: Bool
    var pictureId: UInt16
}

extension VideoFrame {
    /// Writes what stands before the stamp; how many bytes.
    static func write(_ codec: VideoCodec, to place: UnsafeMutableRawPointer, _ part: FramePart) -> Int {
        switch codec {
        case .vp8:
            return write(
                to: place, isFirst: part.isFirst, isKeyframe: part.isKeyframe, pictureId: part.pictureId,
                tl0PictureIndex: UInt8(truncatingIfNeeded: part.pictureId))
        case .vp9: return writeVp9(to: place.assumingMemoryBound(to: UInt8.self), part)
        case .av1: return writeAv1(to: place.assumingMemoryBound(to: UInt8.self), part)
        case .h264: return writeH264(to: place.assumingMemoryBound(to: UInt8.self), part)
        }
    }

    /// RFC 9628 §4.2: a picture id of 15 bits, no layers; P says that it needs an earlier picture.
    private static func writeVp9(to bytes: UnsafeMutablePointer<UInt8>, _ part: FramePart) -> Int {
        bytes[0] = 0x80 | (part.isKeyframe ? 0 : 0x40) | (part.isFirst ? 0x08 : 0) | (part.isLast ? 0x04 : 0)
        bytes[1] = 0x80 | UInt8(part.pictureId >> 8 & 0x7F)
        bytes[2] = UInt8(part.pictureId & 0xFF)
        return vp9Bytes
    }

    private static let vp9Bytes = 3
    private static let (fragment, idr, slice): (UInt8, UInt8, UInt8) = (28, 5, 1)

    /// RFC 6184 §5.6 and §5.8: one slice, whole or in fragments. Its first bit says that it begins the picture.
    private static func writeH264(to bytes: UnsafeMutablePointer<UInt8>, _ part: FramePart) -> Int {
        let type = part.isKeyframe ? idr : slice
        if part.isFirst, part.isLast {
            bytes[0] = 0x60 | type
            bytes[1] = 0x80
            return 2
        }
        bytes[0] = 0x60 | fragment
        bytes[1] = (part.isFirst ? 0x80 : 0) | (part.isLast ? 0x40 : 0) | type
        guard part.isFirst else { return 2 }
        bytes[2] = 0x80
        return 3
    }

    /// RTP payload format for AV1 §4.4: one element, a frame OBU whose header (AV1 §5.3.2) is in its first packet; N says that a
    /// sequence begins.
    private static func writeAv1(to bytes: UnsafeMutablePointer<UInt8>, _ part: FramePart) -> Int {
        bytes[0] =
            0x10 | (part.isFirst ? 0 : 0x80) | (part.isLast ? 0 : 0x40) | (part.isFirst && part.isKeyframe ? 0x08 : 0)
        guard part.isFirst else { return 1 }
        bytes[1] = frameObu << 3
        return 2
    }

    private static let frameObu: UInt8 = 6

    /// Where the stamp begins in a packet that has come, and whether a keyframe begins with it; nil when the payload is none
    /// of this codec's.
    static func stamp(
        in plain: UnsafeRawBufferPointer, _ payload: RtpPayload, _ codec: VideoCodec
    ) -> (offset: Int, beginsKeyframe: Bool)? {
        switch codec {
        case .vp8:
            guard let descriptor = try? Vp8Descriptor(parsing: plain.bytes, payload: payload) else { return nil }
            guard descriptor.beginsFrame else { return (descriptor.dataOffset, false) }
            let header = headerBytes(isKeyframe: descriptor.isKeyframeStart)
            return (descriptor.dataOffset + header, descriptor.isKeyframeStart)
        case .vp9:
            guard payload.length > vp9Bytes else { return nil }
            return (payload.offset + vp9Bytes, plain[payload.offset] & 0x48 == 0x08)
        case .av1:
            guard payload.length > 2 else { return nil }
            let first = plain[payload.offset]
            return (payload.offset + (first & 0x80 == 0 ? 2 : 1), first & 0x88 == 0x08)
        case .h264:
            guard payload.length > 3 else { return nil }
            let (first, second) = (plain[payload.offset], plain[payload.offset + 1])
            guard first & 0x1F == fragment else { return (payload.offset + 2, first & 0x1F == idr) }
            let isFirst = second & 0x80 != 0
            return (payload.offset + (isFirst ? 3 : 2), isFirst && second & 0x1F == idr)
        }
    }
}
