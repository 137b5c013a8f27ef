import Tenancy

/// Who has a place in the platform's books: a peer, or a seat in a room of two.
protocol StayHolder: AnyObject {
    /// Nil for who belongs to no tenant.
    var stay: Stay? { get set }
    var hasLeft: Bool { get }
    /// Its session ends.
    func putOut(by registry: Registry, because reason: String)
}

extension Peer: StayHolder {
    var hasLeft: Bool { state == .closed }
    func putOut(by registry: Registry, because reason: String) { registry.remove(self, because: reason) }
}

/// Whose places in the platform's books belong to whom here: what ends there ends here, and the other way round.
final class Stays {
    private let registry: Registry
    private let gate: Gate
    private let tracks: TrackReports
    private var holders: [String: any StayHolder] = [:]
    /// Ended while they began: the word came before the holder was there.
    private var endedEarly: Set<String> = []
    private var beginning = 0

    init(registry: Registry, gate: Gate) {
        self.registry = registry
        self.gate = gate
        // First: what a peer published ends before its stay does.
        tracks = TrackReports(registry: registry, gate: gate)
        registry.watchers.append { [unowned self] in
            if case .peerLeft(let peer) = $0 { left(peer, because: peer.departure) }
        }
    }

    /// Takes the guest's place, then runs `body`, which returns who has it, or nil when nobody does. Who is no guest
    /// needs no place.
    func enter(_ guest: Guest?, _ body: @escaping (Result<Void, GuestRefusal>) -> (any StayHolder)?) {
        guard let guest else {
            _ = body(.success(()))
            return
        }
        beginning += 1
        gate.enter(guest).assumeIsolated().whenSuccess { result in
            let holder = body(result.map { _ in () })
            if case .success(let stay) = result { self.join(stay, holder) }
            self.began()
        }
    }

    private func began() {
        beginning -= 1
        if beginning == 0 { endedEarly = [] }
    }

    private func join(_ stay: Stay, _ holder: (any StayHolder)?) {
        guard let holder, !holder.hasLeft else { return gate.leave(stay, because: "left") }
        holder.stay = stay
        holders[stay.id] = holder
        tracks.begin(holder)
        if endedEarly.contains(stay.id) || endedEarly.contains(stay.tokenKey) {
            holder.putOut(by: registry, because: "kicked")
        }
    }

    /// Peers' leaving is heard of from the books.
    func left(_ holder: any StayHolder, because reason: String) {
        guard let stay = holder.stay else { return }
        holder.stay = nil
        holders[stay.id] = nil
        gate.leave(stay, because: reason)
    }

    /// In a process that takes over: the platform's books and its webhooks know of it.
    func restore(_ words: [String], for holder: any StayHolder) throws(UpgradeFailure) {
        guard !words.isEmpty else { return }
        guard let stay = Stay(words: words) else { throw UpgradeFailure("a stay is not whole") }
        holder.stay = stay
        holders[stay.id] = holder
    }

    var isBeginning: Bool { beginning > 0 }

    var all: [Stay] { holders.values.compactMap { $0.stay } }

    /// Puts out whose stays or tokens have ended. Twice is once.
    func end(_ ids: [String], tokens: [String]) {
        if beginning > 0 { endedEarly.formUnion(ids + tokens) }
        for id in ids { holders[id]?.putOut(by: registry, because: "kicked") }
        guard !tokens.isEmpty else { return }
        let revoked = Set(tokens)
        for (_, holder) in holders where holder.stay.map({ revoked.contains($0.tokenKey) }) == true {
            holder.putOut(by: registry, because: "revoked")
        }
    }
}
