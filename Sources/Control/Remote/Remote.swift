import Contract
import Logging
import NIOCore
import Protocol
import SessionDescription

/// What another control plane does with the engine: the operations of control.proto on the books, without a word about how
/// they are called. Confined to the loop; `RemoteControl` brings calls here.
final class Remote {
    let registry: Registry
    let announcement: Announcement
    let loop: any EventLoop
    let log: Logger
    /// What this control plane joined or made, by peer id. A peer holds its observer weakly.
    private(set) var sessions: [String: any RemotePeer] = [:]
    var readers: [UInt64: EventReader] = [:]
    var nextReader: UInt64 = 0

    init(registry: Registry, announcement: Announcement, loop: any EventLoop, log: Logger) {
        self.registry = registry
        self.announcement = announcement
        self.loop = loop
        self.log = log
        registry.watchers.append { [unowned self] in publish($0) }
    }

    func add(_ session: some RemotePeer) {
        sessions[session.peer.id] = session
        session.peer.observer = session
    }

    func forget(_ peer: Peer) { sessions[peer.id] = nil }

    /// At the server's end.
    func endAll() {
        for session in sessions.values { registry.remove(session.peer, because: "closed") }
        for reader in readers.values { reader.end(nil) }
        readers = [:]
    }

    // MARK: finding things

    func room(_ name: String) throws(RemoteFault) -> Room {
        guard let room = registry.rooms[name] else {
            throw .missing("ROOM_NOT_FOUND", "there is no room of this name")
        }
        return room
    }

    func peer(_ id: String, in name: String) throws(RemoteFault) -> Peer {
        guard let peer = try room(name).peers.first(where: { $0.id == id }) else {
            throw .missing("PEER_NOT_FOUND", "the room has no peer with this id")
        }
        return peer
    }

    /// A session by SDP that began here.
    func sdpPeer(_ id: String, in name: String) throws(RemoteFault) -> SdpPeer {
        let peer = try peer(id, in: name)
        guard let session = sessions[id] as? SdpPeer else {
            throw .wrongState("WRONG_KIND", "the peer \(peer.id) did not join by Rooms.Join")
        }
        return session
    }

    func transport(_ id: String, in name: String) throws(RemoteFault) -> TransportPeer {
        guard try room(name).peers.contains(where: { $0.id == id }), let session = sessions[id] as? TransportPeer else {
            throw .missing("TRANSPORT_NOT_FOUND", "the room has no transport with this id")
        }
        return session
    }

    func producer(_ id: String, in name: String) throws(RemoteFault) -> Producer {
        guard let producer = try room(name).producers.first(where: { $0.id == id }) else {
            throw .missing("PRODUCER_NOT_FOUND", "the room has no producer with this id")
        }
        return producer
    }

    func consumer(_ id: String, in name: String) throws(RemoteFault) -> Consumer {
        for peer in try room(name).peers {
            if let consumer = peer.consumers.first(where: { $0.id == id }) { return consumer }
        }
        throw .missing("CONSUMER_NOT_FOUND", "the room has no consumer with this id")
    }

    // MARK: checking names

    func checkRoom(_ name: String) throws(RemoteFault) {
        guard Names.isRoom(name) else {
            throw .invalid("a room's name is 1...\(Names.bytesMax) letters, digits or any of -._~:@|")
        }
    }

    /// The name, or one of ours for an empty one.
    func peerName(_ name: String, or kind: String) throws(RemoteFault) -> String {
        if name.isEmpty { return kind + "-" + randomText(6) }
        guard Names.isPeer(name) else {
            throw .invalid("a peer's name is 1...\(Names.bytesMax) bytes without control characters")
        }
        return name
    }
}

/// A peer that is here because another control plane said so.
protocol RemotePeer: PeerObserver {
    var peer: Peer { get }
}

extension Producer {
    /// Unique in its room for as long as the room lives: peers' ids are not used again, nor a mid while it is taken.
    var id: String { "\(peer.id):\(mid)" }
}

extension Consumer {
    var id: String { "\(peer.id):\(mid)" }
}
