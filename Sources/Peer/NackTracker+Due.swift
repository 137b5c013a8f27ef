extension NackTracker {
    /// Writes the numbers to ask for now, in order, and returns how many. What does not fit is due at once again.
    ///
    /// Call when `nextDeadline` has come, best after a whole burst was taken in, since order within a burst means little.
    @_noLocks
    public mutating func due(
        now: UInt64, roundTripNanoseconds: UInt64, into numbers: UnsafeMutableBufferPointer<UInt16>
    ) -> Int {
        guard missingCount > 0, now >= nextDeadline else { return 0 }
        // Times are 16 bits of milliseconds: whoever comes this late cannot tell them apart any more.
        if now - nextDeadline > 30 * Duration.second {
            giveUpAll()
            return 0
        }
        var visit = NackVisit(now: now, roundTripNanoseconds: roundTripNanoseconds, numbers: numbers)
        freshLowest = .max
        nextDeadline = noDeadline
        forEachMissing { tracker, number in tracker.visit(number, &visit) }
        if missingCount > 0 { nextDeadline = visit.nextDeadline }
        return visit.count
    }

    /// False ends the round: no room for more.
    @_noLocks
    private mutating func visit(_ number: UInt64, _ visit: inout NackVisit) -> Bool {
        let place = Self.place(number)
        if expires(place, visit.now.short) {
            if requests[place] != Self.muted { gaveUp = true }
            clear(number)
            return true
        }
        guard isDue(place, number, visit.now.short) else {
            visit.wait(dueMilliseconds[place] &- visit.now.short)
            if requests[place] == 0 { freshLowest = min(freshLowest, number) }
            return true
        }
        guard visit.count < visit.numbers.count else {
            visit.nextDeadline = 0
            freshLowest = min(freshLowest, number)
            return false
        }
        visit.numbers[visit.count] = UInt16(truncatingIfNeeded: number)
        visit.count += 1
        scheduleAgain(place, &visit)
        return true
    }

    // Asking, and yet mutating: a borrowing method would copy the whole window at each call.
    @_noLocks
    private mutating func expires(_ place: Int, _ now: UInt16) -> Bool {
        if now &- sinceMilliseconds[place] >= Self.giveUpMilliseconds { return true }
        return requests[place] == Self.requestsMax && NackVisit.isOver(dueMilliseconds[place], now)
    }

    @_noLocks

    private mutating func isDue(_ place: Int, _ number: UInt64, _ now: UInt16) -> Bool {
        if requests[place] == Self.muted { return false }
        if requests[place] == 0 && number < highestBefore { return true }
        return NackVisit.isOver(dueMilliseconds[place], now)
    }

    @_noLocks

    private mutating func scheduleAgain(_ place: Int, _ visit: inout NackVisit) {
        let wait = visit.interval(after: requests[place])
        let left = Self.giveUpMilliseconds &- (visit.now.short &- sinceMilliseconds[place])
        requests[place] += 1
        dueMilliseconds[place] = visit.now.short &+ min(wait, left)
        visit.wait(min(wait, left))
    }

    /// Calls `body` for each missing number from the oldest to the newest until it says false. The closure does not
    /// escape and is inlined: no context is made.
    @_noLocks @inline(__always)
    mutating func forEachMissing(_ body: (inout NackTracker, UInt64) -> Bool) {
        let oldest = highest > 511 ? highest - 511 : 0
        // Nine pieces: the window need not begin at a word's first bit, so that one word is looked at from both ends.
        for piece in 0..<9 as Range<UInt64> {
            let block = oldest >> 6 + piece
            var bits = missing[Int(block & 7)]
            if piece == 0 { bits &= ~0 << (oldest & 63) }
            if piece == 8 { bits &= ~(~0 << (oldest & 63)) }
            while bits != 0 {
                let number = block << 6 + UInt64(bits.trailingZeroBitCount)
                bits &= bits - 1
                if !body(&self, number) { return }
            }
        }
    }
}

/// One round over the missing numbers.
struct NackVisit {
    let now: Milliseconds
    let roundTripMilliseconds: UInt16
    let numbers: UnsafeMutableBufferPointer<UInt16>
    var count = 0
    var nextDeadline = noDeadline

    @_noLocks
    init(now: UInt64, roundTripNanoseconds: UInt64, numbers: UnsafeMutableBufferPointer<UInt16>) {
        self.now = Milliseconds(now)
        self.numbers = numbers
        // Below 10 ms the peer's own work is longer than the line.
        let milliseconds = (roundTripNanoseconds + Duration.millisecond - 1) / Duration.millisecond
        roundTripMilliseconds = UInt16(min(max(milliseconds, 10), 1000))
    }

    @_noLocks
    static func isOver(_ due: UInt16, _ now: UInt16) -> Bool { Int16(bitPattern: now &- due) >= 0 }

    @_noLocks
    mutating func wait(_ milliseconds: UInt16) {
        nextDeadline = min(nextDeadline, now.nanoseconds(after: milliseconds))
    }

    /// A round trip, and a quarter more for each request before.
    func interval(after requests: UInt8) -> UInt16 {
        var interval = UInt32(roundTripMilliseconds)
        for _ in 0..<requests { interval += interval >> 2 }
        return UInt16(min(interval, 1000))
    }
}
