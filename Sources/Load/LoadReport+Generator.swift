import Charts

/// Whether the generator kept up with what it was to do.
extension LoadReport {
    /// A media thread that works more than this cannot answer peaks.
    private static let busyMax = 0.85
    /// Parts of the window: longer without a processor, and bursts leave late and are read late.
    private static let waitedMax = 0.2
    private static let throttledMax = 0.02
    private static let lateNanosecondsMax: UInt64 = 5_000_000

    /// Fills `saturation`: one sentence for each sign, each with its figure.
    mutating func judgeGenerator() {
        let window = max(measuredSeconds, 1e-9)
        let waited = Double(waitedNanoseconds) / 1e9 / window
        let throttled = Double(quota.throttledNanoseconds) / 1e9 / window
        if generatorBusy > Self.busyMax {
            saturation.append("the generator's thread was busy for \(percent(generatorBusy)) of the time")
        }
        if throttled > Self.throttledMax {
            saturation.append(
                "a CPU quota (control group) held the generator back for \(percent(throttled)) of the time, in "
                    + "\(quota.throttledPeriods) periods")
        }
        if waited > Self.waitedMax {
            saturation.append(
                "the generator's thread waited for a processor for \(percent(waited)) of the time"
                    + (throttled > Self.throttledMax ? "" : ": others had it"))
        }
        judgeLateness(isStarved: waited > Self.waitedMax || throttled > Self.throttledMax)
        if totals.packets.ownDrops > 0 {
            saturation.append(
                "this host dropped \(totals.packets.ownDrops) datagrams that the generator did not read in time")
        }
        if totals.packets.sendErrors > 0 {
            saturation.append("this host refused \(totals.packets.sendErrors) of the generator's sends")
        }
        judgeSent()
    }

    private mutating func judgeLateness(isStarved: Bool) {
        let late = totals.lateness.percentile(0.99)
        guard late > Self.lateNanosecondsMax else { return }
        let cause = generatorBusy < 0.5 && !isStarved ? "; others had its processor, or its host stood still" : ""
        saturation.append("a hundredth of all bursts left \(milliseconds(late)) or more after their time\(cause)")
    }

    /// A generator that leaves out what it was to send looks like an SFU with little to do.
    private mutating func judgeSent() {
        guard measuredSeconds > 1, totals.peers.lost == 0, failures.isEmpty, plannedPerSecond > 0 else { return }
        let part = Double(sentPackets) / measuredSeconds / plannedPerSecond
        if part < 0.9 { saturation.append("publishers sent \(percent(part)) of what they were to send") }
    }

    /// Packets a second of all publishers, audio alone: how many packets a frame takes is left to chance.
    private var plannedPerSecond: Double {
        options.sendsAudio && !options.sendsVideo ? Double(options.rooms * options.publishers) * 50 : 0
    }

    private func percent(_ part: Double) -> String { fixed(part * 100, part < 0.1 ? 1 : 0) + " %" }
}
