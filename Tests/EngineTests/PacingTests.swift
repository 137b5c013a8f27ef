import Contract
import Simulator
import Testing

/// A bottleneck of so many bits a second with a queue of so many milliseconds: what of a log it would lose.
private struct ShallowQueue {
    var bitsPerSecond: Double
    var milliseconds: Double

    func lost(of departures: [Departure]) -> Int {
        var (queued, last, lost) = (0.0, departures.first?.nanoseconds ?? 0, 0)
        for departure in departures {
            queued = max(0, queued - Double(departure.nanoseconds - last) / 1e9 * bitsPerSecond / 8)
            last = departure.nanoseconds
            let bytes = Double(departure.bytes + 28)
            if queued + bytes > bitsPerSecond / 8 * milliseconds / 1000 {
                lost += 1
            } else {
                queued += bytes
            }
        }
        return lost
    }
}

private final class Log {
    var departures: [Departure] = []
}

extension Meeting {
    /// Everything that leaves for the first listener while so much time goes by.
    fileprivate func departures(seconds: Double, _ action: () -> Void = {}) -> [Departure] {
        let log = Log()
        let number = listener.number
        simulator.onDeparture = { if $0.peer == number { log.departures.append($0) } }
        action()
        simulator.run(seconds: seconds)
        simulator.onDeparture = nil
        return log.departures
    }
}

@Suite struct PacingTests {
    private func keyframe(paced: Bool) -> (lost: Int, of: Int, wait: UInt64) {
        let meeting = Meeting()
        meeting.video.framePacketsMax = 2
        meeting.video.sizes[0] = 1_000
        meeting.simulator.run(seconds: 2)
        if paced { meeting.simulator.setPace(meeting.listener, bitsPerSecond: 2_000_000) }
        meeting.video.keyframePackets = 60
        let departures = meeting.departures(seconds: 1) { meeting.video.keyframeSoon() }
        let lost = ShallowQueue(bitsPerSecond: 2_500_000, milliseconds: 50).lost(of: departures)
        let wait = meeting.simulator.counts.largestWaitNanoseconds
        meeting.end()
        return (lost, departures.count, wait)
    }

    @Test func aKeyframeDoesNotFillAShallowQueue() {
        let (burst, paced) = (keyframe(paced: false), keyframe(paced: true))
        print("lost of a keyframe in a queue of 50 ms: \(burst) in one burst, \(paced) paced")
        #expect(burst.lost > 20 && paced.lost <= burst.lost / 8)
        #expect(burst.wait == 0 && paced.wait > 0)
    }

    @Test func withoutAnEstimateNothingWaits() {
        let meeting = Meeting(listeners: 3)
        meeting.simulator.run(seconds: 5)
        #expect(meeting.simulator.counts.largestWaitNanoseconds == 0)
        meeting.end()
    }

    @Test func anAmpleEstimateHoldsNothingBack() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 1)
        meeting.simulator.setPace(meeting.listener, bitsPerSecond: 1_000_000_000)
        meeting.simulator.run(seconds: 3)
        #expect(meeting.simulator.counts.largestWaitNanoseconds == 0 && meeting.picturePackets > 50)
        meeting.end()
    }

    @Test func soundIsNotDelayedByAPictureThatWaits() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 1)
        meeting.simulator.setPace(meeting.listener, bitsPerSecond: 150_000)
        let departures = meeting.departures(seconds: 4)
        // The checker would have found a packet of sound that waited.
        #expect(departures.count { $0.isAudio } > 190)
        #expect(meeting.simulator.counts.largestWaitNanoseconds > 100_000_000)
        meeting.end()
    }

    @Test func theRateIsTheFactorTimesTheEstimate() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        meeting.simulator.setPace(meeting.listener, bitsPerSecond: 100_000)
        let departures = meeting.departures(seconds: 4)
        let bits = departures.reduce(0) { $0 + $1.bytes } * 8 / 4
        // The picture wants more than there is.
        #expect(bits > 120_000 && bits < 180_000, "\(bits) bit/s")
        meeting.end()
    }

    @Test func whatFallsOutOfTheHistoryIsCountedAndAKeyframeWanted() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        let before = meeting.video.layers[0].keyframeRequests
        meeting.simulator.setPace(meeting.listener, bitsPerSecond: 60_000)
        meeting.simulator.run(seconds: 6)
        #expect(meeting.report.dropped(.fellBehind) > 0)
        #expect(meeting.video.layers[0].keyframeRequests > before)
        meeting.end()
    }

    @Test func aSwitchLeavesTheOldLayersBacklogBehind() {
        let meeting = Meeting(layers: 2)
        meeting.simulator.run(seconds: 2)
        meeting.simulator.setPace(meeting.listener, bitsPerSecond: 100_000)
        meeting.simulator.run(seconds: 0.5)
        meeting.simulator.selectLayer(meeting.videoConsumers[0], of: meeting.listener, 0)
        meeting.simulator.run(seconds: 0.6)
        #expect(meeting.simulator.layerLeaving(meeting.videoConsumers[0]) == 0)
        #expect(meeting.report.dropped(.fellBehind) > 0)
        meeting.end()
    }

    @Test func whatWaitedLeavesInOrderWhenTheLinkTurnsOutToBeGood() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        meeting.simulator.setPace(meeting.listener, bitsPerSecond: 100_000)
        meeting.simulator.run(seconds: 0.5)
        meeting.simulator.setPace(meeting.listener, bitsPerSecond: 0)
        meeting.simulator.run(seconds: 0.5)
        #expect(meeting.report.dropped(.fellBehind) == 0)
        let waited = meeting.report.offered
        meeting.simulator.run(seconds: 0.5)
        #expect(meeting.report.offered > waited)
        meeting.end()
    }

    @Test func repairsFromUpstreamFitInWhereverTheConsumerIs() {
        let meeting = Meeting(listeners: 2) {
            $0.toServer.loss = 0.05
            $0.toServer.reorder = 0.05
            $0.toClient.loss = 0.05
        }
        meeting.simulator.run(seconds: 1)
        for bits in [200_000, 400_000, 1_000_000, 150_000] as [UInt64] {
            for listener in meeting.listeners { meeting.simulator.setPace(listener, bitsPerSecond: bits) }
            meeting.simulator.run(seconds: 3)
        }
        #expect(meeting.listener.repairedPackets(meeting.videoConsumers[0]) > 10)
        meeting.end()
    }

    @Test func aLackOfRunsOnlyPutsThemOff() {
        let meeting = Meeting(listeners: 4) { $0.limits.runs = 2 }
        meeting.simulator.run(seconds: 1)
        for listener in meeting.listeners { meeting.simulator.setPace(listener, bitsPerSecond: 300_000) }
        meeting.simulator.run(seconds: 4)
        #expect(meeting.picturePackets > 100)
        meeting.end()
    }
}
