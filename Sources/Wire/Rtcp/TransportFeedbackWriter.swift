extension RtcpWriter {
    /// Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
    ///
    /// `arrivals[i]` is when packet `baseSequence` + i arrived, in ticks of 250 µs on any clock that is not negative, or -1
    /// when it has not. How many of them it took: it stops where the buffer is full and before a packet that arrived more
    /// than 8.19 s from the one before it; call again from there. `.bufferFull` when not one fits.
    @_noLocks
    public static func putTransportFeedback(
        senderSsrc: UInt32, mediaSsrc: UInt32, feedbackCount: UInt8, baseSequence: UInt16,
        arrivals: borrowing Span<Int64>, to writer: inout ByteWriter
    ) throws(WireError) -> Int {
        precondition(arrivals.count > 0)
        // Header and one chunk with up to two bytes of delta.
        try writer.require(24)
        let start = writer.count
        let reference = referenceTicks(arrivals)
        putFeedbackHeader(type: 205, format: 15, senderSsrc: senderSsrc, mediaSsrc: mediaSsrc, &writer)
        writer.put(baseSequence)
        writer.put(0 as UInt16)
        writer.put24(UInt32(truncatingIfNeeded: reference >> 8))
        writer.put(feedbackCount)
        let taken = putChunks(arrivals, reference, &writer)
        putDeltas(arrivals, count: taken, reference, &writer)
        writer.patch(UInt16(truncatingIfNeeded: taken), at: start &+ 14)
        writer.putZeros((4 &- (writer.count &- start) & 3) & 3)
        setLength(from: start, &writer)
        return taken
    }

    /// The first arrival, rounded down to 64 ms, so that the first delta is small.
    @_noLocks
    private static func referenceTicks(_ arrivals: borrowing Span<Int64>) -> Int64 {
        for index in 0..<arrivals.count where arrivals[index] >= 0 { return arrivals[index] & ~255 }
        return 0
    }

    /// Writes chunks while they and their deltas fit; how many packets they cover.
    @_noLocks
    private static func putChunks(
        _ arrivals: borrowing Span<Int64>, _ reference: Int64, _ writer: inout ByteWriter
    ) -> Int {
        // The whole packet is padded to four bytes, so only whole words of the buffer count.
        var budget = (writer.capacity &- writer.count) & ~3
        let end = Swift.min(arrivals.count, Int(UInt16.max))
        var plan = ChunkPlan(previous: reference)
        while plan.index < end && budget >= 2 {
            let word = plan.advance(arrivals, end: end, deltaBudget: budget &- 2)
            guard plan.covered > 0 else { break }
            writer.put(word)
            budget &-= 2 &+ plan.deltaBytes
        }
        return plan.index
    }

    @_noLocks
    private static func putDeltas(
        _ arrivals: borrowing Span<Int64>, count: Int, _ reference: Int64, _ writer: inout ByteWriter
    ) {
        var previous = reference
        for index in 0..<count where arrivals[index] >= 0 {
            let delta = arrivals[index] &- previous
            previous = arrivals[index]
            if delta >= 0 && delta <= 255 {
                writer.put(UInt8(truncatingIfNeeded: delta))
            } else {
                writer.put(UInt16(truncatingIfNeeded: delta))
            }
        }
    }
}

/// Chooses status chunks from left to right.
private struct ChunkPlan: BitwiseCopyable {
    /// The next packet to cover.
    var index = 0
    /// Arrival of the last packet that was covered and received.
    var previous: Int64
    /// Of the chunk chosen last.
    var covered = 0
    var deltaBytes = 0

    @_noLocks
    init(previous: Int64) { self.previous = previous }

    /// 0 not received, 1 small delta, 2 large delta; 3 when no delta can say it.
    @_noLocks
    private static func symbol(_ arrival: Int64, after previous: Int64) -> UInt16 {
        guard arrival >= 0 else { return 0 }
        let delta = arrival &- previous
        if delta >= 0 && delta <= 255 { return 1 }
        return delta >= -32768 && delta <= 32767 ? 2 : 3
    }

    /// The chunk for the packets from `index` on; it covers none when not one fits.
    @_noLocks
    mutating func advance(_ arrivals: borrowing Span<Int64>, end: Int, deltaBudget: Int) -> UInt16 {
        let ahead = lookAhead(arrivals, end: end, deltaBudget: deltaBudget)
        covered = ahead.run
        var word = ahead.first << 13 | UInt16(truncatingIfNeeded: ahead.run)
        // §3.1.3 against §3.1.4: a run when it covers more than the vector that could stand here.
        if !ahead.hasLarge && ahead.run < ahead.seen {
            covered = ahead.seen
            word = 0x8000 | ahead.oneBit
        } else if ahead.hasLarge && ahead.run < Swift.min(ahead.seen, 7) {
            covered = Swift.min(ahead.seen, 7)
            word = 0xC000 | ahead.twoBit
        }
        take(arrivals)
        return word
    }

    private struct Ahead: BitwiseCopyable {
        var first: UInt16 = 0
        /// Packets with the first's symbol, from the first on.
        var run = 0
        /// Packets looked at for a vector, at most 14.
        var seen = 0
        var hasLarge = false
        var oneBit: UInt16 = 0
        var twoBit: UInt16 = 0
    }

    @_noLocks
    private func lookAhead(_ arrivals: borrowing Span<Int64>, end: Int, deltaBudget: Int) -> Ahead {
        var ahead = Ahead()
        var last = previous
        var bytes = 0
        var position = 0
        while index &+ position < end && position < 0x1FFF {
            let arrival = arrivals[index &+ position]
            let symbol = ChunkPlan.symbol(arrival, after: last)
            bytes &+= Int(symbol)
            if symbol == 3 || bytes > deltaBudget { break }
            if arrival >= 0 { last = arrival }
            if position == 0 { ahead.first = symbol }
            let goesOn = ahead.run == position && symbol == ahead.first
            if goesOn { ahead.run &+= 1 }
            if position < 14 {
                ahead.seen &+= 1
                if symbol == 2 { ahead.hasLarge = true }
                ahead.oneBit |= (symbol & 1) << UInt16(13 &- position)
                if position < 7 { ahead.twoBit |= symbol << UInt16(12 &- 2 &* position) }
            } else if !goesOn {
                break
            }
            position &+= 1
        }
        return ahead
    }

    /// Moves past the packets covered.
    @_noLocks
    private mutating func take(_ arrivals: borrowing Span<Int64>) {
        deltaBytes = 0
        for _ in 0..<covered {
            let arrival = arrivals[index]
            deltaBytes &+= Int(ChunkPlan.symbol(arrival, after: previous))
            if arrival >= 0 { previous = arrival }
            index &+= 1
        }
    }
}
