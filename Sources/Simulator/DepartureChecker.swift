import Contract
import Memory
import Secure
import Wire

/// Looks at every datagram that leaves, before the network gets it.
struct DepartureChecker {
    /// Authenticated checks that reached the host and were not answered yet, by where they came from.
    private var unanswered: [Endpoint: Int] = [:]
    /// Who proved an address to be its own.
    private var provers: [Endpoint: Int] = [:]

    mutating func noteArrival(_ datagram: Datagram) {
        if datagram.isCheck { unanswered[datagram.source, default: 0] += 1 }
        if let prover = datagram.prover { provers[datagram.source] = prover }
    }

    /// The control side vouches for the address.
    mutating func notePlain(_ peer: SimulatedPeer) {
        provers[peer.endpoint] = peer.number
        peer.recordHasLeft = true
    }

    /// The client at `destination`, nil when there is none.
    mutating func check(_ bytes: [UInt8], to destination: Endpoint, _ world: Simulator) -> Int? {
        let peer = provers[destination].map { world.peers[$0] }
        switch bytes.first.map({ PacketKind.classify(firstByte: $0) }) ?? .unknown {
        case .stun: checkStun(bytes, destination, world)
        case .dtls:
            world.counts.records += 1
            peer?.recordHasLeft = true
            if peer == nil { world.violate("stranger", "a DTLS record leaves for an address that nobody proved") }
        case .rtpOrRtcp:
            guard let peer else {
                world.violate("stranger", "media leaves for an address that nobody proved")
                return nil
            }
            checkMedia(bytes, peer, world)
        default: world.violate("encryption", "what leaves is neither STUN nor DTLS nor SRTP")
        }
        return peer?.endpoint == destination ? peer?.number : nil
    }

    private mutating func checkStun(_ bytes: [UInt8], _ destination: Endpoint, _ world: Simulator) {
        world.counts.stunAnswers += 1
        guard let message = try? StunMessage(parsing: bytes.span.bytes), message.hasIntegrity,
            message.fingerprintIsValid(in: bytes.span.bytes), message.messageClass != .request
        else { return world.violate("stun", "an answer that is none") }
        let left = unanswered[destination] ?? 0
        if left == 0 { world.violate("stranger", "an answer to what was not asked, or not with a password") }
        unanswered[destination] = max(left - 1, 0)
        if message.messageClass == .success,
            message.mappedAddress
                != StunAddress(high: destination.high, low: destination.low, port: destination.port)
        {
            world.violate("stun", "the mapped address is not where the check came from")
        }
    }

    private func checkMedia(_ bytes: [UInt8], _ peer: SimulatedPeer, _ world: Simulator) {
        guard let srtp = peer.srtp else { return world.violate("encryption", "media leaves before there are keys") }
        if !peer.recordHasLeft { world.violate("handshake", "media leaves before the handshake's last record") }
        if peer.isReleased { world.violate("closed", "media leaves for peer \(peer.number), which was released") }
        guard bytes.count >= 12 else { return world.violate("encryption", "\(bytes.count) bytes leave as media") }
        if PacketKind.isRtcp(secondByte: bytes[1]) {
            let opened = srtp.openRtcp(bytes, window: &peer.rtcpWindow)
            guard case .opened = opened.result else {
                return world.violate("encryption", "RTCP for peer \(peer.number) is \(opened.result)")
            }
            world.counts.rtcpCompounds += 1
            RtcpChecker(peer: peer, world: world).check(opened.bytes)
        } else {
            MediaChecker(peer: peer, world: world).check(bytes, srtp)
        }
    }
}
