import Contract

extension ServerOffer {
    static func write(
        origin: SessionOrigin, local: LocalTransport, sections: [OfferedSection], codecs: [Codec]
    ) -> String {
        let bundle = sections.filter { !$0.isStopped }.map(\.mid)
        var writer = SdpWriter()
        writer.session(origin, bundle: bundle)
        writer.flag("extmap-allow-mixed")
        for section in sections {
            if section.isStopped {
                writer.stopped(section)
            } else if let kind = section.kind {
                writer.offered(section, kind, local: local, codecs: codecs, withAddresses: section.mid == bundle.first)
            } else {
                writer.media(section.media, port: 9, proto: DataChannels.proto, formats: [DataChannels.format])
                writer.channels(mid: section.mid, local: local, setup: "actpass", withAddresses: false)
            }
        }
        return writer.text
    }
}

extension SdpWriter {
    // RFC 3264 §8.2: port 0; the format list is of no meaning but may not be empty.
    fileprivate mutating func stopped(_ section: OfferedSection) {
        media(section.media, port: 0, proto: "UDP/TLS/RTP/SAVPF", formats: ["0"])
        attribute("mid", section.mid)
        flag("inactive")
    }

    fileprivate mutating func offered(
        _ section: OfferedSection, _ kind: MediaKind, local: LocalTransport, codecs: [Codec], withAddresses: Bool
    ) {
        let entries = codecs.filter { $0.isAudio == (kind == .audio) }.compactMap { CodecTable.entry($0) }
        var formats = entries.flatMap { [$0.payloadType] + ($0.rtxPayloadType.map { [$0] } ?? []) }
        if section.hasFec { formats.append(CodecTable.Fec.payloadType) }
        media(section.media, port: 9, proto: "UDP/TLS/RTP/SAVPF", formats: formats.map { String($0) })
        attribute("mid", section.mid)
        transport(local, setup: "actpass", withAddresses: withAddresses)
        for carried in ExtensionTable.kinds(kind) {
            attribute("extmap", "\(ExtensionTable.id(carried)) \(carried.uri)")
        }
        flag(section.direction.rawValue)
        for entry in entries {
            codec(
                name: entry.name, payloadType: entry.payloadType, rtxPayloadType: entry.rtxPayloadType,
                parameters: entry.parameters, feedback: CodecTable.feedback(entry.codec))
        }
        if section.hasFec { fec(payloadType: CodecTable.Fec.payloadType, feedback: CodecTable.Fec.feedback) }
        simulcastReceive(section.rids)
        if case .send(_, _, let sent) = section {
            stream(sent, withRtx: sent.rtxSsrc != 0, withFec: section.hasFec)
        }
    }
}
