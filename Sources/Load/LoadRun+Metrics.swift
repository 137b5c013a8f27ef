import CLoad

/// Looks at the server's own counters.
extension LoadRun {
    /// Nil unless metrics are asked for.
    func scrape() throws(LoadError) -> Metrics? {
        guard options.scrapesMetrics else { return nil }
        // A shard's thread brings some of its counters up to date when it is asked, which may be just after it has
        // answered: the second answer has what the first question brought about.
        _ = try scrapeOnce()
        return try scrapeOnce()
    }

    private func scrapeOnce() throws(LoadError) -> Metrics {
        hasScraped = false
        var request = HttpRequest("GET", target.prefix + "/metrics")
        if let token = options.token { request.headers.append(("Authorization", "Bearer \(token)")) }
        http.send(request) { [happenings] in happenings.push(.scraped($0)) }
        pump(for: 5) { hasScraped }
        guard let scraped else { throw LoadError(scrapeFailure ?? "GET /metrics: no answer within 5 s") }
        guard scraped.isMillrace else {
            throw LoadError("--metrics: \(options.url)/metrics is not that of a millrace server")
        }
        return scraped
    }

    /// When everybody has left: waits until the gauges are as before, at most 15 s.
    func scrapeWhenReturned(before: Metrics?) throws(LoadError) -> Metrics? {
        guard let before, var last = try scrape() else { return nil }
        let deadline = cl_now() + 15_000_000_000
        while cl_now() < deadline {
            if Metrics.returning.allSatisfy({ last.shard($0) == before.shard($0) }) { break }
            wait(seconds: 0.3)
            guard let next = try scrape() else { break }
            last = next
        }
        return last
    }
}
