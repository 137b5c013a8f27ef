import Protocol

/// The rooms that this host has, and who is in them: what it writes to Redis, and writes again when Redis has lost it.
struct RoomBook {
    typealias Instant = ContinuousClock.Instant

    struct Held: Sendable {
        /// The Lease as Redis has it.
        var lease: [UInt8]
        var term: UInt64
        /// When it was given, or asked for last.
        var since: Instant
        /// It has been open since then.
        var wasOpen = false
    }

    private(set) var held: [String: Held] = [:]
    /// Rooms that are open here, whether or not a lease says so.
    private(set) var open: Set<String> = []
    private var people: [String: [String: ClusterPresence]] = [:]

    mutating func hold(_ room: String, _ lease: [UInt8], term: UInt64, at now: Instant) {
        if held[room]?.lease == lease { return }
        held[room] = Held(lease: lease, term: term, since: now)
    }

    mutating func letGo(_ room: String) { held[room] = nil }

    mutating func report(open rooms: Set<String>) {
        open = rooms
        for room in rooms { held[room]?.wasOpen = true }
    }

    /// Somebody is about to come: it is not given back now.
    mutating func expect(_ room: String, at now: Instant) {
        held[room]?.since = now
        held[room]?.wasOpen = false
    }

    func isHere(_ room: String) -> Bool { held[room] != nil || open.contains(room) }

    /// Open here without a lease.
    var unheld: [String] { open.filter { held[$0] == nil } }

    /// Held for nobody: closed, or never entered since `then`.
    func idle(since then: Instant) -> [String] {
        held.filter { !open.contains($0.key) && ($0.value.wasOpen || $0.value.since <= then) }.map(\.key)
    }

    mutating func enter(_ presence: ClusterPresence, _ room: String) {
        people[room, default: [:]][presence.peerID] = presence
    }

    mutating func leave(_ peer: String, _ room: String) {
        people[room]?[peer] = nil
        if people[room]?.isEmpty == true { people[room] = nil }
    }

    func people(in room: String) -> [ClusterPresence] { people[room].map { Array($0.values) } ?? [] }
}
