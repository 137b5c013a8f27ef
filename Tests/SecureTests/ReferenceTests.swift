import Contract
import Testing

@testable import Secure

@Suite("Byte for byte like libsrtp2")
struct ReferenceTests {
    @Test("RTP of every size, with sequence numbers that wrap", arguments: SrtpProfile.allCases, libraries)
    func rtp(_ profile: SrtpProfile, _ library: CipherLibrary) throws {
        var random = Seeded(state: UInt64(profile.rawValue))
        let master = Master(profile, using: &random)
        let end = End(master, library)
        let reference = Reference(master)
        let ssrc = UInt32.random(in: 0...UInt32.max, using: &random)
        var index: UInt64 = 65_000
        for payloadLength in 0...1400 {
            let packet = RtpPacket(
                sequence: UInt16(truncatingIfNeeded: index), ssrc: ssrc, payloadLength: payloadLength, using: &random)
            try compare(packet, index, end, reference)
            index += UInt64.random(in: 1...200, using: &random)
        }
        #expect(index >> 16 > 1, "the rollover counter was not exercised")
    }

    @Test("RTP after four thousand million rollovers", arguments: SrtpProfile.allCases, libraries)
    func highRollover(_ profile: SrtpProfile, _ library: CipherLibrary) throws {
        var random = Seeded(state: 9)
        let master = Master(profile, using: &random)
        let end = End(master, library)
        let reference = Reference(master)
        let first = RtpPacket(sequence: 1, ssrc: 7, payloadLength: 10, using: &random)
        try compare(first, 1, end, reference)
        #expect(reference.setRollover(0xffff_fff0, ssrc: 7))
        for sequence in 2...50 as ClosedRange<UInt16> {
            let packet = RtpPacket(sequence: sequence, ssrc: 7, payloadLength: 100, using: &random)
            try compare(packet, 0xffff_fff0 << 16 | UInt64(sequence), end, reference)
        }
    }

    private func compare(_ packet: RtpPacket, _ index: UInt64, _ end: End, _ reference: Reference) throws {
        let sealed = end.seal(packet.bytes, headerLength: packet.headerLength, index: index)
        try #require(reference.protect(packet.bytes) == sealed, "\(packet.bytes.count) bytes, index \(index)")
        try #require(reference.unprotect(sealed) == packet.bytes)
        try #require(end.sealInPlace(packet.bytes, headerLength: packet.headerLength, index: index) == sealed)
        try #require(end.open(sealed, headerLength: packet.headerLength, index: index) == packet.bytes)
        try #require(end.openInPlace(sealed, headerLength: packet.headerLength, index: index) == packet.bytes)
    }

    @Test("RTCP of every size", arguments: SrtpProfile.allCases, libraries)
    func rtcp(_ profile: SrtpProfile, _ library: CipherLibrary) throws {
        var random = Seeded(state: 3)
        let master = Master(profile, using: &random)
        let end = End(master, library)
        let reference = Reference(master)
        var window = ReplayWindow()
        // libsrtp2 gives its first packet the index 1.
        for words in 0...350 {
            let packet = rtcpPacket(ssrc: 0xdead_beef, words: words, using: &random)
            let sealed = end.sealRtcp(packet, index: UInt32(words + 1))
            try #require(reference.protectRtcp(packet) == sealed, "\(words) words")
            try #require(reference.unprotectRtcp(sealed) == packet)
            try #require(end.openRtcp(sealed, window: &window) == (.opened(length: packet.count), packet))
            #expect(window.highest == UInt64(words + 1))
        }
    }
}
