import Contract
import Secure
import Wire

/// Media and reports that reach a client, and what it asks for in return.
extension SimulatedPeer {
    func receiveMedia(_ bytes: [UInt8]) {
        guard let srtp, bytes.count >= 12 else { return }
        if PacketKind.isRtcp(secondByte: bytes[1]) {
            let opened = srtp.openRtcp(bytes, window: &clientRtcpWindow)
            if case .opened = opened.result { receiveCompound(opened.bytes) }
            return
        }
        guard let header = try? RtpHeader(parsing: bytes.span.bytes) else { return }
        if ConsumerSsrc.isFec(header.ssrc) { return receiveParity(bytes, header: header, srtp) }
        guard
            let consumer = ConsumerSsrc.consumer(of: header.ssrc), consumers.contains(consumer)
        else { return }
        let receiver = receiver(header.ssrc)
        let index = receiver.window.estimate(sequence: header.sequenceNumber)
        guard receiver.window.isFresh(index),
            let plain = srtp.open(bytes, headerLength: header.headerLength, ssrc: header.ssrc, index: index)
        else { return }
        receiver.window.accept(index)
        world.counts.clientPackets += 1
        noteTransportNumber(plain, header)
        if ConsumerSsrc.isRtx(header.ssrc) {
            receiveRtx(plain, header: header, consumer: consumer)
        } else {
            receiver.note(index, now: world.now, isRepair: false)
            recover(with: plain, header: header, index: index)
        }
    }

    func noteTransportNumber(_ plain: [UInt8], _ header: RtpHeader) {
        if let found = try? HeaderExtensions(parsing: plain.span.bytes, header: header, map: media),
            let number = found.transportSequence(in: plain.span.bytes)
        {
            feedback.take(number, now: world.now)
        }
    }

    private func receiveRtx(_ plain: [UInt8], header: RtpHeader, consumer: ConsumerIndex) {
        if let place = try? RtpPayload(of: header, in: plain.span.bytes), place.length == 0 { return }
        guard plain.count >= header.headerLength + 2, let media = receivers[ConsumerSsrc.media(consumer)] else {
            return
        }
        let original = UInt16(plain[header.headerLength]) << 8 | UInt16(plain[header.headerLength + 1])
        media.note(media.window.estimate(sequence: original), now: world.now, isRepair: true)
    }

    private func receiver(_ ssrc: UInt32) -> StreamReceiver {
        if let known = receivers[ssrc] { return known }
        let made = StreamReceiver(ssrc: ssrc)
        receivers[ssrc] = made
        receiverOrder.append(ssrc)
        return made
    }

    private func receiveCompound(_ bytes: [UInt8]) {
        var compound = RtcpCompound()
        while let packet = try? compound.next(in: bytes.span.bytes) { receive(packet, bytes) }
    }

    private func receive(_ packet: RtcpPacket, _ bytes: [UInt8]) {
        let span = bytes.span.bytes
        switch packet.kind {
        case .senderReport:
            guard let info = try? SenderInfo(parsing: span, packet: packet) else { return }
            receivers[info.ssrc]?.lastSenderReport = info.ntpMiddle
            receivers[info.ssrc]?.senderReportArrival = world.now
        case .receiverReport:
            guard let blocks = try? ReportBlocks(parsing: span, packet: packet) else { return }
            for place in 0..<blocks.count { layer(blocks.block(place, in: span).ssrc)?.isKnown = true }
        case .nack:
            guard var numbers = try? NackSequences(parsing: span, packet: packet) else { return }
            let target = layer(numbers.mediaSsrc)
            while let number = numbers.next(in: span) { target?.retransmit(number) }
        case .pli:
            guard let sources = try? FeedbackSources(parsing: span, packet: packet) else { return }
            layer(sources.mediaSsrc)?.wantsKeyframe = true
            layer(sources.mediaSsrc)?.keyframeRequests += 1
        default: break
        }
    }

    func layer(_ ssrc: UInt32) -> PublishedLayer? {
        for publication in publications {
            for layer in publication.layers where layer.ssrc == ssrc { return layer }
        }
        return nil
    }

    /// NACKs and PLIs that are due.
    func repair() {
        for ssrc in receiverOrder where !ConsumerSsrc.isRtx(ssrc) {
            guard let receiver = receivers[ssrc], let consumer = ConsumerSsrc.consumer(of: ssrc),
                world.control.kind(of: consumer, on: handle.shard) == .video
            else { continue }
            let before = receiver.givenUp
            let numbers = receiver.due(now: world.now)
            world.counts.clientHoles += receiver.givenUp - before
            if !numbers.isEmpty {
                sendRtcp { writer in
                    _ = try RtcpWriter.putNack(
                        senderSsrc: 1, mediaSsrc: ssrc, lost: numbers.span, to: &writer)
                }
            }
            if receiver.wantsKeyframe, world.now >= (keyframeRequestTimes[ssrc] ?? 0) + 1_000_000_000 {
                receiver.wantsKeyframe = false
                requestKeyframe(consumer)
            }
        }
    }

    /// The decoder is lost.
    public func requestKeyframe(_ consumer: ConsumerIndex) {
        let ssrc = ConsumerSsrc.media(consumer)
        keyframeRequestTimes[ssrc] = world.now
        sendRtcp { writer in try RtcpWriter.putPli(senderSsrc: 1, mediaSsrc: ssrc, to: &writer) }
    }

    /// Asks for one number, whatever the client has.
    public func nack(_ ssrc: UInt32, _ numbers: [UInt16]) {
        sendRtcp { writer in
            _ = try RtcpWriter.putNack(senderSsrc: 1, mediaSsrc: ssrc, lost: numbers.span, to: &writer)
        }
    }
}
