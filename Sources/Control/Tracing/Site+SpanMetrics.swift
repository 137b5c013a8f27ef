extension Site {
    func writeSpans(to text: inout MetricsText) {
        let counts = spans.counts
        text.family(
            "trace_spans_total", .counter, "Spans for a collector, by what became of them.",
            [
                ("outcome=\"sent\"", counts.sent), ("outcome=\"failed\"", counts.failed),
                ("outcome=\"dropped\"", counts.dropped),
            ])
    }
}
