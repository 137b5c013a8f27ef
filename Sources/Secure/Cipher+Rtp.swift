import CSecure
import Contract

extension Cipher {
    /// Encrypts one RTP packet and returns how many bytes it takes from `out` on.
    ///
    /// The clear header already lies at `out`. The payload is read from `payload`, which is either where it will lie
    /// encrypted, at `out + headerLength`, or does not overlap the packet; room for the tag must follow.
    /// `index` is the rollover counter << 16 | sequence number, and must not be used twice for an SSRC under one key.
    /// With AES-CM the tag is there only after `finish()`; until then packet and key must not change.
    @_noLocks
    public mutating func sealRtp(
        _ key: SealingKey, out: UnsafeMutableRawPointer, headerLength: Int, payload: UnsafeRawPointer,
        payloadLength: Int, ssrc: UInt32, index: UInt64
    ) -> Int {
        precondition(headerLength >= Self.rtpHeaderMin && payloadLength >= 0 && index < 1 << 48)
        let memory = key.memory
        let header = header(of: memory)
        let text = out + headerLength
        let tag = text + payloadLength
        switch header.transform {
        case .counterMode:
            let counter = header.rtpSalt.counter(ssrc: ssrc, index: index)
            cs_counter_mode(tools, memory.rtp, text, payload, payloadLength, counter.high, counter.low)
            // RFC 3711 §4.2: the tag is over header, ciphertext and rollover counter. The counter is written where the
            // tag will lie, so that one contiguous range is hashed.
            tag.storeBytes(of: Self.rollover(of: index).bigEndian, as: UInt32.self)
            cs_tag_later(tools, memory.rtp, out, headerLength + payloadLength + 4, tag)
        case .gcm:
            let nonce = header.rtpSalt.nonce(ssrc: ssrc, index: index)
            cs_gcm_seal(
                tools, memory.rtp, text, payload, payloadLength, nonce.high, nonce.low, out, headerLength, tag)
        case .clear:
            if UnsafeRawPointer(text) != payload { text.copyMemory(from: payload, byteCount: payloadLength) }
        }
        return headerLength + payloadLength + header.transform.tagBytes
    }

    /// Authenticates and decrypts one SRTP packet of `length` bytes and returns its length without the tag, or nil when it
    /// is too short or not authentic.
    ///
    /// The header is copied to `out` and the decrypted payload follows. `out` is either `packet` or does not overlap
    /// it. On nil what lies in either payload is to be thrown away: nothing in it is plain text.
    @_noLocks
    public mutating func openRtp(
        _ key: OpeningKey, packet: UnsafeRawPointer, length: Int, headerLength: Int, ssrc: UInt32, index: UInt64,
        out: UnsafeMutableRawPointer
    ) -> Int? {
        precondition(headerLength >= Self.rtpHeaderMin && index < 1 << 48)
        let plainLength = length - header(of: key.memory).transform.tagBytes
        guard plainLength >= headerLength else { return nil }
        guard decryptRtp(key.memory, packet, plainLength, headerLength, ssrc, index, out + headerLength) else {
            return nil
        }
        if UnsafeRawPointer(out) != packet { out.copyMemory(from: packet, byteCount: headerLength) }
        return plainLength
    }

    @_noLocks
    private mutating func decryptRtp(
        _ memory: KeyMemory, _ packet: UnsafeRawPointer, _ plainLength: Int, _ headerLength: Int, _ ssrc: UInt32,
        _ index: UInt64, _ text: UnsafeMutableRawPointer
    ) -> Bool {
        let header = memory.header.pointee
        let source = packet + headerLength
        let textLength = plainLength - headerLength
        let tag = packet + plainLength
        switch header.transform {
        case .counterMode:
            guard cs_tag_matches_with_word(memory.rtp, packet, plainLength, Self.rollover(of: index), tag) else {
                return false
            }
            let counter = header.rtpSalt.counter(ssrc: ssrc, index: index)
            cs_counter_mode(tools, memory.rtp, text, source, textLength, counter.high, counter.low)
            return true
        case .gcm:
            let nonce = header.rtpSalt.nonce(ssrc: ssrc, index: index)
            return cs_gcm_open(
                tools, memory.rtp, text, source, textLength, nonce.high, nonce.low, packet, headerLength, tag)
        case .clear:
            if UnsafeRawPointer(text) != source { text.copyMemory(from: source, byteCount: textLength) }
            return true
        }
    }

    private static func rollover(of index: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: index >> 16) }
    private static var rtpHeaderMin: Int { 12 }
}
