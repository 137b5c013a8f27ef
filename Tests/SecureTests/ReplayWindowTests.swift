import Testing

@testable import Secure

@Suite("Replay window and index estimate")
struct ReplayWindowTests {
    /// RFC 3711 appendix A.
    private func estimateByAppendixA(sequence: UInt16, highest: UInt64) -> (rollover: UInt64, sequence: UInt16) {
        let last = Int(highest & 0xffff)
        let rollover = highest >> 16
        let new = Int(sequence)
        if last < 32768 {
            return new - last > 32768 ? ((rollover &- 1) & 0xffff_ffff, sequence) : (rollover, sequence)
        }
        return last - 32768 > new ? ((rollover + 1) & 0xffff_ffff, sequence) : (rollover, sequence)
    }

    @Test("The estimate is the one of RFC 3711 appendix A")
    func estimate() {
        var random = Seeded(state: 21)
        for _ in 0..<200_000 {
            let highest = UInt64.random(in: (1 << 16)..<(1 << 48), using: &random)
            let nearHalf = UInt16(truncatingIfNeeded: highest) &+ UInt16.random(in: 0x7ff0...0x8010, using: &random)
            let sequence = Bool.random(using: &random) ? nearHalf : UInt16.random(in: 0...UInt16.max, using: &random)
            var window = ReplayWindow()
            window.accept(highest)
            let expected = estimateByAppendixA(sequence: sequence, highest: highest)
            #expect(window.estimate(sequence: sequence) == expected.rollover << 16 | UInt64(expected.sequence))
        }
    }

    @Test("The first packet has rollover counter 0, and nothing lies before that")
    func beginning() {
        var window = ReplayWindow()
        #expect(window.estimate(sequence: 65_535) == 65_535)
        window.accept(10)
        #expect(window.estimate(sequence: 65_530) == 65_530)
        #expect(window.estimate(sequence: 3) == 3)
    }

    @Test("A sequence number that wraps takes the next rollover counter; a late one the last")
    func wraps() {
        var window = ReplayWindow()
        window.accept(65_534)
        #expect(window.estimate(sequence: 1) == 65_537)
        window.accept(65_537)
        #expect(window.estimate(sequence: 65_535) == 65_535)
        #expect(window.isFresh(65_535))
        #expect(!window.isFresh(65_534))
    }

    @Test("An index is fresh once, and while it is not older than the window")
    func likeASet() {
        var random = Seeded(state: 22)
        var window = ReplayWindow()
        var seen: Set<UInt64> = []
        var highest: UInt64 = 1000
        for step in 0..<100_000 {
            let index = highest &+ UInt64.random(in: 0...300, using: &random) &- 200
            let expected = !seen.contains(index) && (step == 0 || index + ReplayWindow.indices > highest)
            #expect(window.isFresh(index) == expected)
            guard expected else { continue }
            window.accept(index)
            seen.insert(index)
            highest = step == 0 ? index : max(highest, index)
            #expect(window.highest == highest)
        }
    }

    @Test("Steps of exactly the window, one less and one more", arguments: [127, 128, 129, 1 << 40] as [UInt64])
    func edges(_ step: UInt64) {
        var window = ReplayWindow()
        window.accept(5)
        window.accept(5 + step)
        #expect(!window.isFresh(5 + step))
        #expect(!window.isFresh(5))
        #expect(window.isFresh(6) == (step <= 128))
        #expect(window.isFresh(5 + step - 1) == (step > 1))
    }
}
