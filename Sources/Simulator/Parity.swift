import Contract
import Wire

/// Combining packets as a receiver of FlexFEC does.
enum Parity {
    /// The packet with a transport-wide number of zero, as it is combined.
    static func cleared(_ plain: [UInt8], _ header: RtpHeader, _ map: MediaMap) -> [UInt8] {
        var packet = plain
        guard let found = try? HeaderExtensions(parsing: plain.span.bytes, header: header, map: map),
            found.has(.transportCC)
        else { return packet }
        let value = found.value(.transportCC)
        for place in 0..<Int(value.length) { packet[Int(value.offset) + place] = 0 }
        return packet
    }

    /// Takes a packet in, or out.
    static func combine(_ packet: [UInt8], _ header: inout FlexFecHeader, _ body: inout [UInt8]) {
        header.combine(
            firstByte: packet[0], secondByte: packet[1], timestamp: packet.span.bytes.uint32(at: 4),
            length: UInt16(packet.count - 12))
        if body.count < packet.count - 12 { body += [UInt8](repeating: 0, count: packet.count - 12 - body.count) }
        for place in 12..<packet.count { body[place - 12] ^= packet[place] }
    }

    /// The one packet that is left in them; nil when its length is none.
    static func packet(_ header: FlexFecHeader, _ body: [UInt8], sequence: UInt16) -> [UInt8]? {
        guard Int(header.length) <= body.count else { return nil }
        var packet = [header.flags | 0x80, header.markerAndType, UInt8(sequence >> 8), UInt8(sequence & 255)]
        for word in [header.timestamp, header.ssrc] {
            for shift in [24, 16, 8, 0] as [UInt32] { packet.append(UInt8(word >> shift & 255)) }
        }
        return packet + body[..<Int(header.length)]
    }
}

/// Parity that leaves: for who takes it, of pictures alone, and what it covers has left and combines to it.
struct ParityChecker {
    let peer: SimulatedPeer
    let world: Simulator

    func check(_ bytes: [UInt8], _ header: RtpHeader, _ srtp: SrtpBox) {
        guard let stream = peer.outgoing.values.first(where: { ConsumerSsrc.fec(ofMedia: $0.ssrc) == header.ssrc })
        else { return world.violate("ssrc", "parity leaves for no consumer of peer \(peer.number)") }
        let media = MediaChecker(peer: peer, world: world)
        let name = "parity of \(media.name(stream))"
        let index = stream.parityWindow.estimate(sequence: header.sequenceNumber)
        guard let plain = srtp.open(bytes, headerLength: header.headerLength, ssrc: header.ssrc, index: index) else {
            return world.violate("encryption", "\(name) does not decrypt")
        }
        stream.parityWindow.accept(index)
        if !stream.parityIndices.insert(index).inserted {
            world.violate("encryption", "index \(index) of \(name) is used twice")
        }
        media.checkTransport(plain, header, stream)
        if stream.kind != .video || header.payloadType != peer.media.fecPayloadType {
            world.violate("fec", "\(name) leaves as \(header.payloadType), which nobody takes")
        }
        world.counts.parityPackets += 1
        guard let place = try? RtpPayload(of: header, in: plain.span.bytes),
            let parity = try? FlexFecHeader(parsing: plain.span.bytes, payload: place), !parity.mask.isEmpty
        else { return world.violate("fec", "\(name) does not parse") }
        if let text = compare(parity, Array(plain[parity.bodyOffset...]), stream) {
            world.violate("fec", "\(name) \(text)")
        }
    }

    private func compare(_ parity: FlexFecHeader, _ body: [UInt8], _ stream: OutgoingStream) -> String? {
        guard parity.ssrc == stream.ssrc, let newest = stream.newest else { return "covers another stream" }
        let base = newest - UInt64(UInt16(truncatingIfNeeded: newest) &- parity.base)
        var (rest, left) = (parity, body)
        for number in 0..<FlexFecMask.capacity where parity.mask.contains(number) {
            guard let packet = stream.plain[base + UInt64(number)] else {
                return "covers index \(base + UInt64(number)), which did not leave"
            }
            Parity.combine(packet, &rest, &left)
        }
        let isNothing =
            rest.flags == 0 && rest.markerAndType == 0 && rest.length == 0 && rest.timestamp == 0
            && left.allSatisfy { $0 == 0 }
        return isNothing && left.count == body.count ? nil : "is not what its \(parity.mask.count) packets combine to"
    }
}
