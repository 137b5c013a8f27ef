import Peer
import Testing

/// A recorder with its memory.
final class RecorderBench {
    let storage: UnsafeMutablePointer<UInt32>
    var recorder: TransportFeedbackRecorder

    init(capacity: Int = 1024) {
        storage = .allocate(capacity: capacity)
        recorder = TransportFeedbackRecorder(storage: storage, capacity: capacity)
    }

    deinit { storage.deallocate() }

    func take(_ now: UInt64, room: Int = 400) -> (head: TransportFeedbackHead, arrivals: [Int64])? {
        var arrivals = [Int64](repeating: -2, count: room)
        let head = arrivals.withUnsafeMutableBufferPointer { recorder.takeFeedback(now: now, into: $0) }
        return head.map { ($0, Array(arrivals[..<$0.count])) }
    }
}

@Suite struct TransportFeedbackRecorderTests {
    @Test func arrivalsAreTicksOfTheClock() throws {
        let bench = RecorderBench()
        bench.recorder.record(65_535, now: 1030 * millisecond)
        bench.recorder.record(1, now: 1040 * millisecond)
        #expect(bench.recorder.nextDeadline == 1050 * millisecond)
        #expect(bench.take(1049 * millisecond) == nil)
        let feedback = try #require(bench.take(1050 * millisecond))
        #expect(feedback.head == TransportFeedbackHead(baseSequence: 65_535, count: 3, feedbackCount: 0))
        #expect(feedback.arrivals == [4120, -1, 4160])
        #expect(bench.take(2 * second) == nil)
        #expect(bench.recorder.nextDeadline == noDeadline)
    }

    @Test func whoIsHastenedGivesWhatWaits() throws {
        let bench = RecorderBench()
        bench.recorder.hasten(now: millisecond)
        #expect(bench.recorder.nextDeadline == noDeadline)
        bench.recorder.record(7, now: 10 * millisecond)
        #expect(bench.take(11 * millisecond) == nil)
        bench.recorder.hasten(now: 11 * millisecond)
        #expect(try #require(bench.take(11 * millisecond)).head.count == 1)
    }

    @Test func ticksGoOnAfterTwelveDays() throws {
        let bench = RecorderBench()
        let wrap: UInt64 = 250_000 << 32
        bench.recorder.record(1, now: wrap - millisecond)
        bench.recorder.record(2, now: wrap)
        bench.recorder.record(3, now: wrap + millisecond)
        let feedback = try #require(bench.take(wrap + second))
        // The tick of the wrap itself is 250 us late: 0 stands for "has not come".
        #expect(feedback.arrivals == [(1 << 32) - 4, (1 << 32) + 1, (1 << 32) + 4])
    }

    @Test func theNextFeedbackBeginsWithWhatWasLostBetween() throws {
        let bench = RecorderBench()
        bench.recorder.record(10, now: second)
        _ = bench.take(2 * second)
        bench.recorder.record(13, now: 2 * second + 30 * millisecond)
        #expect(bench.recorder.nextDeadline == 2 * second + 100 * millisecond)
        let feedback = try #require(bench.take(3 * second))
        #expect(feedback.head.baseSequence == 11)
        #expect(feedback.head.feedbackCount == 1)
        #expect(feedback.arrivals[0] == -1 && feedback.arrivals[1] == -1 && feedback.arrivals[2] >= 0)
    }

    @Test func aPacketThatTheFirstOvertookIsReportedToo() throws {
        let bench = RecorderBench()
        bench.recorder.record(2, now: 1023 * millisecond)
        bench.recorder.record(1, now: 1025 * millisecond)
        bench.recorder.record(3, now: 1026 * millisecond)
        let feedback = try #require(bench.take(2 * second))
        #expect(feedback.head.baseSequence == 1)
        #expect(feedback.arrivals == [4100, 4092, 4104])
    }

    @Test func aLatePacketIsReportedOnceMoreWithItsNeighbours() throws {
        let bench = RecorderBench()
        for number in [10, 11, 13, 14] as [UInt16] { bench.recorder.record(number, now: second) }
        #expect(try #require(bench.take(2 * second)).arrivals.filter { $0 == -1 }.count == 1)
        bench.recorder.record(12, now: 2 * second + millisecond)
        let feedback = try #require(bench.take(3 * second))
        #expect(feedback.head.baseSequence == 12)
        #expect(feedback.head.count == 3)
        #expect(!feedback.arrivals.contains(-1))
    }

    @Test func aSecondCopyChangesNothing() throws {
        let bench = RecorderBench()
        bench.recorder.record(10, now: 1024 * millisecond)
        bench.recorder.record(10, now: 1034 * millisecond)
        #expect(try #require(bench.take(2 * second)).arrivals == [4096])
        bench.recorder.record(10, now: 2 * second)
        #expect(bench.recorder.nextDeadline == noDeadline)
    }

    @Test func muchTrafficIsReportedSooner() {
        let bench = RecorderBench()
        bench.recorder.record(0, now: second)
        _ = bench.take(second + 20 * millisecond)
        let last = second + 20 * millisecond
        for number in 1...31 as ClosedRange<UInt16> { bench.recorder.record(number, now: last + millisecond) }
        #expect(bench.recorder.nextDeadline == last + 100 * millisecond)
        bench.recorder.record(32, now: last + millisecond)
        #expect(bench.recorder.nextDeadline == last + 50 * millisecond)
        for number in 33...256 as ClosedRange<UInt16> { bench.recorder.record(number, now: last + 2 * millisecond) }
        #expect(bench.recorder.nextDeadline == last + 2 * millisecond)
    }

    @Test func aLongFeedbackIsSplit() throws {
        let bench = RecorderBench()
        for number in 0..<250 as Range<UInt16> { bench.recorder.record(number, now: second) }
        let now = 2 * second
        #expect(try #require(bench.take(now, room: 100)).head.count == 100)
        #expect(bench.recorder.nextDeadline <= now)
        #expect(try #require(bench.take(now, room: 100)).head.baseSequence == 100)
        let last = try #require(bench.take(now, room: 100))
        #expect(last.head.count == 50 && last.head.feedbackCount == 2)
        #expect(bench.take(now, room: 100) == nil)
    }

    @Test func whatTheWriterCouldNotTakeIsDueAtOnceAgain() throws {
        let bench = RecorderBench()
        for number in 0..<10 as Range<UInt16> { bench.recorder.record(number, now: second) }
        #expect(try #require(bench.take(2 * second)).head.count == 10)
        bench.recorder.giveBack(4)
        #expect(bench.recorder.nextDeadline <= 2 * second)
        let rest = try #require(bench.take(2 * second))
        #expect(rest.head == TransportFeedbackHead(baseSequence: 6, count: 4, feedbackCount: 1))
        bench.recorder.giveBack(0)
        #expect(bench.take(3 * second) == nil)
    }

    @Test(arguments: [5000, 30_000, 60_000] as [UInt16]) func aSenderThatBeginsAnewIsFollowed(number: UInt16) throws {
        let bench = RecorderBench()
        bench.recorder.record(20_000, now: second)
        bench.recorder.record(number, now: second)
        bench.recorder.record(number + 1, now: second)
        let feedback = try #require(bench.take(2 * second))
        #expect(feedback.head.baseSequence == number)
        #expect(feedback.head.count == 2)
    }

    @Test func whatTheRingCannotHoldIsNotReportedWrongly() throws {
        let bench = RecorderBench(capacity: 64)
        for number in 0..<500 as Range<UInt16> { bench.recorder.record(number, now: second) }
        let feedback = try #require(bench.take(2 * second))
        #expect(feedback.head.baseSequence == 500 - 64)
        #expect(feedback.head.count == 64)
        #expect(!feedback.arrivals.contains(-1))
    }

    /// Loss, reordering, duplicates: each packet that came is reported with its time, none that did not.
    @Test(arguments: 1...10 as ClosedRange<UInt64>) func feedbackTellsTheTruth(seed: UInt64) {
        var random = Seeded(seed)
        let bench = RecorderBench()
        var (arrivals, told, now) = ([UInt64: UInt64](), [UInt64: UInt64](), 5 * second)
        let first = UInt64.random(in: 0x1_0000..<0x2_0000, using: &random)
        var head = first
        for _ in 0..<30_000 {
            now += UInt64.random(in: 0..<2_000_000, using: &random)
            head += random.chance(5) ? 2 : 1
            let number = max(first, random.chance(5) ? head - UInt64.random(in: 0..<10, using: &random) : head)
            if arrivals.isEmpty || !random.chance(3) {
                bench.recorder.record(UInt16(truncatingIfNeeded: arrivals.isEmpty ? head : number), now: now)
                let key = arrivals.isEmpty ? head : number
                if arrivals[key] == nil { arrivals[key] = now }
            }
            while let feedback = bench.take(now) {
                for (index, ticks) in feedback.arrivals.enumerated() {
                    let short = feedback.head.baseSequence &+ UInt16(index)
                    let full = head - UInt64(UInt16(truncatingIfNeeded: head) &- short)
                    #expect((ticks >= 0) == (arrivals[full] != nil))
                    if ticks >= 0 { told[full] = UInt64(ticks) * 250_000 }
                }
            }
        }
        for (number, time) in told { #expect(arrivals[number]! / 250_000 * 250_000 == time) }
        #expect(told.count > arrivals.count - 100 && told.count > 20_000)
    }
}
