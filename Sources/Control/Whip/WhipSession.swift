import Contract
import SessionDescription

/// One WHIP or WHEP resource: a peer that came with an offer of its own, and what of it a later PATCH needs.
final class WhipSession: PeerObserver {
    enum Kind: String { case whip, whep }

    let kind: Kind
    let id: String
    /// As the address says it.
    let room: String
    let peer: Peer
    /// Theirs; it changes with an ICE restart.
    private(set) var remoteUfrag: String
    /// Names the ICE session (RFC 9725 §4.3.1), with its quotation marks.
    private(set) var tag = WhipSession.makeTag()
    /// Of the accepted sections, for the answer to an ICE restart.
    let mids: [String]
    let firstMedia: String
    private let lost: (WhipSession) -> Void

    init(
        kind: Kind, id: String, room: String, peer: Peer, remoteUfrag: String, answer: ServerAnswer,
        lost: @escaping (WhipSession) -> Void
    ) {
        self.kind = kind
        self.id = id
        self.room = room
        self.peer = peer
        self.remoteUfrag = remoteUfrag
        let accepted = answer.sections.filter(\.isAccepted)
        mids = accepted.map(\.mid)
        firstMedia = accepted.first?.kind == .video ? "video" : "audio"
        self.lost = lost
    }

    /// One that began in another process.
    init(_ picture: WhipPicture, peer: Peer, lost: @escaping (WhipSession) -> Void) {
        kind = picture.isWhep ? .whep : .whip
        id = picture.id
        room = picture.room
        self.peer = peer
        remoteUfrag = picture.remoteUfrag
        tag = picture.tag
        mids = picture.mids.map(\.mid)
        firstMedia = picture.firstMedia
        self.lost = lost
    }

    var picture: WhipPicture {
        WhipPicture(
            isWhep: kind == .whep, id: id, room: room, peer: peer.id, remoteUfrag: remoteUfrag, tag: tag,
            mids: mids.map { MidPicture(mid: $0) }, firstMedia: firstMedia)
    }

    var path: String { "/\(kind.rawValue)/\(room)/\(id)" }

    func restarted(remoteUfrag: String) {
        self.remoteUfrag = remoteUfrag
        tag = Self.makeTag()
    }

    func peerLost(_ loss: PeerLoss) { lost(self) }

    func peerRemoved() { lost(self) }

    private static func makeTag() -> String { "\"" + randomText(16) + "\"" }
}
