import Logging
import Protocol
import Synchronization

@testable import Cluster

let quietLog = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// What a host was told, to be waited for.
final class Heard: Sendable {
    private let events = Mutex<[ClusterEvent]>([])

    func add(_ event: ClusterEvent) { events.withLock { $0.append(event) } }

    /// The first that `pick` takes.
    func first<Value>(_ pick: (ClusterEvent) -> Value?) async -> Value? {
        await eventually { all.lazy.compactMap(pick).first }
    }

    var all: [ClusterEvent] { events.withLock { $0 } }

    var notices: [ClusterNotice.OneOf_Body] {
        events.withLock { $0.compactMap { if case .notice(let notice) = $0 { notice.body } else { nil } } }
    }

    var chats: [UInt64] {
        notices.compactMap { if case .chat(let chat) = $0 { chat.sequence } else { nil } }
    }
}

/// Looks until there is something; nil after long, which fails the test.
func eventually<Value>(_ look: () async -> Value?) async -> Value? {
    let end = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < end {
        if let value = await look() { return value }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return nil
}

func isSoon(_ look: () async -> Bool) async -> Bool { await eventually { await look() ? true : nil } ?? false }

/// A host for tests: more than three times as quick as in use.
final class TestHost: Sendable {
    let node: ClusterNode
    let heard = Heard()

    convenience init(_ name: String, _ redis: RedisServer, lease: Duration = .milliseconds(1200)) {
        self.init(name, RedisAddress(redis.address) ?? RedisAddress(.path("")), lease: lease)
    }

    init(_ name: String, _ redis: RedisAddress, lease: Duration = .milliseconds(1200)) {
        var settings = ClusterSettings(redis: redis, name: name, url: "http://" + name)
        settings.timings = .quick(lease: lease)
        let heard = heard
        node = ClusterNode.start(settings, log: quietLog) { heard.add($0) }
    }

    /// As `kill -9` would: nothing is said any more.
    func die() { node.close() }

    deinit { node.close() }

    /// Connected, and through the time in which nothing new is opened.
    func isReady() async -> Bool { await isSoon { node.mayOpen } }

    func sees(_ names: String...) async -> Bool {
        await isSoon { Set(node.status.hosts.map(\.name)) == Set(names) }
    }

    func isHere(_ room: String) async -> Bool { await node.place(room) == .here }

    /// Waits until Redis says who is there.
    func sees(_ people: [String], in room: String) async -> Bool {
        await isSoon { await node.people(in: room)?.map(\.peerID) == people }
    }

    func report(_ busy: Int = 0, peers: Int = 0, open: Set<String> = [], isDraining: Bool = false) {
        node.report(busyPercent: busy, peers: peers, isDraining: isDraining, open: open)
    }
}

extension ClusterTimings {
    static func quick(lease: Duration) -> ClusterTimings {
        var timings = ClusterTimings()
        timings.beat = lease / 6
        timings.lease = lease
        timings.suspicion = lease * 3 / 4
        timings.patience = .seconds(15)
        timings.recovery = lease
        timings.mourning = lease
        timings.reservation = lease * 2
        return timings
    }
}

func presence(_ peer: String, user: String = "ada") -> ClusterPresence {
    .with { ($0.peerID, $0.userID, $0.name, $0.deviceID) = (peer, user, user, "phone") }
}

extension Heard {
    var missedCount: Int {
        all.filter { if case .missed = $0 { true } else { false } }.count
    }

    var dead: [String] {
        all.compactMap { if case .died(let name) = $0 { name } else { nil } }
    }
}

func chat(_ sequence: UInt64) -> ClusterNotice.OneOf_Body {
    .chat(.with { ($0.appID, $0.roomID, $0.sequence) = ("app", "one", sequence) })
}
