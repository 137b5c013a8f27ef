/// What a link does while it is watched.
public enum LinkScenario: String, CaseIterable, Sendable {
    case steady
    /// One packet in twenty is lost by chance.
    case loss
    /// Up to a tenth is lost by chance.
    case losses
    /// Up to a tenth is lost in bursts.
    case bursts
    /// Others have up to four tenths of the link.
    case cross
    /// Packets are delayed by up to 20 ms more, by chance.
    case jitter
    /// The link falls to a third, and comes back.
    case drop
    /// The same in straight lines.
    case ramp
    /// Two subscribers, one of which comes up to five seconds later.
    case sharing

    public var seconds: Double { self == .sharing ? 120 : self == .drop ? 65 : 60 }

    /// A link for a seed.
    public func options(_ dice: inout Dice) -> LinkOptions {
        var options = LinkOptions()
        // Evenly over the decades, from 300 kbit/s to 10 Mbit/s.
        options.bitsPerSecond = 300_000
        for _ in 0..<dice.below(1001) { options.bitsPerSecond *= 1.003512735 }
        options.delaySeconds = 0.01 + 0.19 * dice.part()
        options.returnDelaySeconds = options.delaySeconds
        options.queueSeconds = 0.05 + 0.45 * dice.part()
        change(&options, &dice)
        return options
    }

    private func change(_ options: inout LinkOptions, _ dice: inout Dice) {
        switch self {
        case .steady: break
        case .loss: options.loss = .random(0.05)
        case .losses: options.loss = .random(0.1 * dice.part())
        case .bursts: options.loss = .bursts(0.1 * dice.part(), length: 2 + 8 * dice.part())
        case .cross: options.crossTraffic = 0.1 + 0.3 * dice.part()
        case .jitter: options.jitterSeconds = 0.02 * dice.part()
        case .drop:
            fall(&options)
            options.steps = [step(30, options, 3), step(50, options, 1)]
        case .ramp:
            fall(&options)
            options.steps = [step(20, options, 1), step(35, options, 3), step(50, options, 1)]
            options.steps[1].isRamp = true
            options.steps[2].isRamp = true
        case .sharing: options.starts = [0, 5 * dice.part()]
        }
    }

    /// A third of it must still be a link.
    private func fall(_ options: inout LinkOptions) { options.bitsPerSecond = max(options.bitsPerSecond, 900_000) }

    private func step(_ seconds: Double, _ options: LinkOptions, _ divisor: Double) -> RateStep {
        RateStep(seconds: seconds, bitsPerSecond: options.bitsPerSecond / divisor)
    }
}

extension Dice {
    /// 0...1
    mutating func part() -> Double { Double(below(1001)) / 1000 }
}
