import Contract
import Secure

/// A cipher and the keys of the clients, which all run on one thread.
final class CipherBox {
    var cipher: Cipher

    init() {
        guard let cipher = Cipher() else { fatalError("no cipher for this processor") }
        self.cipher = cipher
    }
}

/// Both directions of one client's SRTP.
final class SrtpBox {
    private let memory: UnsafeMutableRawPointer
    let sealing: SealingKey
    let opening: OpeningKey
    /// Nil: plain RTP.
    let profile: SrtpProfile?
    private let box: CipherBox

    /// `keys` as the server gets them; the client's are the mirrored ones.
    init(server keys: SrtpKeys?, box: CipherBox) {
        let stride = (SealingKey.byteCount + 63) & ~63
        memory = .allocate(byteCount: stride * 2, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: stride * 2)
        sealing = SealingKey(at: memory)
        opening = OpeningKey(at: memory + stride)
        profile = keys?.profile
        self.box = box
        guard let keys else {
            sealing.installClear(by: &box.cipher)
            opening.installClear(by: &box.cipher)
            return
        }
        let mirrored = SrtpKeys(
            profile: keys.profile, receiveKey: keys.sendKey, receiveSalt: keys.sendSalt, sendKey: keys.receiveKey,
            sendSalt: keys.receiveSalt)
        sealing.install(mirrored, by: &box.cipher)
        opening.install(mirrored, by: &box.cipher)
    }

    deinit { memory.deallocate() }

    func seal(header: [UInt8], payload: [UInt8], ssrc: UInt32, index: UInt64) -> [UInt8] {
        var packet = header + payload + [UInt8](repeating: 0, count: profile?.tagBytes ?? 0)
        packet.withUnsafeMutableBytes { out in
            let start = out.baseAddress!
            let count = box.cipher.sealRtp(
                sealing, out: start, headerLength: header.count, payload: start + header.count,
                payloadLength: payload.count, ssrc: ssrc, index: index)
            precondition(count == out.count)
            box.cipher.finish()
        }
        return packet
    }

    /// The plain packet, or nil when it is not authentic under this index.
    func open(_ packet: [UInt8], headerLength: Int, ssrc: UInt32, index: UInt64) -> [UInt8]? {
        var packet = packet
        let length = packet.withUnsafeMutableBytes { bytes in
            box.cipher.openRtp(
                opening, packet: bytes.baseAddress!, length: bytes.count, headerLength: headerLength, ssrc: ssrc,
                index: index, out: bytes.baseAddress!)
        }
        guard let length else { return nil }
        packet.removeLast(packet.count - length)
        return packet
    }

    func sealRtcp(_ compound: [UInt8], index: UInt32) -> [UInt8] {
        var packet = compound + [UInt8](repeating: 0, count: Cipher.rtcpTrailerBytesMax)
        let length = packet.withUnsafeMutableBytes { bytes in
            box.cipher.sealRtcp(sealing, packet: bytes.baseAddress!, length: compound.count, index: index)
        }
        packet.removeLast(packet.count - length)
        return packet
    }

    /// The plain compound; `window` is that of the sender's one SRTCP counter.
    func openRtcp(_ packet: [UInt8], window: inout ReplayWindow) -> (result: OpenedRtcp, bytes: [UInt8]) {
        var packet = packet
        let result = packet.withUnsafeMutableBytes { bytes in
            box.cipher.openRtcp(opening, packet: bytes.baseAddress!, length: bytes.count, window: &window)
        }
        if case .opened(let length) = result { packet.removeLast(packet.count - length) }
        return (result, packet)
    }
}

extension Dice {
    mutating func keys() -> SrtpKeys {
        let profile = pick(SrtpProfile.allCases)
        return SrtpKeys(
            profile: profile, receiveKey: FixedBytes(bytes(profile.keyBytes))!,
            receiveSalt: FixedBytes(bytes(profile.saltBytes))!, sendKey: FixedBytes(bytes(profile.keyBytes))!,
            sendSalt: FixedBytes(bytes(profile.saltBytes))!)
    }
}
