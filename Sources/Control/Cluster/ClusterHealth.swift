import Cluster

/// What `/health` says of the cluster.
struct ClusterHealth: Encodable {
    struct Host: Encodable {
        var id: String
        var url: String
        var rooms: UInt32
        var peers: UInt32
        var busyPercent: UInt32
        var draining: Bool
    }

    var connected: Bool
    /// Rooms that this host has.
    var leases: Int
    /// As they said last, this one first.
    var hosts: [Host]

    init(_ node: ClusterNode) {
        let status = node.status
        connected = status.isConnected
        leases = status.leases
        hosts = status.hosts.map { host in
            Host(
                id: host.name, url: host.publicURL, rooms: host.rooms, peers: host.peers, busyPercent: host.busyPercent,
                draining: host.draining)
        }
    }
}
