/// A piece of ICE signalling: `application/trickle-ice-sdpfrag` (RFC 8840 §9), the body of a WHIP or WHEP PATCH that
/// trickles candidates or restarts ICE (RFC 9725 §4.3).
public struct IceFragment: Equatable, Sendable {
    public struct Candidate: Equatable, Sendable {
        /// The mid of the section in which it stood; "" before the first.
        public var mid: String
        public var candidate: IceCandidate
    }

    /// Nil when the fragment names none: it then belongs to the present ICE session.
    public var ice: IceParameters?
    /// Well-formed candidates in order; lines that are none are passed over.
    public var candidates: [Candidate]
    public var endOfCandidates: Bool

    /// Whether this asks for an ICE restart of a client whose ufrag was `ufrag`.
    public func isRestart(ufrag: String) -> Bool { ice.map { $0.ufrag != ufrag } ?? false }

    /// Reads a fragment. It may begin with anything from a session attribute to a whole description.
    ///
    /// - Throws: `syntax`, `tooLarge`; `iceCredentials` for a ufrag without password, for either of a wrong length, or for
    ///   two sections that differ.
    public init(parsing text: String) throws(SdpError) {
        ice = nil
        candidates = []
        endOfCandidates = false
        var reader = FragmentReader()
        for (number, line) in try sdpLines(text, limits: .standard) {
            let (type, value) = try typeAndValue(line, number: number)
            switch type {
            case UInt8(ascii: "m"): try reader.beginSection(number)
            case UInt8(ascii: "a"):
                let attribute = try attribute(value, number: number)
                if attribute.name == "end-of-candidates" { endOfCandidates = true }
                if attribute.name == "candidate", let candidate = IceCandidate(attribute.value ?? "") {
                    candidates.append(Candidate(mid: reader.mid, candidate: candidate))
                }
                try reader.take(attribute)
            default: break
            }
        }
        ice = try reader.finish()
    }

    /// Our answer to a restart: new credentials with all candidates, for the bundled transport of `mids`.
    ///
    /// - Parameters:
    ///   - local: of its own the credentials, addresses and count of restarts.
    ///   - media: `audio` or `video`, as the first bundled section is.
    ///   - mids: as in the BUNDLE group of our description.
    public static func restartAnswer(local: LocalTransport, media: String, mids: [String]) throws(SdpError) -> String {
        guard local.ice.isValid, let mid = mids.first, isToken(media, bytesMax: 16) else {
            throw SdpError(.invalidArgument, expected: "ICE credentials, a media type and at least one mid")
        }
        var writer = SdpWriter()
        writer.flag("ice-lite")
        writer.attribute("ice-options", "trickle ice2")
        writer.attribute("group", "BUNDLE " + mids.joined(separator: " "))
        writer.line("m=\(media) 9 UDP/TLS/RTP/SAVPF 0")
        writer.attribute("mid", mid)
        writer.attribute("ice-ufrag", local.ice.ufrag)
        writer.attribute("ice-pwd", local.ice.password)
        writer.addresses(local.addresses, restarts: local.restarts)
        return writer.text
    }
}

/// Follows the sections of a fragment and the credentials that it states.
private struct FragmentReader {
    private(set) var mid = ""
    private var ufrag: SdpAttribute?
    private var password: SdpAttribute?
    private var sections = 0
    private var attributes = 0

    mutating func beginSection(_ number: Int) throws(SdpError) {
        sections += 1
        guard sections <= SdpLimits.standard.sectionsMax else {
            throw SdpError(
                .tooLarge, line: number, expected: "at most \(SdpLimits.standard.sectionsMax) media sections")
        }
        mid = ""
    }

    mutating func take(_ attribute: SdpAttribute) throws(SdpError) {
        attributes += 1
        guard attributes <= SdpLimits.standard.attributesMax else {
            throw SdpError(
                .tooLarge, line: attribute.line, expected: "at most \(SdpLimits.standard.attributesMax) attributes")
        }
        switch attribute.name {
        case "mid": mid = isToken(attribute.value ?? "", bytesMax: 16) ? attribute.value ?? "" : ""
        case "ice-ufrag": ufrag = try same(ufrag, attribute)
        case "ice-pwd": password = try same(password, attribute)
        default: break
        }
    }

    private func same(_ known: SdpAttribute?, _ stated: SdpAttribute) throws(SdpError) -> SdpAttribute {
        guard known == nil || known == stated else {
            throw SdpError(
                .iceCredentials, line: stated.line, expected: "the same a=\(stated.name) in all bundled sections")
        }
        return stated
    }

    func finish() throws(SdpError) -> IceParameters? {
        guard ufrag != nil || password != nil else { return nil }
        let ice = IceParameters(ufrag: trimmed(ufrag?.value ?? ""), password: trimmed(password?.value ?? ""))
        guard ice.isValid else {
            throw SdpError(
                .iceCredentials, line: ufrag?.line ?? 0, found: ice.ufrag,
                expected: "an ice-ufrag of 4...256 characters with an ice-pwd of 22...256")
        }
        return ice
    }
}
