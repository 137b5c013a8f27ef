import Contract
import Secure
import Wire

/// Reading and writing bytes.
func wireCases() -> [MicroCase] { rtpCases() + descriptorCases() + stunCases() + rtcpCases() }

private func rtpCases() -> [MicroCase] {
    let packet = lasting(Sample.rtp(ssrc: 1, sequence: 2, timestamp: 3, isAudio: true, bytes: 100))
    let bytes = UnsafeRawBufferPointer(packet)
    let map = placed(Sample.media)
    return [
        MicroCase(name: "wire.rtp-header") { count in
            for _ in 0..<count { keep((try? RtpHeader(parsing: bytes.bytes))?.headerLength ?? 0) }
        },
        MicroCase(name: "wire.rtp-extensions") { count in
            guard let header = try? RtpHeader(parsing: bytes.bytes) else { return }
            for _ in 0..<count {
                let found = try? HeaderExtensions(parsing: bytes.bytes, header: header, map: map.pointee)
                keep(Int(found?.value(.audioLevel).offset ?? 0))
            }
        },
    ]
}

private func descriptorCases() -> [MicroCase] {
    let samples: [(String, Codec, [UInt8])] = [
        ("vp8", .vp8, Sample.vp8(isKeyframe: true)), ("vp9", .vp9, Sample.vp9),
        ("h264", .h264ConstrainedBaseline, Sample.h264), ("av1", .av1, Sample.av1),
    ]
    return samples.map { name, codec, start in
        let memory = UnsafeRawBufferPointer(lasting(start, room: 100))
        let payload = RtpPayload(offset: 0, length: memory.count)
        return MicroCase(name: "wire.descriptor-\(name)") { count in
            for _ in 0..<count {
                keep(PayloadFacts(codec: codec, payload: payload, in: memory.bytes).isKeyframeStart ? 1 : 0)
            }
        }
    }
}

private func stunCases() -> [MicroCase] {
    let check = UnsafeRawBufferPointer(lasting(Sample.check(peer: 3, transaction: 9)))
    let out = lasting([], room: 256)
    let secret = UnsafeRawBufferPointer(lasting(Array(Sample.password.utf8)))
    return [
        MicroCase(name: "wire.stun-parse") { count in
            for _ in 0..<count { keep((try? StunMessage(parsing: check.bytes))?.usernameLength ?? 0) }
        },
        MicroCase(name: "stun.check") { count in
            for _ in 0..<count {
                guard let message = try? StunMessage(parsing: check.bytes) else { return }
                let digest = stunIntegrity(
                    key: secret.baseAddress!, keyBytes: secret.count, message: check.baseAddress!,
                    coveredBytes: message.integrityCoveredLength, length: message.integrityLengthField)
                keep(Int(digest[0]) + (message.fingerprintIsValid(in: check.bytes) ? 1 : 0))
            }
        },
        MicroCase(name: "stun.answer") { count in
            for number in 0..<count {
                guard
                    var writer = try? StunWriter(
                        bindingSuccessTo: StunTransactionId(first: UInt64(number), last: 1),
                        mappedAddress: StunAddress(ipv4: 0x7F00_0001, port: 4000), into: ByteWriter(out))
                else { return }
                let digest = stunIntegrity(
                    key: secret.baseAddress!, keyBytes: secret.count, message: out.baseAddress!,
                    coveredBytes: writer.byteCount, length: UInt16(writer.byteCount + 4))
                writer.appendIntegrity(digest)
                writer.appendFingerprint()
                keep(writer.byteCount)
            }
        },
    ]
}

private func rtcpCases() -> [MicroCase] {
    let compound = UnsafeRawBufferPointer(lasting(Sample.receiverReport(sender: 1, about: 2, lost: 3)))
    return [
        MicroCase(name: "wire.rtcp-compound") { count in
            for _ in 0..<count {
                var reader = RtcpCompound()
                while let packet = try? reader.next(in: compound.bytes) { keep(packet.bodyLength) }
            }
        }
    ]
}
