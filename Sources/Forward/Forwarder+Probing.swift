import Contract
import Memory
import Peer

/// Sending faster than media needs for a moment, so that the estimator learns what else the link carries: recent packets
/// once more by RTX, and where those are too large or there are none, packets of nothing but padding (RFC 3550 §5.1) under
/// an RTX SSRC, whose numbers nobody misses.
extension Forwarder {
    /// Looks whether a probe is wanted of a subscriber; if so, its timer sends it, a run at a time.
    public mutating func noteProbe(_ peer: UInt32) {
        let subscriber = subscribers + Int(peer)
        guard subscriber.pointee.isReady, subscriber.pointee.estimate.probe.isWanted,
            probingConsumer(of: peer) != endOfChain
        else { return }
        list(subscriber)
    }

    /// The video stream beside whose media the probe leaves: one that has sent something, if there is one.
    mutating func probingConsumer(of peer: UInt32) -> UInt32 {
        var found = endOfChain
        var index = subscribers[Int(peer)].firstConsumer
        while index != endOfChain {
            let consumer = consumers + Int(index)
            if consumer.pointee.kind == .video, consumer.pointee.rtxSsrc != 0 {
                if consumer.pointee.current.isNothing == false { return index }
                if found == endOfChain { found = index }
            }
            index = consumer.pointee.nextOfPeer
        }
        return found
    }

    /// Sends what the probe's rate allows until the next tick. False when no cell was free.
    mutating func sendProbe(_ peer: UInt32, now: UInt64, departures: inout Departures) -> Bool {
        let subscriber = subscribers + Int(peer)
        guard subscriber.pointee.isReady, subscriber.pointee.estimate.probe.isWanted else { return true }
        let consumer = probingConsumer(of: peer)
        guard consumer != endOfChain else { return true }
        let cluster = subscriber.pointee.estimate.probe.cluster
        subscriber.pointee.pace.probing.begin(subscriber.pointee.estimate.probe, now: now)
        // Far more than a probe takes: whatever the estimator says, this ends.
        for _ in 0..<Probing.packetsPerRunMax {
            let probe = subscriber.pointee.estimate.probe
            guard probe.cluster == cluster, subscriber.pointee.pace.probing.allows(probe, now: now) else { return true }
            guard
                sendProbePacket(of: Probing.packetBytes(probe), consumer, subscriber, now: now, departures: &departures)
            else { return false }
        }
        return true
    }

    private mutating func sendProbePacket(
        of bytes: Int, _ index: UInt32, _ subscriber: UnsafeMutablePointer<Subscriber>, now: UInt64,
        departures: inout Departures
    ) -> Bool {
        let consumer = consumers + Int(index)
        if bytes >= Probing.repeatBytesMin, consumer.pointee.report.packetsSent > UInt64(Probing.recentPackets) {
            let back = subscriber.pointee.pace.probing.nextBack()
            let sequence = UInt16(truncatingIfNeeded: consumer.pointee.sequence.next &- back)
            switch retransmit(consumer: index, sequence: sequence, now: now, departures: &departures) {
            case .sent: return true
            case .noCell: return false
            case .unknown, .noRtx, .shed: break
            }
        }
        return writePadding(
            min(bytes, Probing.paddingBytesMax), consumer: consumer, subscriber: subscriber, now: now, &departures)
    }

    /// One packet without payload. False when no cell is free.
    private mutating func writePadding(
        _ bytes: Int, consumer: UnsafeMutablePointer<ConsumerState>, subscriber: UnsafeMutablePointer<Subscriber>,
        now: UInt64, _ departures: inout Departures
    ) -> Bool {
        guard let payloadType = paddingType(of: subscriber) else { return true }
        let facts = PacketFacts()
        let headerBytes = HeaderRewriter.headerBytes(facts, ids: subscriber.pointee.carried)
        let total = headerBytes + bytes + Int(subscriber.pointee.tagBytes)
        guard let out = run.place(for: total, destination: subscriber.pointee.endpoint, departures: &departures)
        else { return false }
        let header = OutgoingHeader(
            payloadType: payloadType, isMarked: false, sequence: UInt16(truncatingIfNeeded: consumer.pointee.rtxIndex),
            timestamp: consumer.pointee.timestamp.last, ssrc: consumer.pointee.rtxSsrc, isPadded: true)
        let written = HeaderRewriter.write(
            header, facts: facts, packet: UnsafeRawPointer(out), ids: subscriber.pointee.carried, to: out)
        (out + written).initializeMemory(as: UInt8.self, repeating: 0, count: bytes - 1)
        out.storeBytes(of: UInt8(bytes), toByteOffset: written + bytes - 1, as: UInt8.self)
        let sealed = cipher.sealRtp(
            subscriber.pointee.key, out: out, headerLength: written, payload: out + written, payloadLength: bytes,
            ssrc: consumer.pointee.rtxSsrc, index: consumer.pointee.rtxIndex)
        precondition(sealed == total && written == headerBytes)
        consumer.pointee.rtxIndex += 1
        subscriber.pointee.packetsSent &+= 1
        subscriber.pointee.bytesSent &+= UInt64(total)
        subscriber.pointee.pace.spend(total)
        report.pointee.paddingSent &+= 1
        run.append(total)
        return true
    }

    /// The RTX payload type of a codec that the subscriber takes.
    private func paddingType(of subscriber: UnsafeMutablePointer<Subscriber>) -> UInt8? {
        for codec in 0..<Codec.count where subscriber.pointee.rtxPayloadTypeOfCodec[codec] != 255 {
            return subscriber.pointee.rtxPayloadTypeOfCodec[codec]
        }
        return nil
    }
}
