import CSecure
import Contract
import Testing

@testable import Secure

@Suite("Keys")
struct KeyTests {
    private func filled<let capacity: Int>(_ bytes: [UInt8]) -> FixedBytes<capacity> { FixedBytes(bytes)! }

    @Test("What a handshake yields is installed by direction", arguments: SrtpProfile.allCases, libraries)
    func directions(_ profile: SrtpProfile, _ library: CipherLibrary) {
        var random = Seeded(state: 41)
        let send = Master(profile, using: &random)
        let receive = Master(profile, using: &random)
        let keys = SrtpKeys(
            profile: profile, receiveKey: filled(receive.key), receiveSalt: filled(receive.salt),
            sendKey: filled(send.key), sendSalt: filled(send.salt))
        let here = End(send, library)
        here.sealingKey.install(keys, by: &here.cipher)
        here.openingKey.install(keys, by: &here.cipher)
        let packet = RtpPacket(sequence: 1, ssrc: 2, payloadLength: 30, using: &random)
        let sent = here.seal(packet.bytes, headerLength: packet.headerLength, index: 1)
        #expect(End(send, library).open(sent, headerLength: packet.headerLength, index: 1) == packet.bytes)
        let received = End(receive, library).seal(packet.bytes, headerLength: packet.headerLength, index: 1)
        #expect(here.open(received, headerLength: packet.headerLength, index: 1) == packet.bytes)
    }

    @Test("A wiped key is zeros and counts as not installed", arguments: SrtpProfile.allCases, libraries)
    func wipe(_ profile: SrtpProfile, _ library: CipherLibrary) {
        var random = Seeded(state: 42)
        let end = End(Master(profile, using: &random), library)
        #expect(end.sealingKey.isInstalled && end.openingKey.isInstalled)
        end.sealingKey.wipe()
        end.openingKey.wipe()
        #expect(!end.sealingKey.isInstalled && !end.openingKey.isInstalled)
        let left = withExtendedLifetime(end) {
            Array(UnsafeRawBufferPointer(start: end.sealingKey.memory.start, count: SealingKey.byteCount))
        }
        #expect(left.allSatisfy { $0 == 0 })
    }

    @Test(
        "A key that replaces another in the same memory is the one in use", arguments: SrtpProfile.allCases, libraries)
    func replaced(_ profile: SrtpProfile, _ library: CipherLibrary) {
        var random = Seeded(state: 43)
        let end = End(Master(profile, using: &random), library)
        let packet = RtpPacket(sequence: 1, ssrc: 2, payloadLength: 30, using: &random)
        let before = end.seal(packet.bytes, headerLength: packet.headerLength, index: 1)
        let next = Master(profile, using: &random)
        end.sealingKey.install(
            profile: profile, key: next.key, keyBytes: next.key.count, salt: next.salt, saltBytes: next.salt.count,
            by: &end.cipher)
        let after = end.seal(packet.bytes, headerLength: packet.headerLength, index: 1)
        #expect(after != before)
        #expect(after == End(next, library).seal(packet.bytes, headerLength: packet.headerLength, index: 1))
    }

    @Test("The memory a key asks for is what C lays out in it")
    func layout() {
        #expect(KeyMemory.sessionBytes == Int(CS_SESSION_BYTES))
        #expect(SealingKey.alignment == Int(CS_SESSION_ALIGNMENT) && OpeningKey.alignment == SealingKey.alignment)
        #expect(MemoryLayout<KeyHeader>.size <= KeyMemory.headerBytes)
    }

    @Test("Sealing without a key stops the program")
    func sealingWithoutKey() async {
        await #expect(processExitsWith: .failure) {
            let storage = KeyStorage()
            var cipher = Cipher()!
            let packet = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 16)
            withExtendedLifetime(storage) {
                _ = cipher.sealRtp(
                    SealingKey(at: storage.memory), out: packet, headerLength: 12, payload: packet + 12,
                    payloadLength: 20, ssrc: 1, index: 1)
            }
        }
    }

    @Test("A key of one library stops the program in a cipher of the other", .enabled(if: libraries.count == 2))
    func keyOfAnotherLibrary() async {
        await #expect(processExitsWith: .failure) {
            var random = Seeded(state: 44)
            let end = End(Master(.aes128Gcm, using: &random), .ipsecMB)
            var other = Cipher(library: .openSSL)!
            let packet = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 16)
            withExtendedLifetime(end) {
                _ = other.sealRtp(
                    end.sealingKey, out: packet, headerLength: 12, payload: packet + 12, payloadLength: 20, ssrc: 1,
                    index: 1)
            }
        }
    }

    @Test(
        "Both libraries derive and encrypt alike", .enabled(if: libraries.count == 2), arguments: SrtpProfile.allCases)
    func librariesAgree(_ profile: SrtpProfile) {
        var random = Seeded(state: 45)
        for _ in 0..<50 {
            let master = Master(profile, using: &random)
            let ends = libraries.map { End(master, $0) }
            let packet = RtpPacket(
                sequence: 1, ssrc: 2, payloadLength: Int.random(in: 0...1400, using: &random), using: &random)
            let sealed = ends.map { $0.seal(packet.bytes, headerLength: packet.headerLength, index: 1 << 40) }
            #expect(sealed[0] == sealed[1])
            #expect(ends[0].sealRtcp(packet.bytes, index: 7) == ends[1].sealRtcp(packet.bytes, index: 7))
        }
    }
}
