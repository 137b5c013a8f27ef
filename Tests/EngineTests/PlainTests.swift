import Contract
import Memory
import Simulator
import Testing

/// Recorders and encoders: peers with an address and keys that were told, or no keys at all.
@Suite struct PlainTests {
    private static let isEncrypted = [false, true]

    private func keys(_ simulator: Simulator, _ isEncrypted: Bool) -> SrtpKeys? {
        isEncrypted ? simulator.makeKeys() : nil
    }

    @Test(arguments: isEncrypted) func aRecorderGetsTheRoom(_ isEncrypted: Bool) throws {
        let meeting = Meeting()
        let simulator = meeting.simulator
        let recorder = try #require(simulator.joinPlain(meeting.room, keys: keys(simulator, isEncrypted)))
        let sound = try #require(simulator.subscribe(recorder, to: meeting.audio))
        let picture = try #require(simulator.subscribe(recorder, to: meeting.video))
        simulator.run(seconds: 3)
        #expect(recorder.packetsReceived(sound) > 100)
        #expect(recorder.packetsReceived(picture) > 100)
        meeting.end()
    }

    @Test(arguments: isEncrypted) func anEncodersMediaReachesTheRoom(_ isEncrypted: Bool) throws {
        let simulator = Simulator(SimulatorOptions(seed: 3))
        let room = try #require(simulator.openRoom())
        let encoder = try #require(simulator.joinPlain(room, keys: keys(simulator, isEncrypted)))
        let sound = try #require(simulator.publishAudio(encoder, declaresSsrcs: true))
        let picture = try #require(simulator.publishVideo(encoder, declaresSsrcs: true))
        let viewer = try #require(simulator.join(room))
        let consumers = [sound, picture].compactMap { simulator.subscribe(viewer, to: $0) }
        simulator.run(seconds: 3)
        #expect(consumers.allSatisfy { viewer.packetsReceived($0) > 100 })
        simulator.finish()
        expectNoViolation(simulator)
    }

    /// It answers no checks, so there is nothing that could expire.
    @Test func aSilentRecorderStaysConnected() throws {
        let meeting = Meeting()
        let recorder = try #require(meeting.simulator.joinPlain(meeting.room, keys: nil))
        let picture = try #require(meeting.simulator.subscribe(recorder, to: meeting.video))
        recorder.isGone = true
        let before = meeting.report.forwarded
        meeting.simulator.run(seconds: 65)
        #expect(recorder.loss == nil)
        #expect(meeting.report.forwarded > before + 2000)
        _ = picture
        meeting.end()
    }

    @Test func anAddressThatAPeerHasProvedIsNotTaken() throws {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        let thief = try #require(
            meeting.simulator.joinPlain(meeting.room, keys: nil, at: meeting.listener.endpoint, isProved: false))
        let before = meeting.picturePackets
        meeting.simulator.run(seconds: 2)
        #expect(thief.loss == .addressTaken)
        #expect(meeting.listener.loss == nil && meeting.picturePackets > before + 50)
        meeting.end()
    }

    @Test func whatComesFromElsewhereIsAStrangers() throws {
        let simulator = Simulator(SimulatorOptions(seed: 4))
        let room = try #require(simulator.openRoom())
        let encoder = try #require(simulator.joinPlain(room, keys: nil))
        let picture = try #require(simulator.publishVideo(encoder, declaresSsrcs: true))
        let viewer = try #require(simulator.join(room))
        _ = simulator.subscribe(viewer, to: picture)
        simulator.run(seconds: 1)
        let accepted = simulator.report().rtpAccepted
        #expect(accepted > 20)
        encoder.moveWithoutWord()
        simulator.run(seconds: 1)
        #expect(simulator.report().rtpAccepted == accepted)
        #expect(simulator.report().dropped(.unknownAddress) > 20)
        simulator.finish()
        expectNoViolation(simulator)
    }
}
