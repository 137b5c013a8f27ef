import Synchronization

/// What tenants use on this host, for `/metrics`: by name the first so many that are seen, all others as one. A tenant keeps its
/// name as long as the process runs, so that counters only grow.
public final class TenantTally: Sendable {
    public struct Use: Sendable, Equatable {
        /// To the API, with good credentials, and how many of them were refused.
        public var requests: UInt64 = 0
        public var refusals: UInt64 = 0
        public var participantMilliseconds: UInt64 = 0
        public var bytesReceived: UInt64 = 0
        public var bytesSent: UInt64 = 0

        public init() {}
    }

    public static let others = "other"
    /// Requests whose credentials are wrong or missing are nobody's.
    public static let nobody = "none"

    private struct State {
        var named: Set<String> = []
        var uses: [String: Use] = [:]
    }
    private let namedMax: Int
    private let state = Mutex(State())

    public init(namedMax: Int) { self.namedMax = namedMax }

    /// The tenant's id, or `others`.
    public func name(of app: String) -> String { state.withLock { name(app, &$0) } }

    private func name(_ app: String, _ state: inout State) -> String {
        if app == Self.nobody || state.named.contains(app) { return app }
        guard state.named.count < namedMax else { return Self.others }
        state.named.insert(app)
        return app
    }

    public func count(_ app: String, _ change: (inout Use) -> Void) {
        state.withLock { state in change(&state.uses[name(app, &state), default: Use()]) }
    }

    /// By name.
    public var uses: [String: Use] { state.withLock { $0.uses } }
}
