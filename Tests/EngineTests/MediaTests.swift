import Contract
import Simulator
import Testing

@Suite struct MediaTests {
    @Test func everyPacketOfAPerfectLineIsForwardedOnce() {
        let meeting = Meeting(listeners: 3)
        meeting.simulator.run(seconds: 5)
        #expect(meeting.simulator.counts.nacksToPublishers == 0)
        #expect(meeting.simulator.counts.retransmissions == 0)
        #expect(meeting.report.forwarded > 1000)
        meeting.end()
    }

    @Test func aLatePacketFillsItsHole() {
        let meeting = Meeting { $0.toServer.reorder = 0.1 }
        meeting.simulator.run(seconds: 5)
        #expect(meeting.listener.latePackets(meeting.videoConsumers[0]) > 5)
        meeting.end()
    }

    @Test func aLostPacketIsAskedForAndForwarded() {
        let meeting = Meeting { $0.toServer = .losing(0.1) }
        meeting.simulator.run(seconds: 6)
        #expect(meeting.simulator.counts.nacksToPublishers > 20)
        #expect(meeting.report.rtxAccepted > 15)
        #expect(meeting.listener.latePackets(meeting.videoConsumers[0]) > 15)
        meeting.end()
    }

    @Test func aNackIsAnsweredByRtx() {
        let meeting = Meeting {
            $0.toClient = .losing(0.1)
            $0.takesFec = false
        }
        meeting.simulator.run(seconds: 6)
        #expect(meeting.simulator.counts.retransmissions > 30)
        #expect(meeting.listener.repairedPackets(meeting.videoConsumers[0]) > 30)
        #expect(meeting.simulator.counts.clientHoles == 0)
        meeting.end()
    }

    @Test func aNumberThatNeverLeftIsNotRepeated() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        let ssrc = ConsumerSsrc.media(meeting.videoConsumers[0])
        for start in stride(from: 0, to: 65_536, by: 4096) {
            meeting.listener.nack(ssrc, (0..<50).map { UInt16(start + $0) })
        }
        meeting.simulator.run(seconds: 0.5)
        #expect(meeting.report.nacksReceived == 800)
        meeting.end()
    }

    @Test func somebodyElsesStreamIsNotRepeated() {
        let meeting = Meeting(listeners: 2)
        meeting.simulator.run(seconds: 2)
        meeting.listeners[1].nack(ConsumerSsrc.media(meeting.videoConsumers[0]), (0...65).map { UInt16($0 * 900) })
        meeting.simulator.run(seconds: 0.5)
        #expect(meeting.report.nacksReceived == 0)
        meeting.end()
    }

    @Test func aPacketThatIsRepeatedIsNotForwardedTwice() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        let layer = meeting.video.layers[0]
        for back in 1...40 as ClosedRange<UInt64> { layer.repeatRecent(back: back) }
        meeting.simulator.run(seconds: 0.5)
        #expect(meeting.report.dropped(.duplicate) >= 40)
        #expect(meeting.report.rtxAccepted == 0)
        meeting.end()
    }

    @Test func aPacketThatIsRepeatedAfterItsTimeIsNotForwardedTwice() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 6)
        let layer = meeting.video.layers[0]
        for back in 150...250 as ClosedRange<UInt64> { layer.repeatRecent(back: back) }
        meeting.simulator.run(seconds: 0.5)
        #expect(meeting.report.dropped(.tooLate) > 50)
        meeting.end()
    }

    @Test func paddingTakesNoNumber() {
        let meeting = Meeting()
        meeting.video.paddingRatio = 0.5
        meeting.simulator.run(seconds: 4)
        #expect(meeting.report.dropped(.paddingOnly) > 30)
        meeting.end()
    }

    @Test func aProbeGoesNowhere() {
        let meeting = Meeting()
        meeting.video.probeRatio = 0.5
        meeting.simulator.run(seconds: 4)
        #expect(meeting.report.dropped(.probe) > 30)
        #expect(meeting.simulator.counts.transportFeedbacks > 10)
        meeting.end()
    }

    @Test func numbersWrapWithoutABreak() {
        // Sound comes in by 64000 and more on a perfect line, and wraps within half a minute.
        let meeting = Meeting()
        meeting.simulator.run(seconds: 40)
        #expect(meeting.audio.layers[0].next > 65_600)
        meeting.end()
    }

    @Test func outgoingNumbersWrapWithoutABreak() {
        let meeting = Meeting()
        meeting.video.framePacketsMax = 40
        meeting.simulator.run(seconds: 115)
        #expect(meeting.listener.highestIndex(meeting.videoConsumers[0]) > 66_000)
        meeting.end()
    }

    @Test func damagedPacketsAreRefused() {
        let meeting = Meeting {
            $0.toServer.corruption = 0.2
            $0.toServer.truncation = 0.1
        }
        meeting.simulator.run(seconds: 5)
        #expect(meeting.report.dropped(.srtpAuthentication) > 20)
        meeting.end()
    }

    @Test func aSecondCopyIsRefused() {
        let meeting = Meeting { $0.toServer.duplication = 0.5 }
        meeting.simulator.run(seconds: 3)
        #expect(meeting.report.dropped(.srtpReplayed) > 50)
        meeting.end()
    }

    @Test func soundAndPictureStayTogether() {
        let meeting = Meeting(layers: 3) { $0.toServer.jitterNanoseconds = 5_000_000 }
        meeting.simulator.run(seconds: 8)
        meeting.simulator.selectLayer(meeting.videoConsumers[0], of: meeting.listener, 0)
        meeting.simulator.run(seconds: 10)
        #expect(meeting.simulator.counts.lipSyncChecks > 500)
        #expect(meeting.simulator.counts.largestLipSyncErrorNanoseconds < 5_000_000)
        meeting.end()
    }

    @Test func feedbackSaysWhatArrived() {
        let meeting = Meeting {
            $0.toServer = .losing(0.05)
            $0.toServer.reorder = 0.05
        }
        meeting.simulator.run(seconds: 5)
        #expect(meeting.simulator.counts.transportFeedbacks > 40)
        // One a second.
        #expect(meeting.simulator.counts.receiverReports > 2)
        meeting.end()
    }

    @Test func aListenerHearsOfTheClockSoonAfterMediaBegin() {
        let meeting = Meeting(listeners: 3)
        meeting.simulator.run(seconds: 1)
        #expect(meeting.simulator.counts.senderReports >= 6)
        meeting.end()
    }

    @Test func theLoudestIsAnnounced() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        #expect(meeting.simulator.speakerAnnounced == meeting.audio.producer)
        meeting.end()
    }

    @Test func theFirstPacketOfALayerIsAnnouncedWithItsCodec() {
        let meeting = Meeting(layers: 2)
        meeting.simulator.run(seconds: 2)
        let started = meeting.simulator.startedLayers
        #expect(started.count == 3)
        #expect(started.contains { $0.producer == meeting.audio.producer && $0.codec == .opus })
        #expect(started.contains { $0.producer == meeting.video.producer && $0.layer == 1 && $0.codec == .vp8 })
        meeting.end()
    }
}
