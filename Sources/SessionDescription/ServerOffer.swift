import Contract

/// A media section of an offer of ours. Its place in the list is its m-line: a later offer for the same peer connection
/// keeps every section in its place (RFC 8829 §5.2.2) and changes only what it is.
public enum OfferedSection: Equatable, Sendable {
    /// The client may publish here. `rids` are the simulcast layers to ask for, the lowest quality first: a browser makes
    /// its encodings in this order, the first the smallest. Empty for one layer; at most 3; none for audio.
    case receive(mid: String, kind: MediaKind, rids: [String])
    case send(mid: String, kind: MediaKind, stream: OutgoingStream)
    /// Not in use now; the transceiver stays and may be used again. For a section that was `receive` give the same
    /// `rids`: libwebrtc cuts a sender's encodings down to the first for good when an offer does without simulcast.
    case inactive(mid: String, kind: MediaKind, rids: [String] = [])
    /// Port 0: the transceiver is gone. Another section, with a new mid, may take the place in a later offer. Costs the
    /// client more than `inactive`, and a place that is inactive can be used again as well.
    case stopped(mid: String, kind: MediaKind)
    /// Data channels. Not the first section.
    case data(mid: String)

    public var mid: String {
        switch self {
        case .receive(let mid, _, _), .send(let mid, _, _), .inactive(let mid, _, _), .stopped(let mid, _),
            .data(let mid):
            mid
        }
    }

    /// Nil for data channels.
    public var kind: MediaKind? {
        switch self {
        case .receive(_, let kind, _), .send(_, let kind, _), .inactive(_, let kind, _), .stopped(_, let kind): kind
        case .data: nil
        }
    }

    /// As in the m= line.
    var media: String { kind?.media ?? DataChannels.media }

    public var isStopped: Bool {
        if case .stopped = self { true } else { false }
    }

    /// As the offer states it, from the server's side.
    public var direction: Direction {
        switch self {
        case .receive: .recvonly
        case .send: .sendonly
        case .inactive, .stopped, .data: .inactive
        }
    }

    /// What is sent here may be protected.
    var hasFec: Bool {
        if case .send(_, .video, let stream) = self { stream.fecSsrc != 0 } else { false }
    }

    var rids: [String] {
        switch self {
        case .receive(_, .video, let rids), .inactive(_, .video, let rids): rids
        default: []
        }
    }
}

/// The server's description of one peer connection, to which the client answers.
///
/// Payload types and extension ids are fixed (`mediaMap`): they mean the same in every offer.
public struct ServerOffer: Sendable {
    public let sections: [OfferedSection]
    /// In order of preference.
    public let codecs: [Codec]
    public let text: String

    /// - Parameters:
    ///   - origin: the same id for every offer of a peer connection, with a version that grows.
    ///   - sections: in m-line order; stopped ones keep their place. The first names the BUNDLE transport and so keeps its
    ///     mid and kind for good: it is written as inactive when it is stopped. (libwebrtc begins a new transport, ICE and
    ///     DTLS from the start, once another section in that place leads the group, and fails when the group is led by a
    ///     section further down.)
    ///   - codecs: what to offer, in order of preference.
    /// - Throws: `invalidArgument` for names that SDP cannot hold, `duplicateMid`, `noSections`, `tooLarge`.
    public init(
        origin: SessionOrigin, local: LocalTransport, sections: [OfferedSection], codecs: [Codec] = CodecTable.codecs
    ) throws(SdpError) {
        try Self.check(sections)
        try local.check()
        let sections = Self.keepingTransport(sections)
        self.sections = sections
        self.codecs = codecs
        text = Self.write(origin: origin, local: local, sections: sections, codecs: codecs)
    }

    /// Payload types and extension ids of every offer.
    public static let mediaMap: MediaMap = {
        var map = MediaMap()
        for entry in CodecTable.entries {
            map.set(entry.codec, payloadType: entry.payloadType)
            if let rtx = entry.rtxPayloadType { map.setRtx(payloadType: rtx, repairing: entry.payloadType) }
        }
        for kind in HeaderExtension.allCases { map.set(kind, id: ExtensionTable.id(kind)) }
        return map
    }()

    private static func keepingTransport(_ sections: [OfferedSection]) -> [OfferedSection] {
        guard let first = sections.first, first.isStopped, let kind = first.kind else { return sections }
        return [.inactive(mid: first.mid, kind: kind)] + sections.dropFirst()
    }

    private static func check(_ sections: [OfferedSection]) throws(SdpError) {
        guard sections.first?.kind != nil else { throw SdpError(.noSections, expected: "a section for media to offer") }
        guard sections.count <= SdpLimits.standard.sectionsMax else {
            throw SdpError(.tooLarge, expected: "at most \(SdpLimits.standard.sectionsMax) sections to offer")
        }
        var mids: Set<String> = []
        for section in sections {
            try checkMid(section.mid, line: 0)
            guard mids.insert(section.mid).inserted else {
                throw SdpError(.duplicateMid, found: section.mid, expected: "a mid of its own for every section")
            }
            try check(section)
        }
    }

    private static func check(_ section: OfferedSection) throws(SdpError) {
        if case .send(_, _, let stream) = section { try stream.check() }
        let rids = section.rids
        guard rids.count <= Limits.layersMax, rids.allSatisfy(Simulcast.isRid), Set(rids).count == rids.count else {
            throw SdpError(
                .invalidArgument, found: rids.joined(separator: ";"),
                expected: "at most \(Limits.layersMax) different rids of 1...16 letters and digits")
        }
    }
}
