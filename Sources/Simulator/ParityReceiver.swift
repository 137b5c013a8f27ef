import Contract
import Secure
import Wire

/// A client's decoder of FlexFEC for one stream: keeps what came, and finds what is missing alone in a group.
final class ParityReceiver {
    private struct Group {
        var base: UInt64
        var header: FlexFecHeader
        var body: [UInt8]
    }

    var window = ReplayWindow()
    private var packets: [UInt64: [UInt8]] = [:]
    private var groups: [Group] = []
    private(set) var recovered = 0

    func take(_ index: UInt64, _ packet: [UInt8]) {
        packets[index] = packet
        if packets.count > 800 { packets = packets.filter { $0.key + 400 > index } }
    }

    func take(_ header: FlexFecHeader, _ body: [UInt8], base: UInt64) {
        groups.append(Group(base: base, header: header, body: body))
        if groups.count > 48 { groups.removeFirst() }
    }

    /// A packet that can be had now, each once; nil when there is none.
    func next() -> (index: UInt64, packet: [UInt8])? {
        for (place, group) in groups.enumerated().reversed() {
            let covered = (0..<FlexFecMask.capacity).filter { group.header.mask.contains($0) }.map {
                group.base + UInt64($0)
            }
            let missing = covered.filter { packets[$0] == nil }
            guard missing.count < 2 else { continue }
            groups.remove(at: place)
            guard let index = missing.first else { continue }
            var (header, body) = (group.header, group.body)
            for other in covered where other != index { Parity.combine(packets[other]!, &header, &body) }
            guard let packet = Parity.packet(header, body, sequence: UInt16(truncatingIfNeeded: index)) else {
                continue
            }
            recovered += 1
            take(index, packet)
            return (index, packet)
        }
        return nil
    }
}

extension SimulatedPeer {
    func receiveParity(_ bytes: [UInt8], header: RtpHeader, _ srtp: SrtpBox) {
        let ssrc = header.ssrc ^ ConsumerSsrc.fec(ofMedia: 0)
        guard let media = receivers[ssrc] else { return }
        let receiver = parity[ssrc] ?? ParityReceiver()
        parity[ssrc] = receiver
        let index = receiver.window.estimate(sequence: header.sequenceNumber)
        guard receiver.window.isFresh(index),
            let plain = srtp.open(bytes, headerLength: header.headerLength, ssrc: header.ssrc, index: index)
        else { return }
        receiver.window.accept(index)
        world.counts.clientPackets += 1
        noteTransportNumber(plain, header)
        guard let place = try? RtpPayload(of: header, in: plain.span.bytes),
            let found = try? FlexFecHeader(parsing: plain.span.bytes, payload: place)
        else { return }
        receiver.take(found, Array(plain[found.bodyOffset...]), base: media.window.estimate(sequence: found.base))
        recover(ssrc, receiver, media)
    }

    /// A packet of media came.
    func recover(with plain: [UInt8], header: RtpHeader, index: UInt64) {
        guard media.fecPayloadType != 255, let incoming = receivers[header.ssrc] else { return }
        let receiver = parity[header.ssrc] ?? ParityReceiver()
        parity[header.ssrc] = receiver
        receiver.take(index, Parity.cleared(plain, header, media))
        recover(header.ssrc, receiver, incoming)
    }

    private func recover(_ ssrc: UInt32, _ receiver: ParityReceiver, _ incoming: StreamReceiver) {
        while let (index, packet) = receiver.next() {
            world.counts.recovered += 1
            if let left = outgoing[ssrc]?.plain[index], left != packet {
                world.violate("fec", "peer \(number) recovers index \(index) as what never left")
            }
            incoming.note(index, now: world.now, isRepair: true)
        }
    }

    /// How a client got what it had lost of a picture.
    public struct Healing: Sendable {
        public var packets = 0
        public var nanosecondsInAll: UInt64 = 0
        /// How often it asked, and what it gave up.
        public var asked = 0
        public var givenUp = 0
        public var recovered = 0
    }

    public func healing(_ consumer: ConsumerIndex) -> Healing {
        let ssrc = ConsumerSsrc.media(consumer)
        guard let receiver = receivers[ssrc] else { return Healing() }
        return Healing(
            packets: receiver.healed, nanosecondsInAll: receiver.healingNanoseconds, asked: receiver.asked,
            givenUp: receiver.givenUp, recovered: parity[ssrc]?.recovered ?? 0)
    }
}
