import Contract
import Engine
import Memory
import Simulator
import Snapshot
import Testing

/// One engine goes on where another stopped. What leaves is judged by the checkers that judge every run: numbers go on
/// without a gap, no SRTP index comes twice, decoders notice nothing.
@Suite struct TakeOverTests {
    @Test func whatLeavesGoesOnInMidStream() {
        let meeting = Meeting(listeners: 3)
        meeting.simulator.run(seconds: 2)
        for _ in 0..<5 {
            let before = meeting.picturePackets
            #expect(meeting.simulator.takeOver())
            meeting.simulator.run(seconds: 0.7)
            #expect(meeting.picturePackets > before + 20)
        }
        #expect(meeting.simulator.counts.takeOvers == 5)
        meeting.end()
    }

    @Test func nobodyAsksForAKeyframe() {
        let meeting = Meeting(listeners: 2)
        meeting.simulator.run(seconds: 3)
        let before = meeting.simulator.counts.keyframeRequests
        #expect(meeting.simulator.takeOver())
        meeting.simulator.run(seconds: 1)
        #expect(meeting.simulator.counts.keyframeRequests == before)
        meeting.end()
    }

    @Test func simulcastLayersStayWhatTheyWere() {
        let meeting = Meeting(listeners: 2, layers: 3)
        meeting.simulator.run(seconds: 3)
        let switches = meeting.simulator.counts.sourceSwitches
        #expect(meeting.simulator.takeOver())
        meeting.simulator.run(seconds: 1)
        #expect(meeting.simulator.counts.sourceSwitches == switches)
        meeting.end()
    }

    @Test func aWayThatLosesPacketsIsRepairedAcrossIt() {
        let meeting = Meeting(listeners: 2) {
            $0.toServer = .losing(0.05)
            $0.toClient = .losing(0.05)
        }
        meeting.simulator.run(seconds: 2)
        for _ in 0..<4 {
            meeting.simulator.takeOver()
            meeting.simulator.run(seconds: 1)
        }
        meeting.end()
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func randomRunsGoOn(seed: UInt64) {
        var run = RandomRun(seed: seed)
        run.takesOver = true
        run.play(seconds: 5)
        expectNoViolation(run.simulator)
    }

    // MARK: refusals

    private func busyMeeting() -> Meeting {
        let meeting = Meeting(listeners: 2, layers: 2)
        meeting.simulator.run(seconds: 1.5)
        return meeting
    }

    @Test func aSnapshotIsTakenByItsLike() {
        let simulator = busyMeeting().simulator
        #expect(simulator.refusal(of: simulator.snapshot()) == nil)
    }

    @Test func anotherFormatIsRefused() {
        let simulator = busyMeeting().simulator
        var snapshot = simulator.snapshot()
        // Field 1, a varint.
        #expect(snapshot[0] == 0x08)
        snapshot[1] = UInt8(Engine.snapshotFormat) + 1
        #expect(simulator.refusal(of: snapshot)?.contains("format") == true)
    }

    @Test func whatEndsTooSoonIsRefused() {
        let simulator = busyMeeting().simulator
        let snapshot = simulator.snapshot()
        for part in 1..<40 {
            let cut = snapshot.prefix(snapshot.count * part / 40)
            #expect(simulator.refusal(of: Array(cut)) != nil)
        }
    }

    @Test func limitsThatAreTooSmallAreARefusal() {
        let simulator = busyMeeting().simulator
        var limits = simulator.options.limits
        limits.peersMax = 2
        #expect(simulator.refusal(of: simulator.snapshot(), limits: limits) != nil)
    }

    @Test func somebodyElsesSnapshotIsRefused() {
        let (one, other) = (busyMeeting().simulator, Meeting(listeners: 5).simulator)
        other.run(seconds: 1.5)
        #expect(one.refusal(of: other.snapshot()) != nil)
    }

    @Test func damageDoesNoHarm() {
        let simulator = busyMeeting().simulator
        let snapshot = simulator.snapshot()
        var state: UInt64 = 7
        func random() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 20
        }
        for _ in 0..<150 {
            var damaged = snapshot
            for _ in 0...Int(random() % 3) {
                damaged[Int(random() % UInt64(damaged.count))] = UInt8(truncatingIfNeeded: random())
            }
            _ = simulator.refusal(of: damaged)
        }
    }
}
