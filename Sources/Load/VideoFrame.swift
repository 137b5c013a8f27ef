/// VP8 as far as an SFU looks at it: payload descriptor (RFC 7741 §4.2) and frame header (RFC 6386 §9.1).
enum VideoFrame {
    /// X, I, L, T and K with a picture id of 15 bits.
    static let descriptorBytes = 6
    static let width: UInt16 = 1280
    static let height: UInt16 = 720

    /// The frame tag, and in a keyframe start code and size.
    static func headerBytes(isKeyframe: Bool) -> Int { isKeyframe ? 10 : 3 }

    /// Writes the descriptor, and the header when it is a frame's first packet; how many bytes.
    static func write(
        to place: UnsafeMutableRawPointer, isFirst: Bool, isKeyframe: Bool, pictureId: UInt16, tl0PictureIndex: UInt8
    ) -> Int {
        let bytes = place.assumingMemoryBound(to: UInt8.self)
        bytes[0] = 0x80 | (isFirst ? 0x10 : 0)
        bytes[1] = 0xF0
        bytes[2] = 0x80 | UInt8(pictureId >> 8 & 0x7F)
        bytes[3] = UInt8(pictureId & 0xFF)
        bytes[4] = tl0PictureIndex
        // Temporal layer 0, key index 0.
        bytes[5] = 0
        guard isFirst else { return descriptorBytes }
        return descriptorBytes + writeHeader(to: bytes + descriptorBytes, isKeyframe: isKeyframe)
    }

    private static func writeHeader(to bytes: UnsafeMutablePointer<UInt8>, isKeyframe: Bool) -> Int {
        // Bit 0 is 0 in a keyframe; bit 4 shows the frame.
        bytes[0] = 0x10 | (isKeyframe ? 0 : 1)
        bytes[1] = 0
        bytes[2] = 0
        guard isKeyframe else { return 3 }
        bytes[3] = 0x9D
        bytes[4] = 0x01
        bytes[5] = 0x2A
        bytes[6] = UInt8(width & 0xFF)
        bytes[7] = UInt8(width >> 8)
        bytes[8] = UInt8(height & 0xFF)
        bytes[9] = UInt8(height >> 8)
        return 10
    }
}

/// How a frame is cut: like libwebrtc, into packets whose sizes differ by at most a byte, the smaller ones first.
struct FrameCut: BitwiseCopyable, Equatable {
    var packets = 0
    var payloadBytes = 0
    /// The last so many packets are a byte longer.
    var longer = 0

    init() {}

    init(frameBytes: Int, payloadBytesMax: Int) {
        let least = VideoFrame.descriptorBytes + VideoFrame.headerBytes(isKeyframe: true) + Stamp.byteCount
        let bytes = max(frameBytes, least)
        packets = (bytes + payloadBytesMax - 1) / payloadBytesMax
        payloadBytes = max(bytes / packets, least)
        longer = bytes / packets >= least ? bytes % packets : 0
    }

    func bytes(ofPacket index: Int) -> Int { payloadBytes + (index >= packets - longer ? 1 : 0) }
}
