import Peer
import Testing

@Suite struct ReceptionStatisticsTests {
    private let base: UInt64 = 0x1_0000 + 65_000

    private func receive(_ statistics: inout ReceptionStatistics, _ sequences: some Sequence<UInt64>) {
        for sequence in sequences {
            statistics.update(
                sequence: base + sequence, rtpTimestamp: UInt32(truncatingIfNeeded: sequence * 960),
                arrivalNanoseconds: second + sequence * 20 * millisecond, clockRate: 48_000)
        }
    }

    @Test func aCleanStreamHasNoLossAndNoJitter() {
        var statistics = ReceptionStatistics()
        receive(&statistics, 0..<1000)
        let report = statistics.report(now: 30 * second)
        #expect(report.fractionLost == 0)
        #expect(report.cumulativeLost == 0)
        #expect(report.jitter == 0)
        #expect(report.extendedHighestSequence == 65_999, "one wrap: 0x10000 + 463")
        #expect(report.lastSenderReport == 0 && report.delaySinceLastSenderReport == 0)
    }

    @Test func lossIsReportedPerIntervalAndInAll() {
        var statistics = ReceptionStatistics()
        receive(&statistics, (0..<100).filter { $0 % 4 != 1 })
        // 75 of 100 came, the last of them number 99.
        var report = statistics.report(now: second)
        #expect(report.fractionLost == 64)
        #expect(report.cumulativeLost == 25)
        #expect(!statistics.hasNews)
        receive(&statistics, 100..<200)
        #expect(statistics.hasNews)
        report = statistics.report(now: second)
        #expect(report.fractionLost == 0)
        #expect(report.cumulativeLost == 25)
    }

    @Test func latePacketsMakeUpForLossAndNeverTurnTheFractionNegative() {
        var statistics = ReceptionStatistics()
        receive(&statistics, [0, 1, 5])
        #expect(statistics.report(now: second).cumulativeLost == 3)
        receive(&statistics, [2, 3, 4, 6])
        let report = statistics.report(now: second)
        #expect(report.fractionLost == 0)
        #expect(report.cumulativeLost == 0)
    }

    @Test func duplicatesAndRepairsHideNoLoss() {
        var statistics = ReceptionStatistics()
        receive(&statistics, [0, 1, 3, 3, 1, 0, 3])
        statistics.noteRepaired()
        let report = statistics.report(now: second)
        #expect(report.cumulativeLost == 1)
        #expect(report.fractionLost == 64)
        #expect(statistics.duplicates == 4)
        #expect(statistics.received == 3)
        #expect(statistics.repaired == 1)
    }

    @Test func aPacketBeforeTheFirstExtendsTheExpectation() {
        var statistics = ReceptionStatistics()
        receive(&statistics, [3, 2, 0, 4])
        #expect(statistics.expected == 5)
        #expect(statistics.lost == 1)
    }

    @Test func cumulativeLossIsClampedTo24Bits() {
        var statistics = ReceptionStatistics()
        receive(&statistics, [0, 20_000_000])
        let report = statistics.report(now: second)
        #expect(report.cumulativeLost == 0x7F_FFFF)
        #expect(report.fractionLost == 255)
    }

    /// RFC 3550 §A.8 worked by hand: packets alternately 0 and 8 ms late, D = 384 ticks each time.
    @Test func jitterConvergesToTheMeanDeviation() {
        var statistics = ReceptionStatistics()
        for step in 0..<400 as Range<UInt64> {
            let late = step % 2 == 0 ? 0 : 8 * millisecond
            statistics.update(
                sequence: base + step, rtpTimestamp: UInt32(step * 960),
                arrivalNanoseconds: second + step * 20 * millisecond + late, clockRate: 48_000)
        }
        let jitter = statistics.report(now: second).jitter
        #expect(jitter >= 382 && jitter <= 384)
    }

    @Test func packetsOfOneFrameAndFirstStepAreNoJitterBeyondTheRule() {
        var statistics = ReceptionStatistics()
        for step in 0..<100 as Range<UInt64> {
            // Five packets a frame, a millisecond apart, 30 frames a second.
            let (frame, part) = (step / 5, step % 5)
            statistics.update(
                sequence: base + step, rtpTimestamp: UInt32(frame * 3000),
                arrivalNanoseconds: second + frame * second / 30 + part * millisecond, clockRate: 90_000)
        }
        #expect(statistics.report(now: second).jitter <= 1)
    }

    @Test func aSourceThatBeginsAnewIsNoJitter() {
        var statistics = ReceptionStatistics()
        receive(&statistics, 0..<10)
        statistics.update(
            sequence: base + 10, rtpTimestamp: 0x8000_0000, arrivalNanoseconds: second + 200 * millisecond,
            clockRate: 48_000)
        #expect(statistics.report(now: second).jitter == 0)
    }

    @Test func theLastSenderReportIsGivenBackWithItsAge() {
        var statistics = ReceptionStatistics()
        receive(&statistics, 0..<2)
        statistics.noteSenderReport(ntp: 0x1234_5678_9ABC_DEF0, arrivalNanoseconds: 10 * second)
        let report = statistics.report(now: 10 * second + 1500 * millisecond)
        #expect(report.lastSenderReport == 0x5678_9ABC)
        #expect(report.delaySinceLastSenderReport == 0x1_8000)
        #expect(statistics.report(now: 1_000_000 * second).delaySinceLastSenderReport == .max)
        #expect(statistics.report(now: 0).delaySinceLastSenderReport == 0)
    }
}
