/// How long to wait before the next attempt: twice as long each time, with a quarter more or less, so that hosts that lost the
/// same Redis do not all come back at once.
struct Backoff {
    static let first = Duration.milliseconds(50)
    /// Short: hosts that come back must be there again before others take their rooms.
    static let most = Duration.milliseconds(1000)

    private var pause = Backoff.first

    mutating func next() -> Duration {
        defer { pause = min(pause * 2, Self.most) }
        return pause * Double.random(in: 0.75...1.25)
    }

    mutating func reset() { pause = Self.first }
}
