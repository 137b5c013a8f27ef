import Contract
import Simulator
import Testing

/// A room of many who publish and one who has fewer slots than they are.
private struct BigRoom {
    let simulator: Simulator
    let room: Int
    let members: [SimulatedPeer]
    let voices: [Publication]
    let cameras: [Publication]
    let listener: SimulatedPeer
    let ears: [ConsumerIndex]
    let eyes: [ConsumerIndex]

    /// `isFar` puts the listener on another shard.
    init(
        _ count: Int = 8, ears earCount: Int = 3, eyes eyeCount: Int = 4, isFar: Bool = false,
        _ configure: (inout SimulatorOptions) -> Void = { _ in }
    ) {
        var options = SimulatorOptions(seed: 11)
        options.shardCount = isFar ? 2 : 1
        options.kernel.missteering = 0
        configure(&options)
        let simulator = Simulator(options)
        room = simulator.openRoom()!
        let listenersRoom = isFar ? simulator.spread(room, to: 1)! : room
        let place = room
        members = (0..<count).map { _ in simulator.join(place)! }
        voices = members.map { simulator.publishAudio($0)! }
        cameras = members.map { simulator.publishVideo($0)! }
        for voice in voices { voice.isSpeaking = false }
        let listener = simulator.join(listenersRoom)!
        ears = (0..<earCount).map { _ in simulator.openChosen(listener, .audio)! }
        eyes = (0..<eyeCount).map { _ in simulator.openChosen(listener, .video)! }
        self.listener = listener
        self.simulator = simulator
    }

    func carried(_ consumers: [ConsumerIndex], of peer: SimulatedPeer? = nil) -> [Publication] {
        consumers.compactMap { simulator.carried($0, of: peer ?? listener) }
    }

    func isHeard(_ member: Int) -> Bool { carried(ears).contains { $0 === voices[member] } }
    func isSeen(_ member: Int) -> Bool { carried(eyes).contains { $0 === cameras[member] } }

    /// One after the other, so long each.
    func speak(_ order: [Int], seconds: Double = 2) {
        for member in order {
            voices[member].isSpeaking = true
            simulator.run(seconds: seconds)
            voices[member].isSpeaking = false
        }
    }

    func end(_ location: SourceLocation = #_sourceLocation) {
        simulator.finish()
        expectNoViolation(simulator, location)
    }
}

@Suite struct ChoiceTests {
    @Test func allSlotsAreFilledAndNoMoreThanThese() {
        let room = BigRoom()
        room.simulator.run(seconds: 3)
        #expect(room.carried(room.ears).count == 3)
        #expect(room.carried(room.eyes).count == 4)
        #expect(room.listener.packetsReceived > 300)
        room.end()
    }

    @Test func whoSpeaksIsHeardAtOnceAndSeenSoonAfter() {
        let room = BigRoom()
        room.simulator.run(seconds: 3)
        for member in [7, 5, 6, 4, 7] {
            room.voices[member].isSpeaking = true
            room.simulator.run(seconds: 0.12)
            #expect(room.isHeard(member), "member \(member)")
            room.simulator.run(seconds: 0.5)
            #expect(room.simulator.speakerAnnounced == room.voices[member].producer)
            #expect(room.isSeen(member))
            room.simulator.run(seconds: 1.4)
            room.voices[member].isSpeaking = false
        }
        #expect(room.simulator.counts.sourceSwitches > 4)
        room.end()
    }

    @Test func theLastSpeakersStay() {
        let room = BigRoom()
        room.simulator.run(seconds: 2)
        room.speak([7, 6, 5])
        #expect([7, 6, 5].allSatisfy(room.isHeard) && [7, 6, 5].allSatisfy(room.isSeen))
        room.speak([4])
        #expect([4, 6, 5].allSatisfy(room.isHeard), "who spoke longest ago has left")
        #expect([7, 6, 5, 4].allSatisfy(room.isSeen))
        room.end()
    }

    @Test func aClickTakesNobodysSlot() {
        let room = BigRoom()
        room.simulator.run(seconds: 2)
        room.speak([0, 1, 2])
        let told = room.simulator.choicesTold
        for member in 3..<8 { room.speak([member], seconds: 0.02) }
        #expect(room.simulator.choicesTold == told)
        #expect([0, 1, 2].allSatisfy(room.isHeard))
        room.end()
    }

    @Test func moreThanThereAreSlotsForDoNotFlap() {
        let room = BigRoom()
        room.simulator.run(seconds: 2)
        for voice in room.voices { voice.isSpeaking = true }
        room.simulator.run(seconds: 2)
        let told = room.simulator.choicesTold
        room.simulator.run(seconds: 10)
        #expect(room.simulator.choicesTold - told <= 4, "\(room.simulator.choicesTold - told) changes in ten seconds")
        room.end()
    }

    @Test func theControlSideIsToldWhatIsCarried() {
        let room = BigRoom { $0.limits.mailboxMax = 4 }
        room.simulator.run(seconds: 2)
        room.speak([7, 6, 5, 4], seconds: 1)
        room.simulator.run(seconds: 0.2)
        for consumer in room.ears + room.eyes {
            #expect(
                room.simulator.told(consumer, of: room.listener)
                    == room.simulator.carried(consumer, of: room.listener)?.producer)
        }
        room.end()
    }

    @Test func nobodyHearsHimself() {
        let room = BigRoom(5)
        let ears = (0..<4).map { _ in room.simulator.openChosen(room.members[4], .audio)! }
        room.simulator.run(seconds: 2)
        room.speak([4, 3, 4])
        #expect(room.carried(ears, of: room.members[4]).count == 4)
        #expect(!room.carried(ears, of: room.members[4]).contains { $0 === room.voices[4] })
        room.end()
    }

    @Test func onAnotherShardTheChoiceIsTheSame() {
        let room = BigRoom(isFar: true)
        room.simulator.run(seconds: 3)
        for member in [7, 5, 6] {
            room.voices[member].isSpeaking = true
            room.simulator.run(seconds: 0.12)
            #expect(room.isHeard(member))
            room.simulator.run(seconds: 0.6)
            #expect(room.isSeen(member))
            room.simulator.run(seconds: 1)
            room.voices[member].isSpeaking = false
        }
        room.end()
    }

    @Test func whatNobodyHasIsDroppedOnceForTheRoom() {
        let room = BigRoom(8, ears: 2, eyes: 2)
        room.simulator.run(seconds: 5)
        let report = room.simulator.report()
        #expect(report.dropped(.noConsumer) > 6 * 200)
        #expect(report.offered < report.rtpAccepted + 100, "one listener, one offer for each packet that somebody has")
        room.end()
    }

    @Test func aPinnedCameraStaysUntilItIsGivenBack() {
        let room = BigRoom()
        room.simulator.run(seconds: 2)
        let slot = room.eyes[0]
        let wanted = room.cameras.first { one in !room.carried(room.eyes).contains { $0 === one } }!
        room.simulator.pin(slot, of: room.listener, to: wanted)
        room.simulator.run(seconds: 1)
        room.speak([0, 1, 2, 3, 4, 5, 6, 7], seconds: 1.5)
        #expect(room.simulator.carried(slot, of: room.listener) === wanted)
        room.simulator.pin(slot, of: room.listener, to: nil)
        room.speak([7, 6, 5, 4].filter { room.cameras[$0] !== wanted } + [0], seconds: 1.5)
        #expect(room.carried(room.eyes).count == 4)
        room.end()
    }

    @Test func whoLeavesMakesRoomForTheNext() {
        let room = BigRoom()
        room.simulator.run(seconds: 2)
        room.speak([0, 1, 2])
        room.simulator.leave(room.members[1])
        room.simulator.run(seconds: 1)
        #expect(room.carried(room.ears).count == 3)
        #expect(room.carried(room.eyes).count == 4)
        #expect(!room.isHeard(1) && room.isHeard(0) && room.isHeard(2))
        room.end()
    }

    @Test func theMarkerSaysWhereAnotherVoiceBegins() {
        let room = BigRoom(6, ears: 1, eyes: 0)
        room.simulator.run(seconds: 2)
        let before = room.simulator.counts.markedSounds
        room.speak([1, 2, 3])
        #expect(room.simulator.counts.markedSounds - before == 3)
        room.end()
    }
}

@Suite struct RedTests {
    /// A room in which one sends plain or redundant sound, to one who takes RED and one who does not.
    private func run(redundancy: Int, loss: Double = 0) -> (
        Simulator, SimulatedPeer, ConsumerIndex, SimulatedPeer, ConsumerIndex
    ) {
        var options = SimulatorOptions(seed: 3)
        options.toClient = .losing(loss)
        let simulator = Simulator(options)
        let room = simulator.openRoom()!
        func join(takesRed: Bool) -> SimulatedPeer {
            while true {
                let peer = simulator.join(room)!
                if peer.takesRed == takesRed { return peer }
            }
        }
        let publisher = join(takesRed: true)
        let voice = simulator.publishAudio(publisher)!
        voice.redundancy = redundancy
        let (red, plain) = (join(takesRed: true), join(takesRed: false))
        let (one, other) = (simulator.subscribe(red, to: voice)!, simulator.subscribe(plain, to: voice)!)
        simulator.run(seconds: 15)
        return (simulator, red, one, plain, other)
    }

    @Test func redIsPassedToWhoTakesItAndUnpackedForWhoDoesNot() {
        let (simulator, red, one, plain, other) = run(redundancy: 2)
        #expect(red.packetsReceived(one) > 650 && plain.packetsReceived(other) > 650)
        #expect(simulator.counts.redundantPackets > 650 && simulator.counts.redundantPackets < 800)
        #expect(simulator.counts.redundantBlocks > 2 * 640)
        simulator.finish()
        expectNoViolation(simulator)
    }

    @Test func withoutLossNothingIsRepeated() {
        let (simulator, red, one, _, _) = run(redundancy: 0)
        #expect(red.packetsReceived(one) > 650)
        #expect(simulator.counts.redundantPackets == 0)
        simulator.finish()
        expectNoViolation(simulator)
    }

    @Test func soundIsRepeatedForWhoLosesIt() {
        let (simulator, _, _, plain, other) = run(redundancy: 0, loss: 0.03)
        #expect(simulator.counts.redundantPackets > 300)
        #expect(simulator.counts.redundantBlocks <= simulator.counts.redundantPackets)
        #expect(plain.packetsReceived(other) > 600)
        simulator.finish()
        expectNoViolation(simulator)
    }

    @Test func heavyLossIsAnsweredByTwoRepeats() {
        let (simulator, _, _, _, _) = run(redundancy: 0, loss: 0.2)
        #expect(simulator.counts.redundantBlocks > simulator.counts.redundantPackets * 3 / 2)
        simulator.finish()
        expectNoViolation(simulator)
    }
}
