import Testing
import Wire

func entries(_ compound: [UInt8]) throws(WireError) -> [TransportFeedbackEntry] {
    try first(compound) { (buffer, packet) throws(WireError) in
        var feedback = try TransportFeedback(parsing: buffer.bytes, packet: packet)
        var found: [TransportFeedbackEntry] = []
        while let entry = feedback.next(in: buffer.bytes) { found.append(entry) }
        return found
    }
}

func feedback(
    _ arrivals: [Int64], capacity: Int = 1200, base: UInt16 = 0
) throws(WireError) -> (taken: Int, bytes: [UInt8]) {
    var taken = 0
    let bytes = try written(capacity) { (writer) throws(WireError) in
        taken = try RtcpWriter.putTransportFeedback(
            senderSsrc: 1, mediaSsrc: 2, feedbackCount: 3, baseSequence: base, arrivals: arrivals.span, to: &writer)
    }
    return (taken, bytes)
}

@Suite struct TransportFeedbackParsing {
    /// The draft's examples of a run (221 lost, §3.1.3) and of a one-bit vector (§3.1.4), then a two-bit vector.
    @Test func readsEveryKindOfChunk() throws {
        let found = try entries(
            bytes(
                """
                8fcd0009 00000001 00000002 0005 00f2 ffffff 07
                00dd 9f1c c950 01 02 03 04 05 06 07 08 ff80 0a 0b 0c 00
                """))
        #expect(found.count == 242)
        #expect(found[0..<221].allSatisfy { !$0.isReceived })
        #expect(found[221..<235].map { $0.isReceived ? 1 : 0 } == [0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0])
        #expect(found[235..<242].map { $0.isReceived ? 1 : 0 } == [0, 1, 1, 1, 1, 0, 0])
        #expect(found.filter(\.isReceived).map(\.deltaTicks) == [1, 2, 3, 4, 5, 6, 7, 8, -128, 10, 11, 12])
        #expect(found[222].arrivalTicks == -255)
        #expect(found[241].sequenceNumber == 246)
    }

    @Test func aLargeDeltaHasASign() throws {
        let found = try entries(bytes("8fcd0006 00000001 00000002 0000 0002 000001 00 d800 10 ff38 000000"))
        #expect(found.map(\.deltaTicks) == [16, -200])
        #expect(found.map(\.arrivalTicks) == [272, 72])
    }

    @Test func aRunOfNoneIsPassedOver() throws {
        let found = try entries(bytes("8fcd0006 00000001 00000002 0000 0001 000001 00 0000 4000 2001 05 00"))
        #expect(found.map(\.deltaTicks) == [5])
    }

    @Test(arguments: [
        "8fcd0004 00000001 00000002 0000 0001 000000 00",
        "8fcd0005 00000001 00000002 0000 0000 000000 00 2001 0000",
        "8fcd0005 00000001 00000002 0000 0001 000000 00 6001 0000",
        "8fcd0005 00000001 00000002 0000 0001 000000 00 f000 0000",
        "8fcd0005 00000001 00000002 0000 0003 000000 00 2003 0000",
        "8fcd0005 00000001 00000002 0000 0002 000000 00 4002 0000",
        "8fcd0005 00000001 00000002 0000 0003 000000 00 0001 0001",
    ])
    func feedbackWithoutWhatItPromisesIsRefused(_ hex: String) {
        #expect(throws: WireError.self) { try entries(bytes(hex)) }
    }
}

@Suite struct TransportFeedbackWriting {
    @Test func aFewPacketsMakeOneRun() throws {
        let (taken, packet) = try feedback([256, 260, 264], base: 9)
        #expect(taken == 3)
        #expect(packet == bytes("8fcd0006 00000001 00000002 0009 0003 000001 03 2003 00 04 04 000000"))
    }

    @Test func lossAndReorderingMakeVectors() throws {
        let (_, packet) = try feedback([256, -1, 264, 250])
        #expect(packet == bytes("8fcd0006 00000001 00000002 0000 0004 000001 03 d180 00 08 fff2 0000"))
        #expect(try entries(packet).map(\.deltaTicks) == [0, 0, 8, -14])
    }

    @Test func aGapThatNoDeltaCanTellEndsTheFeedback() throws {
        let (taken, packet) = try feedback([0, 10, 10 + 32768, 10 + 32769])
        #expect(taken == 2)
        #expect(try entries(packet).count == 2)
        let (rest, _) = try feedback([10 + 32768, 10 + 32769])
        #expect(rest == 2)
    }

    @Test func longSilenceTakesTwoBytesForEachEightThousand() throws {
        let (taken, packet) = try feedback([5] + Array(repeating: -1, count: 20_000) + [9])
        #expect(taken == 20_002)
        #expect(packet.count <= 20 + 2 * 6 + 4)
        let found = try entries(packet)
        #expect(found.count == 20_002 && found[20_001].arrivalTicks == 9)
    }

    @Test(arguments: 0..<200)
    func randomArrivalsComeBackInPieces(_ seed: Int) throws {
        var generator = SeededGenerator(UInt64(seed))
        var time = Int64.random(in: 0..<1 << 30, using: &generator)
        let loss = Int.random(in: 0...90, using: &generator)
        let step = [4, 40, 400, 40_000][seed % 4]
        let arrivals: [Int64] = (0..<Int.random(in: 1...2000, using: &generator)).map { _ in
            if Int.random(in: 0..<100, using: &generator) < loss { return -1 }
            time = max(0, time + Int64(Int.random(in: -step / 4...step, using: &generator)))
            return time
        }
        var done = 0
        while done < arrivals.count {
            let capacity = Int.random(in: 24...1200, using: &generator)
            let base = UInt16(truncatingIfNeeded: 65000 + done)
            let (taken, packet) = try feedback(Array(arrivals[done...]), capacity: capacity, base: base)
            #expect(taken > 0 && packet.count <= capacity && packet.count % 4 == 0)
            let found = try entries(packet)
            let expected = arrivals[done..<done + taken]
            #expect(found.map(\.isReceived) == expected.map { $0 >= 0 })
            #expect(found.filter(\.isReceived).map(\.arrivalTicks) == expected.filter { $0 >= 0 })
            #expect(found.enumerated().allSatisfy { $1.sequenceNumber == base &+ UInt16(truncatingIfNeeded: $0) })
            done += taken
        }
    }
}
