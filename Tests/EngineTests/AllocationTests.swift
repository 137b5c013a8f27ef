import Contract
import Simulator
import Testing

@testable import Forward

extension Meeting {
    /// Three layers of about 0.3, 1 and 2.5 Mbit/s are what these meetings publish: what all cost, lowest first.
    fileprivate var rates: [UInt64] {
        let report = simulator.producerReport(video.producer)!
        return (0..<3).map { report.bitsPerSecond[$0] }
    }

    fileprivate func layer(_ place: Int = 0) -> UInt8 {
        let report = simulator.consumerReport(videoConsumers[place])!
        return report.pauseReason == .none ? report.current[0] : 255
    }

    fileprivate func run(_ seconds: Double, estimate: UInt64) {
        simulator.run(seconds: seconds, estimate: estimate, for: listener)
    }
}

@Suite struct AllocationTests {
    /// With a listener whose link is known for a while, and good; or not known.
    private func meeting(isKnown: Bool = true) -> Meeting {
        let meeting = Meeting(layers: 3)
        for (place, size) in [300, 500, 900].enumerated() { meeting.video.sizes[place] = size }
        meeting.simulator.run(seconds: 2)
        if isKnown { meeting.run(1, estimate: 20_000_000) }
        return meeting
    }

    @Test func ratesAreMeasuredAndReported() {
        let meeting = meeting(isKnown: false)
        let rates = meeting.rates
        #expect(rates[0] > 100_000 && rates[0] < rates[1] && rates[1] < rates[2])
        meeting.end()
    }

    @Test func withoutAnEstimateTheBestLayerLeaves() {
        let meeting = meeting(isKnown: false)
        #expect(meeting.layer() == 2 && meeting.simulator.holds.isEmpty)
        meeting.end()
    }

    @Test func whatDoesNotFitIsGivenUpAtOnce() {
        let meeting = meeting()
        meeting.run(0.4, estimate: meeting.rates[1] * 12 / 10 + 60_000)
        #expect(meeting.layer() == 1)
        meeting.run(0.4, estimate: meeting.rates[0] * 12 / 10 + 60_000)
        #expect(meeting.layer() == 0)
        meeting.end()
    }

    @Test func theFirstEstimateIsGivenTimeToGrow() {
        let meeting = meeting(isKnown: false)
        meeting.run(0.4, estimate: 300_000)
        #expect(meeting.layer() == 2)
        meeting.run(0.3, estimate: 3_000_000)
        meeting.run(1, estimate: 20_000_000)
        #expect(meeting.layer() == 2 && meeting.simulator.holds.isEmpty)
        meeting.end()
    }

    @Test func aFirstEstimateThatFallsIsBelievedAtOnce() {
        let meeting = meeting(isKnown: false)
        meeting.run(0.1, estimate: 300_000)
        meeting.run(0.3, estimate: 60_000)
        #expect(meeting.simulator.holds.map(\.reason) == [.bandwidth])
        meeting.end()
    }

    @Test func moreIsGivenOnlyAfterASecondWithRoomToSpare() {
        let meeting = meeting()
        meeting.run(1, estimate: meeting.rates[0] * 12 / 10 + 60_000)
        let enough = meeting.rates[1] * 13 / 10 + 90_000
        meeting.run(0.7, estimate: enough)
        #expect(meeting.layer() == 0)
        meeting.run(1.2, estimate: enough)
        #expect(meeting.layer() == 1)
        meeting.run(3, estimate: enough)
        #expect(meeting.layer() == 1)
        meeting.end()
    }

    /// What the lowest layer costs over ten seconds; from one second to the next it wavers by a tenth.
    private func lowest(_ meeting: Meeting) -> (picture: UInt64, sound: UInt64) {
        var sum: UInt64 = 0
        for _ in 0..<10 {
            meeting.run(1, estimate: 20_000_000)
            sum += meeting.rates[0]
        }
        let sound = meeting.simulator.producerReport(meeting.audio.producer)!.bitsPerSecond[0]
        return (sum / 10, sound)
    }

    @Test func aPictureThatBarelyFitsIsNotStopped() {
        let meeting = meeting()
        let rate = lowest(meeting)
        meeting.run(20, estimate: rate.picture * 103 / 100 + rate.sound)
        #expect(meeting.layer() == 0 && meeting.simulator.holds.isEmpty)
        meeting.end()
    }

    @Test func aPictureThatNeverFitsIsStoppedAfterAWhile() {
        let meeting = meeting()
        let rate = lowest(meeting)
        meeting.run(1, estimate: rate.picture * 88 / 100 + rate.sound)
        #expect(meeting.simulator.holds.isEmpty)
        meeting.run(4, estimate: rate.picture * 88 / 100 + rate.sound)
        #expect(meeting.simulator.holds.first?.reason == .bandwidth)
        meeting.end()
    }

    @Test func anEstimateThatWaversDoesNotMakeThePictureFlap() {
        let meeting = meeting()
        let middle = meeting.rates[1] + 70_000
        var switches = 0
        var last = meeting.layer()
        for step in 0..<40 as Range<UInt64> {
            meeting.run(0.25, estimate: step % 2 == 0 ? middle * 104 / 100 : middle * 98 / 100)
            if meeting.layer() != last { switches += 1 }
            last = meeting.layer()
        }
        #expect(switches <= 2, "\(switches) switches in 10 s")
        meeting.end()
    }

    @Test func whatNothingIsLeftForIsHeldAndTheControlSideTold() {
        let meeting = meeting()
        meeting.run(0.5, estimate: 60_000)
        #expect(meeting.simulator.holds.map(\.reason) == [.bandwidth])
        let before = meeting.picturePackets
        meeting.run(1, estimate: 60_000)
        #expect(meeting.picturePackets == before)
        meeting.run(2.5, estimate: 5_000_000)
        #expect(meeting.simulator.holds.map(\.reason) == [.bandwidth, .none])
        #expect(meeting.picturePackets > before)
        meeting.end()
    }

    @Test func aSmallViewGetsASmallLayerAndAHiddenOneNothing() {
        let meeting = meeting(isKnown: false)
        let consumer = meeting.videoConsumers[0]
        meeting.simulator.setView(consumer, of: meeting.listener, View(width: 320, height: 180))
        meeting.simulator.run(seconds: 0.5)
        #expect(meeting.layer() == 0)
        meeting.simulator.setView(consumer, of: meeting.listener, View(width: 0, height: 0))
        meeting.simulator.run(seconds: 0.5)
        #expect(meeting.layer() == 255 && meeting.simulator.holds.last?.reason == .notShown)
        meeting.simulator.setView(consumer, of: meeting.listener, View(width: 1280, height: 720))
        meeting.simulator.run(seconds: 0.5)
        #expect(meeting.layer() == 2 && meeting.simulator.holds.last?.reason == PauseReason.none)
        meeting.end()
    }

    @Test func thePinnedPictureIsServedFirst() {
        let meeting = meeting()
        let second = meeting.simulator.join(meeting.room)!
        let other = meeting.simulator.publishVideo(second, layers: 3)!
        for (place, size) in [300, 500, 900].enumerated() { other.sizes[place] = size }
        let consumer = meeting.simulator.subscribe(meeting.listener, to: other)!
        meeting.simulator.run(seconds: 3)
        let rates = meeting.rates
        meeting.simulator.setView(
            consumer, of: meeting.listener, View(width: 640, height: 360, isPinned: true))
        meeting.run(3, estimate: rates[0] * 13 / 10 + 90_000)
        #expect(meeting.simulator.consumerReport(consumer)!.current[0] == 0 && meeting.layer() == 255)
        meeting.run(4, estimate: (rates[0] + rates[1]) * 12 / 10 + 80_000)
        #expect(meeting.simulator.consumerReport(consumer)!.current[0] == 1 && meeting.layer() == 0)
        meeting.end()
    }

    @Test func aLayerThatVanishesIsReplacedByOneThatIsThere() {
        let meeting = meeting()
        meeting.run(1, estimate: 20_000_000)
        meeting.video.layers[2].isStopped = true
        meeting.run(2.5, estimate: 20_000_000)
        #expect(meeting.layer() == 1)
        meeting.video.layers[2].isStopped = false
        meeting.run(3, estimate: 20_000_000)
        #expect(meeting.layer() == 2)
        meeting.end()
    }
}

@Suite struct AllocationRuleTests {
    @Test func theStepForAViewIsTheLowestThatIsLargeEnough() {
        func step(_ width: UInt16, _ height: UInt16) -> UInt8 {
            Allocation.step(for: View(width: width, height: height), of: 3, bestArea: Allocation.cameraArea)
        }
        #expect(step(160, 90) == 0 && step(320, 180) == 0)
        #expect(step(480, 270) == 1 && step(640, 360) == 1)
        #expect(step(1280, 720) == 2 && step(3840, 2160) == 2)
        #expect(Allocation.step(for: .unknown, of: 3, bestArea: 1) == 2)
    }

    @Test func screensComeBeforePinsBeforeSpeakersBeforeSizes() {
        func priority(_ isScreen: Bool, _ isPinned: Bool, _ isSpeaker: Bool, _ width: UInt16) -> UInt32 {
            Allocation.priority(
                isScreen: isScreen, isPinned: isPinned, isSpeaker: isSpeaker, view: View(width: width, height: width))
        }
        let order = [
            priority(true, false, false, 1), priority(false, true, false, 2), priority(false, false, true, 3),
            priority(false, false, false, 9000), priority(false, false, false, 100),
        ]
        #expect(order == order.sorted(by: >))
    }
}
