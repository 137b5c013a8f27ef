import Testing

@testable import Handshake

struct HeapCareTests {
    @Test func aFewFreedEndpointsAreNotWorthAWalk() {
        var heap = HeapCare()
        let few = heap.isDue(freed: HeapCare.freedMin - 1, now: 0)
        let enough = heap.isDue(freed: HeapCare.freedMin, now: 0)
        #expect(!few && enough)
    }

    @Test func itIsDueOnceInAPauseHoweverManyAreFreed() {
        var heap = HeapCare()
        let first = heap.isDue(freed: 100, now: 5)
        let soon = heap.isDue(freed: 1000, now: 6)
        let later = heap.isDue(freed: 1000, now: 5 + HeapCare.pauseNanoseconds)
        let nothingNew = heap.isDue(freed: 1000, now: 5 + 2 * HeapCare.pauseNanoseconds)
        #expect(first && !soon && later && !nothingNew)
    }
}
