import Testing

@testable import Estimate

@Suite struct SentHistoryTests {
    @Test func anEntryTakesEightBytes() {
        #expect(MemoryLayout<SentPacket>.stride == 8)
        #expect(SentHistory.byteCount == 8192)
    }

    @Test func numbersCountUpAndWrap() {
        let ring = UnsafeMutablePointer<SentPacket>.allocate(capacity: SentHistory.capacity)
        defer { ring.deallocate() }
        var estimator = BandwidthEstimator(ring: ring)
        for count in 0..<70_000 {
            let number = estimator.sent(bytes: 100, now: UInt64(count) * 1_000_000)
            #expect(number == UInt16(truncatingIfNeeded: count))
        }
    }
}
