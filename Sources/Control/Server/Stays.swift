import Tenancy

/// Whose places in the platform's books belong to which peers: what ends there ends here, and the other way round.
final class Stays {
    private let registry: Registry
    private let gate: Gate
    private var peers: [String: Peer] = [:]
    /// Ended while they began: the word came before the peer was there.
    private var endedEarly: Set<String> = []
    private var beginning = 0

    init(registry: Registry, gate: Gate) {
        self.registry = registry
        self.gate = gate
        registry.watchers.append { [unowned self] in
            if case .peerLeft(let peer) = $0 { left(peer) }
        }
    }

    /// Takes the guest's place, then runs `body`, which returns the peer that has it, or nil when there is none. Who is no guest
    /// needs no place.
    func enter(_ guest: Guest?, _ body: @escaping (Result<Void, GuestRefusal>) -> Peer?) {
        guard let guest else {
            _ = body(.success(()))
            return
        }
        beginning += 1
        gate.enter(guest).assumeIsolated().whenSuccess { result in
            let peer = body(result.map { _ in () })
            if case .success(let stay) = result { self.join(stay, peer) }
            self.began()
        }
    }

    private func began() {
        beginning -= 1
        if beginning == 0 { endedEarly = [] }
    }

    private func join(_ stay: Stay, _ peer: Peer?) {
        guard let peer, peer.state != .closed else { return gate.leave(stay, because: "left") }
        peer.stay = stay
        peers[stay.id] = peer
        if endedEarly.contains(stay.id) || endedEarly.contains(stay.tokenKey) {
            registry.remove(peer, because: "kicked")
        }
    }

    private func left(_ peer: Peer) {
        guard let stay = peer.stay else { return }
        peer.stay = nil
        peers[stay.id] = nil
        gate.leave(stay, because: peer.departure)
    }

    /// Puts out whose stays or tokens have ended. Twice is once.
    func end(_ ids: [String], tokens: [String]) {
        if beginning > 0 { endedEarly.formUnion(ids + tokens) }
        for id in ids {
            if let peer = peers[id] { registry.remove(peer, because: "kicked") }
        }
        guard !tokens.isEmpty else { return }
        let revoked = Set(tokens)
        for (_, peer) in peers where peer.stay.map({ revoked.contains($0.tokenKey) }) == true {
            registry.remove(peer, because: "revoked")
        }
    }
}
