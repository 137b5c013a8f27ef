import CSecure
import Contract

/// What became of an SRTCP packet.
@frozen
public enum OpenedRtcp: BitwiseCopyable, Equatable, Sendable {
    /// The compound packet, decrypted in place, has this many bytes.
    case opened(length: Int)
    case authentication
    case replayed
    /// Too short, or not encrypted.
    case malformed
}

extension Cipher {
    /// Bytes that `sealRtcp` adds at most: tag and index word.
    public static var rtcpTrailerBytesMax: Int { 20 }

    /// Encrypts a compound RTCP packet of `length` bytes in place and returns its new length; there must be room for
    /// `rtcpTrailerBytesMax` more. `index` must be below 2^31 and not be used twice under one key.
    @_noLocks
    public mutating func sealRtcp(
        _ key: SealingKey, packet: UnsafeMutableRawPointer, length: Int, index: UInt32
    ) -> Int {
        precondition(length >= Self.rtcpHeaderBytes && index < Self.encryptedBit)
        let memory = key.memory
        let header = header(of: memory)
        if header.transform.isClear { return length }
        let ssrc = UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        let text = packet + Self.rtcpHeaderBytes
        let textLength = length - Self.rtcpHeaderBytes
        let end = packet + length
        // RFC 3711 §3.4: the E flag says that the packet is encrypted. We never send one that is not.
        let word = Self.encryptedBit | index
        switch header.transform {
        case .counterMode:
            let counter = header.rtcpSalt.counter(ssrc: ssrc, index: UInt64(index))
            cs_counter_mode(tools, memory.rtcp, text, text, textLength, counter.high, counter.low)
            end.storeBytes(of: word.bigEndian, as: UInt32.self)
            cs_tag_now(memory.rtcp, packet, length + 4, end + 4)
        case .gcm:
            let nonce = header.rtcpSalt.nonce(ssrc: ssrc, index: UInt64(index))
            // RFC 7714 §9.2: authenticated in clear are the first eight bytes and, though it is sent last, the word.
            cs_gcm_seal_with_word(
                tools, memory.rtcp, text, textLength, nonce.high, nonce.low, packet, word, end)
            (end + header.transform.tagBytes).storeBytes(of: word.bigEndian, as: UInt32.self)
        case .clear: break
        }
        return length + header.transform.tagBytes + 4
    }

    /// Authenticates and decrypts one SRTCP packet in place. `window` is that of the sender's SSRC (the second word of the
    /// packet), and moves when the packet is opened; otherwise it stays. After `.authentication` the packet's bytes
    /// behind its first eight are to be thrown away.
    @_noLocks
    public mutating func openRtcp(
        _ key: OpeningKey, packet: UnsafeMutableRawPointer, length: Int, window: inout ReplayWindow
    ) -> OpenedRtcp {
        let memory = key.memory
        let transform = header(of: memory).transform
        if transform.isClear { return length >= Self.rtcpHeaderBytes ? .opened(length: length) : .malformed }
        let plainLength = length - transform.tagBytes - 4
        guard plainLength >= Self.rtcpHeaderBytes else { return .malformed }
        // RFC 3711 §3.4: index, then tag. RFC 7714 §9.2: the other way round.
        let wordOffset = transform.isCounterMode ? plainLength : length - 4
        let word = UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: wordOffset, as: UInt32.self))
        guard word & Self.encryptedBit != 0 else { return .malformed }
        let index = UInt64(word & ~Self.encryptedBit)
        guard window.isFresh(index) else { return .replayed }
        guard decryptRtcp(memory, packet, plainLength, word, index) else { return .authentication }
        window.accept(index)
        return .opened(length: plainLength)
    }

    @_noLocks
    private mutating func decryptRtcp(
        _ memory: KeyMemory, _ packet: UnsafeMutableRawPointer, _ plainLength: Int, _ word: UInt32,
        _ index: UInt64
    ) -> Bool {
        let header = memory.header.pointee
        let ssrc = UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        let text = packet + Self.rtcpHeaderBytes
        let textLength = plainLength - Self.rtcpHeaderBytes
        switch header.transform {
        case .counterMode:
            guard cs_tag_matches(memory.rtcp, packet, plainLength + 4, packet + (plainLength + 4)) else { return false }
            let counter = header.rtcpSalt.counter(ssrc: ssrc, index: index)
            cs_counter_mode(tools, memory.rtcp, text, text, textLength, counter.high, counter.low)
            return true
        case .gcm:
            let nonce = header.rtcpSalt.nonce(ssrc: ssrc, index: index)
            return cs_gcm_open_with_word(
                tools, memory.rtcp, text, textLength, nonce.high, nonce.low, packet, word, packet + plainLength)
        case .clear: return true
        }
    }

    private static var rtcpHeaderBytes: Int { 8 }
    private static var encryptedBit: UInt32 { 1 << 31 }
}
