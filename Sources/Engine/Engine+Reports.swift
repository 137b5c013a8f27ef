import Contract
import Forward
import Memory
import Peer
import Secure
import Wire

/// RTCP that leaves: what is due for one peer, in as few compounds as hold it.
extension Engine {
    /// Between reports, on average.
    static let reportNanoseconds: UInt64 = 1_000_000_000
    /// The same at first, after something began to flow to a peer; then twice as long each time.
    static let firstReportNanoseconds: UInt64 = 250_000_000

    /// Something began to flow to this peer: it hears of its clock soon.
    mutating func hastenReports(to index: UInt32, now: UInt64) {
        let peer = peers + Int(index)
        guard peer.pointee.isOpen else { return }
        peer.pointee.reportInterval = Self.firstReportNanoseconds
        setNextReport(peer, now: now)
        reschedulePatient(index, at: peer.pointee.nextReport)
    }

    /// RFC 3550 §6.2: half of the interval at chance, so that peers that joined together do not report together.
    private mutating func setNextReport(_ peer: UnsafeMutablePointer<PeerState>, now: UInt64) {
        let interval = peer.pointee.reportInterval
        peer.pointee.nextReport = now + interval * 3 / 4 + random.next() % (interval / 2)
        peer.pointee.reportInterval = min(interval * 2, Self.reportNanoseconds)
    }

    mutating func sealRtcp(_ index: UInt32, packet: UnsafeMutableRawPointer, length: Int) -> Int {
        let peer = peers + Int(index)
        // RFC 3711 §9.2: an SRTCP index is not used twice; 2^31 compounds are decades at this rate.
        let sealed = forward.cipher.sealRtcp(
            forward.subscribers[Int(index)].key, packet: packet, length: length, index: peer.pointee.rtcpIndex)
        peer.pointee.rtcpIndex += 1
        return sealed
    }

    /// Writes all that is due for the peer and sends it.
    mutating func sendReports(_ index: UInt32, now: UInt64, departures: inout Departures) {
        guard forward.subscribers[Int(index)].isReady else { return }
        let peer = RtcpDestination(index: index, endpoint: forward.subscribers[Int(index)].endpoint)
        var outbox = RtcpOutbox()
        if now >= peers[Int(index)].nextReport {
            setNextReport(peers + Int(index), now: now)
            putSenderReports(peer, &outbox, now: now, &departures)
            putReceiverReport(peer, &outbox, now: now, &departures)
        }
        putTransportFeedback(peer, &outbox, now: now, &departures)
        putRemb(peer, &outbox, now: now, &departures)
        putNacks(peer, &outbox, now: now, &departures)
        putKeyframeRequests(peer, &outbox, now: now, &departures)
        outbox.finish(peer, engine: &self, departures: &departures)
    }

    /// RFC 3550 §6.4.1, for each consumer that sent: its numbers in our time.
    private mutating func putSenderReports(
        _ peer: RtcpDestination, _ outbox: inout RtcpOutbox, now: UInt64, _ departures: inout Departures
    ) {
        var index = forward.subscribers[Int(peer.index)].firstConsumer
        while index != endOfChain {
            let consumer = forward.consumers + Int(index)
            index = consumer.pointee.nextOfPeer
            guard consumer.pointee.report.packetsSent > 0, consumer.pointee.producer != endOfChain,
                let timestamp = timestamp(of: consumer, at: now)
            else { continue }
            guard outbox.makeRoom(28, for: peer, engine: &self, departures: &departures) else { return }
            let info = SenderInfo(
                ssrc: consumer.pointee.ssrc, ntpTime: ntp(at: now), rtpTimestamp: timestamp,
                packetCount: UInt32(truncatingIfNeeded: consumer.pointee.report.packetsSent),
                octetCount: UInt32(truncatingIfNeeded: consumer.pointee.report.bytesSent))
            outbox.put { writer throws(WireError) in
                let report = try ReportWriter(senderReport: info, to: &writer)
                report.finish(&writer)
            }
        }
    }

    private func timestamp(of consumer: UnsafeMutablePointer<ConsumerState>, at now: UInt64) -> UInt32? {
        let layer = consumer.pointee.currentLayer
        guard layer != ConsumerState.noLayer else { return nil }
        let producer = forward.producers + Int(consumer.pointee.producer)
        let publisher = forward.publishers[Int(producer.pointee.publisher)]
        return producer.pointee.clocks[Int(layer)].timestamp(at: now, publisher: publisher).map {
            $0 &+ consumer.pointee.timestamp.offset
        }
    }

    /// RFC 3550 §6.4.2: a block for each incoming stream that had packets.
    private mutating func putReceiverReport(
        _ peer: RtcpDestination, _ outbox: inout RtcpOutbox, now: UInt64, _ departures: inout Departures
    ) {
        let state = peers + Int(peer.index)
        guard state.pointee.streamCount > 0 else { return }
        let bytes = 8 + state.pointee.streamCount * ReportBlock.byteCount
        guard outbox.makeRoom(bytes, for: peer, engine: &self, departures: &departures) else { return }
        let (streams, count) = (streams, state.pointee.streamCount)
        outbox.put { writer throws(WireError) in
            var report = try ReportWriter(receiverReportFrom: state.pointee.localSsrc, to: &writer)
            for place in 0..<count {
                let stream = streams + Int(state.pointee.streams[place])
                guard stream.pointee.statistics.received > 0, !stream.pointee.isRtx else { continue }
                try report.put(stream.pointee.block(now: now), to: &writer)
            }
            report.finish(&writer)
        }
    }

    private mutating func putTransportFeedback(
        _ peer: RtcpDestination, _ outbox: inout RtcpOutbox, now: UInt64, _ departures: inout Departures
    ) {
        let state = peers + Int(peer.index)
        let mediaSsrc = state.pointee.streamCount > 0 ? state.pointee.ssrcs[0] : 0
        while now >= state.pointee.feedback.nextDeadline {
            guard outbox.makeRoom(RtcpOutbox.bytesMax, for: peer, engine: &self, departures: &departures) else {
                return
            }
            var batch = FeedbackBatch()
            guard batch.take(&state.pointee.feedback, now: now) else { return }
            outbox.put { writer throws(WireError) in
                let left = try batch.write(senderSsrc: state.pointee.localSsrc, mediaSsrc: mediaSsrc, to: &writer)
                state.pointee.feedback.giveBack(left)
            }
        }
    }

    /// draft-alvestrand-rmcat-remb §2.2, for a publisher that does not number its packets.
    private mutating func putRemb(
        _ peer: RtcpDestination, _ outbox: inout RtcpOutbox, now: UInt64, _ departures: inout Departures
    ) {
        let state = peers + Int(peer.index)
        guard now >= state.pointee.uplink.nextDeadline, state.pointee.streamCount > 0 else { return }
        let bytes = 20 + 4 * state.pointee.streamCount
        guard outbox.makeRoom(bytes, for: peer, engine: &self, departures: &departures),
            let rate = state.pointee.uplink.take(roundTrip: state.pointee.roundTrip.nanoseconds, now: now)
        else { return }
        outbox.put { writer throws(WireError) in
            try RtcpWriter.putRemb(
                senderSsrc: state.pointee.localSsrc, bitsPerSecond: rate,
                streams: state.pointee.ssrcs.span.extracting(first: state.pointee.streamCount), to: &writer)
        }
    }

    private mutating func putNacks(
        _ peer: RtcpDestination, _ outbox: inout RtcpOutbox, now: UInt64, _ departures: inout Departures
    ) {
        let state = peers + Int(peer.index)
        for place in 0..<state.pointee.streamCount {
            let stream = streams + Int(state.pointee.streams[place])
            guard now >= stream.pointee.nacks.nextDeadline, stream.pointee.producer != endOfChain else { continue }
            guard outbox.makeRoom(256, for: peer, engine: &self, departures: &departures) else { return }
            var batch = NackBatch()
            batch.take(&stream.pointee.nacks, now: now, roundTripNanoseconds: state.pointee.roundTrip.nanoseconds)
            if stream.pointee.nacks.takeGaveUp() {
                forward.wantKeyframe(producer: stream.pointee.producer, layer: stream.pointee.layer)
            }
            // Where there is no room, answers would only take the place of what is new.
            guard batch.count > 0, forward.slots.freeCount >= batch.count else { continue }
            report.pointee.nacksSent &+= UInt64(batch.count)
            forward.producers[Int(stream.pointee.producer)].report.nacksSent &+= UInt64(batch.count)
            outbox.put { writer throws(WireError) in
                try batch.write(senderSsrc: state.pointee.localSsrc, mediaSsrc: stream.pointee.ssrc, to: &writer)
            }
        }
    }

    /// RFC 4585 §6.3.1: one PLI for all who want a keyframe, at the throttle's pace.
    private mutating func putKeyframeRequests(
        _ peer: RtcpDestination, _ outbox: inout RtcpOutbox, now: UInt64, _ departures: inout Departures
    ) {
        let state = peers + Int(peer.index)
        for place in 0..<state.pointee.producerCount {
            let producer = forward.producers + Int(state.pointee.producers[place])
            for layer in 0..<Int(producer.pointee.layerCount) {
                let media = intakes[Int(state.pointee.producers[place])].media[layer]
                let before = producer.pointee.throttles[layer]
                // Where nothing came of a layer yet, its first packet brings the wish back.
                if media != endOfChain, isKeyframeDue(producer, layer, peer: state, now: now) {
                    guard outbox.makeRoom(12, for: peer, engine: &self, departures: &departures) else {
                        // Nothing was asked for yet: the wish stays, and brings the peer's timer to the next tick.
                        producer.pointee.throttles[layer] = before
                        return
                    }
                    putPli(for: media, producer, peer: state, &outbox)
                }
                producer.pointee.wantedKeyframes &= ~(1 << UInt8(layer))
            }
        }
    }

    private mutating func isKeyframeDue(
        _ producer: UnsafeMutablePointer<ProducerState>, _ layer: Int, peer: UnsafeMutablePointer<PeerState>,
        now: UInt64
    ) -> Bool {
        let roundTrip = peer.pointee.roundTrip.nanoseconds
        let isWanted = producer.pointee.wantedKeyframes & 1 << UInt8(layer) != 0
        let isDue = producer.pointee.throttles[layer].due(now: now, roundTripNanoseconds: roundTrip)
        guard isWanted else { return isDue }
        return producer.pointee.throttles[layer].request(now: now, roundTripNanoseconds: roundTrip) || isDue
    }

    private mutating func putPli(
        for media: UInt32, _ producer: UnsafeMutablePointer<ProducerState>, peer: UnsafeMutablePointer<PeerState>,
        _ outbox: inout RtcpOutbox
    ) {
        producer.pointee.report.keyframesRequested &+= 1
        report.pointee.keyframesRequested &+= 1
        let (local, remote) = (peer.pointee.localSsrc, streams[Int(media)].ssrc)
        outbox.put { writer throws(WireError) in
            try RtcpWriter.putPli(senderSsrc: local, mediaSsrc: remote, to: &writer)
        }
    }
}

extension StreamState {
    mutating func block(now: UInt64) -> ReportBlock {
        let report = statistics.report(now: now)
        return ReportBlock(
            ssrc: ssrc, fractionLost: report.fractionLost, cumulativeLost: report.cumulativeLost,
            highestSequence: report.extendedHighestSequence, jitter: report.jitter,
            lastSenderReport: report.lastSenderReport,
            delaySinceLastSenderReport: report.delaySinceLastSenderReport)
    }
}
