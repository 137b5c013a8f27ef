import Contract
import Forward
import Memory
import Peer
import Secure
import Wire

/// RTCP that arrives: reports, and requests for packets and keyframes.
extension Engine {
    /// Packets that one NACK message can make us send again.
    private static let retransmissionsPerNackMax = 256

    mutating func takeRtcp(_ datagram: Datagram, from index: UInt32, now: UInt64, departures: inout Departures) {
        guard datagram.count >= 8 else { return drop(.rtcpMalformed) }
        let ssrc = UInt32(bigEndian: datagram.bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        let peer = peers + Int(index)
        guard let place = rtcpSource(ssrc, of: peer) else { return drop(.streamTableFull) }
        var window =
            peer.pointee.rtcpSources[place].ssrc == ssrc ? peer.pointee.rtcpSources[place].window : ReplayWindow()
        let opened = forward.cipher.openRtcp(
            peer.pointee.openingKey, packet: datagram.bytes, length: datagram.count, window: &window)
        switch opened {
        case .opened(let length):
            noteCompound(datagram, plainBytes: length, from: index)
            peer.pointee.rtcpSources[place] = RtcpSource(isUsed: true, ssrc: ssrc, window: window)
            let compound = UnsafeRawBufferPointer(start: datagram.bytes, count: length)
            takeCompound(compound, from: index, now: now, departures: &departures)
            let estimate = forward.subscribers[Int(index)].estimate.targetBitsPerSecond
            if estimate > 0 { forward.noteEstimate(index, bitsPerSecond: estimate, now: now) }
        case .authentication, .replayed, .malformed:
            noteClosedCompound(datagram, opened, from: index)
            drop(opened == .authentication ? .srtpAuthentication : opened == .replayed ? .srtpReplayed : .rtcpMalformed)
        }
    }

    /// The place that keeps this sender's replay window, or a free one; nil when all are taken.
    private func rtcpSource(_ ssrc: UInt32, of peer: UnsafeMutablePointer<PeerState>) -> Int? {
        for place in 0..<PeerState.rtcpSourcesMax {
            if !peer.pointee.rtcpSources[place].isUsed || peer.pointee.rtcpSources[place].ssrc == ssrc { return place }
        }
        return nil
    }

    /// A malformed part ends the compound; what came before it counts.
    private mutating func takeCompound(
        _ bytes: UnsafeRawBufferPointer, from index: UInt32, now: UInt64, departures: inout Departures
    ) {
        var compound = RtcpCompound()
        do {
            while let packet = try compound.next(in: bytes.bytes) {
                try take(packet, bytes, from: index, now: now, departures: &departures)
            }
            report.pointee.rtcpHandled &+= 1
        } catch {
            drop(.rtcpMalformed)
        }
        forward.closeRun(&departures)
    }

    private mutating func take(
        _ packet: RtcpPacket, _ bytes: UnsafeRawBufferPointer, from index: UInt32, now: UInt64,
        departures: inout Departures
    ) throws(WireError) {
        switch packet.kind {
        case .senderReport:
            takeSenderInfo(try SenderInfo(parsing: bytes.bytes, packet: packet), from: index, now: now)
            takeBlocks(try ReportBlocks(parsing: bytes.bytes, packet: packet), bytes, from: index, now: now)
        case .receiverReport:
            takeBlocks(try ReportBlocks(parsing: bytes.bytes, packet: packet), bytes, from: index, now: now)
        case .nack:
            takeNack(
                try NackSequences(parsing: bytes.bytes, packet: packet), bytes, from: index, now: now,
                departures: &departures)
        case .pli:
            takeKeyframeRequest(try FeedbackSources(parsing: bytes.bytes, packet: packet).mediaSsrc, from: index)
        case .fir:
            let entries = try FirEntries(parsing: bytes.bytes, packet: packet)
            for entry in 0..<entries.count {
                takeKeyframeRequest(entries.entry(entry, in: bytes.bytes).ssrc, from: index)
            }
        case .transportFeedback:
            takeFeedback(try TransportFeedback(parsing: bytes.bytes, packet: packet), bytes, from: index, now: now)
        case .remb:
            let rate = try Remb(parsing: bytes.bytes, packet: packet).bitsPerSecond
            forward.subscribers[Int(index)].estimate.takeRemb(bitsPerSecond: rate)
        case .sourceDescription, .bye, .extendedReport, .other:
            break
        }
    }

    private mutating func takeSenderInfo(_ info: SenderInfo, from index: UInt32, now: UInt64) {
        let found = stream(of: index, ssrc: info.ssrc)
        guard found != endOfChain else { return }
        let stream = streams + Int(found)
        guard !stream.pointee.isRtx, stream.pointee.producer != endOfChain else { return }
        stream.pointee.statistics.noteSenderReport(ntp: info.ntpTime, arrivalNanoseconds: now)
        forward.publishers[Int(index)].noteSenderReport(ntp: info.ntpTime, arrivalNanoseconds: now)
        forward.producers[Int(stream.pointee.producer)].clocks[Int(stream.pointee.layer)].noteSenderReport(
            ntp: info.ntpTime, rtpTimestamp: info.rtpTimestamp)
        guard shardCount > 1 else { return }
        // Of all the peer's sources: the clock that they share has changed.
        for place in 0..<peers[Int(index)].producerCount {
            forward.passClocks(producer: peers[Int(index)].producers[place])
        }
    }

    private mutating func takeBlocks(
        _ blocks: ReportBlocks, _ bytes: UnsafeRawBufferPointer, from index: UInt32, now: UInt64
    ) {
        for number in 0..<blocks.count {
            let block = blocks.block(number, in: bytes.bytes)
            guard let consumer = consumer(of: block.ssrc, from: index), !ConsumerSsrc.isRtx(block.ssrc) else {
                continue
            }
            forward.consumers[Int(consumer)].report.fractionLost = block.fractionLost
            forward.noteLoss(consumer: consumer, fractionLost: block.fractionLost)
            peers[Int(index)].roundTrip.update(
                lastReport: block.lastSenderReport, delaySinceLastReport: block.delaySinceLastSenderReport,
                nowNtp: ntp(at: now))
            forward.subscribers[Int(index)].estimate.noteReportedRoundTrip(
                peers[Int(index)].roundTrip.smoothedNanoseconds)
        }
    }

    /// The open consumer of this peer that `ssrc` names.
    private func consumer(of ssrc: UInt32, from peer: UInt32) -> UInt32? {
        guard let consumer = ConsumerSsrc.consumer(of: ssrc), consumer.value < UInt32(limits.consumersMax) else {
            return nil
        }
        let state = forward.consumers + Int(consumer.value)
        return state.pointee.isOpen && state.pointee.peer == peer ? consumer.value : nil
    }

    private mutating func takeNack(
        _ sequences: NackSequences, _ bytes: UnsafeRawBufferPointer, from index: UInt32, now: UInt64,
        departures: inout Departures
    ) {
        guard let consumer = consumer(of: sequences.mediaSsrc, from: index) else { return }
        var remaining = sequences
        var left = Self.retransmissionsPerNackMax
        while left > 0, let sequence = remaining.next(in: bytes.bytes) {
            left -= 1
            report.pointee.nacksReceived &+= 1
            forward.consumers[Int(consumer)].report.nacksReceived &+= 1
            let result = forward.answerNack(consumer: consumer, sequence: sequence, now: now, departures: &departures)
            if result == .noCell || result == .shed { return }
        }
    }

    private mutating func takeKeyframeRequest(_ ssrc: UInt32, from index: UInt32) {
        guard let consumer = consumer(of: ssrc, from: index) else { return }
        report.pointee.keyframeRequestsReceived &+= 1
        forward.consumers[Int(consumer)].report.keyframeRequestsReceived &+= 1
        forward.wantKeyframe(consumer: consumer)
    }

    /// Our NTP time at a moment of the monotonic clock.
    func ntp(at now: UInt64) -> UInt64 { NtpTime.ntp(unixNanoseconds: unixNanosecondsAtZero &+ now) }
}
