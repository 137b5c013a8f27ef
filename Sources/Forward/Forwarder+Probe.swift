import Contract
import Estimate
import Memory
import Peer
import Secure

/// Sending what an estimate's probe asks for: packets again that were sent before, or padding.
extension Forwarder {
    /// Padding that one packet can have (RFC 3550 §5.1).
    private static let paddingMax = 255
    private static let packetsPerTickMax = 64
    /// Whoever wants less still is asked whether so much goes: it may want more soon.
    private static let wantedLeast: UInt64 = 500_000

    /// Sends the part of the peer's probe that is due now. The next is due a tick of the wheel later, while
    /// `estimate.probe.isWanted`.
    public mutating func sendProbe(peer: UInt32, now: UInt64, departures: inout Departures) {
        let subscriber = subscribers + Int(peer)
        guard subscriber.pointee.isReady, let consumer = probingConsumer(of: subscriber) else {
            report.pointee.probesGivenUp &+= 1
            return subscriber.pointee.estimate.cancelProbe(now: now)
        }
        if !subscriber.pointee.estimate.probe.hasBegun { report.pointee.probesBegun &+= 1 }
        var left = subscriber.pointee.estimate.probeBytesDue(now: now)
        var packets = 0
        let cluster = subscriber.pointee.estimate.probe.cluster
        while left > 0, packets < Self.packetsPerTickMax, subscriber.pointee.estimate.probe.cluster == cluster {
            let wanted = subscriber.pointee.estimate.probe.packetBytes
            let bytes = sendProbePacket(wanted, consumer, back: UInt64(packets), now: now, departures: &departures)
            guard bytes > 0 else { break }
            left -= bytes
            packets += 1
        }
        closeRun(&departures)
    }

    /// Tells the estimate what could be sent at most, three times what the ladders hold: probes look for no more. Not less,
    /// since a frame leaves as one run only where its stream uses half of the link (`Pace.runNanoseconds`): an estimate that
    /// is bounded by what is sent would cut the frames of those whose links are good. While
    /// a rate is not known, nobody knows.
    mutating func noteWanted(of subscriber: UnsafeMutablePointer<Subscriber>, sound: UInt64) {
        var wanted = sound
        for place in 0..<ladderCount {
            let best = ladders[place].rate(ladders[place].count - 1)
            guard best > 0 else { return }
            wanted += best
        }
        subscriber.pointee.estimate.wantedBitsPerSecond = max(3 * wanted, Self.wantedLeast)
    }

    /// A consumer of video that sends and has an RTX stream: there is none for sound.
    private mutating func probingConsumer(of subscriber: UnsafeMutablePointer<Subscriber>) -> UInt32? {
        guard subscriber.pointee.carried.transportVideo > 0 else { return nil }
        var index = subscriber.pointee.firstConsumer
        while index != endOfChain {
            let consumer = consumers + Int(index)
            if consumer.pointee.rtxSsrc != 0, consumer.pointee.producer != endOfChain,
                consumer.pointee.report.packetsSent > 0, probingPayloadType(consumer, subscriber) != 255
            {
                return index
            }
            index = consumer.pointee.nextOfPeer
        }
        return nil
    }

    private mutating func probingPayloadType(
        _ consumer: UnsafeMutablePointer<ConsumerState>, _ subscriber: UnsafeMutablePointer<Subscriber>
    ) -> UInt8 {
        subscriber.pointee.rtxPayloadTypeOfCodec[Int(consumer.pointee.sentCodec.rawValue)]
    }

    /// Bytes that were sent; 0 for none.
    private mutating func sendProbePacket(
        _ wanted: Int, _ index: UInt32, back: UInt64, now: UInt64, departures: inout Departures
    ) -> Int {
        let consumer = consumers + Int(index)
        let subscriber = subscribers + Int(consumer.pointee.peer)
        let cluster = subscriber.pointee.estimate.probe.cluster
        let before = subscriber.pointee.bytesSent
        if wanted > 2 * Self.paddingMax, consumer.pointee.sequence.next > back + 1 {
            let sequence = UInt16(truncatingIfNeeded: consumer.pointee.sequence.next - 1 - back)
            let result = retransmit(
                consumer: index, sequence: sequence, isProbe: cluster, now: now, departures: &departures)
            if result == .sent { return Int(subscriber.pointee.bytesSent - before) }
            if result == .noCell || result == .shed { return 0 }
        }
        return sendPadding(min(wanted, Self.paddingMax), consumer, subscriber, now: now, departures: &departures)
    }

    /// A packet of nothing but padding on the RTX stream, which a receiver takes for what it is (RFC 4588 has no packet
    /// without an original number; libwebrtc sends and takes these).
    private mutating func sendPadding(
        _ padding: Int, _ consumer: UnsafeMutablePointer<ConsumerState>,
        _ subscriber: UnsafeMutablePointer<Subscriber>, now: UInt64, departures: inout Departures
    ) -> Int {
        let headerBytes = HeaderRewriter.headerBytes(
            PacketFacts(), ids: CarriedIds(), transportId: subscriber.pointee.carried.transportVideo)
        let total = headerBytes + padding + Int(subscriber.pointee.tagBytes)
        guard let out = run.place(for: total, destination: subscriber.pointee.endpoint, departures: &departures)
        else { return 0 }
        let cluster = subscriber.pointee.estimate.probe.cluster
        var header = OutgoingHeader(
            payloadType: probingPayloadType(consumer, subscriber), isMarked: false,
            sequence: UInt16(truncatingIfNeeded: consumer.pointee.rtxIndex),
            timestamp: consumer.pointee.sentTimestamp, ssrc: consumer.pointee.rtxSsrc, isPadded: true,
            transportId: subscriber.pointee.carried.transportVideo)
        header.transportNumber = subscriber.pointee.estimate.sent(bytes: total, isProbe: cluster, now: now)
        let written = HeaderRewriter.writeBare(header, to: out)
        (out + written).initializeMemory(as: UInt8.self, repeating: 0, count: padding)
        out.storeBytes(of: UInt8(padding), toByteOffset: written + padding - 1, as: UInt8.self)
        let sealed = cipher.sealRtp(
            subscriber.pointee.key, out: out, headerLength: written, payload: out + written, payloadLength: padding,
            ssrc: consumer.pointee.rtxSsrc, index: consumer.pointee.rtxIndex)
        precondition(sealed == total)
        consumer.pointee.rtxIndex += 1
        subscriber.pointee.countSent(bytes: total)
        report.pointee.paddingSent &+= 1
        run.append(total)
        return total
    }
}
