import Store
import Synchronization

/// How often something may happen: so many at once, and so many a second in the long run. Each host counts for itself.
final class RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var time: Milliseconds
        var fullAt: Milliseconds
    }

    private let buckets = Mutex<[String: Bucket]>([:])
    private let bucketsMax: Int

    init(bucketsMax: Int) { self.bucketsMax = bucketsMax }

    /// - Throws: RATE_LIMIT_EXCEEDED with the time to wait.
    func spend(_ key: String, burst: Double, perSecond: Double, at now: Milliseconds) throws(PlatformError) {
        let waitSeconds = buckets.withLock { buckets -> Double in
            if buckets.count >= bucketsMax && buckets[key] == nil { Self.makeRoom(&buckets, bucketsMax, now) }
            var bucket = buckets[key] ?? Bucket(tokens: burst, time: now, fullAt: now)
            let elapsed = Double(max(0, now - bucket.time)) / 1000
            bucket.tokens = min(burst, bucket.tokens + elapsed * perSecond)
            bucket.time = max(bucket.time, now)
            let isAllowed = bucket.tokens >= 1
            if isAllowed { bucket.tokens -= 1 }
            bucket.fullAt = bucket.time + Milliseconds((burst - bucket.tokens) / perSecond * 1000)
            buckets[key] = bucket
            return isAllowed ? 0 : (1 - bucket.tokens) / perSecond
        }
        if waitSeconds > 0 { throw .rate(max(1, Int(waitSeconds.rounded(.up)))) }
    }

    /// Full buckets need not be remembered. When all are in use, whoever waited longest starts anew: forgetting too much
    /// is better than growing.
    private static func makeRoom(_ buckets: inout [String: Bucket], _ max: Int, _ now: Milliseconds) {
        buckets = buckets.filter { $0.value.fullAt > now }
        guard buckets.count >= max else { return }
        let oldest = buckets.sorted { $0.value.time < $1.value.time }.prefix(max / 2)
        for (key, _) in oldest { buckets[key] = nil }
    }
}
