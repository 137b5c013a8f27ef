/// How this host takes part in a cluster.
public struct ClusterSettings: Sendable {
    public var redis: RedisAddress
    /// HOST_ID: the same in each run of the host, and no other host's.
    public var name: String
    /// HOST_URL: where clients reach this very host, by HTTP and WebSocket.
    public var url: String
    /// Where other hosts reach it by gRPC; empty when they do not.
    public var grpcAddress = ""
    public var mediaAddresses: [String] = []
    public var version = ""
    public var timings = ClusterTimings()
    /// Before all keys and channels. Hosts with the same are one cluster.
    public var prefix = "millrace:"

    public init(redis: RedisAddress, name: String, url: String) {
        self.redis = redis
        self.name = name
        self.url = url
    }
}

/// Together they let people be back in a call within ten seconds of their host's death.
public struct ClusterTimings: Sendable {
    /// Between renewals.
    public var beat = Duration.milliseconds(1000)
    /// How long a host, and a host's room, outlives the last renewal.
    public var lease = Duration.milliseconds(4000)
    /// A host that has said nothing for so long is sent nobody, though its lease lasts.
    public var suspicion = Duration.milliseconds(2500)
    /// How long a join waits for a dead host's lease to end, or for Redis.
    public var patience = Duration.milliseconds(6000)
    /// After Redis was away no room is opened anew before all hosts have said what they have.
    public var recovery = Duration.milliseconds(3000)
    /// How long a host's people are kept in the database after its lease has ended.
    public var mourning = Duration.milliseconds(10_000)
    /// A room that nobody has entered is given back.
    public var reservation = Duration.milliseconds(10_000)

    public init() {}
}
