/// When which peer gives transport-wide feedback: each by a clock of its own, as libwebrtc does.
///
/// libwebrtc sends it every 50 ms as long as that is less than a twentieth of its own sending rate, which for whoever only
/// receives stays at the 300 kbit/s of the start. Its clock began with the connection, so peers fall at random into these 50 ms:
/// who sends at the same moment for many of them is kinder to a server than browsers are.
struct FeedbackTurns {
    static let intervalNanoseconds: UInt64 = 50_000_000

    private struct Turn {
        let place: Int
        var nanoseconds: UInt64
    }

    /// A ring in the order of time, from `first` on: all have the same interval.
    private var turns: [Turn] = []
    private var first = 0

    var nextDeadline: UInt64 { turns.isEmpty ? .max : turns[first].nanoseconds }

    /// The peer whose turn it is, nil for none. Its next turn is an interval after this one; turns that were missed are left
    /// out.
    mutating func take(now: UInt64) -> Int? {
        guard !turns.isEmpty, now >= nextDeadline else { return nil }
        let turn = turns[first]
        let missed = (now - turn.nanoseconds) / Self.intervalNanoseconds
        turns[first].nanoseconds += (missed + 1) * Self.intervalNanoseconds
        first = (first + 1) % turns.count
        return turn.place
    }

    mutating func add(_ place: Int, now: UInt64) {
        add(place, at: now + UInt64.random(in: 0..<Self.intervalNanoseconds))
    }

    mutating func add(_ place: Int, at nanoseconds: UInt64) {
        turns.append(Turn(place: place, nanoseconds: nanoseconds))
        sort()
    }

    mutating func remove(_ place: Int) {
        turns.removeAll { $0.place == place }
        sort()
    }

    private mutating func sort() {
        turns.sort { $0.nanoseconds < $1.nanoseconds }
        first = 0
    }
}
