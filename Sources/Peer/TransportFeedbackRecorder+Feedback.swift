/// The head of one feedback message; the arrivals are in the buffer that was given to `takeFeedback`.
@frozen
public struct TransportFeedback: BitwiseCopyable, Sendable, Equatable {
    /// The first number reported.
    public var baseSequence: UInt16
    /// How many numbers are reported, in turn from the first.
    public var count: Int
    /// 24 bits, in units of 64 ms.
    public var referenceTime: UInt32
    public var feedbackCount: UInt8

    @inlinable
    public init(baseSequence: UInt16, count: Int, referenceTime: UInt32, feedbackCount: UInt8) {
        self.baseSequence = baseSequence
        self.count = count
        self.referenceTime = referenceTime
        self.feedbackCount = feedbackCount
    }
}

extension TransportFeedbackRecorder {
    /// The next feedback, or nil when nothing is due. Fills `arrivals` with one entry a number: ticks of 250 µs after the
    /// reference time (never negative), or -1 for a number that has not come.
    ///
    /// A feedback ends where the buffer is full or where two arrivals that follow each other are further apart than a
    /// delta of 16 bits can say (8 s); then the next is due at once, so call until nil. About 400 entries fit a packet of
    /// 1200 bytes at worst.
    public mutating func takeFeedback(
        now: UInt64, into arrivals: UnsafeMutableBufferPointer<Int32>
    ) -> TransportFeedback? {
        guard now >= nextDeadline, waiting > 0, arrivals.count > 0 else { return nil }
        let base = nextReported
        let count = countThatFits(from: base, limit: min(arrivals.count, Int(waiting)))
        let reference = earliestTick(from: base, count: count) >> 8
        for index in 0..<count {
            let tick = ticks[Int((base + UInt64(index)) & mask)]
            arrivals[index] = tick == 0 ? -1 : Int32(bitPattern: tick &- reference << 8)
        }
        finish(base + UInt64(count), now)
        feedbackCount &+= 1
        return TransportFeedback(
            baseSequence: UInt16(truncatingIfNeeded: base), count: count, referenceTime: reference,
            feedbackCount: feedbackCount &- 1)
    }

    private mutating func finish(_ next: UInt64, _ now: UInt64) {
        nextReported = next
        lastFeedback = now
        nextDeadline = waiting > 0 ? now : noDeadline
    }

    /// At least one: all arrivals lie within 2^15 ticks of the one before and of the first.
    private func countThatFits(from base: UInt64, limit: Int) -> Int {
        var first: UInt32 = 0
        var previous: UInt32 = 0
        for index in 0..<limit {
            let tick = ticks[Int((base + UInt64(index)) & mask)]
            if tick == 0 { continue }
            if first == 0 { (first, previous) = (tick, tick) }
            // 256 ticks are left for what the reference time rounds away.
            let step = Int32(bitPattern: tick &- previous)
            let span = Int32(bitPattern: tick &- first)
            if abs(Int(step)) > 32_000 || span < -32_000 { return index }
            previous = tick
        }
        return limit
    }

    private func earliestTick(from base: UInt64, count: Int) -> UInt32 {
        var earliest: UInt32 = 0
        for index in 0..<count {
            let tick = ticks[Int((base + UInt64(index)) & mask)]
            if tick != 0 && (earliest == 0 || Int32(bitPattern: tick &- earliest) < 0) { earliest = tick }
        }
        return earliest == 0 ? recentTick : earliest
    }
}
