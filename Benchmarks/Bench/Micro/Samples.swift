import Contract
import Memory
import Secure
import Wire

/// Packets as browsers send them.
enum Sample {
    static let audioType: UInt8 = 111
    static let videoType: UInt8 = 96
    static let rtxType: UInt8 = 97

    static let media: MediaMap = {
        var map = MediaMap()
        map.set(.opus, payloadType: audioType)
        map.set(.vp8, payloadType: videoType)
        map.setRtx(payloadType: rtxType, repairing: videoType)
        let kinds: [HeaderExtension] = [
            .mid, .rid, .repairedRid, .audioLevel, .absSendTime, .transportCC, .videoOrientation,
        ]
        for (place, kind) in kinds.enumerated() { map.set(kind, id: UInt8(place + 1)) }
        return map
    }()

    /// VP8 (RFC 7741): extended, picture id of 15 bits; the first of a keyframe or a later packet.
    static func vp8(isKeyframe: Bool) -> [UInt8] {
        [isKeyframe ? 0x90 : 0x80, 0x80, 0x81, 0x23, isKeyframe ? 0x10 : 0x11]
    }
    /// VP9 (RFC 9628): picture id, layer indices, beginning of a frame.
    static let vp9: [UInt8] = [0xA8, 0x81, 0x23, 0x00, 0x05]
    /// H.264 (RFC 6184): FU-A with the start of an IDR slice.
    static let h264: [UInt8] = [0x7C, 0x85, 0x88]
    /// AV1: one element, new coded video sequence.
    static let av1: [UInt8] = [0x18, 0x0A, 0x0B, 0x00]

    /// An RTP packet (RFC 3550 §5.1) of `bytes` bytes with one-byte extensions: MID, transport-cc, and audio level for audio.
    static func rtp(
        ssrc: UInt32, sequence: UInt16, timestamp: UInt32, isAudio: Bool, bytes: Int, isMarked: Bool = false,
        descriptor: [UInt8] = []
    ) -> [UInt8] {
        var packet: [UInt8] = [0x90, (isAudio ? audioType : videoType) | (isMarked ? 0x80 : 0)]
        packet += big(UInt64(sequence), 2) + big(UInt64(timestamp), 4) + big(UInt64(ssrc), 4)
        packet += [0xBE, 0xDE, 0, 2, 0x10, isAudio ? 0x30 : 0x31, 0x61] + big(UInt64(sequence), 2)
        packet += isAudio ? [0x40, 0x9E, 0] : [0, 0, 0]
        packet += descriptor
        precondition(bytes >= packet.count)
        for place in packet.count..<bytes { packet.append(UInt8(truncatingIfNeeded: place &* 37)) }
        return packet
    }

    static let headerBytes = 24

    static func big(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
    }

    /// A receiver report with one block, then a generic NACK for `lost`.
    static func receiverReport(sender: UInt32, about ssrc: UInt32, lost: UInt16? = nil) -> [UInt8] {
        var bytes: [UInt8] = [0x81, 201, 0, 7] + big(UInt64(sender), 4) + big(UInt64(ssrc), 4)
        bytes += [0, 0, 0, 0] + big(1000, 4) + big(20, 4) + big(0x1234_5678, 4) + big(0x0001_0000, 4)
        if let lost {
            bytes += [0x81, 205, 0, 3] + big(UInt64(sender), 4) + big(UInt64(ssrc), 4) + big(UInt64(lost), 2) + [0, 0]
        }
        return bytes
    }

    /// Keying material: the same on both sides, `receive` of the server is the client's sending half.
    static func keys(_ profile: SrtpProfile, peer: Int) -> SrtpKeys {
        func bytes(_ count: Int, _ kind: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 11 &+ peer &* 17 &+ kind &* 71) }
        }
        return SrtpKeys(
            profile: profile, receiveKey: FixedBytes(bytes(profile.keyBytes, 1))!,
            receiveSalt: FixedBytes(bytes(profile.saltBytes, 2))!, sendKey: FixedBytes(bytes(profile.keyBytes, 3))!,
            sendSalt: FixedBytes(bytes(profile.saltBytes, 4))!)
    }

    /// The client's side of `keys`: what it sends with, and what it receives with.
    static func mirrored(_ keys: SrtpKeys) -> SrtpKeys {
        SrtpKeys(
            profile: keys.profile, receiveKey: keys.sendKey, receiveSalt: keys.sendSalt, sendKey: keys.receiveKey,
            sendSalt: keys.receiveSalt)
    }

    static func keyMemory() -> UnsafeMutableRawPointer {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: SealingKey.byteCount, alignment: SealingKey.alignment)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: SealingKey.byteCount)
        return memory
    }

    /// A connectivity check (RFC 8445 §7.1) with the credentials of `EngineStand`.
    static func check(peer: Int, transaction: UInt64) -> [UInt8] {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 8)
        defer { memory.deallocate() }
        let name = Array("\(localUfrag(peer)):them".utf8)
        let secret = Array(password.utf8)
        guard
            var writer = try? StunWriter(
                bindingRequest: StunTransactionId(first: transaction, last: 7), username: name.span.bytes,
                priority: 0x6E7F_1EFF, isControlling: true, tieBreaker: 42, useCandidate: true, into: ByteWriter(memory)
            )
        else { fatalError("a check did not fit") }
        let digest = secret.withUnsafeBytes {
            stunIntegrity(
                key: $0.baseAddress!, keyBytes: $0.count, message: memory.baseAddress!,
                coveredBytes: writer.byteCount, length: UInt16(writer.byteCount + 4))
        }
        writer.appendIntegrity(digest)
        writer.appendFingerprint()
        return Array(memory.prefix(writer.byteCount))
    }

    static let password = "0123456789abcdefghijklmn"
    static func localUfrag(_ peer: Int) -> String { IceCredentials.ufragPrefix(shard: 0, peer: UInt32(peer)) + "wxyz" }

    static func endpoint(_ peer: Int) -> Endpoint {
        Endpoint(ipv4: 0x0A00_0001 + UInt32(peer), port: UInt16(20_000 + peer % 40_000))
    }
}
