import Contract
import Testing

@testable import Simulator

/// One room on two shards: the publisher and a listener on the first, a listener on the second.
private struct SpreadRoom {
    let simulator: Simulator
    let publisher: SimulatedPeer
    let near: SimulatedPeer
    let far: SimulatedPeer
    let farRoom: Int
    let audio: Publication
    let video: Publication
    let nearConsumer: ConsumerIndex
    let farConsumer: ConsumerIndex
    let farSound: ConsumerIndex

    init(layers: Int = 1, seed: UInt64 = 1, _ configure: (inout SimulatorOptions) -> Void = { _ in }) {
        var options = SimulatorOptions(seed: seed)
        options.shardCount = 2
        options.kernel.missteering = 0
        configure(&options)
        simulator = Simulator(options)
        let room = simulator.openRoom()!
        farRoom = simulator.spread(room, to: 1)!
        publisher = simulator.join(room)!
        audio = simulator.publishAudio(publisher)!
        video = simulator.publishVideo(publisher, layers: layers)!
        near = simulator.join(room)!
        far = simulator.join(farRoom)!
        nearConsumer = simulator.subscribe(near, to: video)!
        farConsumer = simulator.subscribe(far, to: video)!
        farSound = simulator.subscribe(far, to: audio)!
    }

    var farPackets: Int { far.packetsReceived(farConsumer) }

    func end(_ location: SourceLocation = #_sourceLocation) {
        simulator.finish()
        expectNoViolation(simulator, location)
    }
}

@Suite struct TrunkTests {
    @Test func aListenerOnAnotherShardGetsWhatOneNextToThePublisherGets() {
        let room = SpreadRoom()
        room.simulator.run(seconds: 4)
        #expect(room.farPackets > 150)
        #expect(abs(room.farPackets - room.near.packetsReceived(room.nearConsumer)) < 10)
        #expect(room.far.packetsReceived(room.farSound) > 150)
        let (owner, other) = (room.simulator.report(), room.simulator.report(shard: 1))
        #expect(owner.trunkPassed > 300 && owner.dropped(.trunkFull) == 0)
        #expect(other.trunkReceived == owner.trunkPassed)
        room.end()
    }

    @Test func lostPacketsAreRepairedOnTheListenersOwnShard() {
        let room = SpreadRoom { $0.toClient = .losing(0.05) }
        room.simulator.run(seconds: 6)
        #expect(room.far.repairedPackets(room.farConsumer) > 5)
        #expect(room.simulator.report(shard: 1).retransmitted > 5)
        room.end()
    }

    @Test func packetsLostOnTheWayInAreRepairedForAllShards() {
        let room = SpreadRoom { $0.toServer = .losing(0.05) }
        room.simulator.run(seconds: 6)
        #expect(room.farPackets > 200)
        #expect(room.simulator.report().rtxAccepted > 5)
        room.end()
    }

    @Test func aKeyframeIsAskedForAcrossShards() {
        let room = SpreadRoom()
        room.simulator.run(seconds: 3)
        let late = room.simulator.join(room.farRoom)!
        let consumer = room.simulator.subscribe(late, to: room.video)!
        let before = room.simulator.report().keyframesRequested
        room.simulator.run(seconds: 3)
        #expect(room.simulator.report().keyframesRequested > before)
        #expect(late.packetsReceived(consumer) > 50)
        room.end()
    }

    @Test func layersAreChosenOnTheListenersOwnShard() {
        let room = SpreadRoom(layers: 3)
        room.simulator.run(seconds: 3)
        room.simulator.selectLayer(room.farConsumer, of: room.far, 0)
        room.simulator.run(seconds: 2)
        #expect(room.simulator.layerLeaving(room.farConsumer, shard: 1) == 0)
        #expect(room.simulator.layerLeaving(room.nearConsumer) == 2)
        room.end()
    }

    @Test func aMutedProducerIsMutedOnAllShards() {
        let room = SpreadRoom()
        room.simulator.run(seconds: 3)
        room.simulator.pause(room.video, true)
        room.simulator.run(seconds: 0.5)
        let before = room.farPackets
        room.simulator.run(seconds: 1)
        #expect(room.farPackets == before)
        room.simulator.pause(room.video, false)
        room.simulator.run(seconds: 2)
        #expect(room.farPackets > before + 50)
        room.end()
    }

    @Test func aSourceThatBeginsAnewIsFollowed() {
        let room = SpreadRoom()
        room.simulator.run(seconds: 3)
        room.video.layers[0].beginAnew()
        let before = room.farPackets
        room.simulator.run(seconds: 3)
        #expect(room.farPackets > before + 100)
        room.end()
    }

    @Test func aPublisherOnTheOtherShardIsHeardOnTheFirst() {
        let room = SpreadRoom()
        room.simulator.run(seconds: 2)
        let answer = room.simulator.publishVideo(room.far)!
        let consumer = room.simulator.subscribe(room.near, to: answer)!
        room.simulator.run(seconds: 3)
        #expect(room.near.packetsReceived(consumer) > 80)
        #expect(room.simulator.report().trunkReceived > 80)
        room.end()
    }

    @Test func soundAndPictureStayTogetherAcrossShards() {
        let room = SpreadRoom()
        room.simulator.run(seconds: 20)
        #expect(room.simulator.counts.lipSyncChecks > 100)
        room.end()
    }

    @Test func aProducerThatEndsEndsEverywhere() {
        let room = SpreadRoom()
        room.simulator.run(seconds: 3)
        room.simulator.unpublish(room.video)
        room.simulator.run(seconds: 0.5)
        let before = room.farPackets
        #expect(room.simulator.report(shard: 1).producersNow == 1)
        let again = room.simulator.publishVideo(room.publisher)!
        room.simulator.bind(room.farConsumer, of: room.far, to: again)
        room.simulator.run(seconds: 3)
        #expect(room.farPackets > before + 100)
        room.end()
    }

    @Test func aShardThatHangsHoldsNobodyUp() {
        let room = SpreadRoom { $0.limits.slots = 400 }
        room.simulator.run(seconds: 3)
        let (near, far) = (room.near.packetsReceived(room.nearConsumer), room.farPackets)
        room.simulator.hang(shard: 1, true)
        room.simulator.run(seconds: 5)
        #expect(room.near.packetsReceived(room.nearConsumer) > near + 200)
        #expect(room.simulator.report().dropped(.trunkFull) > 100)
        #expect(room.simulator.report().dropped(.slotsExhausted) == 0)
        room.simulator.hang(shard: 1, false)
        room.simulator.run(seconds: 5)
        #expect(room.farPackets > far + 200)
        room.end()
    }

    @Test func whatAHangingShardHoldsComesHomeAfterThePublisherHasLeft() {
        let room = SpreadRoom()
        room.simulator.run(seconds: 3)
        room.simulator.hang(shard: 1, true)
        room.simulator.run(seconds: 1)
        room.simulator.leave(room.publisher)
        room.simulator.run(seconds: 2)
        #expect(room.simulator.report().slotsFreeNow < UInt64(room.simulator.options.limits.slots))
        room.simulator.hang(shard: 1, false)
        room.simulator.run(seconds: 1)
        room.end()
    }
}
