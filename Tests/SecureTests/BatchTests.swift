import Contract
import Testing

@testable import Secure

@Suite("Many packets before one finish")
struct BatchTests {
    /// Several peers' packets side by side in one run, as they are sent: a tag that is written too long, too late or to
    /// the wrong place damages a neighbour.
    @Test(
        "Runs of several keys give what single packets give",
        arguments: [1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 127, 128, 129, 300], libraries)
    func interleaved(_ count: Int, _ library: CipherLibrary) {
        var random = Seeded(state: UInt64(count))
        let masters = (0..<7).map { Master(SrtpProfile.allCases[$0 % 3], using: &random) }
        var cipher = Cipher(library: library)!
        let storages = masters.map { _ in KeyStorage() }
        let keys = zip(masters, storages).map { install($0, $1, &cipher) }
        var run = [UInt8](repeating: 0, count: count * 1700)
        var expected: [UInt8] = []
        let packets = (0..<count).map {
            RtpPacket(
                sequence: UInt16($0), ssrc: 9, payloadLength: Int.random(in: 0...1400, using: &random), using: &random)
        }
        withExtendedLifetime(storages) {
            run.withUnsafeMutableBytes { run in
                var offset = 0
                for (number, packet) in packets.enumerated() {
                    offset += seal(packet, number, keys[number % 7], &cipher, to: run.baseAddress! + offset)
                }
                cipher.finish()
            }
        }
        for (number, packet) in packets.enumerated() {
            let alone = End(masters[number % 7], library)
            expected += alone.seal(packet.bytes, headerLength: packet.headerLength, index: UInt64(number))
        }
        #expect(Array(run.prefix(expected.count)) == expected)
    }

    private func install(_ master: Master, _ storage: KeyStorage, _ cipher: inout Cipher) -> SealingKey {
        let key = SealingKey(at: storage.memory)
        key.install(
            profile: master.profile, key: master.key, keyBytes: master.key.count, salt: master.salt,
            saltBytes: master.salt.count, by: &cipher)
        return key
    }

    private func seal(
        _ packet: RtpPacket, _ number: Int, _ key: SealingKey, _ cipher: inout Cipher, to out: UnsafeMutableRawPointer
    ) -> Int {
        packet.bytes.withUnsafeBytes { bytes in
            out.copyMemory(from: bytes.baseAddress!, byteCount: packet.headerLength)
            return cipher.sealRtp(
                key, out: out, headerLength: packet.headerLength, payload: bytes.baseAddress! + packet.headerLength,
                payloadLength: bytes.count - packet.headerLength, ssrc: 9, index: UInt64(number))
        }
    }

    @Test("RTCP sealed between RTP packets leaves their tags alone", arguments: libraries)
    func rtcpBetween(_ library: CipherLibrary) {
        var random = Seeded(state: 31)
        let master = Master(.aes128CmSha1, using: &random)
        let end = End(master, library)
        let alone = End(master, library)
        let packet = RtpPacket(sequence: 1, ssrc: 9, payloadLength: 50, using: &random)
        let report = rtcpPacket(ssrc: 2, words: 3, using: &random)
        var run = [UInt8](repeating: 0, count: 400)
        var sealedReport: [UInt8] = []
        let length = run.withUnsafeMutableBytes { run in
            let length = seal(packet, 1, end.sealingKey, &end.cipher, to: run.baseAddress!)
            sealedReport = end.sealRtcp(report, index: 4)
            end.cipher.finish()
            return length
        }
        #expect(sealedReport == alone.sealRtcp(report, index: 4))
        #expect(Array(run.prefix(length)) == alone.seal(packet.bytes, headerLength: packet.headerLength, index: 1))
    }
}
