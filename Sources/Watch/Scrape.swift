/// What `/metrics` said at one moment.
public struct Scrape: Sendable {
    public struct Sample: Sendable, Equatable {
        public var name: String
        public var labels: [String: String]
        public var value: Double
    }

    /// By name, in the order of the text.
    private var samples: [String: [Sample]] = [:]
    /// By whoever asked; only differences count.
    public let seconds: Double

    /// Reads the Prometheus text format; lines that are not samples are passed over.
    public init(parsing text: String, seconds: Double = 0) {
        self.seconds = seconds
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let sample = Self.sample(line) else { continue }
            samples[sample.name, default: []].append(sample)
        }
    }

    /// A server that is not ours may have metrics, too.
    public var isMillrace: Bool { samples["millrace_shard_forwarded_total"] != nil }

    public func samples(_ name: String) -> [Sample] { samples[name] ?? [] }
    public var all: some Sequence<Sample> { samples.values.joined() }

    /// The sum over all samples that have these labels; 0 when there are none.
    public func sum(_ name: String, _ labels: [String: String] = [:]) -> Double {
        samples(name).reduce(0) { sum, sample in
            labels.allSatisfy { sample.labels[$0.key] == $0.value } ? sum + sample.value : sum
        }
    }

    private static func sample(_ line: Substring) -> Sample? {
        guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
            return nil
        }
        let head = line[..<space]
        let name = String(head.prefix { $0 != "{" })
        var labels: [String: String] = [:]
        // Our labels' values hold neither quotes nor commas; a stranger's are split wrongly at worst.
        for pair in head.dropFirst(name.count + 1).split(whereSeparator: { ",}".contains($0) }) {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            labels[String(parts[0])] = String(parts[1].filter { $0 != "\"" })
        }
        return Sample(name: name, labels: labels, value: value)
    }
}

/// What a counter has gained between two scrapes, a second.
struct Rates {
    var before: Scrape
    var now: Scrape
    var seconds: Double { max(now.seconds - before.seconds, 0.001) }

    /// A server that was started anew in between has gained all that it has.
    func gained(_ name: String, _ labels: [String: String] = [:]) -> Double {
        let (old, new) = (before.sum(name, labels), now.sum(name, labels))
        return new >= old ? new - old : new
    }

    func rate(_ name: String, _ labels: [String: String] = [:]) -> Double { gained(name, labels) / seconds }
}
