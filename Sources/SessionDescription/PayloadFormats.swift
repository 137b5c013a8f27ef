import Contract

/// What a media section says of one payload type.
struct PayloadFormat {
    let payloadType: UInt8
    /// `encoding/clock[/channels]` in small letters; "" without a=rtpmap.
    var name = ""
    var parameters = ""
    var feedback: [String] = []

    /// The value of a parameter in a=fmtp; names are compared without regard to case, order does not matter.
    func parameter(_ name: String) -> String? {
        for entry in fields(parameters, by: Byte.semicolon) {
            let (key, value) = parted(entry, at: Byte.equals)
            if lowercase(trimmed(key)) == name { return trimmed(value ?? "") }
        }
        return nil
    }
}

/// The formats of a section in the order of its m= line, read in one pass over its attributes.
struct PayloadFormats {
    private(set) var ordered: [PayloadFormat] = []
    /// Payload type → place in `ordered`.
    private var places = [Int?](repeating: nil, count: 128)

    init(_ section: MediaSection) throws(SdpError) {
        for format in section.formats {
            guard let payloadType = decimal(format, as: UInt8.self), payloadType < 128 else {
                throw SdpError(.syntax, line: section.line, found: format, expected: "payload types of 0...127")
            }
            guard places[Int(payloadType)] == nil else { continue }
            places[Int(payloadType)] = ordered.count
            ordered.append(PayloadFormat(payloadType: payloadType))
        }
        for attribute in section.attributes { take(attribute) }
    }

    subscript(payloadType: UInt8) -> PayloadFormat? {
        guard payloadType < 128, let place = places[Int(payloadType)] else { return nil }
        return ordered[place]
    }

    private mutating func take(_ attribute: SdpAttribute) {
        guard attribute.name == "rtpmap" || attribute.name == "fmtp" || attribute.name == "rtcp-fb",
            let value = attribute.value
        else { return }
        let (head, rest) = parted(value, at: Byte.space)
        let body = trimmed(rest ?? "")
        if attribute.name == "rtcp-fb", head == "*" {
            // RFC 4585 §4.2: the wildcard means every payload type of the section.
            for place in ordered.indices { ordered[place].feedback.append(body) }
            return
        }
        guard let payloadType = decimal(head, as: UInt8.self), payloadType < 128, let place = places[Int(payloadType)]
        else { return }
        switch attribute.name {
        case "rtpmap": ordered[place].name = lowercase(body)
        case "fmtp": ordered[place].parameters = body
        default: ordered[place].feedback.append(body)
        }
    }
}

/// A supported codec as one section negotiates it.
struct SectionCodec {
    let codec: Codec
    let payloadType: UInt8
    var rtxPayloadType: UInt8?
    let format: PayloadFormat
}

extension PayloadFormats {
    /// The supported codecs in the section's order, each once: the first payload type named for a codec counts.
    ///
    /// `plan` is the map of our offer when this is its answer: there a payload type of ours means what we said it means,
    /// whatever level or parameter the answer states.
    func codecs(kind: MediaKind, plan: MediaMap? = nil) -> [SectionCodec] {
        var found: [SectionCodec] = []
        for format in ordered {
            let codec = codec(of: format, kind: kind, plan: plan)
            guard codec != .none, !found.contains(where: { $0.codec == codec }) else { continue }
            found.append(SectionCodec(codec: codec, payloadType: format.payloadType, format: format))
        }
        for format in ordered where format.name == "rtx/90000" && isUsable(format.payloadType) {
            guard let repaired = decimal(format.parameter("apt") ?? "", as: UInt8.self),
                let place = found.firstIndex(where: { $0.payloadType == repaired }), found[place].rtxPayloadType == nil
            else { continue }
            found[place].rtxPayloadType = format.payloadType
        }
        return found
    }

    /// The payload type of FlexFEC in a section of video; nil when it has none.
    var fec: PayloadFormat? { ordered.first { $0.name == CodecTable.Fec.name && isUsable($0.payloadType) } }

    private func codec(
        of format: PayloadFormat, kind: MediaKind, plan: MediaMap?
    ) -> Codec {
        guard isUsable(format.payloadType) else { return .none }
        if kind == .audio, format.name == "red/48000/2" { return isRedOverOpus(format) ? .red : .none }
        if let planned = plan?.codecOfPayloadType[Int(format.payloadType)], planned != .none,
            let entry = CodecTable.entry(planned), planned.isAudio == (kind == .audio),
            lowercase(entry.name) == format.name
        {
            return planned
        }
        return CodecTable.codec(format, kind: kind)
    }

    /// RFC 5761 §4: 64...95 cannot be told from RTCP on the same port.
    private func isUsable(_ payloadType: UInt8) -> Bool { payloadType < 64 || payloadType > 95 }

    /// RFC 2198 §5: a=fmtp:<red> <pt>/<pt>…: what the blocks hold.
    private func isRedOverOpus(_ format: PayloadFormat) -> Bool {
        let blocks = fields(format.parameters, by: Byte.slash)
        guard !blocks.isEmpty else { return false }
        return blocks.allSatisfy { block in
            guard let payloadType = decimal(block, as: UInt8.self) else { return false }
            return self[payloadType]?.name == "opus/48000/2"
        }
    }
}
