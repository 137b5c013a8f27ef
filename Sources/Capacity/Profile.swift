import Foundation
import Watch

/// A day of `/metrics`, read as the workload of its busiest hour.
///
/// Two shapes of input: what `/metrics` answered again and again, each with a line `# time SECONDS` before it (or in files of their own,
/// one behind the other), and the answer of Prometheus' `query_range`, whose series have the label `__name__`.
public struct Profile: Sendable {
    /// Sums over all shards and hosts at one moment.
    public struct Moment: Equatable, Sendable {
        public var seconds: Double
        public var values: [String: Double]

        public init(seconds: Double, values: [String: Double]) {
            self.seconds = seconds
            self.values = values
        }

        subscript(name: String) -> Double { values[name] ?? 0 }
    }

    public private(set) var moments: [Moment]

    /// What is read. Of `control_peers_by_room` and `control_rooms_by_size` each size is one value.
    static let names: Set<String> = [
        "millrace_control_rooms", "millrace_control_peers", "millrace_shard_producers", "millrace_shard_consumers",
        "millrace_shard_peers", "millrace_shard_estimates", "millrace_control_joins_total",
        "millrace_shard_rtp_accepted_total",
        "millrace_shard_bytes_received_total", "millrace_shard_datagrams_received_total",
        "millrace_shard_forwarded_total",
        "millrace_shard_bytes_forwarded_total", "millrace_control_rooms_by_size", "millrace_control_peers_by_room",
    ]
    /// Scrapes of a day come every half minute or so; without a time they are taken to.
    static let usualSeconds = 30.0

    public init(_ text: String, name: String) throws(CapacityError) {
        let isJson = text.first { !$0.isWhitespace } == "{"
        moments = isJson ? try Self.range(text, name) : Self.scrapes(text)
        moments.sort { $0.seconds < $1.seconds }
        guard moments.contains(where: { $0.values["millrace_control_peers"] != nil }) else {
            throw CapacityError(
                "\(name): no millrace_control_peers in it; expected scrapes of /metrics, or Prometheus' answer to query_range for "
                    + "{__name__=~\"millrace_.*\"}")
        }
        guard moments.count >= 2 else {
            throw CapacityError("\(name): one moment only; expected two scrapes or more, so that there are rates")
        }
    }

    // MARK: scrapes

    private static func scrapes(_ text: String) -> [Moment] {
        var moments: [Moment] = []
        var lines: [Substring] = []
        var seconds: Double?
        func close() {
            guard !lines.isEmpty else { return }
            let scrape = Scrape(parsing: lines.joined(separator: "\n"))
            let time = seconds ?? (moments.last.map { $0.seconds + usualSeconds } ?? 0)
            moments.append(Moment(seconds: time, values: sums(scrape)))
            (lines, seconds) = ([], nil)
        }
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# time ") {
                close()
                seconds = Double(line.dropFirst(7).trimmingCharacters(in: .whitespaces))
            } else if line.hasPrefix("millrace_build_info"),
                lines.contains(where: { $0.hasPrefix("millrace_build_info") })
            {
                // Files one behind the other: the same line again begins the next.
                close()
                lines.append(line)
            } else {
                lines.append(line)
            }
        }
        close()
        return moments
    }

    private static func sums(_ scrape: Scrape) -> [String: Double] {
        var values: [String: Double] = [:]
        for sample in scrape.all where names.contains(sample.name) {
            add(sample.name, sample.labels, sample.value, &values)
        }
        return values
    }

    private static func add(
        _ name: String, _ labels: [String: String], _ value: Double, _ values: inout [String: Double]
    ) {
        guard value.isFinite else { return }
        values[name + (labels["members"].map { ":" + $0 } ?? ""), default: 0] += value
    }

    // MARK: query_range

    private static func range(_ text: String, _ name: String) throws(CapacityError) -> [Moment] {
        let expected =
            "\(name): expected Prometheus' answer to query_range: {\"data\": {\"result\": [{\"metric\": …, \"values\": …}]}}"
        guard case .fields(let answer) = try Json.parse(text, name: name), case .fields(let data) = answer["data"],
            case .list(let series) = data["result"]
        else { throw CapacityError(expected) }
        var moments: [Double: [String: Double]] = [:]
        for one in series {
            guard case .fields(let fields) = one, case .fields(let metric) = fields["metric"],
                case .list(let values) = fields["values"]
            else { throw CapacityError(expected) }
            guard case .text(let metricName) = metric["__name__"], names.contains(metricName) else { continue }
            let labels = metric.compactMapValues { if case .text(let text) = $0 { text } else { nil } }
            for value in values {
                guard case .list(let pair) = value, pair.count == 2, case .number(let time) = pair[0],
                    case .text(let number) = pair[1],
                    let number = Double(number)
                else { throw CapacityError(expected) }
                add(metricName, labels, number, &moments[time, default: [:]])
            }
        }
        return moments.map { Moment(seconds: $0.key, values: $0.value) }
    }
}
