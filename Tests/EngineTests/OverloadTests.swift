import Contract
import Forward
import Simulator
import Testing

@Suite struct SheddingTests {
    private func verdicts(_ windows: Int, longest milliseconds: UInt64, busy: Int, from start: Shedding = Shedding())
        -> Shedding
    {
        var shedding = start
        for _ in 0..<windows {
            shedding.judge(longest: milliseconds * 1_000_000, isBacklogged: false, busyPercent: busy)
        }
        return shedding
    }

    @Test func aShardThatOthersHoldUpShedsNothing() {
        #expect(verdicts(100, longest: 80, busy: 60).level == 0)
    }

    @Test func retransmissionsGoFirstThenLayersThenCamerasThenScreens() {
        let first = verdicts(1, longest: 11, busy: 100)
        #expect(first.shedsRetransmissions && !first.shedsLayers(share: 0))
        let second = verdicts(2, longest: 11, busy: 100)
        #expect(second.shedsLayers(share: 0) && !second.shedsLayers(share: 1))
        let layers = verdicts(17, longest: 11, busy: 100)
        #expect(layers.shedsLayers(share: 15) && !layers.sheds(share: 0, isScreen: false))
        let next = verdicts(18, longest: 11, busy: 100)
        #expect(next.sheds(share: 0, isScreen: false) && !next.sheds(share: 1, isScreen: false))
        let cameras = verdicts(33, longest: 11, busy: 100)
        #expect(cameras.sheds(share: 15, isScreen: false) && !cameras.sheds(share: 0, isScreen: true))
        let all = verdicts(1000, longest: 11, busy: 100)
        #expect(all.level == Shedding.levelMax && all.sheds(share: 15, isScreen: true))
    }

    @Test func aBurstFarOverBudgetShedsMoreAtOnce() {
        #expect(verdicts(1, longest: 35, busy: 100).level == 3)
        #expect(verdicts(1, longest: 900, busy: 100).level == 4)
    }

    @Test func itComesBackWithinASecondOfTheLoadsEnd() {
        let all = verdicts(1000, longest: 11, busy: 100)
        let windows = Int(1_000_000_000 / Shedding.windowNanoseconds)
        #expect(verdicts(windows, longest: 1, busy: 20, from: all).level == 0)
    }

    @Test func itComesBackWithinASecondWhenHalfOfTheLoadStays() {
        let shed = verdicts(12, longest: 11, busy: 100)
        #expect(shed.level == 12)
        let windows = Int(1_000_000_000 / Shedding.windowNanoseconds)
        #expect(verdicts(windows / 2, longest: 6, busy: 60, from: shed).level == 0)
    }

    @Test func itComesBackSlowlyWhileTheShardIsBusy() {
        let all = verdicts(1000, longest: 11, busy: 100)
        #expect(verdicts(8, longest: 5, busy: 80, from: all).level == Shedding.levelMax - 2)
        #expect(verdicts(8, longest: 5, busy: 98, from: all).level == Shedding.levelMax)
    }

    @Test func consumersAreSpreadOverTheShares() {
        var counts = [Int](repeating: 0, count: 16)
        for index in 0..<1600 as Range<UInt32> { counts[Int(Shedding.share(of: index))] += 1 }
        #expect(counts.allSatisfy { $0 > 80 && $0 < 120 })
    }
}

@Suite struct OverloadTests {
    @Test func videoIsLeftOutAudioIsNot() {
        let meeting = Meeting(listeners: 4)
        meeting.simulator.run(seconds: 2)
        meeting.simulator.strain(burstMilliseconds: 60, busyPercent: 100)
        meeting.simulator.run(seconds: 2)
        #expect(meeting.simulator.shedLevels.last == UInt8(Shedding.levelMax))
        let pictures = meeting.picturePackets
        let sounds = meeting.listener.packetsReceived(meeting.audioConsumers[0])
        meeting.simulator.run(seconds: 1)
        #expect(meeting.picturePackets == pictures)
        #expect(meeting.listener.packetsReceived(meeting.audioConsumers[0]) > sounds + 45)
        #expect(meeting.report.dropped(.shed) > 0)
        meeting.end()
    }

    @Test func whatWasLeftOutComesBackWithAKeyframe() {
        let meeting = Meeting(listeners: 4)
        meeting.simulator.run(seconds: 2)
        meeting.simulator.strain(burstMilliseconds: 60, busyPercent: 100)
        meeting.simulator.run(seconds: 2)
        let keyframes = meeting.video.layers[0].keyframesSent
        let pictures = meeting.picturePackets
        meeting.simulator.strain(burstMilliseconds: 0.5, busyPercent: 10)
        meeting.simulator.run(seconds: 3)
        #expect(meeting.simulator.shedLevels.last == 0)
        #expect(meeting.video.layers[0].keyframesSent > keyframes)
        #expect(meeting.picturePackets > pictures + 40)
        meeting.end()
    }

    @Test func enhancementLayersGoBeforeWholePictures() {
        let meeting = Meeting(layers: 3)
        meeting.simulator.run(seconds: 3)
        #expect(meeting.simulator.layerLeaving(meeting.videoConsumers[0]) == 2)
        // Over budget until every share is at its lowest layer, then busy enough to stay there.
        meeting.simulator.strain(burstMilliseconds: 11, busyPercent: 100)
        while meeting.simulator.report().shedLevelNow < 17 { meeting.simulator.run(seconds: 0.01) }
        meeting.simulator.strain(burstMilliseconds: 9, busyPercent: 99)
        meeting.simulator.run(seconds: 2)
        #expect(meeting.simulator.layerLeaving(meeting.videoConsumers[0]) == 0)
        meeting.simulator.strain(burstMilliseconds: 0.5, busyPercent: 10)
        meeting.simulator.run(seconds: 2)
        #expect(meeting.simulator.layerLeaving(meeting.videoConsumers[0]) == 2)
        meeting.end()
    }

    @Test func burstsOverBudgetAreCounted() {
        let meeting = Meeting()
        meeting.simulator.strain(burstMilliseconds: 11, busyPercent: 30)
        meeting.simulator.run(seconds: 1)
        #expect(meeting.report.burstsOverBudget > 10 && meeting.report.shedLevelNow == 0)
        meeting.end()
    }
}
