import Testing

@testable import Estimate

@Suite struct DelayTests {
    private func expectNothing(_ delta: GroupDelta?, _ location: SourceLocation = #_sourceLocation) {
        #expect(delta == nil, sourceLocation: location)
    }

    private func expect(_ value: Int64, _ wanted: Int64, _ location: SourceLocation = #_sourceLocation) {
        #expect(value == wanted, sourceLocation: location)
    }

    /// Groups every 10 ms, each of which waits `gain` milliseconds longer than the one before.
    private func feed(_ detector: inout OveruseDetector, _ trend: inout Trendline, gains: [Double], from start: Int = 0)
    {
        var arrival = Int64(1_000_000 + start * 10_000)
        for gain in gains {
            let arrived = Int64(10_000 + gain * 1000)
            arrival += arrived
            let delta = GroupDelta(sent: 10_000, arrived: arrived, arrival: arrival)
            if trend.add(delta) { detector.update(&trend, delta) }
        }
    }

    @Test func packetsThatLeaveWithinFiveMillisecondsAreOneGroup() {
        var groups = PacketGroups()
        expectNothing(groups.add(sent: 0, arrival: 100_000))
        expectNothing(groups.add(sent: 4_000, arrival: 104_000))
        expectNothing(groups.add(sent: 10_000, arrival: 110_000))
        expectNothing(groups.add(sent: 14_000, arrival: 116_000))
        let delta = groups.add(sent: 20_000, arrival: 130_000)
        // The last of the first group left at 4 and came at 104 ms, the last of the second at 14 and 116.
        #expect(delta?.sent == 10_000)
        #expect(delta?.arrived == 12_000)
        #expect(delta?.delayMilliseconds == 2)
    }

    @Test func whatAStutteringLinkLetsThroughTogetherIsOneGroup() {
        var groups = PacketGroups()
        _ = groups.add(sent: 0, arrival: 100_000)
        _ = groups.add(sent: 10_000, arrival: 150_000)
        // These waited behind the one before and come at once.
        expectNothing(groups.add(sent: 20_000, arrival: 150_200))
        expectNothing(groups.add(sent: 30_000, arrival: 150_400))
        let delta = groups.add(sent: 60_000, arrival: 180_000)
        #expect(delta?.sent == 30_000)
        #expect(delta?.arrived == 50_400)
    }

    @Test func aPacketThatWasOvertakenSaysNothing() {
        var groups = PacketGroups()
        _ = groups.add(sent: 0, arrival: 100_000)
        _ = groups.add(sent: 20_000, arrival: 120_000)
        expectNothing(groups.add(sent: 10_000, arrival: 121_000))
        let delta = groups.add(sent: 40_000, arrival: 140_000)
        #expect(delta?.delayMilliseconds == 0)
    }

    @Test func theSlopeIsWhatTheQueueGainsInTime() {
        var trend = Trendline()
        var detector = OveruseDetector()
        feed(&detector, &trend, gains: Array(repeating: 0, count: 30))
        #expect(trend.slope == 0)
        feed(&detector, &trend, gains: Array(repeating: 1, count: 60), from: 30)
        // One millisecond in eleven; the smoothing lags behind by a constant.
        #expect(abs(trend.slope - 1 / 11) < 0.01)
    }

    @Test func aGrowingQueueIsOveruseAndADrainingOneUnderuse() {
        var trend = Trendline()
        var detector = OveruseDetector()
        feed(&detector, &trend, gains: Array(repeating: 0, count: 40))
        #expect(detector.usage == .normal)
        feed(&detector, &trend, gains: Array(repeating: 2, count: 15), from: 40)
        #expect(detector.usage == .over)
        feed(&detector, &trend, gains: Array(repeating: -2, count: 15), from: 60)
        #expect(detector.usage == .under)
    }

    @Test func theThresholdFollowsNoiseAndStaysWithinItsBounds() {
        var trend = Trendline()
        var detector = OveruseDetector()
        feed(&detector, &trend, gains: Array(repeating: 0, count: 400))
        #expect(detector.threshold == 6)
        var most = 0.0
        for step in 0..<80 {
            let gain = step / 4 % 2 == 0 ? 0.5 : -0.5
            feed(&detector, &trend, gains: Array(repeating: gain, count: 5), from: 400 + 5 * step)
            most = max(most, detector.threshold)
        }
        #expect(most > 6 && most < 30)
    }

    @Test func theQueueIsTheDelayAboveTheLeast() {
        var queue = QueueDelay()
        for step in 0..<100 { queue.add(sent: Int64(step) * 10_000, arrival: Int64(step) * 10_000 + 777_000_000) }
        #expect(queue.microseconds == 0)
        for step in 100..<200 { queue.add(sent: Int64(step) * 10_000, arrival: Int64(step) * 10_000 + 777_040_000) }
        #expect(abs(queue.microseconds - 40_000) < 100)
    }

    @Test func aRouteThatIsLongerForGoodIsNoQueueForEver() {
        var queue = QueueDelay()
        for step in 0..<1000 { queue.add(sent: Int64(step) * 10_000, arrival: Int64(step) * 10_000) }
        for step in 1000..<5000 { queue.add(sent: Int64(step) * 10_000, arrival: Int64(step) * 10_000 + 50_000) }
        #expect(queue.microseconds < 100)
    }

    @Test func aQueueThatStandsIsToldOnceForAStretch() {
        var queue = QueueDelay()
        queue.add(sent: 0, arrival: 0)
        for step in 1...300 { queue.add(sent: Int64(step) * 10_000, arrival: Int64(step) * 10_000 + 30_000) }
        let (first, second) = (
            queue.takeStanding(longerThan: 2_000_000, at: 3_000_000),
            queue.takeStanding(longerThan: 2_000_000, at: 3_100_000)
        )
        #expect(first && !second)
    }

    @Test func theReceiversClockMayWrapAndLeap() {
        var clock = ArrivalClock()
        let first = clock.unwrap(0xFFFF_FFF0)
        expect(clock.unwrap(0x1_0000_0010) - first, 32 * 250)
        expect(clock.unwrap(0x0000_0020) - first, 48 * 250)
        // Six days in one step.
        expect(clock.unwrap(0x7FFF_FFFF) - first, 48 * 250)
        expect(clock.unwrap(0x8000_0003) - first, 52 * 250)
    }
}
