/// What one shard does with all of a workload when `millrace load` is the clients: for `--one-shard`, which is how a run is predicted.
public struct ShardAnswer: Codable, Sendable {
    public struct Room: Codable, Sendable {
        public var name: String
        public var p50Milliseconds: Double
        public var p99Milliseconds: Double
    }

    public var busy: Double
    public var wakeups: Double
    public var runs: Double
    public var packetsOut: Double
    public var rooms: [Room]
    public var isOverloaded: Bool

    public init(_ workload: Workload, model: CostModel) {
        let load = model.generated(workload)
        busy = load.busy
        wakeups = load.work[.wakeup]
        runs = load.work[.run]
        packetsOut = load.work[.segment]
        isOverloaded = load.isOverloaded
        rooms = zip(workload.rooms, load.kinds).map {
            Room(name: $0.name, p50Milliseconds: $1.p50, p99Milliseconds: $1.p99)
        }
    }
}
