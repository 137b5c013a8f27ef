import Contract
import Peer
import Wire

/// RTCP that leaves: what it says about what arrived is true.
struct RtcpChecker {
    let peer: SimulatedPeer
    let world: Simulator

    func check(_ bytes: [UInt8]) {
        var compound = RtcpCompound()
        do {
            while let packet = try compound.next(in: bytes.span.bytes) { try check(packet, bytes) }
        } catch {
            world.violate("rtcp", "a compound for peer \(peer.number) does not parse: \(error)")
        }
    }

    private func check(_ packet: RtcpPacket, _ bytes: [UInt8]) throws {
        let span = bytes.span.bytes
        switch packet.kind {
        case .senderReport: checkSenderReport(try SenderInfo(parsing: span, packet: packet))
        case .receiverReport:
            world.counts.receiverReports += 1
            let blocks = try ReportBlocks(parsing: span, packet: packet)
            for place in 0..<blocks.count { checkBlock(blocks.block(place, in: span)) }
        case .nack: checkNack(try NackSequences(parsing: span, packet: packet), bytes)
        case .pli: checkPli(try FeedbackSources(parsing: span, packet: packet).mediaSsrc)
        case .transportFeedback: checkFeedback(try Wire.TransportFeedback(parsing: span, packet: packet), bytes)
        case .remb: checkRemb(try Remb(parsing: span, packet: packet))
        default: world.violate("rtcp", "\(packet.kind) leaves")
        }
    }

    private func checkSenderReport(_ info: SenderInfo) {
        world.counts.senderReports += 1
        guard let stream = peer.outgoing[info.ssrc] else {
            return world.violate("sender report", "for an SSRC that peer \(peer.number) does not have")
        }
        stream.reportNtpNanoseconds =
            NtpTime.nanoseconds(info.ntpTime) - Int64(NtpTime.unixEpochSeconds) * 1_000_000_000
            - Int64(Simulator.unixNanosecondsAtZero)
        if abs(stream.reportNtpNanoseconds - Int64(world.now)) > 1_000_000 {
            world.violate("sender report", "its NTP time is not ours")
        }
        stream.reportTimestamp = info.rtpTimestamp
        stream.reportTime = world.now
    }

    private func checkBlock(_ block: ReportBlock) {
        guard let layer = peer.layer(block.ssrc) else { return }
        layer.lastReport = block
        let log = layer.log
        let highest = log.lastSent
        if UInt16(truncatingIfNeeded: highest) &- UInt16(truncatingIfNeeded: block.highestSequence) > 0x8000 {
            world.violate("receiver report", "a sequence number that was not sent yet")
        }
        if world.isFlawless(peer.handle.shard), block.cumulativeLost != 0 || block.fractionLost != 0 {
            world.violate("receiver report", "\(block.cumulativeLost) lost on a perfect line")
        }
        let lost = Int(highest - log.first) + 1 - log.arrivedItself
        if Int(block.cumulativeLost) > lost + world.refusalsInAll() {
            world.violate("receiver report", "\(block.cumulativeLost) lost of \(lost) that did not arrive")
        }
    }

    private func checkNack(_ numbers: NackSequences, _ bytes: [UInt8]) {
        var rest = numbers
        guard let layer = peer.layer(numbers.mediaSsrc) else { return }
        while let number = rest.next(in: bytes.span.bytes) {
            world.counts.nacksToPublishers += 1
            let sequence = layer.extend(number)
            guard let fate = layer.log.fate(sequence) else {
                world.violate("nack", "asks for \(sequence), which was never sent")
                continue
            }
            if fate.hasArrived, world.refusalsInAll() == 0 {
                world.violate("nack", "asks for \(sequence), which is here since \(fate.arrivalNanoseconds)")
            }
        }
    }

    private func checkPli(_ ssrc: UInt32) {
        world.counts.keyframeRequests += 1
        guard let layer = peer.layer(ssrc) else { return }
        if layer.lastKeyframeRequest != 0, world.now < layer.lastKeyframeRequest + 500_000_000 {
            world.violate("keyframes", "two requests within \((world.now - layer.lastKeyframeRequest) / 1_000_000) ms")
        }
        layer.lastKeyframeRequest = world.now
    }

    private func checkRemb(_ told: Remb) {
        if !world.options.saysSendTimes {
            world.violate("remb", "for peer \(peer.number), which numbers its packets")
        }
        peer.bitsPerSecondTold = told.bitsPerSecond
        peer.rembTimes.append(world.now)
    }

    private func checkFeedback(_ feedback: Wire.TransportFeedback, _ bytes: [UInt8]) {
        world.counts.transportFeedbacks += 1
        var rest = feedback
        while let entry = rest.next(in: bytes.span.bytes) {
            let newest = peer.transportNext - 1
            let back = UInt64(UInt16(truncatingIfNeeded: newest) &- entry.sequenceNumber)
            let arrival = peer.transportArrivals[newest - back]
            if entry.isReceived {
                guard let arrival else {
                    world.violate("feedback", "says that \(entry.sequenceNumber) arrived, which did not")
                    continue
                }
                checkTime(entry, arrival)
            } else if arrival != nil, back < 100, !world.hasRefused(peer.handle.shard) {
                world.violate(
                    "feedback", "says that \(entry.sequenceNumber) did not arrive, which did, \(back) before the newest"
                )
            }
        }
    }

    /// Arrival in ticks of 250 µs, 24 bits of 64 ms.
    private func checkTime(_ entry: TransportFeedbackEntry, _ arrival: UInt64) {
        let ticks = Int64(arrival / 250_000) & 0xFFFF_FFFF
        let said = entry.arrivalTicks & 0xFFFF_FFFF
        // Handed over, or a second copy that came first undamaged: later than the socket had it.
        if said < ticks - 1 || (said > ticks + 200 && !world.hasRefused(peer.handle.shard)) {
            world.violate("feedback", "says \(said) for a packet that came at \(ticks)")
        }
    }
}
