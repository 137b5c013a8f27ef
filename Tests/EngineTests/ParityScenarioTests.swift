import Contract
import Simulator
import Testing

/// A picture of six packets thirty times a second over a link that loses packets and has a round trip of 80 ms.
private func healing(loss: Double, takesFec: Bool, seconds: Double = 30) -> (SimulatedPeer.Healing, ShardReport) {
    let meeting = Meeting(seed: 4) {
        $0.takesFec = takesFec
        $0.toServer.delayNanoseconds = 40_000_000
        $0.toClient.delayNanoseconds = 40_000_000
    }
    meeting.video.framePacketsMax = 6
    meeting.simulator.run(seconds: 2)
    meeting.simulator.toClient.loss = loss
    meeting.simulator.run(seconds: seconds)
    let found = meeting.listener.healing(meeting.videoConsumers[0])
    let report = meeting.report
    meeting.end()
    return (found, report)
}

extension SimulatedPeer.Healing {
    fileprivate var milliseconds: Double { Double(nanosecondsInAll) / Double(max(packets, 1)) / 1e6 }
}

@Suite struct ParityScenarioTests {
    @Test(arguments: [0.05, 0.1]) func whatIsLostComesBackSoonerThanByAsking(_ loss: Double) {
        let (without, plain) = healing(loss: loss, takesFec: false)
        let (with, report) = healing(loss: loss, takesFec: true)
        let share = Double(report.parityPacketsSent) / Double(report.forwarded)
        print(
            "loss \(loss): \(without.packets) lost, back after \(without.milliseconds) ms, asked \(without.asked);",
            "with parity of \(share): \(with.packets), \(with.recovered) by it, \(with.milliseconds) ms, \(with.asked)")
        #expect(plain.parityPacketsSent == 0 && without.recovered == 0 && without.packets > 100)
        #expect(with.recovered * 2 > with.packets)
        #expect(with.milliseconds < without.milliseconds * 0.7)
        #expect(with.asked < without.asked * 3 / 4)
        #expect(share > loss && share < 0.3)
    }

    @Test func aCleanLinkCarriesNoParity() {
        let (_, report) = healing(loss: 0, takesFec: true, seconds: 10)
        #expect(report.parityPacketsSent == 0 && report.parityRefused == 0)
    }

    @Test func itEndsWhenTheLinkIsClean() {
        let meeting = Meeting {
            $0.takesFec = true
            $0.toClient.delayNanoseconds = 40_000_000
        }
        meeting.simulator.run(seconds: 1)
        meeting.simulator.toClient.loss = 0.05
        meeting.simulator.run(seconds: 10)
        meeting.simulator.toClient.loss = 0
        meeting.simulator.run(seconds: 20)
        let before = meeting.report.parityPacketsSent
        meeting.simulator.run(seconds: 5)
        #expect(before > 20 && meeting.report.parityPacketsSent == before)
        meeting.end()
    }

    @Test func thereAreNoMoreGroupsThanSetAside() {
        let meeting = Meeting(listeners: 6, seed: 2) {
            $0.takesFec = true
            $0.toServer.delayNanoseconds = 30_000_000
            $0.toClient.loss = 0.05
            $0.limits.parityMax = 2
        }
        meeting.simulator.run(seconds: 12)
        #expect(meeting.report.parityRefused > 0 && meeting.report.parityPacketsSent > 0)
        let served = zip(meeting.listeners, meeting.videoConsumers).count { listener, consumer in
            meeting.simulator.consumerReport(consumer, shard: Int(listener.handle.shard))!.parityPacketsSent > 0
        }
        #expect(served == 2)
        meeting.end()
    }

    @Test func aPacedLinkKeepsItsBudget() {
        let meeting = Meeting {
            $0.takesFec = true
            $0.toServer.delayNanoseconds = 40_000_000
            $0.toClient.loss = 0.1
        }
        meeting.simulator.run(seconds: 6)
        var bytes = 0
        let number = meeting.listener.number
        meeting.simulator.onDeparture = { if $0.peer == number { bytes += $0.bytes } }
        meeting.simulator.setPace(meeting.listener, bitsPerSecond: 100_000)
        meeting.simulator.run(seconds: 6)
        meeting.simulator.onDeparture = nil
        #expect(meeting.report.parityPacketsSent > 0 && bytes * 8 / 6 < 190_000, "\(bytes * 8 / 6) bit/s")
        meeting.end()
    }

    @Test func noPictureGivesWayToItsParity() {
        let meeting = Meeting {
            $0.takesFec = true
            $0.toServer.delayNanoseconds = 40_000_000
            $0.toClient.loss = 0.1
        }
        meeting.simulator.run(seconds: 6)
        #expect(meeting.report.parityPacketsSent > 10)
        let rates = [meeting.audio, meeting.video].map {
            meeting.simulator.producerReport($0.producer)!.bitsPerSecond[0]
        }
        let tight = (rates[0] + rates[1]) * 101 / 100
        // An estimate that is new is not believed at once.
        meeting.simulator.run(seconds: 2, estimate: tight, for: meeting.listener)
        let before = meeting.report.parityPacketsSent
        meeting.simulator.run(seconds: 5, estimate: tight, for: meeting.listener)
        let pictures = meeting.picturePackets
        let (then, held) = (meeting.report.parityPacketsSent, meeting.simulator.holds.count)
        meeting.simulator.run(seconds: 5, estimate: tight * 4, for: meeting.listener)
        // The picture's rate wavers: now and then there is room after all.
        let roomy = meeting.report.parityPacketsSent - then
        #expect((then - before) * 3 < roomy && roomy > 50, "\(rates): \(before), \(then), \(roomy)")
        #expect(held == 0 && pictures > 300, "\(held) \(pictures)")
        meeting.end()
    }

    @Test func layersSwitchesPausesAndRepairsUpstreamAreProtectedToo() {
        let meeting = Meeting(listeners: 2, layers: 2, seed: 9) {
            $0.takesFec = true
            $0.toServer.delayNanoseconds = 30_000_000
            $0.toServer.loss = 0.03
            $0.toServer.reorder = 0.02
            $0.toClient.loss = 0.06
        }
        for round in 0..<10 {
            meeting.simulator.run(seconds: 2)
            for (listener, consumer) in zip(meeting.listeners, meeting.videoConsumers) {
                meeting.simulator.selectLayer(consumer, of: listener, UInt8(round & 1))
            }
        }
        #expect(meeting.simulator.counts.recovered > 20)
        meeting.end()
    }
}
