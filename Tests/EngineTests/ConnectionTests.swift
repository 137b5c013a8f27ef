import Contract
import Memory
import Simulator
import Testing

@Suite struct ConnectionTests {
    @Test func aCheckIsAnsweredAndMediaFollows() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        #expect(meeting.listener.isConnected && meeting.listener.checksAnswered > 0)
        #expect(meeting.listener.gotRecord)
        #expect(meeting.picturePackets > 50)
        meeting.end()
    }

    @Test func aStrangerGetsNoAnswer() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 1)
        let before = meeting.report
        for _ in 0..<500 { meeting.simulator.sendStrangerNoise() }
        meeting.simulator.run(seconds: 0.1)
        #expect(meeting.report.datagramsReceived > before.datagramsReceived + 499)
        #expect(meeting.report.dropped(.unknownAddress) > before.dropped(.unknownAddress))
        #expect(meeting.report.dropped(.stunMalformed) > 0)
        meeting.end()
    }

    @Test(arguments: [SimulatedPeer.CheckFault.password, .username, .fingerprint])
    func aForgedCheckGetsNoAnswer(_ fault: SimulatedPeer.CheckFault) {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 1)
        let answers = meeting.simulator.counts.stunAnswers
        for _ in 0..<20 {
            meeting.listener.sendCheck(nominating: true, fault: fault, from: Simulator.strangerEndpoint)
        }
        meeting.simulator.run(seconds: 0.05)
        // One ordinary check of each peer may fall into this time.
        #expect(meeting.simulator.counts.stunAnswers <= answers + 2)
        meeting.end()
    }

    @Test func aClientThatSaysItIsControlledIsToldSo() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 1)
        let before = meeting.simulator.counts.stunAnswers
        meeting.listener.sendCheck(nominating: true, fault: .role)
        meeting.simulator.run(seconds: 0.05)
        #expect(meeting.simulator.counts.stunAnswers > before)
        meeting.end()
    }

    @Test func aPeerThatNeverConnectsIsReportedLost() {
        let meeting = Meeting()
        meeting.listener.isGone = true
        meeting.simulator.run(seconds: 29)
        #expect(meeting.listener.loss == nil)
        meeting.simulator.run(seconds: 2)
        #expect(meeting.listener.loss == .neverConnected)
        // The shard goes on with nothing left to do for this peer.
        meeting.simulator.run(seconds: 60)
        meeting.end()
    }

    @Test func mediaStopsWhenConsentEnds() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        meeting.listener.withholdsConsent = true
        meeting.simulator.run(seconds: 29)
        let before = meeting.picturePackets
        #expect(before > 500)
        meeting.simulator.run(seconds: 3)
        #expect(meeting.listener.loss == .consentExpired)
        let atTheEnd = meeting.report.dropped(.peerNotReady)
        let forwarded = meeting.report.forwarded
        meeting.simulator.run(seconds: 1)
        #expect(meeting.report.forwarded == forwarded)
        #expect(meeting.report.dropped(.peerNotReady) > atTheEnd)
        meeting.end()
    }

    @Test func consentThatComesBackBringsMediaBackWithAKeyframe() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        meeting.listener.withholdsConsent = true
        meeting.simulator.run(seconds: 33)
        let before = meeting.picturePackets
        let keyframes = meeting.video.layers[0].keyframesSent
        meeting.listener.withholdsConsent = false
        meeting.simulator.run(seconds: 3)
        #expect(meeting.picturePackets > before + 50)
        #expect(meeting.video.layers[0].keyframesSent > keyframes)
        meeting.end()
    }

    @Test(arguments: [false, true])
    func anIceRestartKeepsMedia(_ moves: Bool) {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        let before = meeting.picturePackets
        meeting.simulator.restartIce(meeting.listener, moves: moves)
        meeting.simulator.run(seconds: 2)
        #expect(meeting.picturePackets > before + 80)
        meeting.end()
    }

    @Test func aPublisherThatMovesIsHeardFromItsNewAddress() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        meeting.simulator.restartIce(meeting.publisher, moves: true)
        meeting.simulator.run(seconds: 1)
        let before = meeting.picturePackets
        meeting.simulator.run(seconds: 1)
        #expect(meeting.picturePackets > before + 25)
        meeting.end()
    }

    @Test func aPeerWhoseDtlsIsClosedIsReportedLost() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 1)
        meeting.simulator.closeDtls(meeting.listener)
        meeting.simulator.run(seconds: 0.1)
        #expect(meeting.listener.loss == .closedByPeer)
        meeting.end()
    }

    @Test func theRoundTripIsMeasured() {
        let meeting = Meeting {
            $0.toServer.delayNanoseconds = 20_000_000
            $0.toClient.delayNanoseconds = 30_000_000
        }
        meeting.simulator.run(seconds: 8)
        let report = meeting.simulator.peerReport(meeting.listener)
        #expect(report?.connected == true && report?.secured == true)
        let trip = report?.roundTripMicroseconds ?? 0
        #expect(trip > 49_000 && trip < 60_000)
        meeting.end()
    }
}
