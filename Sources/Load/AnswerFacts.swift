import Contract
import Glibc
import SessionDescription

/// Why an answer is of no use, as a sentence.
public struct AnswerError: Error, Equatable, CustomStringConvertible, Sendable {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// What an SFU's answer says, or its offer.
public struct AnswerFacts: Sendable {
    /// The description itself.
    public let description: Sdp
    /// RFC 8445 §2.5: it never sends checks, so that this end controls.
    public let isLite: Bool
    /// Payload types of the codecs that this load generator knows.
    public let payloads: PayloadTypes
    public let ice: IceParameters
    public let fingerprint: FixedBytes<32>
    public let remoteIsDtlsClient: Bool
    public let candidates: [IceCandidate]
    /// Extension ids that the answer took.
    public let media: MediaMap
    /// Kinds and mids of sections in which media will flow.
    public let accepted: [(kind: MediaKind, mid: String)]
    public let incoming: [IncomingStream]

    /// `what` names the description in errors; `codec` is the one that is used when several are named.
    public init(_ text: String, _ what: String = "answer", codec: VideoCodec? = nil) throws(AnswerError) {
        let answer: Sdp
        do { answer = try Sdp(parsing: text) } catch { throw AnswerError("the \(what) is not SDP: \(error)") }
        let flowing = answer.sections.filter {
            $0.port != 0 && ($0.media == "audio" || $0.media == "video") && answer.direction(of: $0) != .inactive
        }
        guard let tagged = flowing.first ?? answer.sections.first(where: { $0.port != 0 }) else {
            throw AnswerError("the \(what) refuses every section")
        }
        // RFC 9143 §7.1.3: transport attributes may stand once, in any accepted section or for the whole session.
        let holders: [any AttributeHolder] = [tagged] + answer.sections + [answer]
        func value(_ name: String) -> String? { holders.lazy.compactMap { $0.value(name) }.first }
        guard let ufrag = value("ice-ufrag"), let password = value("ice-pwd") else {
            throw AnswerError("the \(what) has no a=ice-ufrag and a=ice-pwd")
        }
        ice = IceParameters(ufrag: Self.trimmed(ufrag), password: Self.trimmed(password))
        let fingerprints = holders.flatMap { $0.values("fingerprint") }
        guard let fingerprint = fingerprints.lazy.compactMap({ Fingerprint($0) }).first else {
            throw AnswerError("the \(what) has no a=fingerprint:sha-256")
        }
        self.fingerprint = fingerprint.sha256
        remoteIsDtlsClient = value("setup").map { Self.trimmed($0) } == "active"
        candidates = holders.flatMap { $0.candidates }
        accepted = flowing.map { ($0.media == "audio" ? .audio : .video, $0.mid ?? "") }
        media = Self.extensions(of: flowing)
        incoming = flowing.flatMap { Self.streams(of: $0) }
        description = answer
        isLite = answer.iceLite
        var payloads = Self.payloads(of: flowing)
        if let codec, let chosen = flowing.lazy.compactMap({ $0.payloadType(of: codec) }).first {
            payloads.video = chosen.media
            payloads.rtx = chosen.rtx ?? payloads.rtx
        }
        self.payloads = payloads
    }

    private static func payloads(of sections: [MediaSection]) -> PayloadTypes {
        var types = PayloadTypes()
        for value in sections.flatMap({ $0.values("rtpmap") }).reversed() {
            let parts = value.split(separator: " ")
            guard parts.count == 2, let type = UInt8(parts[0]), type < 128 else { continue }
            switch parts[1].prefix(while: { $0 != "/" }).lowercased() {
            case "opus": types.audio = type
            case "vp8", "vp9", "h264", "av1": types.video = type
            case "rtx": types.rtx = type
            default: break
            }
        }
        return types
    }

    private static func extensions(of sections: [MediaSection]) -> MediaMap {
        var map = MediaMap()
        for value in sections.flatMap({ $0.values("extmap") }) {
            let parts = value.split(separator: " ")
            guard parts.count >= 2, let id = UInt8(parts[0].prefix { $0 != "/" }), id >= 1, id <= 14,
                let kind = HeaderExtension.allCases.first(where: { $0.uri == parts[1] })
            else { continue }
            map.set(kind, id: id)
        }
        return map
    }

    /// Streams that the SFU will send, as far as it names them (RFC 5576).
    private static func streams(of section: MediaSection) -> [IncomingStream] {
        guard section.statedDirection != .recvonly else { return [] }
        let kind: StreamKind = section.media == "audio" ? .audio : .video
        let groups = section.values("ssrc-group").map { $0.split(separator: " ") }.filter { $0.count == 3 }
        let repairs = Set(groups.filter { $0[0] == "FID" }.compactMap { UInt32($0[2]) })
        // FlexFEC, which our answers do not take.
        let parity = Set(groups.filter { $0[0] == "FEC-FR" }.compactMap { UInt32($0[2]) })
        var found: [IncomingStream] = []
        for value in section.values("ssrc") {
            guard let ssrc = value.split(separator: " ").first.flatMap({ UInt32($0) }),
                !parity.contains(ssrc), !found.contains(where: { $0.ssrc == ssrc })
            else { continue }
            found.append(IncomingStream(ssrc: ssrc, kind: repairs.contains(ssrc) ? .rtx : kind))
        }
        return found
    }

    private static func trimmed(_ text: String) -> String { String(text.filter { $0 != " " && $0 != "\r" }) }

    /// The candidate to use: one at the address that was asked for HTTP, else the one of highest priority.
    public func address(preferring host: String) throws(AnswerError) -> (InlineArray<16, UInt8>, port: UInt16) {
        let usable = candidates.filter { $0.isUdp && $0.component == 1 && Self.bytes(of: $0.address) != nil }
        let preferred =
            usable.first { $0.address == host }
            ?? usable.filter { Self.isLoopback($0.address) == Self.isLoopback(host) && Self.isLike($0.address, host) }
            .max { $0.priority < $1.priority }
            ?? usable.filter { Self.isLike($0.address, host) }.max { $0.priority < $1.priority }
            ?? usable.filter { !$0.address.lowercased().hasPrefix("fe80:") }.max { $0.priority < $1.priority }
        guard let preferred, let bytes = Self.bytes(of: preferred.address) else {
            throw AnswerError("the answer has no UDP candidate with an IP address")
        }
        return (bytes, preferred.port)
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// Of the same family, and not link-local.
    private static func isLike(_ address: String, _ host: String) -> Bool {
        address.contains(":") == host.contains(":") && !address.lowercased().hasPrefix("fe80:")
    }

    /// The text of 16 bytes in network order.
    static func text(of bytes: InlineArray<16, UInt8>) -> String {
        var bytes = bytes
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let isIPv4 = bytes[10] == 0xFF && bytes[11] == 0xFF && (0..<10).allSatisfy { bytes[$0] == 0 }
        withUnsafeMutableBytes(of: &bytes) {
            let start = $0.baseAddress! + (isIPv4 ? 12 : 0)
            _ = inet_ntop(isIPv4 ? AF_INET : AF_INET6, start, &text, socklen_t(INET6_ADDRSTRLEN))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// 16 bytes in network order, IPv4 as ::ffff:a.b.c.d.
    public static func bytes(of address: String) -> InlineArray<16, UInt8>? {
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        let isIPv4 = withUnsafeMutableBytes(of: &bytes) { inet_pton(AF_INET, address, $0.baseAddress! + 12) == 1 }
        if isIPv4 {
            bytes[10] = 0xFF
            bytes[11] = 0xFF
            return bytes
        }
        return withUnsafeMutableBytes(of: &bytes) { inet_pton(AF_INET6, address, $0.baseAddress!) == 1 } ? bytes : nil
    }
}
