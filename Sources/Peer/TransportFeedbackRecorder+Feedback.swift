/// Which numbers one feedback reports; their arrivals are in the buffer that was given to `takeFeedback`.
@frozen
public struct TransportFeedbackHead: BitwiseCopyable, Sendable, Equatable {
    /// The first number reported.
    public var baseSequence: UInt16
    /// How many numbers are reported, in turn from the first.
    public var count: Int
    public var feedbackCount: UInt8

    @inlinable
    @_noLocks
    public init(baseSequence: UInt16, count: Int, feedbackCount: UInt8) {
        self.baseSequence = baseSequence
        self.count = count
        self.feedbackCount = feedbackCount
    }
}

extension TransportFeedbackRecorder {
    /// The next feedback, or nil when nothing is due. Fills `arrivals` with one entry a number: ticks of 250 µs on the
    /// clock of `now`, or -1 for a number that has not come; just what `RtcpWriter.putTransportFeedback` takes.
    ///
    /// What does not fit the buffer is due at once, so call until nil. About 400 entries fit a packet of 1200 bytes at
    /// worst. Give back by `giveBack` what the writer could not take.
    @_noLocks
    public mutating func takeFeedback(
        now: UInt64, into arrivals: UnsafeMutableBufferPointer<Int64>
    ) -> TransportFeedbackHead? {
        guard now >= nextDeadline, waiting > 0, arrivals.count > 0 else { return nil }
        let base = nextReported
        let count = min(arrivals.count, Int(waiting))
        let nowTick = now / Self.tickNanoseconds
        for index in 0..<count {
            arrivals[index] = arrival(ticks[Int((base + UInt64(index)) & mask)], nowTick)
        }
        finish(base + UInt64(count), now)
        feedbackCount &+= 1
        return TransportFeedbackHead(
            baseSequence: UInt16(truncatingIfNeeded: base), count: count, feedbackCount: feedbackCount &- 1)
    }

    /// Makes due whatever waits: for whoever gives feedback by a clock of its own.
    @_noLocks
    public mutating func hasten(now: UInt64) {
        if waiting > 0 { nextDeadline = min(nextDeadline, now) }
    }

    /// The last `count` numbers of the feedback just taken did not fit its packet: they are due at once.
    @_noLocks
    public mutating func giveBack(_ count: Int) {
        precondition(count >= 0 && UInt64(count) <= nextReported)
        if count > 0 { finish(nextReported - UInt64(count), lastFeedback) }
    }

    @_noLocks

    private mutating func finish(_ next: UInt64, _ now: UInt64) {
        nextReported = next
        lastFeedback = now
        nextDeadline = waiting > 0 ? now : noDeadline
    }

    /// The ring keeps 32 bits; arrivals lie before now by far less than their twelve days.
    @_noLocks
    private func arrival(_ tick: UInt32, _ nowTick: UInt64) -> Int64 {
        guard tick != 0 else { return -1 }
        let age = UInt32(truncatingIfNeeded: nowTick) &- tick
        // A tick that was written down one late because 0 is taken may lie ahead of now.
        return age < 0x8000_0000 ? max(Int64(nowTick) - Int64(age), 0) : Int64(nowTick)
    }
}
