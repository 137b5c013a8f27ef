import Foundation
import Platform
import Store
import Trace

extension Tenancy {
    /// How long a revoked token's connections may last elsewhere is a second: this, and two ways to the database.
    private static let revocationsEvery = Duration.milliseconds(400)
    /// Clocks of hosts differ, and a write takes a while to be seen.
    private static let revocationsOverlap: Milliseconds = 10_000

    func begunChores() -> [Task<Void, Never>] {
        let (platform, host, poster) = (platform, host, poster)
        return [
            every(.seconds(60), "meter") { try await platform.meter(host: host) },
            every(.seconds(5), "usage") { try await platform.flushUsage() },
            every(.seconds(600), "sweep") { try await platform.sweep() },
            every(.milliseconds(500), "webhooks") {
                // As long as there is much to do there is no pause.
                while try await platform.deliverWebhooks(by: poster) == 32, !Task.isCancelled {}
            },
            watchRevocations(),
            tellOfTracks(),
        ]
    }

    private func tellOfTracks() -> Task<Void, Never> {
        let (platform, tracks, log) = (platform, tracks, log)
        return Task {
            await tracks.run { news in
                await Trace.$current.withValue(news.stay.trace) {
                    do throws(PlatformError) {
                        try await platform.report(news.event, news.told, of: news.stay.app)
                    } catch {
                        log.warning("a webhook was not written", metadata: ["error": "\(error)"])
                    }
                }
            }
        }
    }

    /// For webhooks, in the order of the calls. Never waits.
    public func tell(_ news: TrackNews) { tracks.tell(news) }

    /// What the tenant's rooms on this host receive, in bits per second: false when it is more than its quota allows. True also
    /// when the database does not answer.
    public func isWithinQuota(bitrate: Int64, of app: String) async -> Bool {
        do throws(PlatformError) {
            try await platform.checkBitrate(bitrate, of: app)
            return true
        } catch {
            return error.reason != .quota(.bitrate)
        }
    }

    private func every(
        _ pause: Duration, _ name: String, _ body: @escaping @Sendable () async throws -> Void
    ) -> Task<Void, Never> {
        let log = log
        return Task {
            while !Task.isCancelled {
                do { try await Task.sleep(for: pause) } catch { return }
                do { try await body() } catch {
                    log.warning("a chore failed", metadata: ["chore": "\(name)", "error": "\(error)"])
                }
            }
        }
    }

    /// Another host may have revoked a token that somebody here came with.
    private func watchRevocations() -> Task<Void, Never> {
        let (platform, ended) = (platform, ended)
        return every(Self.revocationsEvery, "revocations") {
            let since = Milliseconds(Date().timeIntervalSince1970 * 1000) - Self.revocationsOverlap
            let tokens = try await platform.revocations(since: since).map { $0.app + "/" + $0.jti }
            if !tokens.isEmpty { ended([], tokens) }
        }
    }
}
