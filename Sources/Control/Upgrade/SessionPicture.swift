import Contract
import SessionDescription
import Snapshot

/// A client of the meeting protocol.
struct SessionPicture: Portable {
    var resumeToken = ""
    /// Who it is: all of it from its token.
    var appId = ""
    var roomId = ""
    var userId = ""
    var jti = ""
    var name = ""
    var role = ""
    var deviceId = ""
    var expiresSeconds = 0.0
    var roomKey = ""
    var appKey = ""
    /// Its peer's id.
    var peer = ""
    /// Place of its socket among the descriptors that came along; -1 where it has none: it is kept for a while.
    var socket: Int32 = -1
    /// What has come of a message that is not whole yet.
    var partial: [UInt8] = []
    var media = MediaPicture()
    /// A tenant's guest; empty for another.
    var guest: [MidPicture] = []
    /// Of a seat in a room of two: its id, its stay, and what it has on as in `MediaPicture.wanted`.
    var seat = ""
    var stay: [MidPicture] = []
    var sources: [UInt8] = []

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &resumeToken)
        book.field(2, &appId)
        book.field(3, &roomId)
        book.field(4, &userId)
        book.field(5, &jti)
        book.field(6, &name)
        book.field(7, &role)
        book.field(8, &deviceId)
        book.field(9, &expiresSeconds)
        book.field(10, &roomKey)
        book.field(11, &appKey)
        book.field(12, &peer)
        book.field(13, &socket)
        book.field(14, &partial)
        book.message(15, &media)
        book.list(16, &guest) { MidPicture() }
        book.field(17, &seat)
        book.list(18, &stay) { MidPicture() }
        book.fields(19, &sources)
    }
}

/// What was offered to a session's client, and what it answered.
struct MediaPicture: Portable {
    var originId: UInt64 = 1
    var originVersion: UInt64 = 1
    var version: UInt32 = 0
    var sections: [SectionPicture] = []
    /// Of the offer that is not answered; empty for none.
    var openUfrag = ""
    var openPassword = ""
    var openRestarts: UInt8 = 0
    var isOfferDue = false
    var isRestartDue = false
    var fingerprint: [UInt8] = []
    var published: [PublishedPicture] = []
    /// Source, and twice as many for those that are muted: 2 × source + muted.
    var wanted: [UInt8] = []
    var unwanted: [UInt32] = []

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &originId)
        book.field(2, &originVersion)
        book.field(3, &version)
        book.list(4, &sections) { SectionPicture() }
        book.field(5, &openUfrag)
        book.field(6, &openPassword)
        book.field(7, &openRestarts)
        book.field(8, &isOfferDue)
        book.field(9, &isRestartDue)
        book.field(10, &fingerprint)
        book.list(11, &published) { PublishedPicture() }
        book.fields(12, &wanted)
        book.fields(13, &unwanted)
    }
}

/// One m-line of the server's offers.
struct SectionPicture: Portable {
    enum Form: UInt8 {
        case receive = 0
        case send, inactive, stopped, data
    }
    var form = Form.data
    var mid = ""
    var kind = MediaKind.audio
    var rids: [MidPicture] = []
    var stream = OutgoingStream(streamID: "", trackID: "", cname: "", ssrc: 0, rtxSsrc: 0)

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &form)
        book.field(2, &mid)
        book.field(3, &kind)
        book.list(4, &rids) { MidPicture() }
        book.field(5, &stream.streamID)
        book.field(6, &stream.trackID)
        book.field(7, &stream.cname)
        book.field(8, &stream.ssrc)
        book.field(9, &stream.rtxSsrc)
        book.field(10, &stream.fecSsrc)
    }

    init() {}

    init(_ section: OfferedSection) {
        mid = section.mid
        kind = section.kind ?? .audio
        switch section {
        case .receive(_, _, let rids):
            form = .receive
            self.rids = rids.map { MidPicture(mid: $0) }
        case .send(_, _, let stream):
            form = .send
            self.stream = stream
        case .inactive(_, _, let rids):
            form = .inactive
            self.rids = rids.map { MidPicture(mid: $0) }
        case .stopped: form = .stopped
        case .data: form = .data
        }
    }

    var section: OfferedSection {
        switch form {
        case .receive: .receive(mid: mid, kind: kind, rids: rids.map(\.mid))
        case .send: .send(mid: mid, kind: kind, stream: stream)
        case .inactive: .inactive(mid: mid, kind: kind, rids: rids.map(\.mid))
        case .stopped: .stopped(mid: mid, kind: kind)
        case .data: .data(mid: mid)
        }
    }
}

/// What a client sends in a source's section, as answered last.
struct PublishedPicture: Portable {
    var source = MediaSource.microphone
    var mid = ""
    var kind = MediaKind.audio
    var isAccepted = false
    var layers: [LayerPicture] = []

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &source)
        book.field(2, &mid)
        book.field(3, &kind)
        book.field(4, &isAccepted)
        book.list(5, &layers) { LayerPicture() }
        book.check(layers.count <= Limits.layersMax, "a section has \(layers.count) layers")
    }

    init() {}

    init(_ source: MediaSource, _ section: NegotiatedSection) {
        self.source = source
        (mid, kind, isAccepted) = (section.mid, section.kind ?? .audio, section.isAccepted)
        layers = section.layers.map { LayerPicture(layer: $0) }
    }

    var section: NegotiatedSection {
        NegotiatedSection(mid: mid, kind: kind, isAccepted: isAccepted, layers: layers.map(\.layer))
    }
}
