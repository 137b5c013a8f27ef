import Contract
import Testing

@testable import Secure

@Suite("What is not authentic is refused")
struct RefusalTests {
    @Test("An RTP packet with any bit changed", arguments: SrtpProfile.allCases, libraries)
    func anyBitOfRtp(_ profile: SrtpProfile, _ library: CipherLibrary) {
        var random = Seeded(state: 11)
        let end = End(Master(profile, using: &random), library)
        let packet = RtpPacket(sequence: 5, ssrc: 6, payloadLength: 77, using: &random)
        let sealed = end.seal(packet.bytes, headerLength: packet.headerLength, index: 5)
        for bit in 0..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(end.open(changed, headerLength: packet.headerLength, index: 5) == nil, "bit \(bit)")
        }
        #expect(end.open(sealed, headerLength: packet.headerLength, index: 5) == packet.bytes)
    }

    @Test("An RTP packet that was cut off, at any length", arguments: SrtpProfile.allCases, libraries)
    func cutOffRtp(_ profile: SrtpProfile, _ library: CipherLibrary) {
        var random = Seeded(state: 12)
        let end = End(Master(profile, using: &random), library)
        let packet = RtpPacket(sequence: 5, ssrc: 6, payloadLength: 20, using: &random)
        let sealed = end.seal(packet.bytes, headerLength: packet.headerLength, index: 5)
        for length in packet.headerLength..<sealed.count {
            #expect(end.open(Array(sealed.prefix(length)), headerLength: packet.headerLength, index: 5) == nil)
        }
    }

    @Test("An RTP packet under another rollover counter, SSRC or key", arguments: SrtpProfile.allCases, libraries)
    func anotherContext(_ profile: SrtpProfile, _ library: CipherLibrary) {
        var random = Seeded(state: 13)
        let end = End(Master(profile, using: &random), library)
        let stranger = End(Master(profile, using: &random), library)
        let packet = RtpPacket(sequence: 5, ssrc: 6, payloadLength: 20, using: &random)
        let sealed = end.seal(packet.bytes, headerLength: packet.headerLength, index: 5)
        #expect(end.open(sealed, headerLength: packet.headerLength, index: 1 << 16 | 5) == nil)
        #expect(stranger.open(sealed, headerLength: packet.headerLength, index: 5) == nil)
    }

    @Test("A refused RTP packet leaves no plain text behind", arguments: SrtpProfile.allCases, libraries)
    func noPlainText(_ profile: SrtpProfile, _ library: CipherLibrary) {
        var random = Seeded(state: 14)
        let end = End(Master(profile, using: &random), library)
        let packet = RtpPacket(sequence: 5, ssrc: 6, payloadLength: 200, using: &random)
        var changed = end.seal(packet.bytes, headerLength: packet.headerLength, index: 5)
        changed[changed.count - 1] ^= 1
        let count = changed.count
        let result = changed.withUnsafeMutableBytes {
            end.cipher.openRtp(
                end.openingKey, packet: $0.baseAddress!, length: count, headerLength: packet.headerLength, ssrc: 6,
                index: 5, out: $0.baseAddress!)
        }
        #expect(result == nil)
        #expect(changed[packet.headerLength..<packet.bytes.count] != packet.bytes[packet.headerLength...])
    }

    @Test("An RTCP packet with any bit changed, and then the genuine one", arguments: SrtpProfile.allCases, libraries)
    func anyBitOfRtcp(_ profile: SrtpProfile, _ library: CipherLibrary) {
        var random = Seeded(state: 15)
        let end = End(Master(profile, using: &random), library)
        let packet = rtcpPacket(ssrc: 1, words: 9, using: &random)
        let sealed = end.sealRtcp(packet, index: 1000)
        var window = ReplayWindow()
        for bit in 0..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let result = end.openRtcp(changed, window: &window).0
            #expect(result == .authentication || result == .malformed, "bit \(bit)")
            #expect(window.isEmpty, "a forged packet moved the window")
        }
        #expect(end.openRtcp(sealed, window: &window) == (.opened(length: packet.count), packet))
        #expect(end.openRtcp(sealed, window: &window).0 == .replayed)
    }

    @Test("RTCP of any length below the smallest", arguments: SrtpProfile.allCases, libraries)
    func shortRtcp(_ profile: SrtpProfile, _ library: CipherLibrary) {
        var random = Seeded(state: 16)
        let end = End(Master(profile, using: &random), library)
        var window = ReplayWindow()
        for length in 0..<(8 + 4 + profile.tagBytes) {
            #expect(end.openRtcp([UInt8](repeating: 0xff, count: length), window: &window).0 == .malformed)
        }
    }

    @Test("RTCP late by a whole window", arguments: libraries)
    func lateRtcp(_ library: CipherLibrary) {
        var random = Seeded(state: 17)
        let end = End(Master(.aes128Gcm, using: &random), library)
        let packet = rtcpPacket(ssrc: 1, words: 2, using: &random)
        var window = ReplayWindow()
        let sealed = [200, 73, 72].map { end.sealRtcp(packet, index: $0) }
        #expect(end.openRtcp(sealed[0], window: &window).0 == .opened(length: packet.count))
        #expect(end.openRtcp(sealed[1], window: &window).0 == .opened(length: packet.count))
        #expect(end.openRtcp(sealed[2], window: &window).0 == .replayed)
    }
}
