import Contract
import Engine
import Flight
import Memory

/// Why a record is not replayed.
public enum FlightReplayError: Error, CustomStringConvertible {
    case noImage
    case trunk
    case engine(EngineImageError)
    case noMemory

    public var description: String {
        switch self {
        case .noImage: "the record holds no whole copy of the shard's tables whose log is still there"
        case .trunk:
            "a room of the shard was spread over several shards: packets that came from others are not in its record"
        case .engine(let error): error.description
        case .noMemory: "there is not enough memory"
        }
    }
}

/// What a replay found.
public struct FlightVerdict: Sendable {
    /// Calls of the engine: `take`, `depart`, `turn`.
    public var calls = 0
    public var bursts = 0
    public var packets = 0
    /// Decisions that were compared, and calls whose decisions differ.
    public var decisions = 0
    public var differingCalls = 0
    public var first: Difference?
    public var seconds = 0.0

    public struct Difference: Sendable {
        /// Which call, counted from the image on, and when.
        public var call: Int
        public var nowNanoseconds: UInt64
        public var recorded: String
        public var replayed: String
    }
}

/// Feeds a fresh engine with what a shard was told, from a copy of its tables on, and compares what it decides with what was
/// decided then.
///
/// Keys and passwords are not recorded: clients and server get others, of the same profiles. Payload is not recorded:
/// zeros stand for it. Neither changes a decision.
public struct FlightReplay {
    private let file: FlightFile
    private let image: FlightFile.Image
    private let world: ReplayedShard

    public init(_ file: FlightFile) throws(FlightReplayError) {
        self.file = file
        guard let newest = file.images.last else { throw .noImage }
        let lastTrunk = file.entries.last { $0.kind == .trunk }?.position ?? 0
        let isSpread = file.entries.contains { $0.kind == .trunk && $0.position >= newest.position }
        guard !isSpread else { throw .trunk }
        image = file.images.first { $0.position > lastTrunk } ?? newest
        world = try ReplayedShard(file, image)
    }

    /// - Parameter toTheEnd: also the last call, which a crash cut off: the replay may end as the shard did.
    public func run(toTheEnd: Bool = false) throws(FlightReplayError) -> FlightVerdict {
        var entries = file.entries.filter { $0.position >= image.position }
        if !toTheEnd { cutLastCall(&entries) }
        var feed = FlightFeed(file, entries)
        while let call = feed.next() { world.perform(call) }
        guard let replayed = FlightFile(copying: world.recorder) else { throw .noMemory }
        return FlightComparison(file, entries, replayed).verdict()
    }

    /// The last call may not be whole.
    private func cutLastCall(_ entries: inout [FlightEntry]) {
        guard let last = entries.lastIndex(where: { $0.kind.isCall }) else { return }
        entries.removeSubrange(last...)
    }
}

extension FlightKind {
    var isCall: Bool { self == .take || self == .depart || self == .turn }
}

extension FlightVerdict {
    public var text: String {
        let size = "\(calls) calls (\(bursts) bursts, \(packets) RTP packets, \(Double(Int(seconds * 1000)) / 1000) s)"
        guard let first else { return "the same \(decisions) decisions in \(size)" }
        return "\(differingCalls) of \(size) differ; the first is call \(first.call) at \(first.nowNanoseconds) ns:\n"
            + "  recorded: \(first.recorded)\n  replayed: \(first.replayed)"
    }

    public var json: String {
        func quoted(_ text: String) -> String {
            "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
        }
        let found = first.map {
            ",\"first\":{\"call\":\($0.call),\"now\":\($0.nowNanoseconds),\"recorded\":\(quoted($0.recorded)),\"replayed\":\(quoted($0.replayed))}"
        }
        return "{\"calls\":\(calls),\"bursts\":\(bursts),\"packets\":\(packets),\"decisions\":\(decisions),"
            + "\"differingCalls\":\(differingCalls),\"seconds\":\(seconds)\(found ?? "")}"
    }
}
