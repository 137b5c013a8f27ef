/// The resources in a process that takes over: clients know them by their addresses.
extension Whip {
    func restore(_ pictures: [WhipPicture], peers: [String: Peer]) throws(UpgradeFailure) {
        for picture in pictures {
            guard let peer = peers[picture.peer] else { throw UpgradeFailure("a WHIP session has no peer") }
            let session = WhipSession(picture, peer: peer) { [unowned self] in sessions[$0.id] = nil }
            peer.observer = session
            sessions[session.id] = session
        }
    }
}
