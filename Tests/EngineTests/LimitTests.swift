import Contract
import Simulator
import Testing

@Suite struct LimitTests {
    @Test func everySlotComesHomeAfterAThousandJoins() {
        let meeting = Meeting { $0.limits.peersMax = 8 }
        meeting.simulator.run(seconds: 1)
        var joined = 0
        for _ in 0..<1000 {
            guard let peer = meeting.simulator.join(meeting.room) else { break }
            joined += 1
            if joined % 10 == 0 {
                meeting.simulator.publishAudio(peer)
                meeting.simulator.publishVideo(peer, layers: 3)
                meeting.simulator.subscribe(peer, to: meeting.video)
                meeting.simulator.run(seconds: 0.5)
            }
            meeting.simulator.leave(peer)
            meeting.simulator.run(seconds: 0.02)
        }
        #expect(joined == 1000)
        meeting.end()
    }

    @Test func whatIsOutOfRangeOrNotOpenIsCountedAndIgnored() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 1)
        let before = meeting.report.commandsIgnored
        let nobody = PeerHandle(shard: 0, index: 9_999, generation: 1)
        let stale = PeerHandle(shard: 0, index: meeting.listener.handle.index, generation: 60_000)
        let commands: [Command] = [
            .openRoom(RoomIndex(0)), .openRoom(RoomIndex(1 << 30)), .closeRoom(RoomIndex(0)), .closeRoom(RoomIndex(5)),
            .closePeer(nobody), .closePeer(stale), .setMediaMap(nobody, MediaMap()),
            .closeProducer(ProducerIndex(60)), .closeProducer(.none), .pauseProducer(ProducerIndex(1 << 31), true),
            .closeConsumer(ConsumerIndex(500)), .closeConsumer(.none), .pauseConsumer(ConsumerIndex(400), true),
            .bindConsumer(ConsumerIndex(0), ProducerIndex(60)), .bindConsumer(.none, .none),
            .selectLayer(.none, spatial: 1), .setView(.none, .unknown), .requestKeyframe(.none),
        ]
        for command in commands { meeting.simulator.sendRaw(command) }
        meeting.simulator.run(seconds: 0.2)
        #expect(meeting.report.commandsIgnored == before + UInt64(commands.count))
        meeting.end()
    }

    @Test func aConsumerOfTheWrongKindIsNotBound() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 1)
        let before = meeting.report.commandsIgnored
        meeting.simulator.sendRaw(.bindConsumer(meeting.audioConsumers[0], meeting.video.producer))
        meeting.simulator.run(seconds: 0.2)
        #expect(meeting.report.commandsIgnored == before + 1)
        meeting.end()
    }

    @Test func aProducerOfAnotherRoomIsNotBound() {
        let meeting = Meeting()
        let other = meeting.simulator.openRoom()!
        let outsider = meeting.simulator.join(other)!
        let picture = meeting.simulator.publishVideo(outsider)!
        meeting.simulator.run(seconds: 1)
        let before = meeting.report.commandsIgnored
        meeting.simulator.sendRaw(.bindConsumer(meeting.videoConsumers[0], picture.producer))
        meeting.simulator.run(seconds: 1)
        #expect(meeting.report.commandsIgnored == before + 1)
        meeting.end()
    }

    @Test func aNinthProducerOfOnePeerIsRefused() {
        let meeting = Meeting()
        for _ in 0..<7 { meeting.simulator.publishAudio(meeting.publisher) }
        meeting.simulator.run(seconds: 0.2)
        #expect(meeting.report.commandsIgnored == 1)
        #expect(meeting.report.producersNow == 8)
        // The control side must not hear of an index that the shard never had: it is not released either.
        meeting.simulator.leave(meeting.publisher)
        meeting.simulator.run(seconds: 0.5)
        #expect(meeting.report.producersNow == 0)
        expectNoViolation(meeting.simulator)
    }

    @Test func manySourcesOfOnePeerAreBounded() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 1)
        for _ in 0..<60 {
            meeting.video.layers[0].beginAnew()
            meeting.simulator.run(seconds: 0.7)
        }
        meeting.simulator.run(seconds: 2)
        let before = meeting.picturePackets
        meeting.simulator.run(seconds: 1)
        #expect(meeting.picturePackets > before + 20)
        meeting.end()
    }

    @Test func aReportOfWhatIsNotThereSaysSo() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 2)
        #expect(meeting.simulator.producerReport(meeting.video.producer)!.packetsReceived[0] > 50)
        #expect(meeting.simulator.consumerReport(meeting.videoConsumers[0])!.packetsSent > 50)
        #expect(meeting.simulator.producerReport(.none) == nil)
        #expect(meeting.simulator.consumerReport(ConsumerIndex(77)) == nil)
        meeting.end()
    }
}
