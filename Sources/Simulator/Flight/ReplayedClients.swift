import Contract
import Engine
import Flight
import Secure
import Wire

/// Makes datagrams again out of what was recorded of them, under other keys.
final class ReplayedClients {
    private let file: FlightFile
    private let box = CipherBox()
    private var boxes: [SrtpProfile: SrtpBox] = [:]

    init(_ file: FlightFile) {
        self.file = file
        for profile in SrtpProfile.allCases { boxes[profile] = SrtpBox(server: FlightSecrets.keys(profile), box: box) }
    }

    func datagram(_ entry: FlightEntry, _ protection: PeerProtection?) -> [UInt8] {
        switch entry.kind {
        case .rtp: rtp(entry, protection)
        case .rtcp: rtcp(entry, protection)
        case .stun: stun(entry)
        default: [entry.flags] + [UInt8](repeating: 0, count: max(entry.argument - 1, 0))
        }
    }

    private func rtp(_ entry: FlightEntry, _ protection: PeerProtection?) -> [UInt8] {
        guard let packet = file.value(entry, as: FlightPacket.self) else { return [] }
        var bytes = Array(file.packetBytes(entry, packet))
        let wire = Int(packet.wireBytes)
        guard packet.outcome == .opened, case .srtp(let profile)? = protection, let client = boxes[profile] else {
            fill(&bytes, to: wire, padding: packet.outcome == .opened ? packet.padding : 0)
            return bytes
        }
        fill(&bytes, to: wire - profile.tagBytes, padding: packet.padding)
        guard let header = try? bytes.withUnsafeBytes({ try RtpHeader(parsing: $0.bytes) }) else { return bytes }
        let length = header.headerLength
        return client.seal(
            header: Array(bytes[..<length]), payload: Array(bytes[length...]), ssrc: header.ssrc, index: packet.index)
    }

    private func fill(_ bytes: inout [UInt8], to count: Int, padding: UInt8) {
        if bytes.count < count { bytes += [UInt8](repeating: 0, count: count - bytes.count) }
        if padding > 0, !bytes.isEmpty { bytes[bytes.count - 1] = padding }
    }

    private func rtcp(_ entry: FlightEntry, _ protection: PeerProtection?) -> [UInt8] {
        guard let packet = file.value(entry, as: FlightPacket.self) else { return [] }
        var bytes = Array(file.packetBytes(entry, packet))
        guard case .srtp(let profile)? = protection, let client = boxes[profile] else {
            fill(&bytes, to: Int(packet.wireBytes), padding: 0)
            return bytes
        }
        if packet.outcome == .opened { return client.sealRtcp(bytes, index: UInt32(packet.index)) }
        fill(&bytes, to: Int(packet.wireBytes), padding: 0)
        let place = bytes.count - 4 - (profile == .aes128CmSha1 ? profile.tagBytes : 0)
        guard packet.index != .max, place >= 8 else { return bytes }
        let word = UInt32(truncatingIfNeeded: packet.index) | 1 << 31
        for number in 0..<4 { bytes[place + number] = UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * number)) }
        return bytes
    }

    /// A check, signed with the password that stands for all.
    private func stun(_ entry: FlightEntry) -> [UInt8] {
        var bytes = Array(file.bytes[entry.body].prefix(entry.argument))
        guard let message = try? bytes.withUnsafeBytes({ try StunMessage(parsing: $0.bytes) }), message.hasIntegrity,
            message.hasFingerprint
        else { return bytes }
        var password = FlightSecrets.password
        let digest = bytes.withUnsafeBytes {
            stunIntegrity(
                key: &password.storage, keyBytes: password.count, message: $0.baseAddress!,
                coveredBytes: message.integrityCoveredLength, length: message.integrityLengthField)
        }
        for number in 0..<20 { bytes[message.integrityHmacOffset + number] = digest[number] }
        let value = bytes.withUnsafeBytes { message.fingerprint(in: $0.bytes) }
        for number in 0..<4 {
            bytes[message.fingerprintOffset + 4 + number] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * number))
        }
        return bytes
    }
}
