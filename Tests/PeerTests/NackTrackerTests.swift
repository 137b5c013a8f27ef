import Peer
import Testing

/// A tracker with a buffer, told in small numbers.
struct NackBench {
    var tracker = NackTracker()
    let base: UInt64 = 0x1_0000 + 65_500
    var roundTrip = 50 * millisecond

    @discardableResult
    mutating func receive(_ sequence: UInt64, at now: UInt64, startsKeyframe: Bool = false) -> NackArrival {
        tracker.received(base + sequence, startsKeyframe: startsKeyframe, now: now)
    }

    mutating func gaveUp() -> Bool { tracker.takeGaveUp() }

    /// Numbers asked for at `now`, counted from the base.
    mutating func due(_ now: UInt64, room: Int = 512) -> [UInt64] {
        var numbers = [UInt16](repeating: 0, count: room)
        let count = numbers.withUnsafeMutableBufferPointer {
            tracker.due(now: now, roundTripNanoseconds: roundTrip, into: $0)
        }
        return numbers[..<count].map { UInt64($0 &- UInt16(truncatingIfNeeded: base)) }
    }
}

@Suite struct NackTrackerTests {
    @Test func aCleanStreamAsksForNothing() {
        var bench = NackBench()
        for step in 0..<2000 as Range<UInt64> {
            #expect(bench.receive(step, at: second + step * millisecond) == .newest)
            // The sixteen before the first are welcome for a second, silently.
            #expect(bench.due(second + step * millisecond) == [])
        }
        #expect(bench.tracker.missingCount == 0)
        #expect(bench.tracker.nextDeadline == noDeadline)
        #expect(bench.gaveUp() == false)
    }

    @Test func aMissingPacketIsAskedForAfterTwoLaterOnes() {
        var bench = NackBench()
        bench.receive(0, at: second)
        bench.receive(2, at: second)
        #expect(bench.due(second) == [])
        bench.receive(3, at: second + millisecond)
        #expect(bench.tracker.nextDeadline <= second + millisecond)
        #expect(bench.due(second + millisecond) == [1])
        #expect(bench.due(second + millisecond) == [])
    }

    @Test func aMissingPacketIsAskedForAfterTenMilliseconds() {
        var bench = NackBench()
        bench.receive(0, at: second)
        bench.receive(4, at: second)
        #expect(bench.tracker.nextDeadline == second + 10 * millisecond)
        #expect(bench.due(second + 9 * millisecond) == [])
        #expect(bench.due(second + 10 * millisecond) == [1, 2, 3])
    }

    @Test func anOvertakenPacketIsNotAskedFor() {
        var bench = NackBench()
        bench.receive(0, at: second)
        bench.receive(2, at: second)
        #expect(bench.receive(1, at: second + millisecond) == .filled)
        bench.receive(3, at: second + 2 * millisecond)
        #expect(bench.due(second + 20 * millisecond) == [])
        #expect(bench.receive(1, at: second + 21 * millisecond) == .notMissing)
    }

    @Test func packetsJustBeforeTheFirstAreWelcome() {
        var bench = NackBench()
        bench.receive(20, at: second)
        #expect(bench.receive(19, at: second) == .filled)
        #expect(bench.receive(19, at: second) == .notMissing)
        #expect(bench.receive(3, at: second) == .notMissing)
        #expect(bench.due(second + 2 * second) == [])
        #expect(bench.gaveUp() == false)
        #expect(bench.tracker.nextDeadline == noDeadline)
    }

    /// Round trip 50 ms: 50, 62, 77, 96, 120, 150, 187 ms apart, and nothing after one second.
    @Test func requestsAreRepeatedAfterEverLongerRoundTripsAndGivenUp() {
        var bench = NackBench()
        bench.receive(0, at: second)
        bench.receive(2, at: second)
        var requests: [UInt64] = []
        while bench.tracker.nextDeadline != noDeadline {
            let now = bench.tracker.nextDeadline
            if !bench.due(now).isEmpty { requests.append((now - second) / millisecond) }
        }
        #expect(requests == [10, 60, 122, 199, 295, 415, 565, 752, 985])
        #expect(bench.gaveUp() == true)
        #expect(bench.gaveUp() == false)
        #expect(bench.tracker.missingCount == 0)
    }

    @Test func noMoreThanTenRequestsAreMade() {
        var bench = NackBench()
        bench.roundTrip = millisecond
        bench.receive(0, at: second)
        bench.receive(2, at: second)
        var count = 0
        var last = second
        while bench.tracker.nextDeadline != noDeadline {
            let now = bench.tracker.nextDeadline
            if bench.due(now).isEmpty { continue }
            count += 1
            last = now
        }
        #expect(count == 10)
        #expect(last < second + 600 * millisecond)
        #expect(bench.gaveUp() == true)
    }

    @Test func aKeyframeEndsTheWishForOlderPackets() {
        var bench = NackBench()
        bench.receive(0, at: second)
        bench.receive(3, at: second)
        bench.receive(6, at: second, startsKeyframe: true)
        bench.receive(8, at: second)
        bench.receive(9, at: second)
        #expect(bench.due(second + 20 * millisecond) == [7])
        #expect(bench.receive(2, at: second + 30 * millisecond) == .filled, "no longer asked for, but still of use")
        bench.receive(7, at: second + 40 * millisecond)
        _ = bench.due(3 * second)
        #expect(bench.gaveUp() == false)
    }

    @Test func aGapWiderThanTheWindowIsGivenUpAtOnce() {
        var bench = NackBench()
        bench.receive(0, at: second)
        bench.receive(600, at: second)
        #expect(bench.gaveUp() == true)
        #expect(bench.tracker.nextDeadline == noDeadline)
        bench.receive(602, at: second)
        bench.receive(603, at: second)
        #expect(bench.due(second) == [601])
    }

    @Test func whatLeavesTheWindowIsGivenUp() {
        var bench = NackBench()
        bench.receive(0, at: second)
        for step in 2..<513 as Range<UInt64> { bench.receive(step, at: second) }
        #expect(bench.gaveUp() == false)
        bench.receive(513, at: second)
        #expect(bench.gaveUp() == true)
        #expect(bench.due(second + 20 * millisecond) == [])
    }

    @Test func whatDoesNotFitTheBufferIsDueAtOnceAgain() {
        var bench = NackBench()
        bench.receive(0, at: second)
        bench.receive(31, at: second)
        let now = second + 10 * millisecond
        #expect(bench.due(now, room: 20) == Array(1...20))
        #expect(bench.tracker.nextDeadline <= now)
        #expect(bench.due(now, room: 20) == Array(21...30))
        #expect(bench.due(now, room: 20) == [])
    }

    @Test func whoComesHalfAMinuteLateGivesUp() {
        var bench = NackBench()
        bench.receive(0, at: second)
        bench.receive(2, at: second)
        #expect(bench.due(100 * second) == [])
        #expect(bench.gaveUp() == true)
        #expect(bench.tracker.missingCount == 0)
    }

    /// Random loss and reordering: what is asked for is exactly among what did not come, a repaired stream ends clean,
    /// and no deadline stays behind the clock.
    @Test(arguments: 1...10 as ClosedRange<UInt64>) func onlyWhatIsMissingIsAskedFor(seed: UInt64) {
        var random = Seeded(seed)
        var bench = NackBench()
        var (missing, now, head) = (Set<UInt64>(), second, UInt64(0))
        bench.receive(0, at: now)
        for _ in 0..<20_000 {
            now += UInt64.random(in: 0..<3, using: &random) * millisecond
            head += 1
            if random.chance(5) {
                missing.insert(head)
            } else {
                bench.receive(head, at: now)
            }
            if now >= bench.tracker.nextDeadline {
                for number in bench.due(now) {
                    let full = head - ((head - number) & 0xFFFF)
                    #expect(missing.contains(full))
                    if random.chance(80) {
                        missing.remove(full)
                        #expect(bench.receive(full, at: now) == .filled)
                    }
                }
                #expect(bench.tracker.nextDeadline > now)
            }
        }
        let end = now + 5 * second
        bench.receive(head + 1, at: now)
        _ = bench.due(end)
        #expect(bench.tracker.missingCount == 0)
        #expect(bench.tracker.nextDeadline == noDeadline)
    }
}
