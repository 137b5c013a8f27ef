import CLoad
import Contract
import Peer
import Secure
import Wire

/// Reports and requests, both ways.
extension ClientEngine {
    private static var reportNanoseconds: UInt64 { 1_000_000_000 }
    private static var keyframeRequestNanoseconds: UInt64 { 500_000_000 }

    mutating func receiveRtcp(_ bytes: UnsafeMutableRawBufferPointer, _ place: Int, now: UInt64) {
        // A fresh window each time: what an SFU sends twice does no harm here.
        var window = ReplayWindow()
        guard let opening = peers[place].keys?.opening else { return }
        switch cipher.openRtcp(opening, packet: bytes.baseAddress!, length: bytes.count, window: &window) {
        case .opened(let length):
            packets.rtcpReceived &+= 1
            readCompound(UnsafeRawBufferPointer(start: bytes.baseAddress, count: length), place, now: now)
        case .authentication: packets.notAuthentic &+= 1
        case .replayed, .malformed: packets.malformed &+= 1
        }
    }

    private mutating func readCompound(_ bytes: UnsafeRawBufferPointer, _ place: Int, now: UInt64) {
        var compound = RtcpCompound()
        do {
            while let packet = try compound.next(in: bytes.bytes) { try read(packet, bytes, place, now: now) }
        } catch { packets.malformed &+= 1 }
    }

    private mutating func read(
        _ packet: RtcpPacket, _ bytes: UnsafeRawBufferPointer, _ place: Int, now: UInt64
    ) throws(WireError) {
        let senders = peers[place].publishers
        switch packet.kind {
        case .senderReport:
            let info = try SenderInfo(parsing: bytes.bytes, packet: packet)
            if let stream = peers[place].streams?.find(info.ssrc) {
                stream.pointee.reception.noteSenderReport(ntp: info.ntpTime, arrivalNanoseconds: now)
            }
        case .pli, .fir:
            packets.keyframeRequests &+= 1
            requireKeyframe(packet, bytes, of: senders)
        case .nack:
            var sequences = try NackSequences(parsing: bytes.bytes, packet: packet)
            while let sequence = sequences.next(in: bytes.bytes) {
                packets.nacksReceived &+= 1
                for number in senders { retransmit(sequence, ssrc: sequences.mediaSsrc, number, now: now) }
            }
        case .transportFeedback: packets.transportFeedbacks &+= 1
        default: break
        }
    }

    /// RFC 4585 §6.1: the source of the media follows the sender. FIR names it elsewhere, and then all layers get one.
    private mutating func requireKeyframe(_ packet: RtcpPacket, _ bytes: UnsafeRawBufferPointer, of senders: Range<Int>)
    {
        var named: UInt32 = 0
        if packet.bodyLength >= 8 {
            named = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: packet.bodyOffset + 4, as: UInt32.self))
        }
        let isKnown = senders.contains { publishers[$0].video.ssrc == named }
        for number in senders where !isKnown || publishers[number].video.ssrc == named {
            publishers[number].wantsKeyframe = true
        }
    }

    /// Everything that a connected peer sends by the clock.
    mutating func careForMedia(_ place: Int, now: UInt64) {
        let peer = peers + place
        var writer = ByteWriter(UnsafeMutableRawBufferPointer(rebasing: outgoing[..<1200]))
        if now >= peer.pointee.nextReportNanoseconds {
            peer.pointee.nextReportNanoseconds = now &+ Self.reportNanoseconds
            try? putReport(place, now: now, &writer)
        }
        if !peer.pointee.isLight { requestKeyframes(peer, now: now, &writer) }
        if configuration.asksForLost { requestLost(peer, now: now, &writer) }
        if writer.count > 0 { sendRtcp(place, bytes: writer.count) }
    }

    /// RFC 3550 §6.1: a report first, then the source description.
    private mutating func putReport(_ place: Int, now: UInt64, _ writer: inout ByteWriter) throws(WireError) {
        let peer = peers + place
        if peer.pointee.publisherCount > 0 {
            for number in peer.pointee.publishers {
                try publishers[number].putSenderReports(now: now, clockOffset: clockOffset, &writer)
            }
        } else {
            var report = try ReportWriter(receiverReportFrom: peer.pointee.ownSsrc, to: &writer)
            try putBlocks(peer, now: now, &report, &writer)
            report.finish(&writer)
        }
        try RtcpWriter.putSourceDescription(ssrc: peer.pointee.ownSsrc, cname: "load".utf8.span.bytes, to: &writer)
    }

    private func putBlocks(
        _ peer: UnsafeMutablePointer<PeerState>, now: UInt64, _ report: inout ReportWriter, _ writer: inout ByteWriter
    ) throws(WireError) {
        guard let streams = peer.pointee.streams else { return }
        for index in 0..<streams.count where report.blockCount < 30 {
            let stream = streams.streams + index
            guard stream.pointee.kind != .rtx, stream.pointee.reception.hasNews else { continue }
            let values = stream.pointee.reception.report(now: now)
            try report.put(
                ReportBlock(
                    // Of what is only counted this end sees a sample, whose gaps are no losses.
                    ssrc: stream.pointee.ssrc, fractionLost: peer.pointee.isLight ? 0 : values.fractionLost,
                    cumulativeLost: peer.pointee.isLight ? 0 : values.cumulativeLost,
                    highestSequence: values.extendedHighestSequence, jitter: values.jitter,
                    lastSenderReport: values.lastSenderReport,
                    delaySinceLastSenderReport: values.delaySinceLastSenderReport), to: &writer)
        }
    }

    /// Until a keyframe has come.
    private func requestKeyframes(_ peer: UnsafeMutablePointer<PeerState>, now: UInt64, _ writer: inout ByteWriter) {
        guard let streams = peer.pointee.streams else { return }
        for index in 0..<streams.count {
            let stream = streams.streams + index
            guard stream.pointee.kind == .video, !stream.pointee.hasKeyframe, now >= stream.pointee.nextKeyframeRequest
            else { continue }
            stream.pointee.nextKeyframeRequest = now &+ Self.keyframeRequestNanoseconds
            try? RtcpWriter.putPli(senderSsrc: peer.pointee.ownSsrc, mediaSsrc: stream.pointee.ssrc, to: &writer)
        }
    }

    private mutating func requestLost(
        _ peer: UnsafeMutablePointer<PeerState>, now: UInt64, _ writer: inout ByteWriter
    ) {
        guard let streams = peer.pointee.streams else { return }
        for index in 0..<streams.count {
            let stream = streams.streams + index
            guard let nack = stream.pointee.nack, now >= nack.pointee.nextDeadline else { continue }
            var numbers = InlineArray<64, UInt16>(repeating: 0)
            let count = withUnsafeMutableBytes(of: &numbers) {
                nack.pointee.due(
                    now: now, roundTripNanoseconds: 20_000_000, into: $0.assumingMemoryBound(to: UInt16.self))
            }
            guard count > 0 else { continue }
            packets.nacksSent &+= UInt64(count)
            _ = try? RtcpWriter.putNack(
                senderSsrc: peer.pointee.ownSsrc, mediaSsrc: stream.pointee.ssrc,
                lost: numbers.span.extracting(0..<count), to: &writer)
        }
    }

    /// All that has come since the last time.
    mutating func giveFeedback(_ place: Int, now: UInt64) {
        let peer = peers + place
        guard peer.pointee.phase == .connected else { return }
        peer.pointee.feedback?.hasten(now: now)
        var arrivals = InlineArray<400, Int64>(repeating: 0)
        while let head = withUnsafeMutableBytes(
            of: &arrivals,
            {
                peer.pointee.feedback?.takeFeedback(now: now, into: $0.assumingMemoryBound(to: Int64.self))
            })
        {
            var writer = ByteWriter(UnsafeMutableRawBufferPointer(rebasing: outgoing[..<1200]))
            let taken = try? RtcpWriter.putTransportFeedback(
                senderSsrc: peer.pointee.ownSsrc, mediaSsrc: 0, feedbackCount: head.feedbackCount,
                baseSequence: head.baseSequence, arrivals: arrivals.span.extracting(0..<head.count), to: &writer)
            guard let taken, taken > 0 else { return }
            peer.pointee.feedback?.giveBack(head.count - taken)
            packets.transportFeedbacks &+= 1
            sendRtcp(place, bytes: writer.count)
        }
    }

    /// What lies in `outgoing`, encrypted.
    private mutating func sendRtcp(_ place: Int, bytes: Int) {
        let peer = peers + place
        guard let sealing = peer.pointee.keys?.sealing else { return }
        let length = cipher.sealRtcp(
            sealing, packet: outgoing.baseAddress!, length: bytes, index: peer.pointee.rtcpIndex)
        peer.pointee.rtcpIndex = (peer.pointee.rtcpIndex &+ 1) & 0x7FFF_FFFF
        send(peer.pointee.descriptor, bytes: length)
    }
}
