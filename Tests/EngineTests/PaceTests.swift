import Testing

@testable import Forward

@Suite struct PaceTests {
    @Test func anUnknownOrAmpleEstimateTurnsItOff() {
        var pace = Pace()
        pace.set(estimate: 1_000_000, isStrained: false, now: 10)
        #expect(pace.isOn && pace.bytesPerSecond == 187_500)
        pace.set(estimate: 0, isStrained: false, now: 20)
        #expect(!pace.isOn)
        pace.set(estimate: .max, isStrained: false, now: 30)
        #expect(!pace.isOn)
    }

    @Test func timeFillsTheBudgetUpToARun() {
        var pace = Pace()
        pace.set(estimate: 8_000_000, isStrained: false, now: 0)
        let most = pace.budgetBytes
        // 1500 bytes a millisecond.
        #expect(most == 18_000)
        pace.spend(25_500)
        #expect(pace.isSpent && pace.dueNanoseconds(now: 0) == 7_501 * 2_000 / 3)
        pace.fill(now: 7_501 * 2_000 / 3 + 1)
        #expect(pace.budgetBytes == 1)
        pace.fill(now: 60_000_000_000)
        #expect(pace.budgetBytes == most)
    }

    @Test func smallStepsOfTimeAreNotLost() {
        var pace = Pace()
        pace.set(estimate: 100_000, isStrained: true, now: 0)
        pace.spend(3_000)
        let before = pace.budgetBytes
        for step in 1...10_000 as ClosedRange<UInt64> { pace.fill(now: step * 10_000) }
        // 100 ms at 100 kbit/s.
        #expect((1_249...1_250).contains(pace.budgetBytes - before))
    }

    @Test func aRingOfRepairsKeepsEachOnceAndRefusesWhatIsTooMuch() {
        var ring = RepairRing()
        let taken = (0..<UInt16(RepairRing.capacity)).map { ring.push(consumer: 7, sequence: $0) }
        #expect(!taken.contains(false))
        let (again, another) = (ring.push(consumer: 7, sequence: 3), ring.push(consumer: 8, sequence: 3))
        #expect(again && !another)
        let first = ring.front()
        #expect(first! == (7, 0))
        ring.advance()
        let fits = ring.push(consumer: 8, sequence: 3)
        #expect(fits && ring.count == 32)
    }
}

@Suite struct LayerRatesTests {
    private let millisecond: UInt64 = 1_000_000

    private func cost(_ rates: LayerRates, _ choice: LayerChoice) -> UInt64 {
        var copy = rates
        return copy.bitsPerSecond(of: choice)
    }

    private func extent(_ rates: LayerRates) -> [UInt8] {
        var copy = rates
        let extent = copy.extent(of: 0)
        return [extent.spatial, extent.temporal]
    }

    @Test func aSteadyStreamIsMeasuredAfterAWindow() {
        var rates = LayerRates()
        for packet in 0..<300 as Range<UInt64> {
            rates.note(layer: 1, payloadBytes: 924, now: 5_000 * millisecond + packet * 10 * millisecond)
        }
        // 1000 bytes every 10 ms.
        #expect((795_000...805_000).contains(cost(rates, LayerChoice(simulcast: 1))))
        #expect(cost(rates, LayerChoice(simulcast: 0)) == 0)
        #expect(extent(rates) == [0, 0])
    }

    @Test func aChoiceCostsWhatIsAtAndBelowIt() {
        var rates = LayerRates()
        for packet in 0..<300 as Range<UInt64> {
            let now = 5_000 * millisecond + packet * 10 * millisecond
            for spatial in 0..<UInt8(3) {
                rates.note(layer: 0, spatial: spatial, temporal: UInt8(packet % 2), payloadBytes: 924, now: now)
            }
        }
        let base = cost(rates, LayerChoice(simulcast: 0, spatial: 0, temporal: 0))
        #expect((390_000...410_000).contains(base))
        #expect(cost(rates, LayerChoice(simulcast: 0, spatial: 2, temporal: 0)) == 3 * base)
        #expect(extent(rates) == [2, 1])
    }

    @Test func aSilentLayerBecomesCheapWithinASecond() {
        var rates = LayerRates()
        for packet in 0..<100 as Range<UInt64> {
            rates.note(layer: 0, payloadBytes: 924, now: 5_000 * millisecond + packet * 10 * millisecond)
        }
        #expect(cost(rates, LayerChoice(simulcast: 0)) > 700_000)
        for step in 1...6 as ClosedRange<UInt64> { rates.settle(now: (6_000 + step * 200) * millisecond) }
        #expect(cost(rates, LayerChoice(simulcast: 0)) < 300_000)
        rates.settle(now: 60_000 * millisecond)
        #expect(cost(rates, LayerChoice(simulcast: 0)) == 0)
    }
}
