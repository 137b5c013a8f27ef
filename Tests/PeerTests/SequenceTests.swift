import Peer
import Testing

@Suite struct SequenceTests {
    @Test func orderWraps() {
        #expect(SequenceComparison.isNewer(0, than: 65535))
        #expect(!SequenceComparison.isNewer(65535, than: 0))
        #expect(!SequenceComparison.isNewer(7, than: 7))
        #expect(SequenceComparison.isNewer(timestamp: 5, than: 0xFFFF_FFF0))
        #expect(SequenceComparison.distance(from: 65530, to: 4) == 10)
        #expect(SequenceComparison.distance(from: 4, to: 65530) == -10)
        #expect(SequenceComparison.distance(fromTimestamp: 10, to: 0xFFFF_FFFF) == -11)
    }

    @Test func numbersGoOnOverTheWrap() {
        var extender = SequenceExtender()
        let first = extender.extend(65534)
        #expect(extender.extend(65535) == first + 1)
        #expect(extender.extend(0) == first + 2)
        #expect(extender.extend(65533) == first - 1)
        #expect(extender.highest == first + 2)
    }

    @Test func aPacketBeforeTheFirstStaysAboveZero() {
        var extender = SequenceExtender()
        let first = extender.extend(2)
        #expect(extender.extend(65535) == first - 3)
        #expect(extender.highest == first)
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func aReorderedStreamIsFollowedForManyCycles(seed: UInt64) {
        var random = Seeded(seed)
        var extender = SequenceExtender()
        let start = UInt64.random(in: 0x1_0000..<0x2_0000, using: &random)
        #expect(extender.extend(UInt16(truncatingIfNeeded: start)) == start)
        var head = start
        for _ in 0..<50_000 {
            head += UInt64.random(in: 0..<30, using: &random)
            let number = head - UInt64.random(in: 0..<200, using: &random)
            let expected = max(number, start)
            #expect(extender.extend(UInt16(truncatingIfNeeded: expected)) == expected)
        }
        #expect(extender.highest > start + 0x4_0000)
    }
}
