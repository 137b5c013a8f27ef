import Contract

/// What a client's answer to a `ServerOffer` settles.
public struct NegotiatedAnswer: Sendable {
    public var remote: RemoteTransport
    /// Payload types and extension ids as the answer left them: what the client dropped is absent.
    public var media: MediaMap
    /// One for each section of the offer, in its order.
    public var sections: [NegotiatedSection]
    /// Of the bundled transport; the rest may trickle.
    public var candidates: [IceCandidate]
    /// The client's, when data channels were offered and taken.
    public var sctpPort: UInt16?
}

extension ServerOffer {
    /// Reads the client's answer to this offer.
    ///
    /// - Throws: `sectionMismatch` when the m-lines are not those of the offer; `setup` when the client is not the active
    ///   side; `nothingAccepted`, `notBundled`, `rtcpMuxMissing`, `iceCredentials`, `fingerprint`, `payloadTypeConflict`,
    ///   `extensionConflict`; and what parsing throws.
    public func readAnswer(_ text: String) throws(SdpError) -> NegotiatedAnswer {
        let description = try Sdp(parsing: text, limits: .answer(sections: sections.count))
        try checkSections(description)
        guard zip(sections, description.sections).contains(where: { $1.port != 0 && !$0.isStopped && $0.kind != nil })
        else {
            throw SdpError(.nothingAccepted, expected: "an answer that accepts a section")
        }
        let transport = try BundledTransport(description)
        // RFC 8842 §5.3: to actpass the answer names a role; the server never opens DTLS.
        try transport.checkSetup(allowed: ["active"])
        let remote = try transport.remote()
        var builder = MediaMapBuilder()
        var negotiated: [NegotiatedSection] = []
        var sctpPort: UInt16?
        for (offered, section) in zip(sections, description.sections) {
            guard section.port != 0, !offered.isStopped else {
                negotiated.append(.rejected(mid: offered.mid, kind: offered.kind))
                continue
            }
            try check(section, offered: offered, transport: transport)
            if let kind = offered.kind {
                negotiated.append(try read(section, offered, kind, transport: transport, into: &builder))
            } else {
                sctpPort = ClientSection.dataPort(section)
                negotiated.append(.data(mid: offered.mid, isAccepted: sctpPort != nil))
            }
        }
        return NegotiatedAnswer(
            remote: remote, media: builder.finish(), sections: negotiated, candidates: transport.candidates,
            sctpPort: sctpPort)
    }

    // RFC 3264 §6: the answer has the same number of m-lines in the same order.
    private func checkSections(_ description: Sdp) throws(SdpError) {
        guard description.sections.count == sections.count else {
            throw SdpError(
                .sectionMismatch, found: "\(description.sections.count) media sections",
                expected: "\(sections.count) media sections as in the offer")
        }
        for (offered, section) in zip(sections, description.sections) {
            let sameMid = section.mid == offered.mid || section.mid == nil && section.port == 0
            guard sameMid, section.media == offered.media else {
                throw SdpError(
                    .sectionMismatch, line: section.line, found: "\(section.media), mid \(section.mid ?? "none")",
                    expected: "\(offered.media), mid \(offered.mid) as in the offer")
            }
        }
    }

    private func check(
        _ section: MediaSection, offered: OfferedSection, transport: BundledTransport
    ) throws(SdpError) {
        guard transport.mids.contains(offered.mid) else {
            throw SdpError(
                .notBundled, line: section.line, found: "mid \(offered.mid)", expected: "this mid in a=group:BUNDLE")
        }
        if offered.kind != nil { try transport.checkRtcpMux(of: section) }
    }

    private func read(
        _ section: MediaSection, _ offered: OfferedSection, _ kind: MediaKind, transport: BundledTransport,
        into builder: inout MediaMapBuilder
    ) throws(SdpError) -> NegotiatedSection {
        let direction = transport.direction(of: section).intersection(offered.direction.reversed)
        let formats = try PayloadFormats(section)
        let known = formats.codecs(kind: kind, plan: Self.mediaMap)
            .filter { codecs.contains($0.codec) }
        let extensions = try unchanged(section.extensions(kind: kind), line: section.line)
        try builder.add(
            codecs: known.flatMap(withPlanned), extensions: extensions, kind: kind, direction: direction,
            line: section.line)
        if offered.hasFec, direction.receives, let fec = formats.fec {
            try builder.add(fec: fec.payloadType, line: section.line)
        }
        let msid = section.msid
        return NegotiatedSection(
            mid: offered.mid, kind: kind, isAccepted: true, direction: direction, codecs: known.map(\.codec),
            layers: direction.sends ? section.layers(order: offered.rids) : [], streamID: msid.streamID,
            trackID: msid.trackID)
    }

    // RFC 3264 §6.1: an answer may name another payload type for a codec. It then is what the client wants to receive,
    // while the client itself sends with ours.
    private func withPlanned(_ entry: SectionCodec) -> [SectionCodec] {
        guard let planned = CodecTable.entry(entry.codec), planned.payloadType != entry.payloadType else {
            return [entry]
        }
        let rtx = entry.rtxPayloadType == nil ? nil : planned.rtxPayloadType
        return [
            entry,
            SectionCodec(
                codec: entry.codec, payloadType: planned.payloadType, rtxPayloadType: rtx, format: entry.format),
        ]
    }

    // RFC 8285 §6: the answer keeps the id that the offer gave to an extension.
    private func unchanged(_ extensions: [SectionExtension], line: Int) throws(SdpError) -> [SectionExtension] {
        for entry in extensions where entry.id != ExtensionTable.id(entry.kind) {
            throw SdpError(
                .extensionConflict, line: line, found: "extmap:\(entry.id) \(entry.kind.uri)",
                expected: "the id \(ExtensionTable.id(entry.kind)) that the offer gave it")
        }
        return extensions
    }
}
