import Testing

@testable import Handshake

struct HeapCareTests {
    @Test func aFewRetiredEndpointsAreNotWorthAWalk() {
        var heap = HeapCare()
        #expect(!heap.isDue(retired: HeapCare.retiredMin - 1, now: 0))
        #expect(heap.isDue(retired: HeapCare.retiredMin, now: 0))
    }

    @Test func itIsDueOnceInAPauseHoweverManyRetire() {
        var heap = HeapCare()
        #expect(heap.isDue(retired: 100, now: 5))
        #expect(!heap.isDue(retired: 1000, now: 6))
        #expect(heap.isDue(retired: 1000, now: 5 + HeapCare.pauseNanoseconds))
        #expect(!heap.isDue(retired: 1000, now: 5 + 2 * HeapCare.pauseNanoseconds))
    }
}
