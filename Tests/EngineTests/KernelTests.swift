import Contract
import Simulator
import Testing

/// Moods of the kernel and of the other threads.
@Suite struct KernelTests {
    @Test func twoCellsAreEnoughForManyListeners() {
        let meeting = Meeting(listeners: 12, layers: 2) { $0.limits.runs = 2 }
        meeting.simulator.run(seconds: 4)
        #expect(meeting.report.forwarded > 4000)
        meeting.end()
    }

    @Test func theHandshakesEndWaitsForACell() {
        let meeting = Meeting(listeners: 12) {
            $0.kernel.slowSends = 1
            $0.limits.runs = 2
        }
        meeting.simulator.run(seconds: 4)
        #expect(meeting.listeners.allSatisfy { $0.gotRecord })
        meeting.end()
    }

    @Test func slowSendsLoseNothing() {
        let meeting = Meeting(listeners: 6) {
            $0.kernel.slowSends = 1
            $0.limits.runs = 4
        }
        meeting.simulator.run(seconds: 4)
        #expect(meeting.report.forwarded > 2000)
        meeting.end()
    }

    @Test(arguments: [0.0, 1.0])
    func mergedDatagramsAreTakenApart(_ merging: Double) {
        let meeting = Meeting(layers: 3) { $0.kernel.merging = merging }
        meeting.simulator.run(seconds: 4)
        #expect(meeting.simulator.counts.nacksToPublishers == 0)
        #expect(meeting.report.rtpAccepted > 700)
        meeting.end()
    }

    @Test func burstsOfOneAreTakenToo() {
        let meeting = Meeting { $0.kernel.arrivalsMax = 1 }
        meeting.simulator.run(seconds: 3)
        #expect(meeting.picturePackets > 100)
        meeting.end()
    }

    @Test func aTruncatedReceiveIsCountedAndRepaired() {
        let meeting = Meeting { $0.kernel.shortBuffers = 0.05 }
        meeting.simulator.run(seconds: 8)
        #expect(meeting.report.dropped(.truncated) > 10)
        #expect(meeting.report.rtxAccepted > 5)
        meeting.end()
    }

    @Test func exhaustedSlotsAreCountedAndComeHome() {
        let meeting = Meeting(layers: 3) { $0.limits.slots = 100 }
        meeting.simulator.run(seconds: 4)
        #expect(meeting.report.dropped(.slotsExhausted) > 100)
        #expect(meeting.report.forwarded > 100)
        meeting.end()
    }

    @Test func whereThereIsNoRoomNothingIsAskedForAgain() {
        let meeting = Meeting(layers: 3) { $0.limits.slots = 100 }
        meeting.simulator.run(seconds: 8)
        // 230 packets a second are sent once, of which 100 find room: no more are turned away than that leaves.
        #expect(meeting.report.dropped(.slotsExhausted) < 8 * 230)
        meeting.end()
    }

    @Test func fullMailboxesDelayAndLoseNothing() {
        let meeting = Meeting(listeners: 10) { $0.limits.mailboxMax = 4 }
        meeting.simulator.run(seconds: 4)
        #expect(meeting.report.forwarded > 2000)
        meeting.end()
    }

    @Test(arguments: [0.05, 3, 20])
    func aLeapOfTheClockEndsNoCall(_ seconds: Double) {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 3)
        meeting.simulator.leap(UInt64(seconds * 1e9))
        meeting.simulator.run(seconds: 2)
        let before = meeting.picturePackets
        meeting.simulator.run(seconds: 2)
        #expect(meeting.picturePackets > before + 50)
        #expect(meeting.listener.loss == nil && meeting.publisher.loss == nil)
        meeting.end()
    }

    @Test func aBurstOfLossesLongerThanTheWindowEndsNoCall() {
        let meeting = Meeting()
        meeting.video.framePacketsMax = 20
        meeting.simulator.run(seconds: 3)
        meeting.simulator.toServer.loss = 1
        meeting.simulator.run(seconds: 4)
        meeting.simulator.toServer.loss = 0
        meeting.simulator.run(seconds: 2)
        let before = meeting.picturePackets
        meeting.simulator.run(seconds: 1)
        #expect(meeting.picturePackets > before + 100)
        meeting.end()
    }
}
