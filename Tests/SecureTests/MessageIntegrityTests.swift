import Testing

@testable import Secure

@Suite("HMAC-SHA1")
struct MessageIntegrityTests {
    private func array(_ digest: InlineArray<20, UInt8>) -> [UInt8] { (0..<20).map { digest[$0] } }

    /// RFC 2202 §3.
    static let vectors: [(key: [UInt8], data: [UInt8], digest: [UInt8])] = [
        ([UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8), hex("b617318655057264e28bc0b6fb378c8ef146be00")),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
        ),
        (
            [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
            hex("125d7342b9ac11cd91a39af48aa17b4f63f175d3")
        ),
        (
            [UInt8](repeating: 0xaa, count: 80), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            hex("aa4ae5e15272d00e95705637ce8a3b55ed402112")
        ),
    ]

    @Test("RFC 2202: the published vectors, whole and cut in two at any place", arguments: vectors.indices)
    func published(_ number: Int) {
        let (key, data, digest) = Self.vectors[number]
        #expect(array(hmacSha1(key: key, keyBytes: key.count, data: data, dataBytes: data.count)) == digest)
        for cut in 0...data.count {
            let (first, second) = (Array(data[..<cut]), Array(data[cut...]))
            let cutInTwo = hmacSha1(
                key: key, keyBytes: key.count, first: first, firstBytes: first.count, second: second,
                secondBytes: second.count)
            #expect(array(cutInTwo) == digest)
        }
    }

    /// RFC 5769 §2.1.
    static let request = hex(
        """
        00010058 2112a442 b7e7a701 bc34d686 fa87dfae
        80220010 5354554e 20746573 7420636c 69656e74
        00240004 6e0001ff 80290008 932ff9b1 51263b36
        00060009 6576746a 3a683676 59202020
        00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
        80280004 e57a3bcf
        """)

    @Test("RFC 5769 §2.1: MESSAGE-INTEGRITY of a request, whose length covers the attribute alone")
    func stun() {
        let password = Array("VOkJxbRl1RmTxUk/WvJxBt".utf8)
        let covered = Self.request.count - 8 - 24
        let digest = stunIntegrity(
            key: password, keyBytes: password.count, message: Self.request, coveredBytes: covered,
            length: UInt16(covered + 24 - 20))
        #expect(array(digest) == hex("9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2"))
    }

    @Test("Equality looks at every byte")
    func equality() {
        let left = [UInt8](repeating: 7, count: 20)
        #expect(isEqualInConstantTime(left, left, byteCount: 20))
        for at in 0..<20 {
            var right = left
            right[at] ^= 0x80
            #expect(!isEqualInConstantTime(left, right, byteCount: 20))
        }
    }
}
