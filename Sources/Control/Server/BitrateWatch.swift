import Contract
import NIOCore
import Tenancy

/// Looks every so often at what tenants' guests send and get: counts it for their tenants, and keeps which tenants and rooms
/// send more than they may. Nothing more may be published there until it is less.
final class BitrateWatch {
    private static let every = TimeAmount.seconds(10)
    /// Peers that are asked for at once; of more than this others are asked for the next time.
    private static let peersMax = 2000

    /// What a peer had sent and got when it was asked for last.
    private struct Seen {
        var received: UInt64 = 0
        var sent: UInt64 = 0
        var milliseconds: UInt64
        var bitsPerSecond = 0.0
    }

    private let registry: Registry
    private let stays: Stays
    private let tenancy: Tenancy
    private let loop: any EventLoop
    private var seen: [String: Seen] = [:]
    /// Where the next look begins, when there are too many for one.
    private var turn = 0
    private var lookedMilliseconds = Session.nowMilliseconds()
    /// Tenants, and rooms by their keys, that send more than they may.
    private(set) var over: Set<String> = []
    private(set) var overRooms: Set<String> = []

    init(registry: Registry, stays: Stays, tenancy: Tenancy, loop: any EventLoop) {
        self.registry = registry
        self.stays = stays
        self.tenancy = tenancy
        self.loop = loop
    }

    func begin() {
        loop.assumeIsolated().scheduleTask(in: Self.every) { [weak self] in
            self?.look()
            self?.begin()
        }
    }

    /// Why the guest may publish nothing more; nil when there is no reason.
    func refusal(of guest: Guest) -> String? {
        if over.contains(guest.app) { return "the tenant's quota of bitrate is used up" }
        return overRooms.contains(guest.roomKey) ? "the room's bitrate is used up" : nil
    }

    func look() {
        countTime(until: Session.nowMilliseconds())
        let peers = registry.rooms.values.flatMap(\.peers).filter { $0.stay != nil }
        let known = Set(peers.map(\.id))
        seen = seen.filter { known.contains($0.key) }
        let asked = nextOnes(of: peers)
        EventLoopFuture.whenAllComplete(asked.map { registry.reports.peer($0) }, on: loop).assumeIsolated()
            .whenSuccess { results in
                for (peer, result) in zip(asked, results) {
                    if case .success(let report) = result { self.count(peer, report, at: Session.nowMilliseconds()) }
                }
                self.judgeAll()
            }
    }

    private func nextOnes(of peers: [Peer]) -> [Peer] {
        guard peers.count > Self.peersMax else { return peers }
        defer { turn += Self.peersMax }
        return (0..<Self.peersMax).map { peers[(turn + $0) % peers.count] }
    }

    /// Rooms of two count, too.
    private func countTime(until now: UInt64) {
        let passed = now &- lookedMilliseconds
        lookedMilliseconds = now
        for stay in stays.all { tenancy.tally.count(stay.app) { $0.participantMilliseconds += passed } }
    }

    /// What a peer that leaves sent since it was asked for last is not counted.
    func count(_ peer: Peer, _ report: PeerReport, at now: UInt64) {
        guard let stay = peer.stay else { return }
        let before = seen[peer.id] ?? Seen(milliseconds: peer.openedMilliseconds)
        let (received, sent) = (report.bytesReceived &- before.received, report.bytesSent &- before.sent)
        let passed = max(1, now &- before.milliseconds)
        seen[peer.id] = Seen(
            received: report.bytesReceived, sent: report.bytesSent, milliseconds: now,
            bitsPerSecond: Double(received) * 8000 / Double(passed))
        tenancy.tally.count(stay.app) {
            $0.bytesReceived &+= received
            $0.bytesSent &+= sent
        }
    }

    func judgeAll() {
        var apps: [String: Double] = [:]
        var rooms: [String: (bits: Double, max: Int64)] = [:]
        for peer in registry.rooms.values.flatMap(\.peers) {
            guard let stay = peer.stay, let seen = seen[peer.id] else { continue }
            apps[stay.app, default: 0] += seen.bitsPerSecond
            rooms[stay.roomKey, default: (0, stay.roomBitrateMax)].bits += seen.bitsPerSecond
        }
        overRooms = Set(rooms.filter { $0.value.max > 0 && $0.value.bits > Double($0.value.max) }.keys)
        judge(apps)
    }

    func judge(_ sums: [String: Double]) {
        over.formIntersection(sums.keys)
        for (app, sum) in sums {
            let tenancy = tenancy
            loop.makeFutureWithTask { await tenancy.isWithinQuota(bitrate: Int64(sum), of: app) }.assumeIsolated()
                .whenSuccess { isWithin in
                    if isWithin { self.over.remove(app) } else { self.over.insert(app) }
                }
        }
    }
}
