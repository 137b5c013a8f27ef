import Contract
import Simulator
import Testing

@Suite struct SwitchingTests {
    @Test func aPausedProducerBeginsAgainWithAKeyframe() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        meeting.simulator.pause(meeting.video, true)
        meeting.simulator.run(seconds: 0.1)
        let (before, keyframes) = (meeting.report.forwarded, meeting.video.layers[0].keyframesSent)
        meeting.simulator.pause(meeting.audio, true)
        meeting.simulator.run(seconds: 1)
        #expect(meeting.report.forwarded < before + 10)
        meeting.simulator.pause(meeting.video, false)
        meeting.simulator.run(seconds: 2)
        #expect(meeting.video.layers[0].keyframesSent > keyframes)
        #expect(meeting.report.forwarded > before + 50)
        meeting.end()
    }

    @Test func aPausedConsumerBeginsAgainWithAKeyframe() {
        let meeting = Meeting(listeners: 2)
        meeting.simulator.run(seconds: 2)
        meeting.simulator.pause(meeting.videoConsumers[0], of: meeting.listener, true)
        meeting.simulator.run(seconds: 0.2)
        let (before, others) = (meeting.picturePackets, meeting.listeners[1].packetsReceived(meeting.videoConsumers[1]))
        meeting.simulator.run(seconds: 1)
        #expect(meeting.picturePackets == before)
        #expect(meeting.listeners[1].packetsReceived(meeting.videoConsumers[1]) > others + 25)
        meeting.simulator.pause(meeting.videoConsumers[0], of: meeting.listener, false)
        meeting.simulator.run(seconds: 1)
        #expect(meeting.picturePackets > before + 20)
        meeting.end()
    }

    @Test func aKeyframeWhoseFirstPacketComesLateIsForwardedWhole() {
        // The checkers let no number stay free whose packet was there.
        let meeting = Meeting { $0.toServer.reorder = 0.3 }
        meeting.video.keyframePackets = 12
        meeting.simulator.run(seconds: 2)
        for _ in 0..<20 {
            meeting.simulator.pause(meeting.videoConsumers[0], of: meeting.listener, true)
            meeting.simulator.run(seconds: 0.6)
            meeting.simulator.pause(meeting.videoConsumers[0], of: meeting.listener, false)
            let before = meeting.picturePackets
            meeting.simulator.run(seconds: 1)
            #expect(meeting.picturePackets > before + 20)
        }
        meeting.end()
    }

    @Test func aLayerSwitchWaitsForAKeyframe() {
        let meeting = Meeting(layers: 3)
        meeting.simulator.run(seconds: 3)
        #expect(meeting.simulator.layerLeaving(meeting.videoConsumers[0]) == 2)
        for layer in [0, 1, 2] as [UInt8] {
            let keyframes = meeting.video.layers[Int(layer)].keyframesSent
            meeting.simulator.selectLayer(meeting.videoConsumers[0], of: meeting.listener, layer)
            meeting.simulator.run(seconds: 1.5)
            #expect(meeting.simulator.layerLeaving(meeting.videoConsumers[0]) == layer)
            #expect(meeting.video.layers[Int(layer)].keyframesSent > keyframes)
        }
        meeting.end()
    }

    @Test func aLayerThatFallsSilentIsReplacedByAnother() {
        let meeting = Meeting(layers: 3)
        meeting.simulator.run(seconds: 3)
        meeting.video.layers[2].isStopped = true
        meeting.simulator.run(seconds: 3)
        #expect(meeting.simulator.layerLeaving(meeting.videoConsumers[0]) == 1)
        meeting.video.layers[2].isStopped = false
        meeting.simulator.run(seconds: 2)
        #expect(meeting.simulator.layerLeaving(meeting.videoConsumers[0]) == 2)
        meeting.end()
    }

    @Test func aReboundConsumerGoesOnWithItsNumbers() {
        let meeting = Meeting()
        let other = meeting.simulator.join(meeting.room)!
        let picture = meeting.simulator.publishVideo(other)!
        meeting.simulator.run(seconds: 2)
        for round in 0..<6 {
            meeting.simulator.bind(
                meeting.videoConsumers[0], of: meeting.listener, to: round % 2 == 0 ? picture : meeting.video)
            let before = meeting.picturePackets
            meeting.simulator.run(seconds: 1.5)
            #expect(meeting.picturePackets > before + 20)
        }
        meeting.simulator.bind(meeting.videoConsumers[0], of: meeting.listener, to: nil)
        meeting.simulator.run(seconds: 0.2)
        let before = meeting.picturePackets
        meeting.simulator.run(seconds: 1)
        #expect(meeting.picturePackets == before)
        meeting.end()
    }

    @Test func aSourceThatBeginsAnewStartsWithAKeyframe() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        for _ in 0..<5 {
            meeting.video.layers[0].beginAnew()
            let before = meeting.picturePackets
            meeting.simulator.run(seconds: 1.5)
            #expect(meeting.picturePackets > before + 30)
        }
        meeting.end()
    }

    @Test func stragglersOfAnOldSourceDoNotTakeItsPlaceBack() {
        let meeting = Meeting { $0.toServer.reorder = 0.3 }
        meeting.simulator.run(seconds: 2)
        let started = meeting.simulator.startedLayers.count
        meeting.video.layers[0].beginAnew()
        meeting.simulator.run(seconds: 2)
        #expect(meeting.simulator.startedLayers.count == started + 1)
        meeting.end()
    }

    @Test func retransmissionsOfASourceThatEndedAreNobodyElses() {
        let meeting = Meeting()
        // Its SSRCs are declared, so that its packets do not say whose they are.
        let second = meeting.simulator.publishVideo(meeting.publisher, declaresSsrcs: true)!
        meeting.simulator.run(seconds: 2)
        meeting.simulator.unpublish(second)
        meeting.simulator.run(seconds: 0.5)
        let before = meeting.report.dropped(.unknownStream)
        for back in 1...10 as ClosedRange<UInt64> { second.layers[0].repeatRecent(back: back) }
        meeting.simulator.run(seconds: 0.5)
        #expect(meeting.report.dropped(.unknownStream) == before + 10)
        meeting.end()
    }

    @Test func aSourceThatIsPublishedAgainGoesOn() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        meeting.simulator.unpublish(meeting.video)
        meeting.simulator.run(seconds: 0.5)
        let again = meeting.simulator.publishVideo(meeting.publisher)!
        meeting.simulator.bind(meeting.videoConsumers[0], of: meeting.listener, to: again)
        let before = meeting.picturePackets
        meeting.simulator.run(seconds: 2)
        #expect(meeting.picturePackets > before + 50)
        meeting.end()
    }

    @Test func aSecondTrackOfTheSameSubscriberIsRefused() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 1)
        let before = meeting.report.commandsIgnored
        _ = meeting.simulator.openConsumer(meeting.listener, .video)
        meeting.simulator.sendRaw(
            .bindConsumer(ConsumerIndex(meeting.videoConsumers[0].value + 1), meeting.video.producer))
        meeting.simulator.run(seconds: 1)
        #expect(meeting.report.commandsIgnored == before + 1)
        meeting.end()
    }

    @Test func manyWishesForAKeyframeAreOneRequest() {
        let meeting = Meeting(listeners: 8)
        meeting.simulator.run(seconds: 5)
        let before = meeting.simulator.counts.keyframeRequests
        for (listener, consumer) in zip(meeting.listeners, meeting.videoConsumers) {
            listener.requestKeyframe(consumer)
            listener.requestKeyframe(consumer)
        }
        meeting.simulator.run(seconds: 0.4)
        #expect(meeting.report.keyframeRequestsReceived >= 16)
        #expect(meeting.simulator.counts.keyframeRequests == before + 1)
        meeting.end()
    }

    @Test func aWishForAKeyframeThatFindsNoCellIsTriedAgainSoon() {
        let meeting = Meeting(listeners: 4) {
            $0.limits.runs = 2
            $0.kernel.slowSends = 1
        }
        meeting.simulator.run(seconds: 3)
        for _ in 0..<20 {
            let before = meeting.simulator.counts.keyframeRequests
            meeting.listener.requestKeyframe(meeting.videoConsumers[0])
            // 10 ms on the way; the next repeat would be after a second.
            meeting.simulator.run(seconds: 0.1)
            #expect(meeting.simulator.counts.keyframeRequests == before + 1)
            meeting.simulator.run(seconds: 1.4)
        }
        meeting.end()
    }

    @Test func aListenerWhoComesLateBeginsWithAKeyframeSoon() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 5)
        let late = meeting.simulator.join(meeting.room)!
        let consumer = meeting.simulator.subscribe(late, to: meeting.video)!
        meeting.simulator.run(seconds: 1)
        #expect(late.packetsReceived(consumer) > 15)
        meeting.end()
    }

    @Test func aConsumerThatIsOpenedAgainUsesNoIndexTwice() {
        // Few indices, so that the next consumer gets one that was just released, and with it the same SSRC.
        let meeting = Meeting { $0.limits.consumersMax = 2 }
        meeting.simulator.run(seconds: 2)
        var consumer = meeting.videoConsumers[0]
        for _ in 0..<12 {
            meeting.simulator.closeConsumer(consumer, of: meeting.listener)
            meeting.simulator.run(seconds: 0.1)
            consumer = meeting.simulator.subscribe(meeting.listener, to: meeting.video)!
            meeting.simulator.run(seconds: 1.5)
        }
        meeting.end()
    }
}
