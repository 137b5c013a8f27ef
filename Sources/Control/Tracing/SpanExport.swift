import Logging
import Tenancy
import Trace

/// Sends spans to a collector, once a second.
final class SpanExport: Sendable {
    private static let every = Duration.seconds(1)

    private let poster = HttpPoster(allowsPrivate: true)
    private let task: Task<Void, Never>

    init(_ spans: Spans, to url: String, host: String, log: Logger) {
        let poster = poster
        task = Task {
            var wasTaken = true
            while !Task.isCancelled {
                do { try await Task.sleep(for: Self.every) } catch { return }
                await spans.flush(service: "millrace", version: version, host: host) { body in
                    let isTaken = await Self.post(body, to: url, by: poster)
                    // Once for each outage.
                    if wasTaken, !isTaken { log.warning("the collector takes no spans", metadata: ["url": "\(url)"]) }
                    wasTaken = isTaken
                    return isTaken
                }
            }
        }
    }

    private static func post(_ body: String, to url: String, by poster: HttpPoster) async -> Bool {
        let headers = [("Content-Type", "application/json")]
        guard let status = try? await poster.post(url: url, headers: headers, body: body) else { return false }
        return (200..<300).contains(status)
    }

    /// What waits is let go.
    func stop() {
        task.cancel()
        poster.stop()
    }
}
