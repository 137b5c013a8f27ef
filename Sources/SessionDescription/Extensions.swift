import Contract

/// a=extmap (RFC 8285 §7): `<id>[/<direction>] <URI> [<attributes>]`.
struct Extmap {
    let id: Int
    let direction: Direction?
    let uri: String

    init?(_ value: String) {
        let parts = fields(value)
        guard parts.count >= 2 else { return nil }
        let (idText, directionText) = parted(parts[0], at: Byte.slash)
        guard let id = decimal(idText, as: Int.self) else { return nil }
        self.id = id
        direction = directionText.flatMap { Direction(rawValue: $0) }
        uri = parts[1]
    }
}

/// A header extension that we understand, as one section negotiates it.
struct SectionExtension {
    let kind: HeaderExtension
    let id: UInt8
    /// As the section states it; nil when it does not.
    let direction: Direction?
}

enum ExtensionTable {
    /// Which extensions a section of each kind may have: all but the audio level for video.
    static func kinds(_ kind: MediaKind) -> [HeaderExtension] {
        switch kind {
        case .audio: [.mid, .audioLevel, .absSendTime, .transportCC]
        case .video: HeaderExtension.allCases.filter { $0 != .audioLevel }
        }
    }

    /// Ids of our offers; the same in every offer (RFC 8285 §6 forbids to give an id another meaning later), and below
    /// 15 so that the one-byte form holds them.
    static func id(_ kind: HeaderExtension) -> UInt8 {
        switch kind {
        case .audioLevel: 1
        case .absSendTime: 2
        case .transportCC: 3
        case .mid: 4
        case .playoutDelay: 5
        case .absCaptureTime: 6
        case .videoLayersAllocation: 9
        case .rid: 10
        case .repairedRid: 11
        case .dependencyDescriptor: 12
        case .videoOrientation: 13
        }
    }
}

extension MediaSection {
    /// The extensions of this section that we understand, in order. Ids above 14 need the two-byte form: left out.
    func extensions(kind: MediaKind) -> [SectionExtension] {
        let known = ExtensionTable.kinds(kind)
        var found: [SectionExtension] = []
        for attribute in attributes where attribute.name == "extmap" {
            guard let extmap = Extmap(attribute.value ?? ""), extmap.id >= 1, extmap.id <= 14,
                let kind = known.first(where: { $0.uri == extmap.uri }), !found.contains(where: { $0.kind == kind })
            else { continue }
            found.append(SectionExtension(kind: kind, id: UInt8(extmap.id), direction: extmap.direction))
        }
        return found
    }
}
