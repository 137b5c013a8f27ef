import Contract
import Testing

@testable import Simulator

@Suite struct ShardTests {
    private func options(_ seed: UInt64, missteering: Double) -> SimulatorOptions {
        var options = SimulatorOptions(seed: seed)
        options.shardCount = 2
        options.kernel.missteering = missteering
        return options
    }

    @Test func aDatagramForTheOtherShardIsHandedOver() {
        let meeting = Meeting {
            $0.shardCount = 2
            $0.kernel.missteering = 1
        }
        meeting.simulator.run(seconds: 4)
        #expect(meeting.simulator.report(shard: 1).handedOver > 200)
        #expect(meeting.picturePackets > 150)
        meeting.end()
    }

    @Test func anAddressThatMovesToTheOtherShardIsFound() {
        let simulator = Simulator(options(5, missteering: 1))
        let (first, second) = (simulator.openRoom(shard: 0)!, simulator.openRoom(shard: 1)!)
        let gone = simulator.join(first)!
        simulator.publishAudio(gone)
        simulator.run(seconds: 3)
        // The browser opens another page, and the system gives it the same port.
        gone.isGone = true
        let back = simulator.join(second)!
        back.endpoint = gone.endpoint
        let picture = simulator.publishVideo(back)!
        let listener = simulator.join(second)!
        let consumer = simulator.subscribe(listener, to: picture)!
        simulator.run(seconds: 3)
        let before = listener.packetsReceived(consumer)
        simulator.run(seconds: 2)
        #expect(listener.packetsReceived(consumer) > before + 50)
        simulator.finish()
        expectNoViolation(simulator)
    }

    @Test func anAddressThatMovesToAnotherPeerIsTheOthers() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 3)
        meeting.listener.isGone = true
        let back = meeting.simulator.join(meeting.room)!
        back.endpoint = meeting.listener.endpoint
        let consumer = meeting.simulator.subscribe(back, to: meeting.video)!
        meeting.simulator.run(seconds: 3)
        #expect(back.packetsReceived(consumer) > 50)
        meeting.end()
    }

    @Test func aPeerOfAnUnknownShardIsNotFound() {
        let meeting = Meeting { $0.shardCount = 2 }
        meeting.simulator.run(seconds: 1)
        meeting.listener.credentials.localUfrag = FixedBytes("07000000ABCDEFGH")!
        meeting.listener.sendCheck(nominating: true)
        let answered = meeting.listener.checksAnswered
        meeting.simulator.run(seconds: 0.1)
        #expect(meeting.listener.checksAnswered == answered)
        #expect(
            meeting.simulator.report().dropped(.handoverUnknownShard)
                + meeting.simulator.report(shard: 1).dropped(.handoverUnknownShard) > 0)
    }
}
