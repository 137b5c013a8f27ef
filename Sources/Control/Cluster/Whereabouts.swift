import Cluster
import NIOCore
import Protocol

/// Which host has a room: this one where there is no cluster.
final class Whereabouts {
    private let node: ClusterNode?
    private let loop: any EventLoop

    init(_ node: ClusterNode?, loop: any EventLoop) {
        self.node = node
        self.loop = loop
    }

    var isAlone: Bool { node == nil }

    /// On the loop; at once where there is no cluster.
    func find(_ room: String, _ body: @escaping (Placement) -> Void) {
        guard let node else { return body(.here) }
        loop.makeFutureWithTask { await node.place(room) }.assumeIsolated().whenSuccess(body)
    }

    /// Where clients may go when this host is gone.
    var others: [String] { node?.otherUrls ?? [] }

    // MARK: who is here

    func entered(_ identity: Identity, peer: String) {
        guard let node else { return }
        let milliseconds = Session.nowMilliseconds()
        node.enter(
            .with {
                ($0.peerID, $0.userID, $0.name) = (peer, identity.userId, identity.name)
                ($0.jti, $0.deviceID, $0.joinedMs) = (identity.jti, identity.deviceId, milliseconds)
            }, room: identity.roomKey)
    }

    func left(_ identity: Identity, peer: String) { node?.leave(peer: peer, room: identity.roomKey) }

    // MARK: what is told

    func tell(_ body: ClusterNotice.OneOf_Body) { node?.publish(body) }
}
