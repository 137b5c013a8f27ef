/// One scenario with one seed, judged.
public struct LinkCheck: Sendable {
    public var scenario: LinkScenario
    public var seed: UInt64
    public var options: LinkOptions
    /// What arrived of what the link had left beside cross traffic, in the steady part.
    public private(set) var goodput = 0.0
    /// Seconds that packets waited before the link in the steady part: the 95th percentile.
    public private(set) var wait = 0.0
    /// The larger part of two subscribers.
    public private(set) var share = 1.0
    /// Seconds from a drop until less is sent than the link has, and from its end until four fifths are.
    public private(set) var fallSeconds = 0.0
    public private(set) var riseSeconds = 0.0
    /// What did not hold.
    public private(set) var failures: [String] = []

    public init(_ scenario: LinkScenario, seed: UInt64) {
        self.scenario = scenario
        self.seed = seed
        var dice = Dice(seed: seed)
        options = scenario.options(&dice)
    }

    public mutating func play() -> [LinkSlice] {
        let run = LinkRun(options, seed: seed)
        run.play(seconds: scenario.seconds)
        let slices = run.slices
        if scenario == .drop {
            measureDrop(slices)
        } else {
            measure(scenario == .sharing ? slices[600...] : slices[200...])
        }
        judge()
        return slices
    }

    private mutating func measure(_ slices: ArraySlice<LinkSlice>) {
        let flows = options.starts.indices.map { flow in slices.reduce(0.0) { $0 + $1.arrivedBits[flow] } }
        let total = flows.reduce(0, +)
        goodput = total / slices.reduce(0.0) { $0 + $1.linkBits - $1.crossBits }
        share = (flows.max() ?? 0) / max(total, 1)
        let waits = slices.flatMap(\.waits).sorted()
        wait = waits.isEmpty ? 0 : waits[(waits.count - 1) * 95 / 100]
    }

    private mutating func measureDrop(_ slices: [LinkSlice]) {
        // Over 0.6 s, in which a packet more or less is a twentieth of the slowest link.
        fallSeconds = (300..<480).first { part($0, 6, slices) <= 1.02 }.map { Double($0 - 300) / 10 } ?? 99
        riseSeconds = (500..<640).first { part($0, 5, slices) >= 0.8 }.map { Double($0 + 5 - 500) / 10 } ?? 99
    }

    /// Of the link, what was sent.
    private func part(_ start: Int, _ count: Int, _ slices: [LinkSlice]) -> Double {
        let (sent, link) = slices[start..<start + count].reduce((0.0, 0.0)) { sum, slice in
            (sum.0 + slice.sentBits[0], sum.1 + slice.linkBits)
        }
        return sent / link
    }

    private mutating func judge() {
        let goals = scenario.goals
        if scenario != .drop {
            check(goodput >= goals.goodput, "goodput \(percent(goodput)) of the link, not \(percent(goals.goodput))")
            check(wait <= goals.wait, "packets wait \(Int(wait * 1000)) ms (95 %), not \(Int(goals.wait * 1000))")
        }
        if scenario == .sharing { check(share <= 0.6, "one of two has \(percent(share))") }
        check(fallSeconds <= 1, "more is sent than the link has \(fallSeconds) s after a drop")
        check(riseSeconds <= 12, "less than 80 % are sent \(riseSeconds) s after recovery")
    }

    private mutating func check(_ holds: Bool, _ text: String) {
        if !holds { failures.append(text) }
    }

    private func percent(_ part: Double) -> String { "\(Int(part * 1000) / 10) %" }

    public var summary: String {
        "\(scenario.rawValue) seed \(seed): \(Int(options.bitsPerSecond / 1000)) kbit/s, "
            + "\(Int(options.delaySeconds * 1000)) ms each way, queue \(Int(options.queueSeconds * 1000)) ms"
    }
}

extension LinkScenario {
    /// What must hold in the steady part. Where the goals of the design say nothing, what is reached and must not get worse.
    var goals: (goodput: Double, wait: Double) {
        switch self {
        case .steady, .drop, .jitter: (0.85, 0.1)
        case .loss: (0.75, 0.1)
        case .losses: (0.7, 0.1)
        case .bursts: (0.5, 0.1)
        case .cross: (0.6, 0.15)
        case .ramp: (0.6, 0.25)
        case .sharing: (0.8, 0.2)
        }
    }
}
