import CPlatform
import Contract

/// Records in words.
extension FlightFile {
    /// One record; decisions that are the same have the same words.
    public func text(of entry: FlightEntry) -> String {
        let (first, second) = (word(entry, 0), word(entry, 1))
        switch entry.kind {
        case .take: return "take: \(entry.argument) cells free"
        case .depart: return "depart: \(second) runs wait, \(entry.argument) cells free"
        case .turn: return "turn: \(second) runs wait, \(entry.argument) cells free"
        case .arrival:
            let peer = UInt32(entry.argument) | UInt32(word(entry, 2) >> 48) << 16
            return "from \(address(entry)), \(peer == .max ? "a stranger" : "peer \(peer)")" + arrivalText(entry.flags)
        case .rtp: return packetText("RTP", entry)
        case .rtcp: return packetText("RTCP", entry)
        case .stun: return "a connectivity check of \(entry.argument) bytes, answered"
        case .dtls: return "DTLS of \(entry.argument) bytes"
        case .refused: return "\(entry.argument) bytes that begin with \(entry.flags), dropped"
        case .burstTime: return "the burst of \(entry.argument) datagrams took \(first / 1000) µs"
        case .window: return "a window ends"
        case .command: return "command \(commandName(entry))"
        case .handshake: return handshakeText(entry)
        case .address:
            return "shard \(entry.argument) says that \(address(entry)) is \(entry.flags == 1 ? "" : "no more ")its"
        case .trunk: return "packets from or to other shards"
        case .image: return "the tables are copied: image \(first)"
        case .run: return runText(entry)
        case .event: return eventText(entry)
        case .drops: return "drops of \(DropReason(rawValue: entry.flags).map { "\($0)" } ?? "?"): \(first)"
        case .layer: return "consumer \(first) changes to layer \(second)"
        case .estimate: return "peer \(first): its link is believed to carry \(second) bit/s"
        case .keyframe: return "a keyframe of producer \(first), layer \(second), is wanted"
        }
    }

    public func run(_ entry: FlightEntry) -> FlightRun? {
        entry.kind == .run ? value(entry, as: FlightRun.self) : nil
    }

    private func runText(_ entry: FlightEntry) -> String {
        guard let run = run(entry) else { return "?" }
        let shape =
            "\(entry.argument) × \(run.bytes) bytes in all to port \(run.port), digest \(hexadecimal(UInt64(run.digest)))"
        guard run.ssrc != 0 else { return "sent: \(shape)" }
        guard let consumer = ConsumerSsrc.consumer(of: run.ssrc & ~0x0200_0000) else {
            return "sent: SSRC \(run.ssrc), \(shape)"
        }
        let kind = ConsumerSsrc.isFec(run.ssrc) ? "parity" : ConsumerSsrc.isRtx(run.ssrc) ? "RTX" : "media"
        return "sent: consumer \(consumer.value), \(kind), from number \(run.sequence) on, \(shape)"
    }

    private func packetText(_ name: String, _ entry: FlightEntry) -> String {
        guard let packet = value(entry, as: FlightPacket.self) else { return "?" }
        let bytes = Array(packetBytes(entry, packet).prefix(12))
        var text = "\(name) of \(packet.wireBytes) bytes"
        if name == "RTP", bytes.count == 12 {
            text += ", SSRC \(big(bytes[8..<12])), number \(big(bytes[2..<4])), time \(big(bytes[4..<8])), "
            text += "payload type \(bytes[1] & 127)\(bytes[1] & 128 != 0 ? ", marked" : "")"
        }
        switch packet.outcome {
        case .opened: return text
        case .forged: return text + ", not authentic"
        case .unopened: return text + ", dropped unopened"
        }
    }

    private func handshakeText(_ entry: FlightEntry) -> String {
        let peer = word(entry, 0) >> 32
        switch entry.flags {
        case 0: return "handshake: \(entry.argument) bytes for peer \(peer)"
        case 1: return "handshake: keys for peer \(peer)"
        default: return "handshake: peer \(peer) is lost"
        }
    }

    private func arrivalText(_ flags: UInt8) -> String {
        var text = ""
        if flags & FlightArrival.isEnd != 0 { text += ": its connection has ended" }
        if flags & FlightArrival.isHandedOver != 0 { text += ", by way of another shard" }
        return text
    }

    private func eventText(_ entry: FlightEntry) -> String {
        guard let event = value(entry, as: Event.self) else { return "?" }
        return "event \(event)"
    }

    private func commandName(_ entry: FlightEntry) -> String {
        guard let command = command(entry) else { return "?" }
        switch command {
        case .openPeer(let order): return "openPeer(\(order.peer), room \(order.room))"
        case .openProducer(let order): return "openProducer(\(order.producer), \(order.peer), \(order.kind))"
        case .openConsumer(let order): return "openConsumer(\(order.consumer), \(order.peer), \(order.kind))"
        case .openMirror(let order): return "openMirror(\(order.mirror))"
        case .setMediaMap(let peer, _): return "setMediaMap(\(peer))"
        case .restartIce(let peer, _): return "restartIce(\(peer))"
        case .connectPlain(let peer, _): return "connectPlain(\(peer))"
        default: return "\(command)"
        }
    }

    private func address(_ entry: FlightEntry) -> String {
        let (high, low) = (word(entry, 0), word(entry, 1))
        let port = UInt16(truncatingIfNeeded: word(entry, 2))
        let bytes =
            (0..<8).map { UInt8(truncatingIfNeeded: high >> UInt64(8 * $0)) }
            + (0..<8).map { UInt8(truncatingIfNeeded: low >> UInt64(8 * $0)) }
        if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 255, bytes[11] == 255 {
            return bytes[12...].map(String.init).joined(separator: ".") + ":\(port)"
        }
        let groups = (0..<8).map { String(UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]), radix: 16) }
        return "[\(groups.joined(separator: ":"))]:\(port)"
    }

    private func big(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    private func hexadecimal(_ value: UInt64) -> String { String(value, radix: 16) }
}
