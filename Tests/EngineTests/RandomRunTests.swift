import Simulator
import Testing

@Suite struct RandomRunTests {
    @Test(arguments: [Canary.flipsBit, .leaksSlot, .losesRun, .miscounts, .repeatsRun])
    func aCanaryIsSeen(_ canary: Canary) {
        let meeting = Meeting { $0.canary = canary }
        meeting.simulator.run(seconds: 10)
        meeting.simulator.finish()
        #expect(!meeting.simulator.violations.isEmpty)
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func whateverHappensWhatAlwaysHoldsDoes(_ seed: UInt64) {
        var run = RandomRun(seed: seed)
        run.play(seconds: 6)
        expectNoViolation(run.simulator)
    }

    @Test func theSameSeedDoesTheSame() {
        func play() -> (Int, Int, UInt64) {
            var run = RandomRun(seed: 27)
            run.play(seconds: 4)
            let simulator = run.simulator
            return (simulator.counts.mediaPackets, simulator.counts.steps, simulator.report().datagramsReceived)
        }
        #expect(play() == play())
    }
}
