import Contract
import SessionDescription

/// The answer to an SFU's offer that this end only receives by (RFC 9429 §5.3.1): every section is taken, with the codecs
/// and extensions as they were offered.
public struct AnswerText: Sendable {
    public let identity: ClientIdentity
    public let offer: Sdp
    /// Where this end can be reached.
    public var candidate: IceCandidate?

    public init(_ identity: ClientIdentity, to offer: Sdp) {
        self.identity = identity
        self.offer = offer
    }

    private static let knownCodecs: Set = ["opus", "vp8", "vp9", "h264", "rtx"]

    public var text: String {
        let mids = offer.sections.compactMap(\.mid).joined(separator: " ")
        var lines = [
            "v=0", "o=- \(identity.sessionId) 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE \(mids)",
            "a=extmap-allow-mixed", "a=msid-semantic: WMS *",
        ]
        for section in offer.sections { lines += answer(section) }
        return lines.joined(separator: "\r\n") + "\r\n"
    }

    private func answer(_ section: MediaSection) -> [String] {
        let formats = section.formats.filter { isKnown($0, in: section) }
        let sends = offer.direction(of: section) == .sendonly || offer.direction(of: section) == .sendrecv
        let port = formats.isEmpty ? 0 : 9
        var lines = [
            "m=\(section.media) \(port) \(section.proto) \((formats.isEmpty ? section.formats : formats).joined(separator: " "))",
            "c=IN IP4 0.0.0.0", "a=ice-ufrag:\(identity.ice.ufrag)", "a=ice-pwd:\(identity.ice.password)",
            "a=fingerprint:\(Fingerprint(sha256: identity.fingerprint.array)?.text ?? "")",
            // RFC 8842 §5.3: the answering end begins the handshake, unless the offer says otherwise.
            "a=setup:\(section.value("setup") == "active" ? "passive" : "active")",
        ]
        if let mid = section.mid { lines.append("a=mid:\(mid)") }
        if let candidate { lines += ["a=candidate:\(candidate.text)", "a=end-of-candidates"] }
        lines += section.values("extmap").filter { Self.isKnownExtension($0) }.map { "a=extmap:\($0)" }
        lines += [sends ? "a=recvonly" : "a=inactive", "a=rtcp-mux", "a=rtcp-rsize"]
        for name in ["rtpmap", "rtcp-fb", "fmtp"] {
            lines += section.values(name).filter { line in formats.contains { line.hasPrefix($0 + " ") } }
                .map { "a=\(name):\($0)" }
        }
        return lines
    }

    private func isKnown(_ format: String, in section: MediaSection) -> Bool {
        section.values("rtpmap").contains { line in
            let parts = line.split(separator: " ")
            return parts.count == 2 && parts[0] == format
                && Self.knownCodecs.contains(parts[1].prefix { $0 != "/" }.lowercased())
        }
    }

    private static func isKnownExtension(_ line: String) -> Bool {
        let parts = line.split(separator: " ")
        let wanted: [HeaderExtension] = [.audioLevel, .absSendTime, .mid]
        return parts.count >= 2 && wanted.contains { $0.uri == parts[1] }
    }
}
