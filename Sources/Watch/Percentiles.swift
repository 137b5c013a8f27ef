/// Percentiles of a histogram's gain between two scrapes.
struct Percentiles {
    /// Bound in seconds and what was gained up to it, rising; the last is infinite.
    private var buckets: [(bound: Double, gained: Double)]

    init(_ rates: Rates, _ name: String, _ labels: [String: String]) {
        buckets = rates.now.samples(name + "_bucket").compactMap { sample in
            guard labels.allSatisfy({ sample.labels[$0.key] == $0.value }), let text = sample.labels["le"],
                let bound = text == "+Inf" ? .infinity : Double(text)
            else { return nil }
            return (bound, rates.gained(sample.name, sample.labels))
        }
        .sorted { $0.bound < $1.bound }
    }

    /// In milliseconds, interpolated within its bucket as Prometheus' `histogram_quantile` does; nil when there was
    /// nothing, and the last bound when it is beyond that.
    func milliseconds(_ quantile: Double) -> Double? {
        guard let total = buckets.last?.gained, total > 0 else { return nil }
        let rank = quantile * total
        var (lower, below) = (0.0, 0.0)
        for bucket in buckets {
            if bucket.gained >= rank {
                guard bucket.bound.isFinite else { return lower * 1000 }
                let inside = bucket.gained - below
                let part = inside > 0 ? (rank - below) / inside : 1
                return (lower + (bucket.bound - lower) * part) * 1000
            }
            (lower, below) = (bucket.bound, bucket.gained)
        }
        return lower * 1000
    }
}
