import Contract

extension SdpWriter {
    mutating func answer(_ plan: SectionPlan, local: LocalTransport, withAddresses: Bool) {
        guard plan.isAccepted else { return rejected(plan.section, local: local) }
        if case .data = plan.slot { return data(plan.section, local: local, withAddresses: withAddresses) }
        let section = plan.section
        var formats = section.offeredCodecs.flatMap { [$0.payloadType] + ($0.rtxPayloadType.map { [$0] } ?? []) }
        if let fec = plan.fec { formats.append(fec.payloadType) }
        media(section.media, port: 9, proto: section.proto, formats: formats.map { String($0) })
        attribute("mid", section.mid)
        transport(local, setup: "passive", withAddresses: withAddresses)
        if section.extmapAllowMixed { flag("extmap-allow-mixed") }
        for (entry, direction) in plan.extensions {
            let suffix = direction.map { "/" + $0.rawValue } ?? ""
            attribute("extmap", "\(entry.id)\(suffix) \(entry.kind.uri)")
        }
        flag(plan.direction.rawValue)
        for codec in section.offeredCodecs { answer(codec) }
        if let known = plan.fec {
            fec(
                payloadType: known.payloadType, feedback: CodecTable.Fec.feedback.filter { known.feedback.contains($0) }
            )
        }
        if plan.direction.receives { simulcastReceive(section.rids) }
        if case .send(let sent) = plan.slot {
            let hasRtx = section.offeredCodecs.contains { $0.rtxPayloadType != nil }
            stream(sent, withRtx: sent.rtxSsrc != 0 && hasRtx, withFec: plan.fec != nil)
        }
    }

    private mutating func data(_ section: ClientSection, local: LocalTransport, withAddresses: Bool) {
        media(section.media, port: 9, proto: section.proto, formats: section.formats)
        channels(mid: section.mid, local: local, setup: "passive", withAddresses: withAddresses)
    }

    // RFC 3264 §6: a rejected section keeps its place, with the formats of the offer. Its transport is of no use, but
    // aiortc wants to see one in every section.
    private mutating func rejected(_ section: ClientSection, local: LocalTransport) {
        media(section.media, port: 0, proto: section.proto, formats: section.formats)
        if !section.mid.isEmpty { attribute("mid", section.mid) }
        transport(local, setup: "passive", withAddresses: false)
        if section.kind != nil { flag("inactive") }
    }

    private mutating func answer(_ entry: SectionCodec) {
        guard let known = CodecTable.entry(entry.codec) else { return }
        codec(
            name: known.name, payloadType: entry.payloadType, rtxPayloadType: entry.rtxPayloadType,
            parameters: entry.answerParameters,
            feedback: CodecTable.feedback(entry.codec).filter { entry.format.feedback.contains($0) })
    }
}

extension SectionCodec {
    /// What the answer says in a=fmtp. Parameters that decide compatibility are the offer's (RFC 6184 §8.2.2: profile and
    /// packetization mode are symmetric). Of Opus' the client's wish for stereo or DTX passes (RFC 7587 §7: they say what
    /// the receiver prefers, and whoever subscribes receives what is published).
    var answerParameters: String {
        guard codec == .opus else { return format.parameters }
        let passed = ["stereo", "sprop-stereo", "usedtx"].filter { format.parameter($0) == "1" }
        return ([CodecTable.opusParameters] + passed.map { $0 + "=1" }).joined(separator: ";")
    }
}
