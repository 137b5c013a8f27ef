import Contract

/// The parts that offers and answers of ours have in common.
extension SdpWriter {
    mutating func session(_ origin: SessionOrigin, bundle: [String]) {
        line("v=0")
        line("o=- \(origin.id) \(origin.version) IN IP4 127.0.0.1")
        line("s=-")
        line("t=0 0")
        // RFC 8839 §5.3; RFC 8840 §4.1.3: clients may trickle.
        flag("ice-lite")
        attribute("ice-options", "trickle ice2")
        if !bundle.isEmpty { attribute("group", "BUNDLE " + bundle.joined(separator: " ")) }
        attribute("msid-semantic", "WMS *")
    }

    /// Port 9 (discard) stands for "see the candidates" (RFC 8840 §4.1.1).
    mutating func media(_ media: String, port: UInt16, proto: String, formats: [String]) {
        line("m=\(media) \(port) \(proto) \(formats.joined(separator: " "))")
        line("c=IN IP4 0.0.0.0")
    }

    /// `addresses` only in the first section of a BUNDLE: the others use its transport (RFC 9143 §7.1.3).
    mutating func transport(_ local: LocalTransport, setup: String, withAddresses: Bool) {
        association(local, setup: setup, withAddresses: withAddresses)
        flag("rtcp-mux")
        flag("rtcp-rsize")
    }

    /// RFC 8841 §5 and §6: what a section for data channels says after its m= line.
    mutating func channels(mid: String, local: LocalTransport, setup: String, withAddresses: Bool) {
        attribute("mid", mid)
        association(local, setup: setup, withAddresses: withAddresses)
        attribute("sctp-port", String(DataChannels.sctpPort))
        attribute("max-message-size", String(DataChannels.messageBytesMax))
    }

    /// ICE and DTLS: all of the transport that is not RTP's.
    mutating func association(_ local: LocalTransport, setup: String, withAddresses: Bool) {
        attribute("ice-ufrag", local.ice.ufrag)
        attribute("ice-pwd", local.ice.password)
        attribute("fingerprint", local.fingerprint.text)
        attribute("setup", setup)
        if withAddresses { addresses(local.addresses, restarts: local.restarts) }
    }

    mutating func addresses(_ addresses: [HostAddress], restarts: UInt8) {
        for (index, address) in addresses.enumerated() {
            attribute("candidate", IceCandidate(host: address, index: index, restarts: restarts).text)
        }
        for (index, address) in addresses.enumerated() where address.takesTcp {
            attribute("candidate", IceCandidate(tcpHost: address, index: index, restarts: restarts).text)
        }
        flag("end-of-candidates")
    }

    mutating func codec(
        name: String, payloadType: UInt8, rtxPayloadType: UInt8?, parameters: String, feedback: [String]
    ) {
        attribute("rtpmap", "\(payloadType) \(name)")
        for kind in feedback { attribute("rtcp-fb", "\(payloadType) \(kind)") }
        if !parameters.isEmpty { attribute("fmtp", "\(payloadType) \(parameters)") }
        guard let rtxPayloadType else { return }
        attribute("rtpmap", "\(rtxPayloadType) rtx/90000")
        attribute("fmtp", "\(rtxPayloadType) apt=\(payloadType)")
    }

    /// `rids` in the order to write; none for a section without simulcast.
    mutating func simulcastReceive(_ rids: [String]) {
        guard !rids.isEmpty else { return }
        for rid in rids { attribute("rid", "\(rid) recv") }
        attribute("simulcast", "recv " + rids.joined(separator: ";"))
    }

    mutating func fec(payloadType: UInt8, feedback: [String]) {
        codec(
            name: CodecTable.Fec.name, payloadType: payloadType, rtxPayloadType: nil,
            parameters: CodecTable.Fec.parameters, feedback: feedback)
    }

    mutating func stream(_ stream: OutgoingStream, withRtx: Bool, withFec: Bool) {
        attribute("msid", "\(stream.streamID) \(stream.trackID)")
        if withRtx { attribute("ssrc-group", "FID \(stream.ssrc) \(stream.rtxSsrc)") }
        // RFC 5956 §4.3.
        if withFec { attribute("ssrc-group", "FEC-FR \(stream.ssrc) \(stream.fecSsrc)") }
        attribute("ssrc", "\(stream.ssrc) cname:\(stream.cname)")
        if withRtx { attribute("ssrc", "\(stream.rtxSsrc) cname:\(stream.cname)") }
        if withFec { attribute("ssrc", "\(stream.fecSsrc) cname:\(stream.cname)") }
    }
}

/// What the server says of data channels.
public enum DataChannels {
    static let media = "application"
    static let proto = "UDP/DTLS/SCTP"
    static let format = "webrtc-datachannel"
    public static let sctpPort: UInt16 = 5000
    /// Longer messages are dropped.
    public static let messageBytesMax = 65536
}

extension MediaKind {
    /// As in the m= line.
    var media: String { self == .audio ? "audio" : "video" }

    init?(media: String) {
        switch media {
        case "audio": self = .audio
        case "video": self = .video
        default: return nil
        }
    }
}
