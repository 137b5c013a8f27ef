import Contract

/// Gathers the `MediaMap` of a session from its sections and refuses what BUNDLE forbids.
struct MediaMapBuilder {
    private(set) var map = MediaMap()
    /// Codecs that the client takes in at least one section where it receives; nil while there is no such section.
    private var received: [MediaKind: Set<Codec>] = [:]

    /// `direction` is the client's.
    mutating func add(
        codecs: [SectionCodec], extensions: [SectionExtension], kind: MediaKind, direction: Direction, line: Int
    ) throws(SdpError) {
        for codec in codecs { try add(codec, line: line) }
        for entry in extensions { try add(entry, line: line) }
        if direction.receives,
            extensions.contains(where: { $0.kind == .transportCC && $0.direction?.receives != false })
        {
            map.transportKinds |= 1 << kind.rawValue
        }
        if direction.receives { received[kind, default: []].formUnion(codecs.map(\.codec)) }
    }

    /// The map; where the client receives, what it only sends is not offered to it.
    func finish() -> MediaMap {
        var map = map
        for codec in Codec.allCases where codec != .none {
            guard let taken = received[codec.isAudio ? .audio : .video], !taken.contains(codec) else { continue }
            map.payloadTypeOfCodec[Int(codec.rawValue)] = 255
            map.rtxPayloadTypeOfCodec[Int(codec.rawValue)] = 255
        }
        return map
    }

    // RFC 9143 §9.1: in a BUNDLE group a payload type means one thing in all sections.
    private mutating func add(_ entry: SectionCodec, line: Int) throws(SdpError) {
        let place = Int(entry.payloadType)
        let known = map.codecOfPayloadType[place]
        guard known == .none || known == entry.codec, map.repairedPayloadType[place] == 255,
            map.fecPayloadType != entry.payloadType
        else {
            throw conflict(entry.payloadType, line: line)
        }
        map.set(entry.codec, payloadType: entry.payloadType)
        guard let rtx = entry.rtxPayloadType else { return }
        let repaired = map.repairedPayloadType[Int(rtx)]
        guard map.codecOfPayloadType[Int(rtx)] == .none, repaired == 255 || repaired == entry.payloadType,
            map.fecPayloadType != rtx
        else {
            throw conflict(rtx, line: line)
        }
        map.setRtx(payloadType: rtx, repairing: entry.payloadType)
    }

    // RFC 9143 §9.2, RFC 8285 §6: so does an extension id.
    private mutating func add(_ entry: SectionExtension, line: Int) throws(SdpError) {
        let known = map.extensionOfId[Int(entry.id)]
        guard known == 255 || known == entry.kind.rawValue else {
            throw SdpError(
                .extensionConflict, line: line, found: "extmap id \(entry.id)",
                expected: "one meaning for an extension id in all bundled sections")
        }
        map.set(entry.kind, id: entry.id)
    }

    /// The client takes FlexFEC under this payload type.
    mutating func add(fec payloadType: UInt8, line: Int) throws(SdpError) {
        let place = Int(payloadType)
        guard map.codecOfPayloadType[place] == .none, map.repairedPayloadType[place] == 255,
            map.fecPayloadType == 255 || map.fecPayloadType == payloadType
        else { throw conflict(payloadType, line: line) }
        map.fecPayloadType = payloadType
    }

    private func conflict(_ payloadType: UInt8, line: Int) -> SdpError {
        SdpError(
            .payloadTypeConflict, line: line, found: "payload type \(payloadType)",
            expected: "one meaning for a payload type in all bundled sections")
    }
}
