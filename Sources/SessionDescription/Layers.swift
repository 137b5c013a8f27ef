import Contract

/// Simulcast as a section states it (RFC 8853, RFC 8851).
struct Simulcast {
    /// Rids that the writer sends, in the order of a=simulcast, or of the a=rid lines when there is no a=simulcast.
    let sent: [String]

    init(_ section: MediaSection) {
        let stated = Set(Self.rids(section, direction: "send"))
        let listed = Self.simulcast(section, direction: "send").filter { stated.contains($0) }
        sent = Self.unique(listed.isEmpty ? Self.rids(section, direction: "send") : listed)
    }

    /// a=rid:<id> <direction> [<restrictions>]
    static func rids(_ section: MediaSection, direction: String) -> [String] {
        section.values("rid").compactMap { value in
            let parts = fields(value)
            guard parts.count >= 2, parts[1] == direction, isRid(parts[0]) else { return nil }
            return parts[0]
        }
    }

    /// RFC 8853 §5.1: `send q;h;f recv a,b;c`: streams parted by semicolons, alternatives by commas (the first counts),
    /// a tilde before one that begins paused.
    static func simulcast(_ section: MediaSection, direction: String) -> [String] {
        let parts = fields(section.value("simulcast") ?? "")
        guard let place = parts.firstIndex(of: direction), place + 1 < parts.count else { return [] }
        return fields(parts[place + 1], by: Byte.semicolon).compactMap { stream in
            guard let first = fields(stream, by: Byte.comma).first else { return nil }
            return first.utf8.first == Byte.tilde ? String(decoding: first.utf8.dropFirst(), as: UTF8.self) : first
        }
    }

    /// RFC 8851 §10: rid-id is letters, digits, "-" and "_"; 16 bytes is what a one-byte header extension holds.
    static func isRid(_ text: String) -> Bool {
        isToken(text, bytesMax: 16)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }

    private static func unique(_ rids: [String]) -> [String] {
        var seen: Set<String> = []
        return rids.filter { seen.insert($0).inserted }
    }
}

/// Which of a client's layers is the lowest.
///
/// A browser lists rids in the order of `sendEncodings`, and there the first is the smallest unless the application said
/// otherwise (WebRTC §5.1: scaleResolutionDownBy falls along the list). Applications that list the full picture first give
/// their rids one of a few customary names: those are turned round.
enum LayerOrder {
    static let highToLow: [[String]] = [
        ["f", "h", "q"], ["h", "m", "l"], ["hi", "mid", "lo"], ["high", "mid", "low"], ["high", "medium", "low"],
        ["full", "half", "quarter"],
    ]

    static func lowToHigh(_ rids: [String]) -> [String] {
        let reversed = rids.count > 1 && highToLow.contains { isSubsequence(rids, of: $0) }
        return reversed ? rids.reversed() : rids
    }

    private static func isSubsequence(_ rids: [String], of names: [String]) -> Bool {
        var rest = names[...]
        for rid in rids {
            guard let place = rest.firstIndex(of: lowercase(rid)) else { return false }
            rest = rest[(place + 1)...]
        }
        return true
    }
}

/// SSRCs that a section signals (RFC 5576).
struct SignalledSsrcs {
    let media: UInt32
    let rtx: UInt32

    /// The first FID group, or else the first a=ssrc; zeros when there is none.
    init(_ section: MediaSection) {
        for value in section.values("ssrc-group") {
            let parts = fields(value)
            guard parts.count == 3, parts[0] == "FID", let media = decimal(parts[1], as: UInt32.self),
                let rtx = decimal(parts[2], as: UInt32.self)
            else { continue }
            self.media = media
            self.rtx = rtx
            return
        }
        let first = section.value("ssrc").flatMap { fields($0).first } ?? ""
        media = decimal(first) ?? 0
        rtx = 0
    }
}

extension MediaSection {
    /// The layers that the writer of this section sends, the lowest first; 1...3.
    ///
    /// `order` are the rids that we offered or take, low to high; others are left out. Layers with a rid have no SSRC when
    /// there are several: nothing in SDP ties an a=ssrc line to a rid (RFC 8853 §5.5), the packets' own MID and RID do.
    func layers(order: [String]) -> [LayerDescription] {
        let sent = Set(Simulcast(self).sent)
        let rids = order.filter { sent.contains($0) }.prefix(Limits.layersMax)
        let ssrcs = SignalledSsrcs(self)
        if rids.count > 1 { return rids.map { LayerDescription(rid: FixedBytes($0) ?? FixedBytes()) } }
        let rid = rids.first.flatMap { FixedBytes<16>($0) } ?? FixedBytes()
        return [LayerDescription(rid: rid, ssrc: ssrcs.media, rtxSsrc: ssrcs.rtx)]
    }
}
