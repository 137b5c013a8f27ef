/// What the link's rate is from a time on; it goes there in a straight line when it is a ramp.
public struct RateStep: Sendable {
    public var seconds: Double
    public var bitsPerSecond: Double
    public var isRamp: Bool

    public init(seconds: Double, bitsPerSecond: Double, isRamp: Bool = false) {
        self.seconds = seconds
        self.bitsPerSecond = bitsPerSecond
        self.isRamp = isRamp
    }
}

/// One bottleneck and who sends over it.
public struct LinkOptions: Sendable {
    public var bitsPerSecond = 2_000_000.0
    public var steps: [RateStep] = []
    /// One way, towards the receiver and back.
    public var delaySeconds = 0.04
    public var returnDelaySeconds = 0.04
    public var jitterSeconds = 0.0
    public var queueSeconds = 0.2
    public var loss = GilbertElliott.random(0)
    public var feedbackLoss = 0.0
    /// Of the first rate; at random moments.
    public var crossTraffic = 0.0
    /// When each sender begins.
    public var starts: [Double] = [0]
    public var packetBytes = 1200
    /// Send at this rate whatever the estimate says: what a check must find wrong. 0 for no such thing.
    public var deafBitsPerSecond = 0.0

    public init() {}

    /// Bits per second at a time.
    public func rate(at seconds: Double) -> Double {
        var (from, rate) = (0.0, bitsPerSecond)
        for step in steps {
            guard seconds < step.seconds else {
                (from, rate) = (step.seconds, step.bitsPerSecond)
                continue
            }
            guard step.isRamp else { return rate }
            return rate + (step.bitsPerSecond - rate) * (seconds - from) / (step.seconds - from)
        }
        return rate
    }
}
