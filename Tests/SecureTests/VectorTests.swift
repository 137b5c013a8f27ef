import CSecure
import Contract
import Testing

@testable import Secure

/// The vectors that the RFCs print.
@Suite("Published vectors")
struct VectorTests {
    static let quid = hex("51756964 2070726f 2071756f")
    static let rtp = hex("8040f17b 8041f8d3 5501a0b2") + Array("Gallia est omnis divisa in partes tres".utf8)
    static let rtcp = hex(
        """
        81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef
        deadbeef
        """)

    struct Sealed {
        var profile: SrtpProfile
        var rtp: [UInt8]
        var rtcp: [UInt8]
        var key: [UInt8] { (0..<UInt8(profile.keyBytes)).map { $0 } }
    }

    static let sealed = [
        Sealed(
            profile: .aes128Gcm,
            rtp: hex(
                """
                8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b
                36de3adf 8833 899d7f27 beb16a91 52cf765e e4390cce
                """),
            rtcp: hex(
                """
                81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46
                86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4
                """)),
        Sealed(
            profile: .aes256Gcm,
            rtp: hex(
                """
                8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f
                1ba63799 b87b 7aa3db36 dfffd6b0 f9bb7878 d7a76c13
                """),
            rtcp: hex(
                """
                81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658
                c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4
                """)),
    ]

    @Test("RFC 7714 §16: SRTP by AES-GCM in both key sizes", arguments: sealed, libraries)
    func rtpByGcm(_ vector: Sealed, _ library: CipherLibrary) {
        let end = End(session: vector.key, salt: Self.quid, vector.profile, library)
        #expect(end.seal(Self.rtp, headerLength: 12, index: 0xf17b) == vector.rtp)
        #expect(end.open(vector.rtp, headerLength: 12, index: 0xf17b) == Self.rtp)
    }

    @Test("RFC 7714 §17: SRTCP by AES-GCM in both key sizes", arguments: sealed, libraries)
    func rtcpByGcm(_ vector: Sealed, _ library: CipherLibrary) {
        let end = End(session: vector.key, salt: Self.quid, vector.profile, library)
        var window = ReplayWindow()
        #expect(end.sealRtcp(Self.rtcp, index: 0x5d4) == vector.rtcp)
        #expect(end.openRtcp(vector.rtcp, window: &window) == (.opened(length: Self.rtcp.count), Self.rtcp))
        #expect(window.highest == 0x5d4)
    }

    @Test("RFC 7714 §17.3: SRTCP that is only tagged is refused", arguments: libraries)
    func taggedOnly(_ library: CipherLibrary) {
        let end = End(session: Self.sealed[0].key, salt: Self.quid, .aes128Gcm, library)
        let tagged = Self.rtcp + hex("841dd968 3dd78ec9 2ae58790 125f62b3 000005d4")
        var window = ReplayWindow()
        #expect(end.openRtcp(tagged, window: &window).0 == .malformed)
    }

    @Test("RFC 3711 B.2: AES-CM key stream", arguments: libraries)
    func counterMode(_ library: CipherLibrary) {
        let cipher = Cipher(library: library)!
        let key = hex("2B7E151628AED2A6ABF7158809CF4F3C")
        let salt = Salt(readingMaster: hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"), bytes: 14)
        var stream = [UInt8](repeating: 0xee, count: 0xff02 * 16)
        let iv = salt.counter(ssrc: 0, index: 0)
        withExtendedLifetime(cipher) {
            cs_key_stream(cipher.tools, key, key.count, iv.high, iv.low, &stream, stream.count)
        }
        let start = "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0"
        let end = "EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE 6A2CC3787889374FBEB4C81B17BA6C44"
        #expect(Array(stream[..<48]) == hex(start))
        #expect(Array(stream[(0xfeff * 16)...]) == hex(end))
    }

    @Test("RFC 3711 B.3: session keys derived from a master key", arguments: libraries)
    func derivation(_ library: CipherLibrary) {
        let cipher = Cipher(library: library)!
        let key = hex("E1F97A0D3E018BE0D64FA32C06DE4139")
        let salt = hex("0EC675AD498AFEEBB6960B3AABE6")
        let derived = cipher.derive(.aes128CmSha1, key, salt, .rtpEncryption, .rtpAuthentication, .rtpSalt)
        #expect((0..<16).map { derived.encryption[$0] } == hex("C61E7A93744F39EE10734AFE3FF7A087"))
        #expect((0..<14).map { derived.salt[$0] } == hex("30CBBC08863D8C85D49DB34A9AE1"))
        #expect((0..<20).map { derived.authentication[$0] } == hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"))
    }
}
