import Testing

@testable import Load

@Suite struct HistogramTests {
    @Test func emptyHasNothingToTell() {
        let histogram = Histogram()
        #expect(histogram.count == 0 && histogram.percentile(0.99) == 0 && histogram.maximum == 0)
    }

    @Test func percentilesAreWithinOnePercent() {
        var histogram = Histogram()
        for value in 1...100_000 { histogram.record(Int64(value) * 1000) }
        for part in [0.01, 0.5, 0.9, 0.99, 0.999] {
            let exact = part * 100_000_000
            let found = Double(histogram.percentile(part))
            #expect(found >= exact && found <= exact * 1.008, "\(part): \(found) for \(exact)")
        }
        #expect(histogram.percentile(1) == 100_000_000)
        #expect(histogram.minimum == 1000)
    }

    @Test func everyPlaceHoldsTheValuesUpToItsHighest() {
        var last: UInt64 = 0
        for place in 0..<3000 {
            let highest = Histogram.highest(in: place)
            #expect(Histogram.place(of: highest) == place)
            if place > 0 { #expect(Histogram.place(of: last + 1) == place) }
            last = highest
        }
    }

    @Test func extremesAreCounted() {
        var histogram = Histogram()
        histogram.record(-5)
        histogram.record(.max)
        #expect(histogram.count == 2 && histogram.minimum == 0 && histogram.maximum == UInt64(Int64.max))
        #expect(histogram.percentile(0.5) == 0)
    }

    @Test func sumsAreAsIfCountedTogether() {
        var (left, right, both) = (Histogram(), Histogram(), Histogram())
        for value in 0..<1000 {
            left.record(Int64(value * 7))
            right.record(Int64(value * 1_000_003))
            both.record(Int64(value * 7))
            both.record(Int64(value * 1_000_003))
        }
        left.add(right)
        for part in [0.1, 0.5, 0.75, 0.99] { #expect(left.percentile(part) == both.percentile(part)) }
        #expect(left.mean == both.mean)
    }
}
