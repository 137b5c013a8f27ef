import Glibc
import NIOCore

/// A token bucket: `burst` messages at once, and `perSecond` in the long run.
struct RateLimit {
    private let burst: Double
    private let perSecond: Double
    private var level: Double
    private var last: NIODeadline

    init(burst: Double, perSecond: Double, now: NIODeadline) {
        self.burst = burst
        self.perSecond = perSecond
        level = burst
        last = now
    }

    /// False when the message is one too many.
    mutating func take(now: NIODeadline) -> Bool {
        level = min(burst, level + Double((now - last).nanoseconds) / 1e9 * perSecond)
        last = now
        guard level >= 1 else { return false }
        level -= 1
        return true
    }

    /// Whether it is as if nothing had ever been taken.
    func isFull(now: NIODeadline) -> Bool {
        level + Double((now - last).nanoseconds) / 1e9 * perSecond >= burst
    }
}

/// A bucket for each key: addresses, tenants.
public struct RateLimits<Key: Hashable & Sendable>: Sendable {
    /// Buckets that are kept; when there are more, those that are full go.
    private static var countMax: Int { 50_000 }

    private let burst: Double
    private let perSecond: Double
    private var buckets: [Key: RateLimit] = [:]

    /// `perSecond` 0 for no limit.
    public init(burst: Double, perSecond: Double) {
        self.burst = burst
        self.perSecond = perSecond
    }

    /// False when it is one too many.
    public mutating func take(_ key: Key) -> Bool { take(key, now: .now()) }

    mutating func take(_ key: Key, now: NIODeadline) -> Bool {
        guard perSecond > 0 else { return true }
        if buckets.count >= Self.countMax {
            buckets = buckets.filter { !$1.isFull(now: now) }
            // So many are busy at once: they begin anew, rather than be looked through for each of them.
            if buckets.count >= Self.countMax { buckets = [:] }
        }
        return buckets[key, default: RateLimit(burst: burst, perSecond: perSecond, now: now)].take(now: now)
    }
}

/// Where a connection comes from, as far as limits by address care: an IPv4 address, or the half of an IPv6 address that a
/// network gives to one customer.
public struct AddressKey: Hashable, Sendable {
    private let text: String

    /// As gRPC writes it: `ipv4:192.0.2.1:5000`, `ipv6:[2001:db8::1]:5000`.
    public init(peer: String) {
        let address = peer.drop { $0 != ":" }.dropFirst()
        let ip = address.prefix(upTo: address.lastIndex(of: ":") ?? address.endIndex)
        text = Self.text(ip.trimmingPrefix("[").filter { $0 != "]" })
    }

    init(_ address: SocketAddress?) { text = Self.text(address?.ipAddress ?? "") }

    private static func text(_ ip: String) -> String {
        guard ip.contains(":") else { return ip }
        guard !ip.hasPrefix("::ffff:") else { return String(ip.dropFirst(7)) }
        var bytes = in6_addr()
        guard inet_pton(AF_INET6, String(ip.prefix { $0 != "%" }), &bytes) == 1 else { return ip }
        return withUnsafeBytes(of: &bytes) { $0.prefix(8).map { String($0, radix: 16) }.joined(separator: ".") }
    }
}
