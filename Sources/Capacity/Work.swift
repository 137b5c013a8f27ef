/// What a shard's processor time goes to. Each has a price in nanoseconds, which the fit finds.
public enum Part: String, Codable, CaseIterable, Sendable {
    /// A burst: the thread wakes up, or goes on with what came meanwhile.
    case wakeup
    /// A packet of RTP taken in.
    case packetIn
    /// One send of one or more packets to one receiver.
    case run
    /// A packet of a run, whatever its size.
    case segment
    /// 1024 bytes that leave.
    case kilobyte
    /// A nanosecond of sealing or opening as measured with warm caches.
    case cipher
    /// A packet of RTCP taken in: reports, and feedback with what estimation and pacing make of it.
    case feedback
    /// A connection, a second: its timers, consent, reports.
    case peer
    /// Somebody who comes and goes.
    case join

    var title: String {
        switch self {
        case .wakeup: "wake-ups"
        case .packetIn: "packets in"
        case .run: "runs"
        case .segment: "packets out"
        case .kilobyte: "KiB out"
        case .cipher: "ciphers, ns"
        case .feedback: "RTCP in"
        case .peer: "connections"
        case .join: "joins"
        }
    }
}

/// An amount of each part.
public struct Work: Codable, Equatable, Sendable {
    public var amounts: [Double]

    public init() { amounts = Array(repeating: 0, count: Part.allCases.count) }

    public subscript(part: Part) -> Double {
        get { amounts[part.place] }
        set { amounts[part.place] = newValue }
    }

    static func + (one: Work, other: Work) -> Work {
        var sum = one
        for place in sum.amounts.indices { sum.amounts[place] += other.amounts[place] }
        return sum
    }

    static func * (work: Work, factor: Double) -> Work {
        var product = work
        for place in product.amounts.indices { product.amounts[place] *= factor }
        return product
    }

    /// Nanoseconds at these prices.
    func cost(_ prices: Work) -> Double { zip(amounts, prices.amounts).reduce(0) { $0 + $1.0 * $1.1 } }
}

extension Part {
    var place: Int { Self.allCases.firstIndex(of: self)! }
}
