import CLoad
import Contract
import SessionDescription

/// What one client has chosen before it makes its offer.
public struct ClientIdentity: Sendable {
    public var ice: IceParameters
    public var fingerprint: FixedBytes<32>
    public var audioSsrc: UInt32
    public var videoSsrc: UInt32
    public var rtxSsrc: UInt32
    public var sessionId: UInt64

    /// Random names; `fingerprint` is the SHA-256 of the certificate that all clients of an engine share.
    public init(fingerprint: FixedBytes<32>) {
        ice = IceParameters(ufrag: Self.text(8), password: Self.text(24))
        self.fingerprint = fingerprint
        let random = cl_random()
        audioSsrc = UInt32(truncatingIfNeeded: random) & ~3 | 1
        videoSsrc = audioSsrc &+ 1
        rtxSsrc = audioSsrc &+ 2
        // RFC 8866 §5.2: a number of 63 bits that every parser takes.
        sessionId = cl_random() >> 2
    }

    private static func text(_ count: Int) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<count).map { _ in letters[Int(cl_random() % UInt64(letters.count))] })
    }
}

/// What a client wants.
public enum OfferPurpose: Equatable, Sendable {
    case publish(audio: Bool, video: Bool)
    /// So many sections of each kind.
    case subscribe(audio: Int, video: Int)
}

/// Offers as a browser would make them (RFC 8829), with one audio and one video codec.
public struct OfferText: Sendable {
    public static let opusPayloadType: UInt8 = 111
    /// Of the one video codec, whichever it is.
    public static let videoPayloadType: UInt8 = 96
    public static let rtxPayloadType: UInt8 = 97

    public let identity: ClientIdentity
    public let purpose: OfferPurpose
    /// Offer transport-wide sequence numbers; who does so has to give feedback.
    public let takesTransportFeedback: Bool
    /// Where this end can be reached, for an SFU that wants to know; an ICE-lite one does not.
    public var candidate: IceCandidate?
    /// Video in three layers, named by rid (RFC 8853).
    public var isSimulcast = false
    public var videoCodec = VideoCodec.vp8

    public init(_ identity: ClientIdentity, purpose: OfferPurpose, takesTransportFeedback: Bool) {
        self.identity = identity
        self.purpose = purpose
        self.takesTransportFeedback = takesTransportFeedback
    }

    /// Kinds of the sections in order; a section's mid is its place.
    public var kinds: [MediaKind] {
        switch purpose {
        case .publish(let audio, let video): (audio ? [.audio] : []) + (video ? [.video] : [])
        case .subscribe(let audio, let video):
            Array(repeating: .audio, count: audio) + Array(repeating: .video, count: video)
        }
    }

    private var isPublishing: Bool { if case .publish = purpose { true } else { false } }

    public var text: String {
        var lines = [
            "v=0", "o=- \(identity.sessionId) 1 IN IP4 127.0.0.1", "s=-", "t=0 0",
            "a=group:BUNDLE " + kinds.indices.map { String($0) }.joined(separator: " "), "a=extmap-allow-mixed",
            "a=msid-semantic: WMS *",
        ]
        for (place, kind) in kinds.enumerated() { lines += section(kind, mid: place) }
        return lines.joined(separator: "\r\n") + "\r\n"
    }

    private func section(_ kind: MediaKind, mid: Int) -> [String] {
        let formats = kind == .audio ? "\(Self.opusPayloadType)" : "\(Self.videoPayloadType) \(Self.rtxPayloadType)"
        var lines = [
            "m=\(kind == .audio ? "audio" : "video") 9 UDP/TLS/RTP/SAVPF \(formats)", "c=IN IP4 0.0.0.0",
            "a=rtcp:9 IN IP4 0.0.0.0", "a=ice-ufrag:\(identity.ice.ufrag)", "a=ice-pwd:\(identity.ice.password)",
            "a=fingerprint:\(Fingerprint(sha256: identity.fingerprint.array)?.text ?? "")", "a=setup:actpass",
            "a=mid:\(mid)",
        ]
        if let candidate { lines += ["a=candidate:\(candidate.text)", "a=end-of-candidates"] }
        lines += extensions(kind).map { "a=extmap:\($0.id) \($0.kind.uri)" }
        lines.append(isPublishing ? "a=sendonly" : "a=recvonly")
        if isPublishing { lines.append("a=msid:load load-\(kind == .audio ? "audio" : "video")") }
        lines += ["a=rtcp-mux", "a=rtcp-rsize"]
        lines += kind == .audio ? audioLines : videoLines
        if isPublishing { lines += hasLayers(kind) ? layers : sources(kind) }
        return lines
    }

    private func hasLayers(_ kind: MediaKind) -> Bool { isPublishing && isSimulcast && kind == .video }

    private var layers: [String] {
        SimulcastLayer.names.map { "a=rid:\($0) send" }
            + ["a=simulcast:send " + SimulcastLayer.names.joined(separator: ";")]
    }

    private func extensions(_ kind: MediaKind) -> [(id: UInt8, kind: HeaderExtension)] {
        var found: [(UInt8, HeaderExtension)] = kind == .audio ? [(1, .audioLevel)] : []
        found += [(2, .absSendTime), (4, .mid)]
        if takesTransportFeedback { found.append((3, .transportCC)) }
        if hasLayers(kind) { found += [(5, .rid), (6, .repairedRid)] }
        return found
    }

    private var audioLines: [String] {
        let type = Self.opusPayloadType
        return ["a=rtpmap:\(type) opus/48000/2"] + feedback(type, []) + ["a=fmtp:\(type) minptime=10;useinbandfec=1"]
    }

    private var videoLines: [String] {
        let (type, rtx) = (Self.videoPayloadType, Self.rtxPayloadType)
        return ["a=rtpmap:\(type) \(videoCodec.name)/90000"]
            + (videoCodec.parameters.map { ["a=fmtp:\(type) \($0)"] } ?? [])
            + feedback(type, ["ccm fir", "nack", "nack pli"])
            + ["a=rtpmap:\(rtx) rtx/90000", "a=fmtp:\(rtx) apt=\(type)"]
    }

    private func feedback(_ type: UInt8, _ kinds: [String]) -> [String] {
        ((takesTransportFeedback ? ["transport-cc"] : []) + kinds).map { "a=rtcp-fb:\(type) \($0)" }
    }

    private func sources(_ kind: MediaKind) -> [String] {
        let cname = "cname:load-\(identity.ice.ufrag)"
        guard kind == .video else { return ["a=ssrc:\(identity.audioSsrc) \(cname)"] }
        return [
            "a=ssrc-group:FID \(identity.videoSsrc) \(identity.rtxSsrc)", "a=ssrc:\(identity.videoSsrc) \(cname)",
            "a=ssrc:\(identity.rtxSsrc) \(cname)",
        ]
    }
}
