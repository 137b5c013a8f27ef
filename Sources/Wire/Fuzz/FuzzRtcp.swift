/// Any bytes as a compound of RTCP packets, every packet read to its end; and the bytes as arrival times, which must come
/// back from a transport-wide feedback.
public func fuzzRtcp(_ input: UnsafeRawBufferPointer) {
    do throws(WireError) {
        var compound = RtcpCompound()
        while let packet = try unsafe compound.next(in: input.bytes) {
            precondition(packet.bodyOffset <= packet.end && packet.end <= input.count)
            // One packet that is malformed does not end the compound.
            do throws(WireError) { try unsafe read(packet, input) } catch {}
        }
    } catch {}
    unsafe reportArrivals(input)
}

private func read(_ packet: RtcpPacket, _ input: UnsafeRawBufferPointer) throws(WireError) {
    switch packet.kind {
    case .senderReport:
        _ = try unsafe SenderInfo(parsing: input.bytes, packet: packet)
        try unsafe readBlocks(packet, input)
    case .receiverReport: try unsafe readBlocks(packet, input)
    case .sourceDescription:
        var chunks = SdesChunks(packet: packet)
        while let chunk = try unsafe chunks.next(in: input.bytes) {
            precondition(chunk.cnameOffset + chunk.cnameLength <= packet.end)
        }
    case .bye:
        let sources = try unsafe SsrcList(parsingBye: input.bytes, packet: packet)
        for index in 0..<sources.count { _ = unsafe sources.ssrc(index, in: input.bytes) }
    case .nack: try unsafe readNack(packet, input)
    case .transportFeedback: try unsafe readFeedback(packet, input)
    case .pli: _ = try unsafe FeedbackSources(parsing: input.bytes, packet: packet)
    case .fir:
        let entries = try unsafe FirEntries(parsing: input.bytes, packet: packet)
        for index in 0..<entries.count { _ = unsafe entries.entry(index, in: input.bytes) }
    case .remb: try unsafe readRemb(packet, input)
    case .extendedReport: try unsafe readExtendedReport(packet, input)
    case .other: break
    }
}

private func readBlocks(_ packet: RtcpPacket, _ input: UnsafeRawBufferPointer) throws(WireError) {
    let blocks = try unsafe ReportBlocks(parsing: input.bytes, packet: packet)
    try unsafe FuzzSupport.write(1024) { (writer) throws(WireError) in
        var report = try ReportWriter(receiverReportFrom: blocks.senderSsrc, to: &writer)
        for index in 0..<blocks.count { try unsafe report.put(blocks.block(index, in: input.bytes), to: &writer) }
        report.finish(&writer)
    } then: { report in
        let end = packet.bodyOffset + (packet.kind == .senderReport ? 24 : 4)
        for index in 0..<blocks.count * 24 { unsafe precondition(report[8 + index] == input[end + index]) }
    }
}

private func readNack(_ packet: RtcpPacket, _ input: UnsafeRawBufferPointer) throws(WireError) {
    var sequences = try unsafe NackSequences(parsing: input.bytes, packet: packet)
    var asked = Set<UInt16>()
    while let sequence = unsafe sequences.next(in: input.bytes) { asked.insert(sequence) }
    let lost = asked.sorted()
    try unsafe FuzzSupport.write(16 + 4 * lost.count) { (writer) throws(WireError) in
        let count = try RtcpWriter.putNack(senderSsrc: 1, mediaSsrc: 2, lost: lost.span, to: &writer)
        precondition(count == lost.count)
    } then: { nack in
        var compound = RtcpCompound()
        guard let packet = try? unsafe compound.next(in: nack.bytes),
            var again = try? unsafe NackSequences(parsing: nack.bytes, packet: packet)
        else { preconditionFailure() }
        for sequence in lost { precondition(unsafe again.next(in: nack.bytes) == sequence) }
        precondition(unsafe again.next(in: nack.bytes) == nil)
    }
}

private func readRemb(_ packet: RtcpPacket, _ input: UnsafeRawBufferPointer) throws(WireError) {
    let remb = try unsafe Remb(parsing: input.bytes, packet: packet)
    for index in 0..<remb.streams.count { _ = unsafe remb.streams.ssrc(index, in: input.bytes) }
    try unsafe FuzzSupport.write(64) { (writer) throws(WireError) in
        let streams: [UInt32] = [7]
        try RtcpWriter.putRemb(senderSsrc: 1, bitsPerSecond: remb.bitsPerSecond, streams: streams.span, to: &writer)
    } then: { written in
        var compound = RtcpCompound()
        guard let packet = try? unsafe compound.next(in: written.bytes),
            let again = try? unsafe Remb(parsing: written.bytes, packet: packet)
        else { preconditionFailure() }
        precondition(again.bitsPerSecond == remb.bitsPerSecond && again.streams.count == 1)
    }
}

private func readExtendedReport(_ packet: RtcpPacket, _ input: UnsafeRawBufferPointer) throws(WireError) {
    var blocks = try unsafe ExtendedReportBlocks(parsing: input.bytes, packet: packet)
    while let block = try unsafe blocks.next(in: input.bytes) {
        _ = unsafe block.referenceTime(in: input.bytes)
        for index in 0..<block.dlrrCount() { _ = unsafe block.dlrr(index, in: input.bytes) }
    }
}

private func readFeedback(_ packet: RtcpPacket, _ input: UnsafeRawBufferPointer) throws(WireError) {
    var feedback = try unsafe TransportFeedback(parsing: input.bytes, packet: packet)
    var count = 0
    while let entry = unsafe feedback.next(in: input.bytes) {
        precondition(entry.sequenceNumber == feedback.baseSequence &+ UInt16(truncatingIfNeeded: count))
        count += 1
    }
    precondition(count == feedback.statusCount)
}

/// Two bytes make one packet: lost, or later (rarely earlier) than the one before.
private func reportArrivals(_ input: UnsafeRawBufferPointer) {
    var arrivals: [Int64] = []
    var time: Int64 = 1 << 20
    for index in 0..<input.count / 2 {
        let (first, second) = unsafe (Int64(input[2 * index]), Int64(input[2 * index + 1]))
        if first & 3 != 0 { time = max(0, time + (first & 4 != 0 ? second : (first << 8 | second) - 32768)) }
        arrivals.append(first & 3 != 0 ? time : -1)
    }
    var done = 0
    while done < arrivals.count {
        let rest = Array(arrivals[done...])
        done += checkFeedback(rest, capacity: 24 + (rest.count & 127))
    }
}

/// How many of `arrivals` one feedback took, after checking that they come back.
func checkFeedback(_ arrivals: [Int64], capacity: Int) -> Int {
    var taken = 0
    let result: ()? = try? unsafe FuzzSupport.write(capacity) { (writer) throws(WireError) in
        taken = try RtcpWriter.putTransportFeedback(
            senderSsrc: 1, mediaSsrc: 2, feedbackCount: 3, baseSequence: 65530, arrivals: arrivals.span, to: &writer)
    } then: { written in
        var compound = RtcpCompound()
        guard let packet = try? unsafe compound.next(in: written.bytes), packet.kind == .transportFeedback,
            var feedback = try? unsafe TransportFeedback(parsing: written.bytes, packet: packet)
        else { preconditionFailure() }
        precondition(feedback.statusCount == taken && feedback.baseSequence == 65530)
        for index in 0..<taken {
            guard let entry = unsafe feedback.next(in: written.bytes) else { preconditionFailure() }
            precondition(entry.isReceived == (arrivals[index] >= 0))
            // The reference time has 24 bits of 64 ms: the clock comes back modulo 2^32 ticks.
            if entry.isReceived { precondition((entry.arrivalTicks - arrivals[index]) & 0xFFFF_FFFF == 0) }
        }
        precondition(unsafe feedback.next(in: written.bytes) == nil)
    }
    precondition(result != nil && taken > 0)
    return taken
}
