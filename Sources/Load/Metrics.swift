import Contract
import Watch

/// What `/metrics` of a millrace server said at one moment: sums over shards.
public struct Metrics: Sendable {
    /// Family → sum of its samples.
    private var sums: [String: Double] = [:]
    /// Drop reason → count.
    public private(set) var drops: [String: Double] = [:]

    /// Reads the Prometheus text format; lines that are not samples are passed over.
    public init(parsing text: String) {
        for sample in Scrape(parsing: text).all {
            sums[sample.name, default: 0] += sample.value
            if sample.name == "millrace_shard_drops_total", let reason = sample.labels["reason"] {
                drops[reason, default: 0] += sample.value
            }
        }
    }

    /// A shard's counter or gauge, such as `forwarded_total`; 0 when the server has it not.
    public func shard(_ name: String) -> Double { sums["millrace_shard_" + name] ?? 0 }
    public func process(_ name: String) -> Double { sums["millrace_process_" + name] ?? 0 }
    public func control(_ name: String) -> Double { sums["millrace_control_" + name] ?? 0 }
    public var isMillrace: Bool { sums["millrace_shard_forwarded_total"] != nil }

    private static let departureReasons = Set(DropReason.allCases.filter(\.isOnDeparture).map(\.label))
    private static let trunkReasons = Set(DropReason.allCases.filter(\.isOnTrunk).map(\.label))

    var departureDrops: Double { sum(of: Self.departureReasons) }
    var trunkDrops: Double { sum(of: Self.trunkReasons) }
    var arrivalDrops: Double { drops.values.reduce(0, +) - departureDrops - trunkDrops }

    private func sum(of reasons: Set<String>) -> Double {
        drops.filter { reasons.contains($0.key) }.values.reduce(0, +)
    }

    /// Drops since `earlier`, reasons with none left out.
    func drops(since earlier: Metrics) -> [String: Int] {
        var result: [String: Int] = [:]
        for (reason, value) in drops where value > (earlier.drops[reason] ?? 0) {
            result[reason] = Int(value - (earlier.drops[reason] ?? 0))
        }
        return result
    }

    /// What has to be as before when everybody has left: gauges of the shards.
    static let returning = ["rooms", "peers", "producers", "consumers", "addresses", "slots_free", "runs_free"]
}
