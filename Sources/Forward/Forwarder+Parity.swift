import Contract
import Memory
import Peer
import Secure

/// Parity (FlexFEC) for subscribers that take it and whose links lose packets: what leaves is combined as it leaves, in
/// the subscriber's own terms, and a packet of parity follows the last of a group in the same run.
extension Forwarder {
    /// A receiver report told what of a picture was lost.
    mutating func noteLoss(ofPicture index: UInt32, fractionLost: UInt8) {
        let consumer = consumers + Int(index)
        let packets = consumer.pointee.report.packetsSent &- consumer.pointee.packetsReported
        consumer.pointee.packetsReported = consumer.pointee.report.packetsSent
        let subscriber = subscribers + Int(consumer.pointee.peer)
        guard subscriber.pointee.protection.payloadType != 255 else { return }
        subscriber.pointee.protection.note(
            packets: packets, fractionLost: fractionLost,
            roundTripNanoseconds: subscriber.pointee.estimate.roundTripNanoseconds)
        if subscriber.pointee.protection.share == 0 { releaseParity(of: subscriber) }
    }

    /// The payload type under which the subscriber takes parity from now on, 255 for none.
    mutating func setParity(_ peer: UInt32, payloadType: UInt8) {
        let subscriber = subscribers + Int(peer)
        subscriber.pointee.protection.set(payloadType: payloadType)
        if subscriber.pointee.protection.share == 0 { releaseParity(of: subscriber) }
    }

    private mutating func releaseParity(of subscriber: UnsafeMutablePointer<Subscriber>) {
        var index = subscriber.pointee.firstConsumer
        while index != endOfChain {
            releaseParity(of: consumers + Int(index))
            index = consumers[Int(index)].nextOfPeer
        }
    }

    /// Gives the consumer's group back, when it has one.
    mutating func releaseParity(of consumer: UnsafeMutablePointer<ConsumerState>) {
        guard consumer.pointee.parity != endOfChain else { return }
        parityGroups[Int(consumer.pointee.parity)].clear()
        freeParity[freeParityCount] = consumer.pointee.parity
        freeParityCount += 1
        consumer.pointee.parity = endOfChain
    }

    /// Takes a packet in that is about to leave.
    @inline(never)
    mutating func protect(
        _ packet: PlainPacket, consumer: UnsafeMutablePointer<ConsumerState>,
        subscriber: UnsafeMutablePointer<Subscriber>
    ) {
        if shedding.shedsRetransmissions { return }
        if consumer.pointee.parity == endOfChain {
            guard freeParityCount > 0 else {
                report.pointee.parityRefused &+= 1
                return
            }
            freeParityCount -= 1
            consumer.pointee.parity = freeParity[freeParityCount]
            parityGroups[Int(consumer.pointee.parity)] = ParityGroup(
                body: parityGroups[Int(consumer.pointee.parity)].body)
        }
        parityGroups[Int(consumer.pointee.parity)].add(packet, share: subscriber.pointee.protection.share)
    }

    /// Sends the parity of the consumer's group when that is due. Without a free cell it stays due.
    @inline(never)
    mutating func sendParity(
        of consumer: UnsafeMutablePointer<ConsumerState>, subscriber: UnsafeMutablePointer<Subscriber>, now: UInt64,
        departures: inout Departures
    ) {
        let group = parityGroups + Int(consumer.pointee.parity)
        guard group.pointee.isDue else { return }
        if !subscriber.pointee.protection.isAffordable { return group.pointee.clear() }
        let transportId = subscriber.pointee.carried.transportVideo
        let payloadBytes = group.pointee.byteCount
        let total =
            HeaderRewriter.bareBytes(transportId: transportId) + payloadBytes + Int(subscriber.pointee.tagBytes)
        guard let out = run.place(for: total, destination: subscriber.pointee.endpoint, departures: &departures)
        else { return }
        let ssrc = ConsumerSsrc.fec(ofMedia: consumer.pointee.ssrc)
        var header = OutgoingHeader(
            payloadType: subscriber.pointee.protection.payloadType, isMarked: false,
            sequence: UInt16(truncatingIfNeeded: consumer.pointee.parityIndex),
            timestamp: consumer.pointee.sentTimestamp, ssrc: ssrc, transportId: transportId)
        if transportId > 0 { header.transportNumber = subscriber.pointee.estimate.sent(bytes: total, now: now) }
        let written = HeaderRewriter.writeBare(header, to: out)
        group.pointee.write(to: out + written)
        let sealed = cipher.sealRtp(
            subscriber.pointee.key, out: out, headerLength: written, payload: out + written,
            payloadLength: payloadBytes, ssrc: ssrc, index: consumer.pointee.parityIndex)
        precondition(sealed == total)
        group.pointee.settle()
        run.append(total)
        countParity(total, consumer: consumer, subscriber: subscriber)
    }

    private mutating func countParity(
        _ total: Int, consumer: UnsafeMutablePointer<ConsumerState>, subscriber: UnsafeMutablePointer<Subscriber>
    ) {
        consumer.pointee.parityIndex += 1
        consumer.pointee.report.parityPacketsSent &+= 1
        consumer.pointee.report.parityBytesSent &+= UInt64(total)
        subscriber.pointee.packetsSent &+= 1
        subscriber.pointee.bytesSent &+= UInt64(total)
        subscriber.pointee.pace.spend(total)
        report.pointee.parityPacketsSent &+= 1
        report.pointee.parityBytesSent &+= UInt64(total)
    }
}
