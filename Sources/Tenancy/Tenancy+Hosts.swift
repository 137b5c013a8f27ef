import Platform
import Store

/// What hosts do for each other.
extension Tenancy {
    /// Which of these stays somebody has ended: kicked, or their tokens revoked. Nobody's when the database does not say.
    public func ended(of stays: [Stay]) async -> [String] {
        do throws(PlatformError) { return try await platform.ended(of: stays.map(\.session)) } catch {
            log.warning("stays cannot be looked after", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// Ends what a dead host's people left behind.
    public func bury(host: String) async {
        do throws(PlatformError) {
            let ended = try await platform.endAll(host: host, reason: Platform.deathReason)
            log.notice("a dead host's stays are ended", metadata: ["host": "\(host)", "stays": "\(ended.count)"])
        } catch {
            log.error("a dead host's stays are not ended", metadata: ["host": "\(host)", "error": "\(error)"])
        }
    }
}
