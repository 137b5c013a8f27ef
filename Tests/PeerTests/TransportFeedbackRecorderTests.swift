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

    func take(_ now: UInt64, room: Int = 400) -> (head: TransportFeedback, arrivals: [Int32])? {
        var arrivals = [Int32](repeating: -2, count: room)
        let head = arrivals.withUnsafeMutableBufferPointer { recorder.takeFeedback(now: now, into: $0) }
        return head.map { ($0, Array(arrivals[..<$0.count])) }
    }
}

@Suite struct TransportFeedbackRecorderTests {
    @Test func arrivalsAreTicksAfterTheReferenceTime() throws {
        let bench = RecorderBench()
        // 1.024 s is 16 × 64 ms: reference 16, and 1.030 s is 24 ticks later.
        bench.recorder.record(65_535, now: 1030 * millisecond)
        bench.recorder.record(1, now: 1040 * millisecond)
        #expect(bench.recorder.nextDeadline == 1050 * millisecond)
        #expect(bench.take(1049 * millisecond) == nil)
        let feedback = try #require(bench.take(1050 * millisecond))
        #expect(
            feedback.head == TransportFeedback(baseSequence: 65_535, count: 3, referenceTime: 16, feedbackCount: 0))
        #expect(feedback.arrivals == [24, -1, 64])
        #expect(bench.take(2 * second) == nil)
        #expect(bench.recorder.nextDeadline == noDeadline)
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

    @Test func reorderedArrivalsAreNeverNegative() throws {
        let bench = RecorderBench()
        bench.recorder.record(2, now: 1023 * millisecond)
        bench.recorder.record(1, now: 1025 * millisecond)
        bench.recorder.record(3, now: 1026 * millisecond)
        let feedback = try #require(bench.take(2 * second))
        #expect(feedback.head.baseSequence == 1)
        #expect(feedback.head.referenceTime == 15, "of the earliest, not of the first number")
        #expect(feedback.arrivals == [260, 252, 264])
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
        #expect(try #require(bench.take(2 * second)).arrivals == [0])
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

    @Test func arrivalsTooFarApartForADeltaAreSplit() throws {
        let bench = RecorderBench()
        bench.recorder.record(0, now: second)
        bench.recorder.record(1, now: 10 * second)
        let now = 11 * second
        #expect(try #require(bench.take(now)).head.count == 1)
        let next = try #require(bench.take(now))
        #expect(next.head.baseSequence == 1 && next.head.count == 1)
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
                    if ticks >= 0 { told[full] = (UInt64(feedback.head.referenceTime) * 256 + UInt64(ticks)) * 250_000 }
                }
            }
        }
        for (number, time) in told { #expect(arrivals[number]! / 250_000 * 250_000 == time) }
        #expect(told.count > arrivals.count - 100 && told.count > 20_000)
    }
}
