import Cluster
import NIOCore
import Protocol
import Trace

/// This host among others.
extension Site {
    /// Says once a second how this host is, from now on.
    func beginReports(to node: ClusterNode) {
        let site = NIOLoopBound(self, eventLoop: loop)
        clusterReports = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .seconds(1)) { _ in
            site.value.report(to: node)
        }
    }

    private func report(to node: ClusterNode) {
        let rooms = registry.rooms.filter { !$0.value.peers.isEmpty || $0.value.isKept }.keys
        node.report(
            busyPercent: Int(registry.shards.map(\.busyPercent).max() ?? 0), peers: registry.peerCount,
            isDraining: registry.isDraining, open: Set(rooms).union(signaling.pairKeys))
    }

    func hear(_ event: ClusterEvent) {
        switch event {
        case .notice(let notice):
            guard let body = notice.body else { return }
            let trace = notice.traceParent.isEmpty ? nil : Trace(continuing: notice.traceParent)
            Trace.$current.withValue(trace) { hear(body) }
        case .missed:
            signaling.catchUpChats()
            endWhatEnded()
        case .lost(let room, let url):
            signaling.move(room, to: url)
            // Who came by WHIP or WHEP comes again by itself, or not at all.
            for peer in registry.rooms[room]?.peers ?? [] { registry.remove(peer, because: "moved") }
        case .died(let name):
            guard let tenancy else { return }
            Task { await tenancy.bury(host: name) }
        }
    }

    private func hear(_ body: ClusterNotice.OneOf_Body) {
        switch body {
        case .kick(let kick):
            stays.end(kick.stayIds, tokens: [])
            for peer in kick.peerIds { kickMember(peer, of: ClusterNode.key(app: kick.appID, room: kick.roomID)) }
        case .roomClosed(let room): clearRoom(ClusterNode.key(app: room.appID, room: room.roomID))
        case .drain(let order): if order.name == cluster?.settings.name { drain() }
        case .revocation(let revocation): stays.end([], tokens: [revocation.appID + "/" + revocation.jti])
        case .chat(let chat): signaling.hear(chat)
        case .typing(let typing): signaling.hear(typing)
        case .readMark(let mark): signaling.hear(mark)
        case .peerEntered, .peerGone: break
        }
    }

    /// People whose stays the database has ended, while nobody could say so.
    private func endWhatEnded() {
        guard let tenancy else { return }
        let held = stays.all
        loop.makeFutureWithTask { await tenancy.ended(of: held) }.assumeIsolated().whenSuccess {
            self.stays.end($0, tokens: [])
        }
    }
}
