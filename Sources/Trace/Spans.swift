import Glibc
import Synchronization

/// Something that was done, with when and how it ended.
public struct Span: Sendable, Equatable {
    public enum Kind: Int, Sendable {
        // As in OTLP's SpanKind.
        case `internal` = 1
        case server, client
    }

    public var trace: Trace
    /// Of few kinds, so that they can be counted: "GET /rooms/{}", "join".
    public var name: String
    public var kind: Kind
    /// Since 1970.
    public var beganNanoseconds: UInt64
    public var endedNanoseconds: UInt64
    public var isFailed: Bool
    /// In the order of their names where they are written.
    public var attributes: [String: String]

    public init(
        _ trace: Trace, _ name: String, kind: Kind = .server, beganNanoseconds: UInt64, endedNanoseconds: UInt64,
        isFailed: Bool = false, attributes: [String: String] = [:]
    ) {
        self.trace = trace
        self.name = name
        self.kind = kind
        self.beganNanoseconds = beganNanoseconds
        self.endedNanoseconds = endedNanoseconds
        self.isFailed = isFailed
        self.attributes = attributes
    }
}

/// Spans on their way to a collector. At most `capacity` wait; what comes then is counted and let go, since calls do not wait
/// for those who watch them.
public final class Spans: Sendable {
    public static let capacity = 4096
    private static let atOnce = 512

    private struct Waiting {
        var spans: [Span] = []
        var dropped: UInt64 = 0
        var sent: UInt64 = 0
        var failed: UInt64 = 0
    }
    private let waiting = Mutex(Waiting())
    /// False where nobody takes them: then there are none.
    private let areWanted: Bool

    public init(areWanted: Bool = true) { self.areWanted = areWanted }

    /// Nanoseconds since 1970.
    public static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// Does nothing for a span that its trace does not want kept. Never waits.
    public func add(_ span: @autoclosure () -> Span, of trace: Trace) {
        guard areWanted, trace.isSampled else { return }
        let span = span()
        waiting.withLock { waiting in
            if waiting.spans.count < Self.capacity { waiting.spans.append(span) } else { waiting.dropped += 1 }
        }
    }

    /// Sends what waits, some at a time; `post` gets a body of OTLP's JSON and tells whether it was taken. What was not is let
    /// go: there is more coming.
    public func flush(service: String, version: String, host: String, _ post: (String) async -> Bool) async {
        while true {
            let some = waiting.withLock { waiting in
                defer { waiting.spans.removeFirst(min(Self.atOnce, waiting.spans.count)) }
                return Array(waiting.spans.prefix(Self.atOnce))
            }
            guard !some.isEmpty else { return }
            let isTaken = await post(SpanJson.text(some, service: service, version: version, host: host))
            waiting.withLock { waiting in
                if isTaken { waiting.sent += UInt64(some.count) } else { waiting.failed += UInt64(some.count) }
            }
            guard isTaken else { return }
        }
    }

    /// Sent, not taken by the collector, and dropped because too many waited.
    public var counts: (sent: UInt64, failed: UInt64, dropped: UInt64) {
        waiting.withLock { ($0.sent, $0.failed, $0.dropped) }
    }
}
