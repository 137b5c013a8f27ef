/// Names in Redis.
struct ClusterKeys: Sendable {
    var prefix: String

    /// The set of ids; each host's own key is this and its id.
    var hosts: String { prefix + "hosts" }
    var hostPrefix: String { prefix + "host:" }
    /// Counts leases.
    var terms: String { prefix + "terms" }
    var events: String { prefix + "events" }
    var log: String { prefix + "log" }

    var leasePrefix: String { prefix + "room:" }

    func lease(_ room: String) -> String { leasePrefix + room }
    func presence(_ room: String) -> String { prefix + "presence:" + room }
    func grave(_ host: String) -> String { prefix + "grave:" + host }
}
