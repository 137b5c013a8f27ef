import Testing

@testable import Handshake

struct HeapCareTests {
    @Test func aFewRetiredEndpointsAreNotWorthAWalk() {
        var heap = HeapCare()
        let few = heap.isDue(retired: HeapCare.retiredMin - 1, now: 0)
        let enough = heap.isDue(retired: HeapCare.retiredMin, now: 0)
        #expect(!few && enough)
    }

    @Test func itIsDueOnceInAPauseHoweverManyRetire() {
        var heap = HeapCare()
        let first = heap.isDue(retired: 100, now: 5)
        let soon = heap.isDue(retired: 1000, now: 6)
        let later = heap.isDue(retired: 1000, now: 5 + HeapCare.pauseNanoseconds)
        let nothingNew = heap.isDue(retired: 1000, now: 5 + 2 * HeapCare.pauseNanoseconds)
        #expect(first && !soon && later && !nothingNew)
    }
}
