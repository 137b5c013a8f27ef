import Contract
import Memory
import Peer
import Secure

/// NACK answered by RTX (RFC 4588) out of the one history that all consumers of a layer share.
extension Forwarder {
    /// What became of a request for one packet.
    public enum Retransmission { case sent, unknown, noRtx, noCell, shed }

    /// Sends again what left to this consumer under `sequence`, as an RTX packet in the run that is being built for its
    /// peer; `closeRun` hands the run over.
    public mutating func retransmit(
        consumer index: UInt32, sequence: UInt16, isProbe cluster: UInt8 = 0, now: UInt64, departures: inout Departures
    ) -> Retransmission {
        let consumer = consumers + Int(index)
        let subscriber = subscribers + Int(consumer.pointee.peer)
        if shedding.shedsRetransmissions { return .shed }
        guard subscriber.pointee.isReady, consumer.pointee.rtxSsrc != 0 else { return .noRtx }
        guard let outgoing = consumer.pointee.sequence.extend(outgoing: sequence), outgoing < consumer.pointee.sentEnd,
            let (slot, epoch) = origin(of: outgoing, consumer: consumer),
            let rewriting = rewriting(facts + Int(slot), consumer: consumer, epoch: epoch)
        else { return .unknown }
        let fact = facts + Int(slot)
        let payloadType = subscriber.pointee.rtxPayloadTypeOfCodec[Int(fact.pointee.codec.rawValue)]
        guard payloadType != 255 else { return .noRtx }
        guard fact.pointee.payloadBytes > 0,
            let timestamp = consumer.pointee.timestamp.translate(fact.pointee.timestamp, outgoing: outgoing, now: now)
        else { return .unknown }
        let header = OutgoingHeader(
            payloadType: payloadType, isMarked: rewriting.isMarked,
            sequence: UInt16(truncatingIfNeeded: consumer.pointee.rtxIndex), timestamp: timestamp,
            ssrc: consumer.pointee.rtxSsrc, transportId: subscriber.pointee.carried.transportVideo)
        let copy = RtxCopy(header: header, original: sequence, slot: slot, cluster: cluster)
        guard writeRtx(copy, rewriting, consumer: consumer, subscriber: subscriber, now: now, &departures) else {
            return .noCell
        }
        return .sent
    }

    /// The slot of the packet that left under `outgoing`, when its source is still bound and its history still has it, and
    /// the epoch that it left in.
    private mutating func origin(
        of outgoing: UInt64, consumer: UnsafeMutablePointer<ConsumerState>
    ) -> (slot: UInt32, epoch: UInt32)? {
        guard let origin = consumer.pointee.sequence.origin(ofOutgoing: outgoing),
            (consumer.pointee.epoch &- origin.source) & 0x7F_FFFF < 4
        else { return nil }
        let name = consumer.pointee.sources[Int(origin.source & 3)]
        guard name != endOfChain, !leftAgain(origin, name, consumer: consumer) else { return nil }
        let producer = producers + Int(SourceName.producer(name))
        return producer.pointee.histories[SourceName.layer(name)].slot(for: origin.sequence, facts: facts).map {
            ($0, origin.source)
        }
    }

    private struct RtxCopy: BitwiseCopyable {
        var header: OutgoingHeader
        var original: UInt16
        var slot: UInt32
        var cluster: UInt8
    }

    /// The source began anew since, at a keyframe before the packet: that is how it left, if it did, and no number of before
    /// may bring it a second time.
    private mutating func leftAgain(
        _ origin: PacketOrigin, _ name: UInt32, consumer: UnsafeMutablePointer<ConsumerState>
    ) -> Bool {
        var epoch = origin.source
        while epoch != consumer.pointee.epoch {
            epoch = (epoch &+ 1) & 0x7F_FFFF
            let place = Int(epoch & 3)
            if consumer.pointee.sources[place] == name, origin.sequence >= consumer.pointee.starts[place] {
                return true
            }
        }
        return false
    }

    private mutating func writeRtx(
        _ copy: RtxCopy, _ rewriting: PacketRewriting, consumer: UnsafeMutablePointer<ConsumerState>,
        subscriber: UnsafeMutablePointer<Subscriber>, now: UInt64, _ departures: inout Departures
    ) -> Bool {
        let fact = facts + Int(copy.slot)
        var header = copy.header
        let payloadBytes = Int(fact.pointee.payloadBytes)
        let headerBytes = HeaderRewriter.headerBytes(
            fact.pointee, ids: subscriber.pointee.carried, rewriting: rewriting, transportId: header.transportId)
        let total = headerBytes + 2 + payloadBytes + Int(subscriber.pointee.tagBytes)
        guard let out = run.place(for: total, destination: subscriber.pointee.endpoint, departures: &departures)
        else { return false }
        if header.transportId > 0 {
            header.transportNumber = subscriber.pointee.estimate.sent(bytes: total, isProbe: copy.cluster, now: now)
        }
        let packet = UnsafeRawPointer(memory(of: copy.slot))
        let written = HeaderRewriter.write(
            header, facts: fact.pointee, packet: packet, ids: subscriber.pointee.carried, rewriting: rewriting,
            to: out)
        // RFC 4588 §4: the original sequence number, then the original payload. The two lie apart, so this one is joined
        // in place and encrypted there; retransmissions are few.
        (out + written).storeBytes(of: copy.original.bigEndian, as: UInt16.self)
        (out + written + 2).copyMemory(from: packet + Int(fact.pointee.payloadOffset), byteCount: payloadBytes)
        if rewriting.changesPayload { rewriting.apply(fact.pointee.frame, to: out + written + 2) }
        let sealed = cipher.sealRtp(
            subscriber.pointee.key, out: out, headerLength: written, payload: out + written,
            payloadLength: payloadBytes + 2, ssrc: consumer.pointee.rtxSsrc, index: consumer.pointee.rtxIndex)
        precondition(sealed == total)
        consumer.pointee.rtxIndex += 1
        consumer.pointee.report.retransmitted &+= 1
        subscriber.pointee.countSent(bytes: total)
        // A probe is there to be faster than the pace; media must not wait for it.
        if copy.cluster == 0 { subscriber.pointee.pace.spend(total) }
        report.pointee.retransmitted &+= 1
        run.append(total)
        return true
    }

    /// Hands over the run that retransmissions were written to.
    public mutating func closeRun(_ departures: inout Departures) {
        cipher.finish()
        run.close(&departures)
    }
}
