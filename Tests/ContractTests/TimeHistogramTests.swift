import Contract
import Testing

@Suite struct TimeHistogramTests {
    @Test(arguments: [500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 1_000_000] as [UInt64])
    func objectivesAreBoundsOfBuckets(_ microseconds: UInt64) {
        let place = TimeHistogram.place(of: microseconds * 1000)
        #expect(TimeHistogram.bound(of: place) == microseconds * 1000)
        #expect(TimeHistogram.place(of: microseconds * 1000 + 1) == place + 1)
    }

    @Test func boundsRiseAndEveryTimeHasItsBucket() {
        var last: UInt64 = 0
        for place in 0..<TimeHistogram.bucketCount - 1 {
            let bound = TimeHistogram.bound(of: place)!
            #expect(bound > last)
            #expect(TimeHistogram.place(of: last + 1) == place && TimeHistogram.place(of: bound) == place)
            last = bound
        }
        #expect(last == 1_000_000_000)
        #expect(TimeHistogram.bound(of: TimeHistogram.bucketCount - 1) == nil)
        #expect(TimeHistogram.place(of: .max) == TimeHistogram.bucketCount - 1)
        #expect(TimeHistogram.place(of: 0) == 0)
    }

    @Test func whatIsAddedIsInOneBucketInTheCountAndInTheSum() {
        var histogram = TimeHistogram()
        histogram.add(700_000, count: 3)
        histogram.add(2_000_000_000)
        #expect(histogram.count == 4 && histogram.nanoseconds == 2_002_100_000)
        #expect(histogram.buckets[TimeHistogram.place(of: 700_000)] == 3)
        #expect(histogram.buckets[TimeHistogram.bucketCount - 1] == 1)
    }

    @Test func roomsAreSortedByTheirMembers() {
        let sizes = [1, 2, 3, 8, 9, 64, 65, 5000].map { RoomSize(members: $0) }
        #expect(sizes == [.pair, .pair, .small, .small, .large, .large, .hall, .hall])
    }
}
