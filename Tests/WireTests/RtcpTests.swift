import Testing
import Wire

/// The packets of a compound.
func packets(_ compound: [UInt8]) throws(WireError) -> [RtcpPacket] {
    try compound.inMemory { (buffer) throws(WireError) in
        var cursor = RtcpCompound()
        var found: [RtcpPacket] = []
        while let packet = try cursor.next(in: buffer.bytes) { found.append(packet) }
        return found
    }
}

/// Calls `body` with the compound's first packet.
func first<Result>(
    _ compound: [UInt8], _ body: (UnsafeRawBufferPointer, RtcpPacket) throws(WireError) -> Result
) throws(WireError) -> Result {
    let packet = try packets(compound)[0]
    return try compound.inMemory { (buffer) throws(WireError) in try body(buffer, packet) }
}

let senderReport = bytes(
    """
    81c8000c 01020304 e0000001 80000000 00000064 00000005 00000190
    0a0b0c0d 40 fffffe 00010064 00000007 00018000 00000200
    """)
/// SSRC 01020304 with the CNAME "abcde", and 05060708 with a NOTE "h" in front of "x".
let sourceDescription = bytes("82ca0006 01020304 0105 6162636465 00 05060708 0701 68 0101 78 0000")

@Suite struct RtcpParsing {
    @Test func readsASenderReportWithABlock() throws {
        try first(senderReport) { (buffer, packet) throws(WireError) in
            let info = try SenderInfo(parsing: buffer.bytes, packet: packet)
            #expect(info.ssrc == 0x0102_0304 && info.ntpTime == 0xe000_0001_8000_0000 && info.ntpMiddle == 0x0001_8000)
            #expect(info.rtpTimestamp == 100 && info.packetCount == 5 && info.octetCount == 400)
            let blocks = try ReportBlocks(parsing: buffer.bytes, packet: packet)
            #expect(blocks.count == 1 && blocks.senderSsrc == info.ssrc)
            let block = blocks.block(0, in: buffer.bytes)
            #expect(block.ssrc == 0x0a0b_0c0d && block.fractionLost == 64 && block.cumulativeLost == -2)
            #expect(block.highestSequence == 0x10064 && block.jitter == 7)
            #expect(block.lastSenderReport == 0x18000 && block.delaySinceLastSenderReport == 0x200)
        }
    }

    @Test func readsTheNamesOfASourceDescription() throws {
        try first(sourceDescription) { (buffer, packet) throws(WireError) in
            var chunks = SdesChunks(packet: packet)
            let one = try chunks.next(in: buffer.bytes)
            #expect(one?.ssrc == 0x0102_0304 && one?.cnameLength == 5)
            #expect(one.map { buffer[$0.cnameOffset] } == 0x61)
            let two = try chunks.next(in: buffer.bytes)
            #expect(two?.ssrc == 0x0506_0708 && two?.cnameLength == 1)
            #expect(two.map { buffer[$0.cnameOffset] } == 0x78)
            let end = try chunks.next(in: buffer.bytes)
            #expect(end == nil)
        }
    }

    @Test func aNackAsksForItsFirstAndForEachBit() throws {
        try first(bytes("81cd0004 00000001 00000002 fffe 8005 0010 0000")) { (buffer, packet) throws(WireError) in
            var sequences = try NackSequences(parsing: buffer.bytes, packet: packet)
            #expect(sequences.senderSsrc == 1 && sequences.mediaSsrc == 2)
            var asked: [UInt16] = []
            while let sequence = sequences.next(in: buffer.bytes) { asked.append(sequence) }
            #expect(asked == [0xfffe, 0xffff, 1, 14, 16])
        }
    }

    @Test func readsFirPliByeRembAndExtendedReports() throws {
        let compound = bytes(
            """
            81ce0002 00000001 00000002
            84ce0004 00000001 00000000 0000000a 05000000
            82cb0002 0000000b 0000000c
            8fce0005 00000001 00000000 52454d42 010dabcd 0000000d
            80cf0008 00000001 04000002 0123456789abcdef 05000003 0000000e 00010002 00000003
            8fce0003 00000001 00000000 41424344
            """)
        let found = try packets(compound)
        #expect(found.map(\.kind) == [.pli, .fir, .bye, .remb, .extendedReport, .other])
        try compound.inMemory { (buffer) throws(WireError) in
            let pli = try FeedbackSources(parsing: buffer.bytes, packet: found[0])
            #expect(pli.senderSsrc == 1 && pli.mediaSsrc == 2)
            let fir = try FirEntries(parsing: buffer.bytes, packet: found[1])
            let entry = fir.entry(0, in: buffer.bytes)
            #expect(fir.count == 1 && entry.ssrc == 10 && entry.sequenceNumber == 5)
            let bye = try SsrcList(parsingBye: buffer.bytes, packet: found[2])
            #expect(bye.count == 2 && bye.ssrc(0, in: buffer.bytes) == 11 && bye.ssrc(1, in: buffer.bytes) == 12)
            let remb = try Remb(parsing: buffer.bytes, packet: found[3])
            #expect(remb.bitsPerSecond == 0x1abcd << 3 && remb.streams.count == 1)
            #expect(remb.streams.ssrc(0, in: buffer.bytes) == 13)
            var blocks = try ExtendedReportBlocks(parsing: buffer.bytes, packet: found[4])
            let time = try blocks.next(in: buffer.bytes)
            #expect(time?.referenceTime(in: buffer.bytes) == 0x0123_4567_89ab_cdef)
            let dlrr = try blocks.next(in: buffer.bytes)
            #expect(dlrr?.dlrrCount() == 1)
            let one = dlrr?.dlrr(0, in: buffer.bytes)
            #expect(one?.ssrc == 14 && one?.lastReport == 0x10002 && one?.delay == 3)
        }
    }

    @Test func paddingOfTheLastPacketIsNotCounted() throws {
        let found = try packets(bytes("81ce0002 00000001 00000002 a1ce0003 00000001 00000002 00000004"))
        #expect(found.map(\.bodyLength) == [8, 8])
    }

    /// libwebrtc's way to fill transport-wide feedback up to a word, also before another packet.
    @Test func paddingMayEndWithinAWordAndBeforeAnotherPacket() throws {
        let feedback = "afcd0005 00000001 00000002 0000 0001 000001 00 2001 05 01"
        #expect(try entries(bytes(feedback)).map(\.deltaTicks) == [5])
        let found = try packets(bytes("\(feedback) 81ce0002 00000001 00000002"))
        #expect(found.map(\.kind) == [.transportFeedback, .pli] && found.map(\.bodyLength) == [19, 8])
    }

    @Test(arguments: [
        ("a1ce0003 00000001 00000002 00000000", WireError.malformed),
        ("a1ce0003 00000001 00000002 00000010", .malformed),
        ("41ce0002 00000001 00000002", .notRecognised),
        ("81ce0003 00000001 00000002", .truncated),
        ("81ce0002 00000001 00000002 81", .truncated),
        ("", .truncated),
    ])
    func unlawfulCompoundsAreRefused(_ hex: String, _ error: WireError) {
        #expect(throws: error) { try packets(bytes(hex)) }
    }

    @Test(arguments: [
        "82c90007 00000001 \(String(repeating: "00", count: 24))", "81c80005 \(String(repeating: "00", count: 20))",
    ])
    func reportsShorterThanTheirCountAreRefused(_ hex: String) {
        #expect(throws: WireError.truncated) {
            try first(bytes(hex)) { (buffer, packet) throws(WireError) in
                _ = try ReportBlocks(parsing: buffer.bytes, packet: packet)
            }
        }
    }

    @Test func aRembThatDoesNotFitIntoSixtyFourBitsIsRefused() {
        #expect(throws: WireError.malformed) {
            try first(bytes("8fce0005 00000001 00000000 52454d42 01ffffff 0000000d")) {
                (buffer, packet) throws(WireError) in
                _ = try Remb(parsing: buffer.bytes, packet: packet)
            }
        }
    }
}

@Suite struct RtcpWriting {
    @Test func aSenderReportComesOutByteForByte() throws {
        let again = try written { (writer) throws(WireError) in
            let info = SenderInfo(
                ssrc: 0x0102_0304, ntpTime: 0xe000_0001_8000_0000, rtpTimestamp: 100, packetCount: 5, octetCount: 400)
            var report = try ReportWriter(senderReport: info, to: &writer)
            try report.put(
                ReportBlock(
                    ssrc: 0x0a0b_0c0d, fractionLost: 64, cumulativeLost: -2, highestSequence: 0x10064, jitter: 7,
                    lastSenderReport: 0x18000, delaySinceLastSenderReport: 0x200), to: &writer)
            report.finish(&writer)
        }
        #expect(again == senderReport)
    }

    @Test func aReportTakesThirtyOneBlocks() throws {
        let block = ReportBlock(
            ssrc: 1, fractionLost: 0, cumulativeLost: 0x100_0000, highestSequence: 0, jitter: 0, lastSenderReport: 0,
            delaySinceLastSenderReport: 0)
        let report = try written { (writer) throws(WireError) in
            var report = try ReportWriter(receiverReportFrom: 9, to: &writer)
            for _ in 0..<31 { try report.put(block, to: &writer) }
            #expect(throws: WireError.tooLarge) { try report.put(block, to: &writer) }
            report.finish(&writer)
        }
        try first(report) { (buffer, packet) throws(WireError) in
            let blocks = try ReportBlocks(parsing: buffer.bytes, packet: packet)
            #expect(blocks.count == 31 && blocks.senderSsrc == 9)
            #expect(blocks.block(30, in: buffer.bytes).cumulativeLost == 0x7f_ffff)
        }
    }

    @Test(arguments: 1...9)
    func aSourceDescriptionIsPaddedToWords(_ length: Int) throws {
        let name = (0..<length).map { UInt8(0x61 + $0) }
        let description = try written { (writer) throws(WireError) in
            try name.inMemory { (buffer) throws(WireError) in
                try RtcpWriter.putSourceDescription(ssrc: 7, cname: buffer.bytes, to: &writer)
            }
            try RtcpWriter.putBye(ssrc: 7, to: &writer)
        }
        #expect(try packets(description).map(\.kind) == [.sourceDescription, .bye])
        try first(description) { (buffer, packet) throws(WireError) in
            var chunks = SdesChunks(packet: packet)
            let chunk = try chunks.next(in: buffer.bytes)!
            #expect(Array(buffer[chunk.cnameOffset..<chunk.cnameOffset + chunk.cnameLength]) == name)
        }
    }

    @Test func aNackPacksSeventeenNumbersIntoOneEntry() throws {
        let lost = (0...17).map { UInt16(65530) &+ UInt16($0) }
        let nack = try written { (writer) throws(WireError) in
            let taken = try RtcpWriter.putNack(senderSsrc: 1, mediaSsrc: 2, lost: lost.span, to: &writer)
            #expect(taken == 18)
        }
        #expect(nack == bytes("81cd0004 00000001 00000002 fffa ffff 000b 0000"))
    }

    @Test func aNackTakesWhatFits() throws {
        let lost: [UInt16] = [1, 2, 100, 200, 300]
        var taken = 0
        let nack = try written(21) { (writer) throws(WireError) in
            taken = try RtcpWriter.putNack(senderSsrc: 1, mediaSsrc: 2, lost: lost.span, to: &writer)
        }
        #expect(taken == 3 && nack.count == 20)
        #expect(try packets(nack).count == 1)
    }

    @Test func requestsAndEstimatesComeBack() throws {
        let streams: [UInt32] = [5, 6]
        let entries = [Dlrr(ssrc: 3, lastReport: 4, delay: 5), Dlrr(ssrc: 6, lastReport: 7, delay: 8)]
        let compound = try written { (writer) throws(WireError) in
            try RtcpWriter.putPli(senderSsrc: 1, mediaSsrc: 2, to: &writer)
            try RtcpWriter.putFir(senderSsrc: 1, mediaSsrc: 2, sequenceNumber: 3, to: &writer)
            try RtcpWriter.putRemb(senderSsrc: 1, bitsPerSecond: 2_500_000, streams: streams.span, to: &writer)
            try RtcpWriter.putReferenceTime(senderSsrc: 1, ntpTime: 99, to: &writer)
            try RtcpWriter.putDlrr(senderSsrc: 1, entries: entries.span, to: &writer)
        }
        let found = try packets(compound)
        #expect(found.map(\.kind) == [.pli, .fir, .remb, .extendedReport, .extendedReport])
        try compound.inMemory { (buffer) throws(WireError) in
            let fir = try FirEntries(parsing: buffer.bytes, packet: found[1]).entry(0, in: buffer.bytes)
            #expect(fir.ssrc == 2 && fir.sequenceNumber == 3)
            let remb = try Remb(parsing: buffer.bytes, packet: found[2])
            #expect(remb.bitsPerSecond <= 2_500_000 && remb.bitsPerSecond > 2_499_980 && remb.streams.count == 2)
            var blocks = try ExtendedReportBlocks(parsing: buffer.bytes, packet: found[4])
            let dlrr = try blocks.next(in: buffer.bytes)!.dlrr(1, in: buffer.bytes)
            #expect(dlrr.ssrc == 6 && dlrr.lastReport == 7 && dlrr.delay == 8)
        }
    }

    @Test(arguments: [UInt64(0), 1, 0x3ffff, 0x40000, 1 << 40, .max])
    func rembKeepsEighteenBits(_ rate: UInt64) throws {
        let streams: [UInt32] = [5]
        let packet = try written { (writer) throws(WireError) in
            try RtcpWriter.putRemb(senderSsrc: 1, bitsPerSecond: rate, streams: streams.span, to: &writer)
        }
        let read = try first(packet) { (buffer, packet) throws(WireError) in
            try Remb(parsing: buffer.bytes, packet: packet).bitsPerSecond
        }
        #expect(read <= rate && rate - read <= rate >> 17)
    }

    @Test func aShortBufferIsRefused() {
        let lost: [UInt16] = [1]
        let arrivals: [Int64] = [1]
        for capacity in 1..<8 {
            #expect(throws: WireError.bufferFull) {
                try written(capacity) { (writer) throws(WireError) in try RtcpWriter.putBye(ssrc: 1, to: &writer) }
            }
            #expect(throws: WireError.bufferFull) {
                try written(capacity + 8) { (writer) throws(WireError) in
                    _ = try RtcpWriter.putNack(senderSsrc: 1, mediaSsrc: 1, lost: lost.span, to: &writer)
                }
            }
            #expect(throws: WireError.bufferFull) {
                try written(capacity + 16) { (writer) throws(WireError) in
                    _ = try RtcpWriter.putTransportFeedback(
                        senderSsrc: 1, mediaSsrc: 1, feedbackCount: 0, baseSequence: 0, arrivals: arrivals.span,
                        to: &writer)
                }
            }
        }
    }
}
