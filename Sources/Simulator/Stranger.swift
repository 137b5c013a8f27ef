import Contract
import Memory

/// Somebody who has no business here: whatever comes from there must not make the host send.
extension Simulator {
    public static let strangerEndpoint = Endpoint(ipv4: 0xC633_6407, port: 6666)

    /// One datagram of a stranger: noise, a forged check, a DTLS hello, or what was overheard of a peer.
    public func sendAsStranger(_ bytes: [UInt8]) {
        calendar.add(.toServer(Datagram(bytes: bytes, source: Self.strangerEndpoint)), at: now + 1_000_000)
    }

    public func sendStrangerNoise() {
        var bytes = dice.bytes(1 + dice.below(400))
        bytes[0] = dice.pick([0, 1, 20, 22, 63, 64, 128, 143, 191, 192, 255])
        sendAsStranger(bytes)
        let empty: [UInt8] = []
        if dice.chance(0.1) { sendAsStranger(empty) }
    }
}
