import Contract
import Simulator
import Testing

@Suite struct EstimateTests {
    /// Of all that is sent to the server so much is lost. What a publisher loses on its way there has no transport-wide number on
    /// its way out, so that its subscribers' estimates stay above all that they could be sent.
    @Test(arguments: [0, 0.1]) func whatAPublisherLosesLowersNobodysEstimate(_ loss: Double) {
        var listeners = 0
        for seed in 1...8 {
            let meeting = Meeting(layers: 3, seed: UInt64(seed)) {
                $0.givesFeedback = true
                $0.toServer.loss = loss
            }
            meeting.simulator.run(seconds: 8)
            if meeting.listener.media.transportId(.video) != 0 {
                listeners += 1
                let estimate = meeting.simulator.estimate(of: meeting.listener)
                let wanted = meeting.simulator.wanted(by: meeting.listener)
                print("publisher loses \(loss), seed \(seed): estimate \(estimate / 1000) kbit/s")
                #expect(estimate * 10 >= wanted * 9, "seed \(seed): \(estimate) of \(wanted) bit/s")
            }
            meeting.end()
        }
        #expect(listeners > 0)
    }

    @Test func whatASubscriberLosesByChanceHoldsNothingBack() {
        let meeting = Meeting(layers: 3, seed: 3) {
            $0.givesFeedback = true
            $0.toClient.loss = 0.03
        }
        meeting.simulator.run(seconds: 8)
        #expect(meeting.simulator.estimate(of: meeting.listener) >= 500_000)
        meeting.end()
    }

    /// draft-alvestrand-rmcat-remb: for a publisher that does not number its packets.
    @Test func whoDoesNotNumberItsPacketsIsToldByRembEverySecond() {
        let meeting = Meeting(layers: 3) { $0.saysSendTimes = true }
        meeting.simulator.run(seconds: 10)
        #expect((8...12).contains(meeting.publisher.rembTimes.count))
        #expect(meeting.publisher.bitsPerSecondTold > 500_000)
        #expect(meeting.simulator.counts.transportFeedbacks == 0)
        meeting.end()
    }

    @Test func aPublisherBehindANarrowLinkIsToldHowNarrow() {
        let meeting = Meeting(layers: 3) {
            $0.saysSendTimes = true
            $0.toServer.bitsPerSecond = 400_000
        }
        meeting.simulator.run(seconds: 10)
        // The simulated client goes on regardless: what it is told stays below what arrives.
        #expect(meeting.publisher.bitsPerSecondTold > 100_000 && meeting.publisher.bitsPerSecondTold < 400_000)
        meeting.end()
    }
}
