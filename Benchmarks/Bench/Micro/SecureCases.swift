import Contract
import Secure

/// SRTP of one packet, as fan-out and intake use it: encrypting from one place to another.
func secureCases() throws(BenchError) -> [MicroCase] {
    var cases: [MicroCase] = []
    for (libraryName, library) in Options.libraries where Cipher(library: library) != nil {
        let ending = library == .openSSL ? "-openssl" : ""
        for (name, profile) in Options.profiles {
            for bytes in [100, 1200] {
                guard let cipher = Cipher(library: library) else { throw BenchError("\(libraryName) is not there") }
                let bench = SrtpBench(cipher: placed(cipher), profile: profile, bytes: bytes)
                let title = "\(name)-\(bytes)\(ending)"
                cases.append(MicroCase(name: "srtp.seal-\(title)", packets: SrtpBench.batch, body: bench.seal))
                cases.append(MicroCase(name: "srtp.open-\(title)", packets: SrtpBench.batch, body: bench.open))
            }
        }
    }
    return try cases + orderCases()
}

/// Six packets to 200 receivers, encrypted: all of one receiver in a row, or one packet for everybody after the other.
private func orderCases() throws(BenchError) -> [MicroCase] {
    let (receivers, packets, bytes) = (200, 6, 1050)
    guard let made = Cipher() else { throw BenchError("there is no cipher") }
    let cipher = placed(made)
    let keys = (0..<receivers).map { receiver in
        let key = SealingKey(at: Sample.keyMemory())
        key.install(Sample.keys(.aes128Gcm, peer: receiver), by: &cipher.pointee)
        return key
    }
    let plain = lasting([], room: packets * 2048).baseAddress!
    // As far apart as runs are in a shard.
    let stride = 65536 + 4096 + 192
    let out = UnsafeMutableRawPointer.allocate(byteCount: receivers * stride, alignment: 64)
    out.initializeMemory(as: UInt8.self, repeating: 0, count: receivers * stride)
    func seal(_ receiver: Int, _ packet: Int) {
        keep(
            cipher.pointee.sealRtp(
                keys[receiver], out: out + receiver * stride + packet * 1100, headerLength: 12,
                payload: plain + packet * 2048, payloadLength: bytes, ssrc: UInt32(receiver), index: UInt64(packet)))
    }
    return [
        MicroCase(name: "srtp.order-by-subscriber", packets: receivers * packets, iterations: 10) { count in
            for _ in 0..<count {
                for receiver in 0..<receivers { for packet in 0..<packets { seal(receiver, packet) } }
            }
        },
        MicroCase(name: "srtp.order-by-packet", packets: receivers * packets, iterations: 10) { count in
            for _ in 0..<count {
                for packet in 0..<packets { for receiver in 0..<receivers { seal(receiver, packet) } }
            }
        },
    ]
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
