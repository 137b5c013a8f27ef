import Channels
import Contract

/// Data channels of peers that negotiated them: their DTLS sessions stay, and carry SCTP (RFC 8261).
extension HandshakeTable {
    /// After `open`. A peer whose handshake is over already has come too early, and gets none.
    public func setChannels(_ peer: PeerHandle, _ membership: ChannelMembership) {
        guard let slot = slot(of: peer), sessions[slot]?.endpoint.state == .handshaking,
            sessions[slot]?.endpoint.keepData() == true
        else { return }
        sessions[slot]?.channels = membership
    }

    /// The handshake is over: SCTP begins.
    func beginChannels(of session: Session, now: UInt64) {
        guard let membership = session.channels, let slot = slot(of: session.peer) else { return }
        _ = relay.join(
            slot, membership, owner: session.endpoint.dataOwner, output: DtlsEndpoint.dataOutput, now: now)
    }

    /// Relays what has come, and hands the shards what is to leave for it.
    func passChannels(now: UInt64) {
        for slot in relay.pass(now: now) where sessions[slot] != nil { settle(slot, now: now) }
        counters.channels = relay.counters
    }
}
