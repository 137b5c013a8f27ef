/// RTP and RTCP packets that are well-formed enough for libsrtp2.
struct RtpPacket {
    var bytes: [UInt8]
    var headerLength: Int

    /// A header with up to 15 CSRCs and maybe an extension of up to 20 words, before `payloadLength` bytes.
    init(sequence: UInt16, ssrc: UInt32, payloadLength: Int, using random: inout Seeded) {
        let csrcs = Bool.random(using: &random) ? 0 : Int.random(in: 0...15, using: &random)
        let extends = Bool.random(using: &random)
        bytes = [0x80 | (extends ? 0x10 : 0) | UInt8(csrcs), UInt8.random(in: 0...255, using: &random)]
        bytes += bigEndian(sequence)
        bytes += random.bytes(4) + bigEndian(ssrc) + random.bytes(4 * csrcs)
        if extends {
            let words = Int.random(in: 0...20, using: &random)
            bytes += [0xbe, 0xde] + bigEndian(UInt16(words)) + random.bytes(4 * words)
        }
        headerLength = bytes.count
        bytes += random.bytes(payloadLength)
    }
}

/// A receiver report's first eight bytes, and words behind it.
func rtcpPacket(ssrc: UInt32, words: Int, using random: inout Seeded) -> [UInt8] {
    [0x80, 201] + bigEndian(UInt16(words + 1)) + bigEndian(ssrc) + random.bytes(4 * words)
}

func bigEndian<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
    withUnsafeBytes(of: word.bigEndian) { Array($0) }
}
