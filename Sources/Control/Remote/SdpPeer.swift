import Contract
import NIOCore
import Protocol
import SessionDescription

/// A session by SDP that another control plane brought: the client's offer was answered, or the server offers.
final class SdpPeer: RemotePeer, MediaSession {
    let peer: Peer
    unowned let remote: Remote
    /// Where the server offers.
    private(set) var media: SessionMedia?
    /// Where the client offered: of the accepted sections, for the answer to an ICE restart.
    var accepted: (media: String, mids: [String])?
    /// Sent last.
    private(set) var offer: (version: UInt32, sdp: String)?
    /// The first offer is the answer to the call.
    private var isJoined = false

    init(_ peer: Peer, remote: Remote) {
        self.peer = peer
        self.remote = remote
    }

    /// The server offers, now and whenever more slots are needed.
    func beginOffering(hasChannels: Bool) {
        let media = SessionMedia(peer, session: self, hasChannels: hasChannels)
        self.media = media
        media.begin()
        isJoined = true
    }

    // MARK: MediaSession

    var registry: Registry { remote.registry }
    var announcement: Announcement { remote.announcement }
    var loop: any EventLoop { remote.loop }

    func send(offer sdp: String, version: UInt32) {
        offer = (version, sdp)
        guard isJoined else { return }
        var event = Remote.event(.offer, peer.room)
        event.peer = RpcPeer(peer, withMedia: false)
        event.offer = sdp
        event.offerVersion = version
        remote.publish(event)
    }

    func sendTracks() {
        guard !remote.readers.isEmpty else { return }
        var event = Remote.event(.slotsChanged, peer.room)
        event.peer = RpcPeer(peer, withMedia: false)
        event.consumers = peer.consumers.map { RpcConsumer($0) }
        remote.publish(event)
    }

    /// Those who watch hear of it from the books.
    func tellHeld(mid: String, _ reason: HeldReason) {}

    func mediaFailed() { registry.remove(peer, because: "failed") }

    // MARK: PeerObserver

    func peerLost(_ loss: PeerLoss) { remote.forget(peer) }
    func peerRemoved() { remote.forget(peer) }
    func slotsChanged() { if let media { media.slotsChanged() } else { sendTracks() } }
    func slotWanted(for producer: Producer) -> Consumer? { media?.addSlot(for: producer) }
}
