/// A salt, laid out so that a packet's IV is one exclusive-or away.
struct Salt: BitwiseCopyable {
    /// AES-CM: the 112-bit salt times 2^16. AES-GCM: the 96-bit salt, its first four bytes in the low half of `high`.
    var high: UInt64
    var low: UInt64

    /// RFC 3711 §4.1.1: IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16).
    @_noLocks
    func counter(ssrc: UInt32, index: UInt64) -> (high: UInt64, low: UInt64) {
        (high ^ UInt64(ssrc), low ^ (index &<< 16))
    }

    /// RFC 7714 §8.1: two zero bytes, SSRC, rollover counter, sequence number. §9.1 for SRTCP: two zero bytes, SSRC, two
    /// zero bytes, index. With 48 bits of index both are the same.
    @_noLocks
    func nonce(ssrc: UInt32, index: UInt64) -> (high: UInt32, low: UInt64) {
        let start = UInt32(truncatingIfNeeded: high) ^ (ssrc >> 16)
        return (start, low ^ (UInt64(ssrc & 0xffff) << 48) ^ index)
    }

    /// A session salt of 14 (AES-CM) or 12 bytes (AES-GCM).
    init(reading salt: UnsafeRawPointer, bytes: Int) {
        self.init(readingMaster: salt, bytes: bytes)
        if bytes == 12 {
            high = UInt64(UInt32(bigEndian: salt.loadUnaligned(as: UInt32.self)))
            low = UInt64(bigEndian: salt.loadUnaligned(fromByteOffset: 4, as: UInt64.self))
        }
    }

    /// A master salt times 2^16. RFC 7714 §11: one of 12 bytes is first padded to 14 with zeros on the right.
    init(readingMaster salt: UnsafeRawPointer, bytes: Int) {
        high = UInt64(bigEndian: salt.loadUnaligned(as: UInt64.self))
        low = UInt64(UInt32(bigEndian: salt.loadUnaligned(fromByteOffset: 8, as: UInt32.self))) << 32
        if bytes == 14 {
            low |= UInt64(UInt16(bigEndian: salt.loadUnaligned(fromByteOffset: 12, as: UInt16.self))) << 16
        }
    }
}
