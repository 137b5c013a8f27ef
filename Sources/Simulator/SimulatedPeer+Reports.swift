import Contract
import Peer
import Wire

/// Sender and receiver reports of a client.
extension SimulatedPeer {
    func sendRtcp(_ write: (inout ByteWriter) throws -> Void) {
        guard let srtp else { return }
        var bytes = [UInt8](repeating: 0, count: 1400)
        let count = bytes.withUnsafeMutableBytes { buffer in
            var writer = ByteWriter(buffer)
            try? write(&writer)
            return writer.count
        }
        guard count > 0 else { return }
        send(srtp.sealRtcp(Array(bytes[..<count]), index: rtcpIndex))
        rtcpIndex += 1
    }

    func sendTransportFeedback() {
        guard let srtp, world.options.givesFeedback else { return }
        while let compound = feedback.feedback(now: world.now) {
            send(srtp.sealRtcp(compound, index: rtcpIndex))
            rtcpIndex += 1
            world.counts.feedbacks += 1
        }
    }

    func sendReports() {
        sendTransportFeedback()
        guard world.now >= nextReport else { return }
        nextReport = world.now + 500_000_000 + world.dice.within(0...200_000_000)
        for publication in publications where publication.isOpen {
            for layer in publication.layers where layer.packets > 0 { sendReport(layer) }
        }
        sendReceiverReport()
    }

    /// RFC 3550 §6.4.1: the same instant on the wall clock and on the stream's.
    private func sendReport(_ layer: PublishedLayer) {
        let info = SenderInfo(
            ssrc: layer.ssrc, ntpTime: NtpTime.ntp(unixNanoseconds: wallNanoseconds),
            rtpTimestamp: layer.timestamp(at: world.now), packetCount: layer.packets, octetCount: layer.octets)
        sendRtcp { writer in
            let report = try ReportWriter(senderReport: info, to: &writer)
            report.finish(&writer)
        }
    }

    private func sendReceiverReport() {
        let streams = receiverOrder.compactMap { receivers[$0] }.filter {
            !ConsumerSsrc.isRtx($0.ssrc) && $0.packets > 0
        }
        var rest = streams[...]
        while !rest.isEmpty {
            let some = rest.prefix(31)
            rest = rest.dropFirst(31)
            sendRtcp { [world] writer in
                var report = try ReportWriter(receiverReportFrom: 1, to: &writer)
                for receiver in some {
                    try report.put(receiver.block(now: world.now, loss: world.toClient.loss), to: &writer)
                }
                report.finish(&writer)
            }
        }
    }
}

extension StreamReceiver {
    /// `loss` is what it would see.
    func block(now: UInt64, loss: Double) -> ReportBlock {
        let delay = senderReportArrival == 0 ? 0 : NtpTime.compactSpan(nanoseconds: now - senderReportArrival)
        return ReportBlock(
            ssrc: ssrc, fractionLost: UInt8(min(loss, 0.99) * 256), cumulativeLost: Int32(givenUp),
            highestSequence: UInt32(truncatingIfNeeded: highest),
            jitter: 0, lastSenderReport: lastSenderReport, delaySinceLastSenderReport: delay)
    }
}
