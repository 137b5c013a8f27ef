import Contract
import Simulator
import Testing

@Suite struct EstimateTests {
    /// Meetings whose listener numbers its packets, with so much lost on the way to the server.
    private func estimates(uplinkLoss: Double) -> [UInt64] {
        (1...8).compactMap { seed in
            let meeting = Meeting(layers: 3, seed: UInt64(seed)) { $0.toServer.loss = uplinkLoss }
            guard meeting.listener.media.transportId(.video) != 0 else { return nil }
            meeting.simulator.run(seconds: 8)
            let estimate = meeting.simulator.estimate(of: meeting.listener)
            meeting.end()
            return estimate
        }
    }

    @Test func whatAPublisherLosesLowersNobodysEstimate() {
        let (without, with) = (estimates(uplinkLoss: 0), estimates(uplinkLoss: 0.1))
        #expect(!without.isEmpty)
        for (one, other) in zip(without, with) {
            #expect(one > 0 && other * 10 >= one * 9, "\(one) without loss, \(other) with it")
        }
    }

    @Test func whatASubscriberLosesBesideAFullLinkIsNoMatter() {
        let meeting = Meeting(layers: 3, seed: 3) { $0.toClient.loss = 0.03 }
        meeting.simulator.run(seconds: 8)
        #expect(
            meeting.listener.media.transportId(.video) == 0
                || meeting.simulator.estimate(of: meeting.listener) > 300_000)
        meeting.end()
    }
}
