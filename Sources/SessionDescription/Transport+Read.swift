/// The one transport of a bundled session: what a description says of it.
///
/// RFC 9143 §7.1.3: transport attributes (ICE, DTLS, rtcp-mux) need only stand in the tagged section, the first of the
/// group; others may repeat them. A section without its own inherits the session's.
struct BundledTransport {
    /// The mids of the first BUNDLE group. Sections outside share no transport with us and are refused.
    let mids: Set<String>
    private let tagged: MediaSection
    private let hasRtcpMux: Bool
    private let sessionDirection: Direction
    private let sessionAllowsMixed: Bool
    private let description: Sdp

    init(_ description: Sdp) throws(SdpError) {
        let group = description.bundleGroups.first ?? []
        mids = Set(group)
        self.description = description
        var places: [String: Int] = [:]
        for (place, section) in description.sections.enumerated() where !section.isRejected {
            if let mid = section.mid { places[mid] = place }
        }
        guard let place = group.lazy.compactMap({ places[$0] }).first else {
            throw SdpError(
                .notBundled, line: description.attribute("group")?.line ?? 0,
                expected: "a=group:BUNDLE with the mids of the sections that are in use")
        }
        tagged = description.sections[place]
        hasRtcpMux = tagged.rtcpMux
        sessionDirection = description.statedDirection ?? .sendrecv
        sessionAllowsMixed = description.attribute("extmap-allow-mixed") != nil
    }

    /// As `Sdp.direction(of:)`, without a search through the session for every section.
    func direction(of section: MediaSection) -> Direction { section.statedDirection ?? sessionDirection }

    /// RFC 8285 §6: stated for the session it holds for every section; libwebrtc states it there, Firefox in each section.
    func extmapAllowMixed(of section: MediaSection) -> Bool { sessionAllowsMixed || section.extmapAllowMixed }

    var candidates: [IceCandidate] { tagged.candidates }

    func remote() throws(SdpError) -> RemoteTransport {
        RemoteTransport(ice: try ice(), fingerprint: try fingerprint())
    }

    private func attribute(_ name: String) -> SdpAttribute? {
        tagged.attribute(name) ?? description.attribute(name)
    }

    private func ice() throws(SdpError) -> IceParameters {
        guard let ufrag = attribute("ice-ufrag"), let password = attribute("ice-pwd") else {
            throw SdpError(.iceCredentials, line: tagged.line, expected: "a=ice-ufrag and a=ice-pwd for this section")
        }
        let ice = IceParameters(ufrag: trimmed(ufrag.value ?? ""), password: trimmed(password.value ?? ""))
        guard ice.isValid else {
            // The password is a secret: name the line, do not repeat what it says.
            throw SdpError(
                .iceCredentials, line: ufrag.line, found: ice.ufrag,
                expected: "an ice-ufrag of 4...256 characters with an ice-pwd of 22...256")
        }
        return ice
    }

    /// RFC 8122 §5: several fingerprints may stand side by side; one of them must be SHA-256.
    private func fingerprint() throws(SdpError) -> Fingerprint {
        let own = tagged.attributes.filter { $0.name == "fingerprint" }
        let stated = own.isEmpty ? description.attributes.filter { $0.name == "fingerprint" } : own
        for attribute in stated {
            if let fingerprint = Fingerprint(attribute.value ?? "") { return fingerprint }
        }
        throw SdpError(
            .fingerprint, line: stated.first?.line ?? tagged.line, found: stated.first?.value ?? "",
            expected: "a=fingerprint:sha-256 and 32 bytes in hexadecimal")
    }

    /// RFC 5763 §5, RFC 8842 §5: the DTLS role. `allowed` names what the server can live with as the passive side.
    func checkSetup(allowed: [String]) throws(SdpError) {
        let stated = attribute("setup")
        guard let stated, allowed.contains(trimmed(stated.value ?? "")) else {
            throw SdpError(
                .setup, line: stated?.line ?? tagged.line, found: stated?.value ?? "",
                expected: "a=setup:" + allowed.joined(separator: " or a=setup:") + " (the server is the passive side)")
        }
    }

    // RFC 5761 §5.1.1; without it RTCP would need a second port.
    func checkRtcpMux(of section: MediaSection) throws(SdpError) {
        guard hasRtcpMux || section.rtcpMux else {
            throw SdpError(.rtcpMuxMissing, line: section.line, expected: "a=rtcp-mux in this section")
        }
    }
}

extension MediaSection {
    /// RFC 9143 §7.1.3: with a=bundle-only, port 0 does not mean that the section is out of use.
    var isRejected: Bool { port == 0 && !has("bundle-only") }
}
