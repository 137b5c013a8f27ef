import Contract
import Protocol
import Tenancy

/// A room of two whose media the server never sees: it passes on what they say to each other.
final class Pair {
    static let seatsMax = 2

    let key: String
    private(set) var seats: [PairSeat] = []

    init(_ key: String) { self.key = key }

    var isFull: Bool { seats.count >= Self.seatsMax }

    func add(_ seat: PairSeat) {
        for other in seats { other.session.tellJoined(seat.member) }
        seats.append(seat)
    }

    /// The other one knows of it already.
    func restore(_ seat: PairSeat) { seats.append(seat) }

    func remove(_ seat: PairSeat) {
        seats.removeAll { $0 === seat }
        for other in seats {
            other.session.tellLeft(seat.id)
            other.sendTracks()
        }
    }
}

/// One of the two.
final class PairSeat: StayHolder {
    /// The m-lines that signaling.proto sets aside.
    private static let mids: [(MediaSource, String)] = [(.microphone, "0"), (.camera, "1"), (.screen, "2")]

    let id: String
    let name: String
    let userId: String
    let openedMilliseconds = Session.nowMilliseconds()
    let pair: Pair
    unowned let session: Session
    var stay: Stay?
    /// Why it is no longer there.
    private var departure = "left"
    /// What is on, and whether it is muted.
    var sources: [MediaSource: Bool] = [:]

    init(_ identity: Identity, in pair: Pair, session: Session, id: String = randomText(12)) {
        self.id = id
        name = identity.name
        userId = identity.userId
        self.pair = pair
        self.session = session
    }

    var member: Member {
        var member = Member()
        member.peerID = id
        member.name = name
        member.userID = userId
        return member
    }

    var hasLeft: Bool { !pair.seats.contains { $0 === self } }

    func putOut(by registry: Registry, because reason: String) {
        departure = reason
        session.end(.removed)
    }

    /// Out of the room, and of the platform's books.
    func leave(_ stays: Stays) {
        for (source, _) in Self.mids where sources[source] != nil { tell(source, isPublished: false) }
        sources = [:]
        pair.remove(self)
        stays.left(self, because: departure)
    }

    /// To its tenant's webhooks.
    private func tell(_ source: MediaSource, isPublished: Bool) {
        guard let stay else { return }
        session.signaling.gate.tell(
            TrackNews(
                stay: stay, isPublished: isPublished, trackId: "\(id)-\(source)",
                kind: source == .microphone ? "audio" : "video", source: "\(source)"))
    }

    var other: PairSeat? { pair.seats.first { $0 !== self } }

    /// To the other one; what nobody is there for is nobody's.
    func pass(_ body: ServerMessage.OneOf_Body) { other?.session.send(body) }

    func publish(_ source: MediaSource, isOn: Bool, isMuted: Bool) {
        guard isOn != (sources[source] != nil) else { return }
        sources[source] = isOn ? isMuted : nil
        tell(source, isPublished: isOn)
        other?.sendTracks()
    }

    func mute(_ source: MediaSource, _ isMuted: Bool) {
        guard let before = sources[source], before != isMuted else { return }
        sources[source] = isMuted
        other?.session.tellMuted(id, source, isMuted)
    }

    /// What the other one has on.
    func sendTracks() {
        var message = Tracks()
        message.tracks = Self.mids.compactMap { source, mid in
            guard let other, let isMuted = other.sources[source] else { return nil }
            var track = Track()
            track.mid = mid
            track.peerID = other.id
            track.source = source.trackSource
            track.muted = isMuted
            return track
        }
        session.send(.tracks(message))
    }
}
