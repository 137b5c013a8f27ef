/// What the link carried at the moments when it was full (draft-ietf-rmcat-gcc-02 §5.5: the average and variance of the
/// incoming bitrate in the decrease state). Near it, growth is careful.
struct LinkCapacity: BitwiseCopyable, Sendable {
    static let weight = 0.05
    /// Of what is known: what flows that share a link take from each other within some seconds. Nothing has changed then.
    static let leastWidth = 0.12

    /// 0 while nothing is known.
    private(set) var bitsPerSecond = 0.0
    /// Variance in proportion to the estimate, in kbit/s.
    private var variance = 0.4

    init() {}

    var isKnown: Bool { bitsPerSecond > 0 }

    /// The link was full, and carried this.
    mutating func noteFull(_ sample: Double) {
        guard isKnown else {
            bitsPerSecond = sample
            return
        }
        let error = bitsPerSecond - sample
        bitsPerSecond -= Self.weight * error
        let norm = max(bitsPerSecond / 1000, 1)
        let square = (error / 1000) * (error / 1000) / norm
        variance = min(max((1 - Self.weight) * variance + Self.weight * square, 0.4), 2.5)
    }

    /// Three standard deviations, in bits per second.
    private var width: Double {
        max(3 * (variance * bitsPerSecond / 1000).squareRoot() * 1000, Self.leastWidth * bitsPerSecond)
    }

    /// The link carries this now: forgotten when it is far from what was known.
    mutating func check(_ sample: Double) {
        if isKnown, sample > bitsPerSecond + width { self = LinkCapacity() }
    }

    /// A full link carries far less than was known.
    mutating func checkFull(_ sample: Double) {
        if isKnown, sample < bitsPerSecond - width { self = LinkCapacity() }
    }
}
