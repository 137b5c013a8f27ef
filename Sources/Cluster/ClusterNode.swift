import Foundation
import Logging
import Protocol
import SwiftProtobuf
import Synchronization

/// This host as one of a cluster. Everything that it says in Redis it keeps in its books too, and says it again when Redis
/// has lost it.
public final class ClusterNode: Sendable {
    typealias Instant = ContinuousClock.Instant

    struct State {
        var hosts: HostBook
        var rooms = RoomBook()
        /// Nil while there is no connection.
        var connectedSince: Instant?
        /// Before that nothing new is opened.
        var opensAt: Instant?
        var failure: RedisError?
        var isOver = false
        /// Since when another host has had the same name, or has been complained of.
        var doubledSince: Instant?
        /// For tests: the host says nothing, as if it were cut off.
        var isHeldBack = false
    }

    public let settings: ClusterSettings
    /// Of this run.
    public let id: String
    let keys: ClusterKeys
    let log: Logger
    let redis: RedisCommands
    let bus: NoticeBus
    let state: Mutex<State>
    let tell: @Sendable (ClusterEvent) -> Void
    private let tasks = Mutex<[Task<Void, Never>]>([])

    private init(_ settings: ClusterSettings, log: Logger, tell: @escaping @Sendable (ClusterEvent) -> Void) {
        self.settings = settings
        self.log = log
        self.tell = tell
        id =
            settings.name + "." + String((0..<8).map { _ in "abcdefghijklmnopqrstuvwxyz234567".randomElement() ?? "a" })
        keys = ClusterKeys(prefix: settings.prefix)
        var own = ClusterHost()
        own.hostID = id
        own.name = settings.name
        own.publicURL = settings.url
        own.grpcAddress = settings.grpcAddress
        own.mediaAddresses = settings.mediaAddresses
        own.version = settings.version
        let first = State(hosts: HostBook(own, suspicion: settings.timings.suspicion))
        state = Mutex(first)
        let connection = Connection()
        redis = RedisCommands(settings.redis) { connection.changed($0) }
        bus = NoticeBus(settings.redis, keys, own: id, redis: redis, log: log, tell: tell)
        connection.node.withLock { $0 = WeakNode(self) }
    }

    /// Begins to connect, and returns at once: a host without Redis serves what it has.
    public static func start(
        _ settings: ClusterSettings, log: Logger, tell: @escaping @Sendable (ClusterEvent) -> Void
    ) -> ClusterNode {
        let node = ClusterNode(settings, log: log, tell: tell)
        node.redis.start()
        node.bus.start()
        node.tasks.withLock { $0 = [node.begunBeats()] }
        return node
    }

    /// Gives back what the host has, so that the others need not wait for leases to end. Nobody is placed here from now on.
    public func withdraw() async {
        let rooms = state.withLock { state in
            state.isOver = true
            state.hosts.report { $0.draining = true }
            return state.rooms.held
        }
        for (room, held) in rooms { redis.post(releasing(room, held.lease)) }
        _ = try? await redis.call(["DEL", RedisWord(keys.hostPrefix + id)])
        _ = try? await redis.call(["SREM", RedisWord(keys.hosts), RedisWord(id)])
    }

    /// Ends the connections. What was not withdrawn ends with its leases.
    public func close() {
        state.withLock { $0.isOver = true }
        for task in tasks.withLock({ $0 }) { task.cancel() }
        bus.close()
        redis.close()
    }

    // MARK: what the host says of itself

    /// How busy it is and which rooms are open; said about once a second.
    public func report(busyPercent: Int, peers: Int, isDraining: Bool, open rooms: Set<String>) {
        state.withLock { state in
            state.hosts.report { own in
                own.busyPercent = UInt32(clamping: busyPercent)
                own.peers = UInt32(clamping: peers)
                own.rooms = UInt32(clamping: rooms.count)
                own.draining = isDraining || state.isOver
            }
            state.rooms.report(open: rooms)
        }
    }

    public var status: ClusterStatus {
        state.withLock { state in
            ClusterStatus(
                isConnected: state.connectedSince != nil, failure: state.failure?.description,
                hosts: state.hosts.all, leases: state.rooms.held.count)
        }
    }

    // MARK: for tests

    var mayOpen: Bool { state.withLock { $0.opensAt.map { $0 <= .now } ?? false } }

    func openAtOnce() { state.withLock { $0.opensAt = .now } }

    func term(of room: String) -> UInt64? { state.withLock { $0.rooms.held[room]?.term } }

    var isHeldBack: Bool {
        get { state.withLock { $0.isHeldBack } }
        set { state.withLock { $0.isHeldBack = newValue } }
    }

    // MARK: the connection

    fileprivate func connectionChanged(_ failure: RedisError?) {
        let now = Instant.now
        state.withLock { state in
            state.failure = failure
            state.connectedSince = failure == nil ? now : nil
            if failure == nil {
                state.opensAt = now + settings.timings.recovery
                state.hosts.forgetMissing()
            }
        }
        if let failure {
            log.warning("the cluster's Redis is away; calls go on", metadata: ["error": "\(failure)"])
        } else {
            log.notice("the cluster's Redis is there", metadata: ["host": "\(id)"])
        }
    }
}

/// What the node's connection holds before there is a node.
private final class Connection: Sendable {
    let node = Mutex<WeakNode?>(nil)

    func changed(_ failure: RedisError?) { node.withLock { $0?.node }?.connectionChanged(failure) }
}

private struct WeakNode: Sendable {
    weak let node: ClusterNode?
    init(_ node: ClusterNode) { self.node = node }
}

/// What a host hears of the cluster; told on any thread.
public enum ClusterEvent: Sendable {
    case notice(ClusterNotice)
    /// There may have been notices that nobody here heard: the database says what they were about.
    case missed
    /// Another host has the room; whoever is in it here is to go there.
    case lost(room: String, url: String)
    /// The host by this name is dead: its stays are to be ended in the database. One host is told.
    case died(name: String)
}

public struct ClusterStatus: Sendable {
    public var isConnected: Bool
    /// Why it is not.
    public var failure: String?
    /// This one first.
    public var hosts: [ClusterHost]
    public var leases: Int
}
