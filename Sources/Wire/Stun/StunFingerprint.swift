/// FINGERPRINT (RFC 8489 §14.7): the CRC-32 of the message up to the attribute, xor 0x5354554E ("STUN").
enum StunFingerprint {
    /// CRC-32 of ITU V.42, eight nibbles at a time; `count` is a multiple of four, as STUN's lengths are. Row k of the table carries a nibble over k nibbles that follow it:
    /// row 0 is the polynomial's own, and row[k][i] = row[k - 1][i] >> 4 ^ row[0][row[k - 1][i] & 15].
    @_noLocks
    static func crc32(_ span: borrowing RawSpan, count: Int) -> UInt32 {
        var table: InlineArray<128, UInt32> = [
            0x0000_0000, 0x1DB7_1064, 0x3B6E_20C8, 0x26D9_30AC, 0x76DC_4190, 0x6B6B_51F4, 0x4DB2_6158, 0x5005_713C,
            0xEDB8_8320, 0xF00F_9344, 0xD6D6_A3E8, 0xCB61_B38C, 0x9B64_C2B0, 0x86D3_D2D4, 0xA00A_E278, 0xBDBD_F21C,
            0x0000_0000, 0x7707_3096, 0xEE0E_612C, 0x9909_51BA, 0x076D_C419, 0x706A_F48F, 0xE963_A535, 0x9E64_95A3,
            0x0EDB_8832, 0x79DC_B8A4, 0xE0D5_E91E, 0x97D2_D988, 0x09B6_4C2B, 0x7EB1_7CBD, 0xE7B8_2D07, 0x90BF_1D91,
            0x0000_0000, 0x4AC2_1251, 0x9584_24A2, 0xDF46_36F3, 0xF079_4F05, 0xBABB_5D54, 0x65FD_6BA7, 0x2F3F_79F6,
            0x3B83_984B, 0x7141_8A1A, 0xAE07_BCE9, 0xE4C5_AEB8, 0xCBFA_D74E, 0x8138_C51F, 0x5E7E_F3EC, 0x14BC_E1BD,
            0x0000_0000, 0x191B_3141, 0x3236_6282, 0x2B2D_53C3, 0x646C_C504, 0x7D77_F445, 0x565A_A786, 0x4F41_96C7,
            0xC8D9_8A08, 0xD1C2_BB49, 0xFAEF_E88A, 0xE3F4_D9CB, 0xACB5_4F0C, 0xB5AE_7E4D, 0x9E83_2D8E, 0x8798_1CCF,
            0x0000_0000, 0x1C26_A370, 0x384D_46E0, 0x246B_E590, 0x709A_8DC0, 0x6CBC_2EB0, 0x48D7_CB20, 0x54F1_6850,
            0xE135_1B80, 0xFD13_B8F0, 0xD978_5D60, 0xC55E_FE10, 0x91AF_9640, 0x8D89_3530, 0xA9E2_D0A0, 0xB5C4_73D0,
            0x0000_0000, 0x01C2_6A37, 0x0384_D46E, 0x0246_BE59, 0x0709_A8DC, 0x06CB_C2EB, 0x048D_7CB2, 0x054F_1685,
            0x0E13_51B8, 0x0FD1_3B8F, 0x0D97_85D6, 0x0C55_EFE1, 0x091A_F964, 0x08D8_9353, 0x0A9E_2D0A, 0x0B5C_473D,
            0x0000_0000, 0x5019_579F, 0xA032_AF3E, 0xF02B_F8A1, 0x9B14_583D, 0xCB0D_0FA2, 0x3B26_F703, 0x6B3F_A09C,
            0xED59_B63B, 0xBD40_E1A4, 0x4D6B_1905, 0x1D72_4E9A, 0x764D_EE06, 0x2654_B999, 0xD67F_4138, 0x8666_16A7,
            0x0000_0000, 0xB8BC_6765, 0xAA09_C88B, 0x12B5_AFEE, 0x8F62_9757, 0x37DE_F032, 0x256B_5FDC, 0x9DD7_38B9,
            0xC5B4_28EF, 0x7D08_4F8A, 0x6FBD_E064, 0xD701_8701, 0x4AD6_BFB8, 0xF26A_D8DD, 0xE0DF_7733, 0x5863_1056,
        ]
        return crc32(span, count: count, &table)
    }

    /// The table comes by `inout` to a function of its own: a constant one would be stored anew for each index that is
    /// looked up.
    @inline(never) @_noLocks
    private static func crc32(
        _ span: borrowing RawSpan, count: Int, _ table: inout InlineArray<128, UInt32>
    ) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        var index = 0
        precondition(count & 3 == 0)
        while index < count {
            // The CRC takes the lowest bit of the first byte first, hence little-endian.
            let word = crc ^ span.uint32(at: index).byteSwapped
            crc = 0
            for nibble in 0..<8 {
                let row = (7 &- nibble) &* 16
                crc ^= table[row &+ Int((word >> UInt32(4 &* nibble)) & 15)]
            }
            index &+= 4
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

    /// What FINGERPRINT has to say of a message that was changed after it was parsed.
    public func fingerprint(in span: borrowing RawSpan) -> UInt32 {
        StunFingerprint.value(span, count: fingerprintOffset)
    }
}
