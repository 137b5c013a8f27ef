/// FINGERPRINT (RFC 8489 §14.7): the CRC-32 of the message up to the attribute, xor 0x5354554E ("STUN").
enum StunFingerprint {
    /// CRC-32 of ITU V.42 by nibbles: 16 words that stay in one cache line and need no table set up at start.
    @_noLocks
    static func crc32(_ span: borrowing RawSpan, count: Int) -> UInt32 {
        let table: InlineArray<16, UInt32> = [
            0x0000_0000, 0x1DB7_1064, 0x3B6E_20C8, 0x26D9_30AC, 0x76DC_4190, 0x6B6B_51F4, 0x4DB2_6158, 0x5005_713C,
            0xEDB8_8320, 0xF00F_9344, 0xD6D6_A3E8, 0xCB61_B38C, 0x9B64_C2B0, 0x86D3_D2D4, 0xA00A_E278, 0xBDBD_F21C,
        ]
        var crc: UInt32 = 0xFFFF_FFFF
        var index = 0
        while index < count {
            crc ^= UInt32(span.uint8(at: index))
            crc = table[Int(crc & 15)] ^ (crc >> 4)
            crc = table[Int(crc & 15)] ^ (crc >> 4)
            index &+= 1
        }
        return ~crc
    }

    @_noLocks
    static func value(_ span: borrowing RawSpan, count: Int) -> UInt32 { crc32(span, count: count) ^ 0x5354_554E }
}

extension StunMessage {
    /// True when FINGERPRINT is there and right. `span` is the one that was parsed.
    @_noLocks
    public func fingerprintIsValid(in span: borrowing RawSpan) -> Bool {
        guard fingerprintOffset != 0, span.byteCount >= fingerprintOffset &+ Stun.fingerprintBytes else { return false }
        return span.uint32(at: fingerprintOffset &+ 4) == StunFingerprint.value(span, count: fingerprintOffset)
    }
}
