import Protocol

/// The hosts that are there, as this one knows them.
struct HostBook {
    typealias Instant = ContinuousClock.Instant

    private struct Seen {
        var host: ClusterHost
        /// When it last said something new.
        var since: Instant
        /// Rooms that were given to it since then.
        var given: UInt32 = 0
    }

    let suspicion: Duration
    private(set) var own: ClusterHost
    /// Rooms that it was given since its last report.
    private var ownGiven: UInt32 = 0
    private var others: [String: Seen] = [:]
    /// Hosts that were there and said no farewell, by their ids, with their names.
    private var missing: [String: (name: String, since: Instant)] = [:]

    init(_ own: ClusterHost, suspicion: Duration) {
        self.own = own
        self.suspicion = suspicion
    }

    var all: [ClusterHost] { [own] + others.values.map(\.host).sorted { $0.hostID < $1.hostID } }

    mutating func report(_ change: (inout ClusterHost) -> Void) {
        change(&own)
        ownGiven = 0
    }

    mutating func stamp(_ milliseconds: UInt64) { own.timeMs = milliseconds }

    /// What Redis says is there.
    mutating func take(_ hosts: [ClusterHost], at now: Instant) {
        var fresh: [String: Seen] = [:]
        for host in hosts where host.hostID != own.hostID {
            let known = others.removeValue(forKey: host.hostID)
            let isNews = known?.host.timeMs != host.timeMs
            fresh[host.hostID] = isNews ? Seen(host: host, since: now) : known
            missing[host.hostID] = nil
        }
        for (id, gone) in others where missing[id] == nil { missing[id] = (gone.host.name, now) }
        others = fresh
    }

    /// After a time without Redis nobody is taken for dead who may have been as deaf as this host.
    mutating func forgetMissing() { missing = [:] }

    /// Hosts that have been gone since before `then`, each told once: ids and names. Who is back under the same name looks
    /// after itself.
    mutating func gone(since then: Instant) -> [(id: String, name: String)] {
        let over = missing.filter { $0.value.since <= then }
        for id in over.keys { missing[id] = nil }
        let names = Set(all.map(\.name))
        return over.filter { !names.contains($0.value.name) }.map { ($0.key, $0.value.name) }
    }

    /// Another host that goes by the same name; an earlier run of this one is gone soon.
    func double(at now: Instant) -> ClusterHost? {
        others.values.first { $0.host.name == own.name && now - $0.since < suspicion }?.host
    }

    /// Nil for who is not there, or has been silent.
    func live(_ id: String, at now: Instant) -> ClusterHost? {
        guard let seen = others[id], now - seen.since < suspicion else { return nil }
        return seen.host
    }

    /// Who is to have a new room: the least loaded that takes any, this one where there is no difference. Nil when none does.
    mutating func choice(at now: Instant) -> ClusterHost? {
        var best: (load: (UInt32, UInt32, UInt32), host: ClusterHost)? =
            own.draining ? nil : (load(of: own, given: ownGiven), own)
        for seen in others.values.sorted(by: { $0.host.hostID < $1.host.hostID })
        where !seen.host.draining && now - seen.since < suspicion {
            let load = load(of: seen.host, given: seen.given)
            if best.map({ load < $0.load }) ?? true { best = (load, seen.host) }
        }
        return best?.host
    }

    /// It has been given a room, and has not said so yet: that counts as one who is in.
    mutating func give(to id: String) {
        if id == own.hostID { ownGiven += 1 } else { others[id]?.given += 1 }
    }

    /// The processor by tens, so that small differences send nobody away; then people and rooms.
    private func load(of host: ClusterHost, given: UInt32) -> (UInt32, UInt32, UInt32) {
        (host.busyPercent / 10, host.peers &+ given, host.rooms &+ given)
    }
}
