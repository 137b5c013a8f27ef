import Contract

/// A client's offer (WHIP, WHEP) as a plain summary. The caller decides what to do with each section, allocates, and then
/// has `answer(origin:local:slots:)` write the answer.
public struct ClientOffer: Sendable {
    public let remote: RemoteTransport
    /// Every supported codec and extension that the client named, under its payload types and ids.
    public let media: MediaMap
    /// One for each m-line, in order.
    public let sections: [ClientSection]
    /// Of the bundled transport; the rest may trickle.
    public let candidates: [IceCandidate]

    /// Reads a client's offer.
    ///
    /// - Throws: `noSections`; `notBundled` without a BUNDLE group; `missingMid`, `duplicateMid`; `setup` when the client
    ///   wants to be the passive side; `rtcpMuxMissing`, `iceCredentials`, `fingerprint`, `payloadTypeConflict`,
    ///   `extensionConflict`; `nothingAccepted` when no section holds a codec that we know; and what parsing throws.
    public init(reading text: String, limits: SdpLimits = .standard) throws(SdpError) {
        let description = try Sdp(parsing: text, limits: limits)
        guard !description.sections.isEmpty else { throw SdpError(.noSections, expected: "at least one m= line") }
        try Self.checkMids(description)
        let transport = try BundledTransport(description)
        try transport.checkSetup(allowed: ["actpass", "active"])
        remote = try transport.remote()
        candidates = transport.candidates
        var builder = MediaMapBuilder()
        var sections: [ClientSection] = []
        for section in description.sections {
            let read = try ClientSection(section, transport: transport)
            if let kind = read.kind, read.isUsable {
                try builder.add(
                    codecs: read.offeredCodecs, extensions: read.extensions, kind: kind, direction: read.direction,
                    line: section.line)
            }
            sections.append(read)
        }
        guard sections.contains(where: \.isUsable) else {
            throw SdpError(
                .nothingAccepted,
                expected: "an audio or video section in the BUNDLE group with a codec that is supported")
        }
        self.sections = sections
        media = builder.finish()
    }

    private static func checkMids(_ description: Sdp) throws(SdpError) {
        var seen: Set<String> = []
        for section in description.sections where !section.isRejected || section.mid != nil {
            try checkMid(section.mid ?? "", line: section.line)
            guard seen.insert(section.mid ?? "").inserted else {
                throw SdpError(
                    .duplicateMid, line: section.line, found: section.mid ?? "",
                    expected: "a mid of its own for every section")
            }
        }
    }
}

/// One m-line of a client's offer.
public struct ClientSection: Sendable {
    /// "" only where a section that the client itself rejected has none.
    public let mid: String
    /// Nil for data channels or anything else that is not audio or video.
    public let kind: MediaKind?
    /// The client's: `sends` means that the client wants to publish here.
    public let direction: Direction
    /// Supported codecs in the client's order of preference.
    public let codecs: [Codec]
    /// What the client would send, the lowest layer first; empty when it does not send. See `LayerOrder` in Layers.swift.
    public let layers: [LayerDescription]
    /// From a=msid; "" when absent.
    public let streamID: String
    public let trackID: String
    /// Whether it can be accepted: RTP audio or video in the BUNDLE group, not rejected, with a codec that we know.
    public let isUsable: Bool

    /// The client's SCTP port (RFC 8841 §5) where this section is for data channels and can be accepted; nil elsewhere.
    public let sctpPort: UInt16?

    // What the answer repeats.
    let media: String
    let proto: String
    let formats: [String]
    let offeredCodecs: [SectionCodec]
    /// FlexFEC, where the client knows it.
    let offeredFec: PayloadFormat?
    let extensions: [SectionExtension]
    /// In the client's order.
    let rids: [String]
    let extmapAllowMixed: Bool

    init(_ section: MediaSection, transport: BundledTransport) throws(SdpError) {
        mid = section.mid ?? ""
        kind = Self.mediaKind(section)
        direction = transport.direction(of: section)
        media = section.media
        proto = section.proto
        formats = section.formats
        (streamID, trackID) = section.msid
        extmapAllowMixed = transport.extmapAllowMixed(of: section)
        let isOpen = !section.isRejected && transport.mids.contains(mid)
        sctpPort = isOpen ? Self.dataPort(section) : nil
        if isOpen, let kind {
            let known = try PayloadFormats(section)
            offeredCodecs = known.codecs(kind: kind)
            offeredFec = kind == .video ? known.fec : nil
            extensions = section.extensions(kind: kind)
        } else {
            offeredCodecs = []
            offeredFec = nil
            extensions = []
        }
        codecs = offeredCodecs.map(\.codec)
        isUsable = codecs.contains { $0 != .red }
        if isUsable { try transport.checkRtcpMux(of: section) }
        let sends = isUsable && direction.sends
        let sent = sends && kind == .video ? Simulcast(section).sent : []
        let order = Array(LayerOrder.lowToHigh(sent).prefix(Limits.layersMax))
        layers = sends ? section.layers(order: order) : []
        rids = sent.filter { order.contains($0) }
    }

    /// RFC 8841 §4: SCTP over DTLS for data channels. The port is 5000 where the client does not say (§5.2).
    static func dataPort(_ section: MediaSection) -> UInt16? {
        let protocols = ["UDP/DTLS/SCTP", "TCP/DTLS/SCTP"]
        guard section.media == "application", protocols.contains(section.proto),
            section.formats.contains("webrtc-datachannel")
        else { return nil }
        guard let stated = section.value("sctp-port") else { return 5000 }
        return decimal(stated, as: UInt16.self).flatMap { $0 > 0 ? $0 : nil }
    }

    /// RFC 8829 §5.1.2: the profiles under which WebRTC media travels.
    private static func mediaKind(_ section: MediaSection) -> MediaKind? {
        let profiles = ["UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/DTLS/RTP/SAVPF", "RTP/SAVPF", "RTP/SAVP"]
        return profiles.contains(section.proto) ? MediaKind(media: section.media) : nil
    }
}
