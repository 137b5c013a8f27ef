import Contract

/// Builds the text format of Prometheus, version 0.0.4.
struct MetricsText {
    private(set) var text = ""

    enum Kind: String { case counter, gauge, histogram }

    /// One family: a help line, a type line and a sample for each set of labels.
    mutating func family(_ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: String, value: UInt64)]) {
        begin(name, kind, help)
        for sample in samples { write(name, sample.labels, "\(sample.value)") }
    }

    /// Gauges that may be negative.
    mutating func gauges(_ name: String, _ help: String, _ samples: [(labels: String, value: Int64)]) {
        begin(name, .gauge, help)
        for sample in samples { write(name, sample.labels, "\(sample.value)") }
    }

    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: UInt64) {
        family(name, kind, help, [("", value)])
    }

    /// A histogram for each set of labels, in seconds.
    ///
    /// - Parameter steps: which of a power's steps are bounds here; all buckets between two are one.
    mutating func histograms(
        _ name: String, _ help: String, steps: Set<Int>, _ samples: [(labels: String, value: TimeHistogram)]
    ) {
        begin(name, .histogram, help)
        for sample in samples {
            var sum: UInt64 = 0
            for place in 0..<TimeHistogram.bucketCount {
                sum &+= sample.value.buckets[place]
                guard let bound = TimeHistogram.bound(of: place) else { continue }
                let isBound = place == 0 || steps.contains((place - 1) % TimeHistogram.steps)
                if isBound { write(name + "_bucket", sample.labels + ",le=\"\(Self.seconds(bound))\"", "\(sum)") }
            }
            write(name + "_bucket", sample.labels + ",le=\"+Inf\"", "\(sum)")
            write(name + "_sum", sample.labels, Self.seconds(sample.value.nanoseconds))
            write(name + "_count", sample.labels, "\(sum)")
        }
    }

    private mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP millrace_\(name) \(help)\n# TYPE millrace_\(name) \(kind.rawValue)\n"
    }

    private mutating func write(_ name: String, _ labels: String, _ value: String) {
        text += "millrace_\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(value)\n"
    }

    /// Without an exponent, so that a bound is always the same text.
    static func seconds(_ nanoseconds: UInt64) -> String {
        let (whole, part) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard part > 0 else { return "\(whole)" }
        let digits = String("\(part + 1_000_000_000)".dropFirst())
        return "\(whole)." + digits.prefix(digits.lastIndex { $0 != "0" }!.utf16Offset(in: digits) + 1)
    }
}
