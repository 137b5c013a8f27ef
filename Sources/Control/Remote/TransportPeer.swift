import Contract
import Protocol
import SessionDescription

/// A transport of another control plane: one connection whose producers and consumers are named one by one.
final class TransportPeer: RemotePeer {
    enum Kind {
        case webRtc
        /// Plain RTP or, with what the server encrypts with, SRTP.
        case plain(SrtpSecret?)
    }

    let peer: Peer
    let kind: Kind
    unowned let remote: Remote
    var media = TransportMedia()
    /// What each producer may send, by mid.
    var codecs: [String: [Codec]] = [:]
    private var midCount = 0

    init(_ peer: Peer, _ kind: Kind, remote: Remote) {
        self.peer = peer
        self.kind = kind
        self.remote = remote
    }

    /// The wished one, if it is free, or one of ours.
    func mid(_ wished: String) throws(RemoteFault) -> FixedBytes<16> {
        var text = wished
        while text.isEmpty || wished.isEmpty && isTaken(text) {
            text = String(midCount)
            midCount += 1
        }
        let isToken = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"(),/:;<=>?@[\\]".utf8.contains($0) }
        guard isToken, let bytes = FixedBytes<16>(text) else { throw .invalid("a mid is a token of 1...16 characters") }
        guard !isTaken(text) else { throw .exists("PRODUCER_EXISTS", "the transport has a stream of this mid already") }
        return bytes
    }

    private func isTaken(_ mid: String) -> Bool {
        peer.producers.contains { $0.mid == mid } || peer.consumers.contains { $0.mid == mid }
    }

    // MARK: PeerObserver

    func peerLost(_ loss: PeerLoss) { remote.forget(peer) }
    func peerRemoved() { remote.forget(peer) }

    /// Nothing else is ever bound to a consumer of ours: what has lost its producer is of no use.
    func slotsChanged() {
        for consumer in peer.consumers where consumer.producer == nil {
            var event = Remote.event(.consumerClosed, peer.room)
            event.consumer = RpcConsumer(consumer)
            remote.registry.closeConsumer(consumer)
            remote.publish(event)
        }
    }
}

/// An SRTP master key and salt under a suite (RFC 4568 §6.1).
struct SrtpSecret {
    let profile: SrtpProfile
    let key: FixedBytes<32>
    let salt: FixedBytes<14>

    static func random(_ profile: SrtpProfile) -> SrtpSecret {
        // The system's generator is a cryptographic one.
        let bytes = (0..<(profile.keyBytes + profile.saltBytes)).map { _ in UInt8.random(in: .min ... .max) }
        return SrtpSecret(profile, bytes)!
    }

    /// Key, then salt; nil when their lengths are not the suite's.
    init?(_ profile: SrtpProfile, _ bytes: some Collection<UInt8>) {
        guard bytes.count == profile.keyBytes + profile.saltBytes,
            let key = FixedBytes<32>(Array(bytes.prefix(profile.keyBytes))),
            let salt = FixedBytes<14>(Array(bytes.dropFirst(profile.keyBytes)))
        else { return nil }
        self.profile = profile
        self.key = key
        self.salt = salt
    }

    var bytes: [UInt8] { key.array + salt.array }
}
