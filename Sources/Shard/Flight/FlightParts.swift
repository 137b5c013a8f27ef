import CPlatform
import Flight

extension ShardWorker {
    /// The shard's recorder, on its own thread and so of its own node's memory; nil when none is wanted or the kernel
    /// refuses the address space.
    static func makeRecorder(_ setup: Setup) -> FlightRecorder? {
        guard setup.flight.megabytes > 0 else { return nil }
        let recorder = FlightRecorder(
            shard: Int(setup.link.index), shardCount: setup.engine.shardCount,
            ringBytes: setup.flight.megabytes << 20, imageBytes: FlightSettings.imageBytes)
        recorder?.name(build: setup.flight.build)
        return recorder
    }
}

extension DataPlane {
    /// Nil without recorders, or when the system refuses a thread.
    static func watch(_ workers: [ShardWorker], _ settings: FlightSettings) -> FlightWatch? {
        let recorders = workers.compactMap(\.recorder)
        guard !recorders.isEmpty, recorders.count == workers.count else { return nil }
        let watch = FlightWatch(
            folder: settings.folder, stallMilliseconds: settings.stallMilliseconds, recorders: recorders)
        return watch.start() ? watch : nil
    }

    /// Writes the flight records of one shard, or of all, to files. `done` is called on another thread; with nothing where
    /// nothing is recorded.
    public func writeFlight(shard: Int? = nil, _ done: @escaping @Sendable ([FlightDump]) -> Void) {
        guard let watch else { return done([]) }
        watch.request(shard: shard, done)
    }

    /// Nil where nothing is recorded.
    public var flightCounters: FlightCounters? { watch?.counters }
}
