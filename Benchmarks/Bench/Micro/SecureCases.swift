import Contract
import Secure

/// SRTP of one packet, as fan-out and intake use it: encrypting from one place to another, keys in turn.
func secureCases() throws(BenchError) -> [MicroCase] {
    var cases: [MicroCase] = []
    for (name, profile) in Options.profiles {
        for bytes in [100, 1200] {
            guard let cipher = Cipher() else { throw BenchError("there is no cipher") }
            let bench = SrtpBench(cipher: placed(cipher), profile: profile, bytes: bytes)
            cases.append(MicroCase(name: "srtp.seal-\(name)-\(bytes)", packets: SrtpBench.batch, body: bench.seal))
            cases.append(MicroCase(name: "srtp.open-\(name)-\(bytes)", packets: SrtpBench.batch, body: bench.open))
        }
    }
    return cases
}

private struct SrtpBench {
    let cipher: UnsafeMutablePointer<Cipher>
    let bytes: Int
    let tagBytes: Int
    let sealing: SealingKey
    let opening: OpeningKey
    let plain: UnsafeMutableRawPointer
    let out: UnsafeMutableRawPointer
    let sealed: UnsafeMutableRawPointer

    /// Packets between two calls of `finish`: a burst's worth, so that HMAC-SHA1 has its lanes full.
    static let batch = 16
    static let headerBytes = 12

    init(cipher: UnsafeMutablePointer<Cipher>, profile: SrtpProfile, bytes: Int) {
        self.cipher = cipher
        self.bytes = bytes
        tagBytes = profile.tagBytes
        let keys = Sample.keys(profile, peer: 1)
        sealing = SealingKey(at: Sample.keyMemory())
        opening = OpeningKey(at: Sample.keyMemory())
        sealing.install(keys, by: &cipher.pointee)
        opening.install(Sample.mirrored(keys), by: &cipher.pointee)
        plain = lasting((0..<bytes).map { UInt8(truncatingIfNeeded: $0) }).baseAddress!
        out = lasting([], room: Self.batch * 2048).baseAddress!
        sealed = lasting([], room: Self.batch * 2048).baseAddress!
        sealBatch(into: sealed)
    }

    private func sealBatch(into memory: UnsafeMutableRawPointer) {
        for packet in 0..<Self.batch {
            let place = memory + packet * 2048
            place.storeBytes(of: 0x6080, as: UInt16.self)
            keep(
                cipher.pointee.sealRtp(
                    sealing, out: place, headerLength: Self.headerBytes, payload: plain,
                    payloadLength: bytes - Self.headerBytes, ssrc: 5, index: UInt64(packet)))
        }
        cipher.pointee.finish()
    }

    func seal(_ count: Int) { for _ in 0..<count { sealBatch(into: out) } }

    func open(_ count: Int) {
        for _ in 0..<count {
            for packet in 0..<Self.batch {
                let length = bytes + tagBytes
                let plain = cipher.pointee.openRtp(
                    opening, packet: sealed + packet * 2048, length: length, headerLength: Self.headerBytes, ssrc: 5,
                    index: UInt64(packet), out: out + packet * 2048)
                precondition(plain == bytes, "a packet that was sealed here did not open")
            }
        }
    }
}
