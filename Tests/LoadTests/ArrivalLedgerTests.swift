import Testing

@testable import Load

@Suite struct ArrivalLedgerTests {
    private func ledger(_ sequences: [UInt64]) -> ArrivalLedger {
        var ledger = ArrivalLedger()
        ledger.begin(source: 1, sequence: sequences[0])
        for sequence in sequences.dropFirst() { ledger.note(sequence) }
        return ledger
    }

    @Test func allInOrderMissesNothing() {
        let ledger = ledger(Array(500..<5000))
        #expect(ledger.received == 4500 && ledger.missing == 0 && ledger.reordered == 0 && ledger.duplicates == 0)
    }

    @Test func gapsAreMissing() {
        let ledger = ledger([10, 11, 14, 15, 17])
        #expect(ledger.missing == 3 && ledger.received == 5)
    }

    @Test func aLatePacketIsReorderedAndNotMissing() {
        let ledger = ledger([10, 12, 11, 13])
        #expect(ledger.missing == 0 && ledger.reordered == 1 && ledger.received == 4)
    }

    @Test func aRepairIsNotReordered() {
        var ledger = ledger([10, 12])
        ledger.note(11, isRepair: true)
        #expect(ledger.missing == 0 && ledger.reordered == 0)
    }

    @Test func whatHasComeIsKnownForAWhile() {
        var ledger = ledger([10, 12])
        #expect(ledger.hasCome(10) && ledger.hasCome(12))
        #expect(!ledger.hasCome(9) && !ledger.hasCome(11) && !ledger.hasCome(13))
        ledger.note(12 + ArrivalLedger.window)
        #expect(!ledger.hasCome(12))
    }

    @Test func secondCopiesAreCountedOnce() {
        let ledger = ledger([10, 11, 11, 10, 12])
        #expect(ledger.duplicates == 2 && ledger.received == 3 && ledger.missing == 0)
    }

    @Test func theTailIsMissingWhenMoreWasSent() {
        let ledger = ledger([0, 1, 2])
        #expect(ledger.missing(ofSent: 3) == 0)
        #expect(ledger.missing(ofSent: 10) == 7)
    }

    @Test func whatCameBeforeTheFirstIsLateOnly() {
        let ledger = ledger([10, 9, 11])
        #expect(ledger.reordered == 1 && ledger.missing == 0 && ledger.received == 2)
    }

    @Test func aLongGapForgetsNothingElse() {
        let ledger = ledger([0, 5000, 5001, 4999])
        #expect(ledger.missing == 4998 && ledger.reordered == 1 && ledger.duplicates == 0)
    }
}
