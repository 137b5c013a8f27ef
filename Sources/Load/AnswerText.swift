import Contract
import SessionDescription

/// The answer to an SFU's offer that this end only receives by (RFC 9429 §5.3.1): every section is taken, with the codecs
/// and extensions as they were offered.
public struct AnswerText: Sendable {
    public let identity: ClientIdentity
    public let offer: Sdp
    /// Where this end can be reached.
    public var candidate: IceCandidate?
    /// The one video codec to take, the first variant that is offered; nil for all that are known.
    public var codec: VideoCodec?
    /// What to send in the sections that the SFU offers to receive by; nil for nothing.
    public var publishes: Publishing?

    public struct Publishing: Sendable {
        public var audio: Bool
        public var video: Bool
        public var isSimulcast: Bool
    }

    /// By mid: audio, and video of a camera.
    private static let publishingMids = ["0", "1"]

    public init(_ identity: ClientIdentity, to offer: Sdp) {
        self.identity = identity
        self.offer = offer
    }

    private static let knownCodecs: Set = ["opus", "vp8", "vp9", "h264", "av1", "rtx"]

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
        let formats = self.formats(of: section)
        let publishes = publishes(in: section)
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
        lines += section.values("extmap").filter { isKnownExtension($0, publishes: publishes) }.map { "a=extmap:\($0)" }
        lines += [publishes ? "a=sendonly" : sends ? "a=recvonly" : "a=inactive", "a=rtcp-mux", "a=rtcp-rsize"]
        if publishes { lines += sources(section) }
        for name in ["rtpmap", "rtcp-fb", "fmtp"] {
            lines += section.values(name).filter { line in formats.contains { line.hasPrefix($0 + " ") } }
                .map { "a=\(name):\($0)" }
        }
        return lines
    }

    private func publishes(in section: MediaSection) -> Bool {
        guard let publishes, let mid = section.mid, Self.publishingMids.contains(mid),
            offer.direction(of: section) == .recvonly
        else { return false }
        return section.media == "audio" ? publishes.audio : publishes.video
    }

    /// What is sent in a section, by SSRC or by rids.
    private func sources(_ section: MediaSection) -> [String] {
        let cname = "cname:load-\(identity.ice.ufrag)"
        if section.media == "audio" { return ["a=ssrc:\(identity.audioSsrc) \(cname)"] }
        if publishes?.isSimulcast == true {
            return SimulcastLayer.names.map { "a=rid:\($0) send" }
                + ["a=simulcast:send " + SimulcastLayer.names.joined(separator: ";")]
        }
        return [
            "a=ssrc-group:FID \(identity.videoSsrc) \(identity.rtxSsrc)", "a=ssrc:\(identity.videoSsrc) \(cname)",
            "a=ssrc:\(identity.rtxSsrc) \(cname)",
        ]
    }

    private func formats(of section: MediaSection) -> [String] {
        guard let codec, section.media == "video" else { return section.formats.filter { isKnown($0, in: section) } }
        guard let chosen = section.payloadType(of: codec) else { return [] }
        return [String(chosen.media)] + (chosen.rtx.map { [String($0)] } ?? [])
    }

    private func isKnown(_ format: String, in section: MediaSection) -> Bool {
        section.values("rtpmap").contains { line in
            let parts = line.split(separator: " ")
            return parts.count == 2 && parts[0] == format
                && Self.knownCodecs.contains(parts[1].prefix { $0 != "/" }.lowercased())
        }
    }

    private func isKnownExtension(_ line: String, publishes: Bool) -> Bool {
        let parts = line.split(separator: " ")
        var wanted: [HeaderExtension] = [.audioLevel, .absSendTime, .mid]
        if publishes { wanted.append(.transportCC) }
        if publishes, self.publishes?.isSimulcast == true { wanted += [.rid, .repairedRid] }
        return parts.count >= 2 && wanted.contains { $0.uri == parts[1] }
    }
}

extension MediaSection {
    /// The first payload type of the codec, and the one of its retransmissions (RFC 4588 §8.6: apt).
    func payloadType(of codec: VideoCodec) -> (media: UInt8, rtx: UInt8?)? {
        let maps = values("rtpmap").map { $0.split(separator: " ") }.filter { $0.count == 2 }
        func isNamed(_ map: [Substring], _ name: String) -> Bool { map[1].prefix { $0 != "/" }.uppercased() == name }
        guard let media = maps.first(where: { isNamed($0, codec.name) }).flatMap({ UInt8($0[0]) }) else { return nil }
        let rtx = maps.filter { isNamed($0, "RTX") }.first { map in
            values("fmtp").contains { $0 == "\(map[0]) apt=\(media)" }
        }
        return (media, rtx.flatMap { UInt8($0[0]) })
    }
}
