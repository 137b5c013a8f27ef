/// Builds the text format of Prometheus, version 0.0.4.
struct MetricsText {
    private(set) var text = ""

    enum Kind: String { case counter, gauge }

    /// One family: a help line, a type line and a sample for each set of labels.
    mutating func family(_ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: String, value: UInt64)]) {
        text += "# HELP millrace_\(name) \(help)\n# TYPE millrace_\(name) \(kind.rawValue)\n"
        for sample in samples {
            text += "millrace_\(name)\(sample.labels.isEmpty ? "" : "{\(sample.labels)}") \(sample.value)\n"
        }
    }

    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: UInt64) {
        family(name, kind, help, [("", value)])
    }
}
