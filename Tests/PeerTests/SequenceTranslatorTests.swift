import Peer
import Testing

@Suite struct SequenceTranslatorTests {
    private func translator(first: UInt16 = 100, source: UInt32 = 1, at sequence: UInt64 = 70_000) -> SequenceTranslator
    {
        var translator = SequenceTranslator(firstOutgoing: first)
        translator.switchSource(source, at: sequence)
        return translator
    }

    @Test func skippedPacketsLeaveNoGap() {
        var translator = translator()
        #expect(translator.forward(70_000, source: 1) == 100)
        #expect(translator.skip(70_001, source: 1) == nil)
        #expect(translator.skip(70_002, source: 1) == nil)
        #expect(translator.forward(70_003, source: 1) == 101)
    }

    @Test func aMissingPacketKeepsItsNumberUntilItComesLate() {
        var translator = translator()
        #expect(translator.forward(70_000, source: 1) == 100)
        #expect(translator.forward(70_003, source: 1) == 103)
        #expect(translator.forward(70_001, source: 1) == 101)
        #expect(translator.forward(70_004, source: 1) == 104)
        #expect(translator.skip(70_002, source: 1) == 102, "a hole that the caller may fill")
    }

    @Test func aPacketThatWasSkippedIsRefusedWhenItComesAgain() {
        var translator = translator()
        _ = translator.forward(70_000, source: 1)
        _ = translator.skip(70_001, source: 1)
        _ = translator.forward(70_002, source: 1)
        #expect(translator.forward(70_001, source: 1) == nil)
    }

    @Test func aSwitchGoesOnWithTheNextNumber() {
        var translator = translator()
        _ = translator.forward(70_000, source: 1)
        translator.switchSource(2, at: 500_000)
        #expect(translator.forward(500_000, source: 2) == 101)
        #expect(translator.forward(70_001, source: 1) == nil, "the old source's turn is over")
        #expect(translator.forward(499_999, source: 2) == nil, "before the switch")
        #expect(translator.forward(500_001, source: 3) == nil, "a source that was never bound")
    }

    @Test func aLatePacketOfTheOldSourceStillFindsItsPlace() {
        var translator = translator()
        _ = translator.forward(70_000, source: 1)
        _ = translator.forward(70_002, source: 1)
        translator.switchSource(2, at: 500_000)
        _ = translator.forward(500_000, source: 2)
        #expect(translator.forward(70_001, source: 1) == 101)
        #expect(translator.origin(ofOutgoing: 101) == PacketOrigin(source: 1, sequence: 70_001))
        #expect(translator.origin(ofOutgoing: 103) == PacketOrigin(source: 2, sequence: 500_000))
    }

    @Test func outOfTheWindowIsRefused() {
        var translator = translator()
        _ = translator.forward(70_000, source: 1)
        _ = translator.forward(70_002, source: 1)
        for sequence in 70_003...70_512 as ClosedRange<UInt64> { _ = translator.forward(sequence, source: 1) }
        #expect(translator.forward(70_001, source: 1) == 101)
        _ = translator.forward(70_513, source: 1)
        #expect(translator.forward(70_001, source: 1) == nil)
    }

    @Test func aLeapLeavesOneHole() {
        var translator = translator()
        _ = translator.forward(70_000, source: 1)
        #expect(translator.forward(80_000, source: 1) == 102)
        #expect(translator.forward(79_999, source: 1) == nil)
        #expect(translator.forward(80_001, source: 1) == 103)
    }

    @Test func aNackFindsItsPacketOverTheWrap() {
        var translator = translator(first: 65_530)
        for sequence in 70_000..<70_020 as Range<UInt64> { _ = translator.forward(sequence, source: 1) }
        let outgoing = translator.extend(outgoing: 3)
        #expect(outgoing == 65_539)
        #expect(translator.origin(ofOutgoing: 65_539) == PacketOrigin(source: 1, sequence: 70_009))
        #expect(translator.extend(outgoing: 14) == nil, "not sent yet")
        #expect(translator.extend(outgoing: 65_529) == 65_529)
        #expect(translator.origin(ofOutgoing: 65_529) == nil, "before the first")
    }

    @Test func anInsertedPacketHasNoOrigin() {
        var translator = translator()
        #expect(translator.insert() == 100)
        #expect(translator.forward(70_000, source: 1) == 101)
        #expect(translator.insert() == 102)
        #expect(translator.forward(70_001, source: 1) == 103)
        #expect(translator.origin(ofOutgoing: 102) == nil)
        #expect(translator.origin(ofOutgoing: 100) == nil)
        #expect(translator.origin(ofOutgoing: 103) == PacketOrigin(source: 1, sequence: 70_001))
        #expect(translator.origin(ofOutgoing: 101) == PacketOrigin(source: 1, sequence: 70_000))
    }

    @Test func theRingRemembersSixtyThreeStretchesAndRefusesOlderOnes() {
        var translator = translator()
        for step in 0..<100 as Range<UInt64> {
            _ = translator.forward(70_000 + 2 * step, source: 1)
            _ = translator.skip(70_001 + 2 * step, source: 1)
        }
        // One of the 64 ranges is the empty one that waits for what comes next.
        #expect(translator.origin(ofOutgoing: 199 - 62) == PacketOrigin(source: 1, sequence: 70_000 + 2 * 37))
        #expect(translator.origin(ofOutgoing: 199 - 63) == nil)
    }

    @Test func theStateOfOneConsumerStaysSmall() {
        #expect(MemoryLayout<SequenceTranslator>.size + MemoryLayout<TimestampTranslator>.size <= 1024)
    }
}
