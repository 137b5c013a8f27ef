import Contract
import Simulator
import Testing

extension TimeHistogram {
    /// What took longer than so many milliseconds, a bound of a bucket.
    fileprivate func longer(than milliseconds: UInt64) -> UInt64 {
        (TimeHistogram.place(of: milliseconds * 1_000_000) + 1..<TimeHistogram.bucketCount).reduce(0) {
            $0 + buckets[$1]
        }
    }
}

extension ShardReport {
    fileprivate var forwardedInRooms: UInt64 { RoomSize.allCases.reduce(0) { $0 + forwardedBySize[Int($1.rawValue)] } }
}

/// What `/metrics` tells of times, estimates and rooms.
@Suite struct ForwardTimeTests {
    @Test func everyForwardedPacketHasTheTimeOfItsBurst() {
        let meeting = Meeting(listeners: 3)
        meeting.simulator.run(seconds: 2)
        let before = meeting.report
        #expect(before.forwardTime.count == before.forwarded && before.forwarded > 300)
        #expect(before.forwardTime.longer(than: 10) == 0)
        meeting.simulator.strain(burstMilliseconds: 30, busyPercent: 20)
        meeting.simulator.run(seconds: 1)
        let after = meeting.report
        #expect(after.forwardTime.longer(than: 25) == after.forwarded - before.forwarded)
        #expect(after.forwardTime.longer(than: 50) == 0)
        #expect(after.forwardTime.nanoseconds == after.forwardTime.longer(than: 25) * 30_000_000)
        meeting.end()
    }

    @Test func whatWaitsForALinkIsCountedApart() {
        let meeting = Meeting()
        meeting.video.framePacketsMax = 2
        meeting.simulator.run(seconds: 2)
        #expect(meeting.report.pacingTime.count == 0)
        meeting.simulator.setPace(meeting.listener, bitsPerSecond: 2_000_000)
        meeting.video.keyframePackets = 60
        meeting.video.keyframeSoon()
        meeting.simulator.run(seconds: 1)
        let report = meeting.report
        #expect(report.pacingTime.count > 30 && report.pacingTime.longer(than: 50) > 5)
        // Nobody waits longer than the picture is of use.
        #expect(report.pacingTime.buckets[TimeHistogram.bucketCount - 1] == 0)
        #expect(report.forwardTime.count + report.pacingTime.count == report.forwarded)
        #expect(report.forwardTime.longer(than: 10) == 0)
        meeting.end()
    }

    @Test func packetsOfAnotherShardAreTimedOnTheirWayToThisOne() {
        var options = SimulatorOptions(seed: 3)
        options.shardCount = 2
        options.kernel.missteering = 0
        let simulator = Simulator(options)
        let room = simulator.openRoom()!
        let far = simulator.spread(room, to: 1)!
        let picture = simulator.publishVideo(simulator.join(room)!, layers: 1)!
        simulator.subscribe(simulator.join(far)!, to: picture)
        simulator.run(seconds: 3)
        let (owner, other) = (simulator.report(), simulator.report(shard: 1))
        #expect(owner.trunkTime.count == 0)
        #expect(other.trunkTime.count == other.trunkReceived && other.trunkReceived > 100)
        #expect(other.forwardTime.count + other.pacingTime.count == other.forwarded && other.forwarded > 100)
        simulator.finish()
        expectNoViolation(simulator)
    }

    @Test func forwardedPacketsAreCountedByTheSizeOfTheirRoom() {
        let meeting = Meeting(listeners: 3)
        meeting.simulator.run(seconds: 2)
        let small = meeting.report.forwardedBySize[Int(RoomSize.small.rawValue)]
        #expect(small > 300)
        for _ in 0..<6 { _ = meeting.simulator.join(meeting.room)! }
        meeting.simulator.run(seconds: 2)
        #expect(meeting.report.forwardedBySize[Int(RoomSize.large.rawValue)] > 300)
        #expect(meeting.report.forwardedInRooms == meeting.report.forwarded)
        meeting.end()
    }

    @Test func pacedPacketsBelongToTheirRoomToo() {
        let meeting = Meeting()
        meeting.simulator.run(seconds: 1)
        meeting.simulator.setPace(meeting.listener, bitsPerSecond: 1_000_000)
        meeting.video.keyframePackets = 60
        meeting.video.keyframeSoon()
        meeting.simulator.run(seconds: 1)
        #expect(meeting.report.pacingTime.count > 0)
        #expect(meeting.report.forwardedInRooms == meeting.report.forwarded)
        meeting.end()
    }

    @Test func estimatesAreSummedUpUntilTheirPeersLeave() {
        let meeting = Meeting(listeners: 2)
        meeting.simulator.run(seconds: 1)
        #expect(meeting.report.estimatesNow == 0)
        meeting.simulator.run(seconds: 0.5, estimate: 3_000_000, for: meeting.listeners[0])
        meeting.simulator.run(seconds: 0.5, estimate: 1_000_000, for: meeting.listeners[1])
        #expect(meeting.report.estimatesNow == 2)
        #expect(meeting.report.estimatedBitsPerSecondNow == 4_000_000)
        meeting.end()
        #expect(meeting.report.estimatesNow == 0 && meeting.report.estimatedBitsPerSecondNow == 0)
    }

    @Test func whoIsHeldIsCountedByTheReasonUntilItIsOverOrClosed() {
        let meeting = Meeting(layers: 3)
        for (place, size) in [300, 500, 900].enumerated() { meeting.video.sizes[place] = size }
        let bandwidth = Int(PauseReason.bandwidth.rawValue)
        meeting.simulator.run(seconds: 2)
        #expect(meeting.report.heldNow[bandwidth] == 0)
        meeting.simulator.run(seconds: 2, estimate: 60_000, for: meeting.listener)
        #expect(meeting.report.heldNow[bandwidth] == 1)
        meeting.simulator.run(seconds: 4, estimate: 20_000_000, for: meeting.listener)
        #expect(meeting.report.heldNow[bandwidth] == 0)
        meeting.simulator.run(seconds: 2, estimate: 60_000, for: meeting.listener)
        #expect(meeting.report.heldNow[bandwidth] == 1)
        meeting.end()
        #expect(meeting.report.heldNow[bandwidth] == 0)
    }

    @Test func probesAreCounted() {
        let meeting = Meeting(layers: 3, seed: 3) { $0.givesFeedback = true }
        meeting.simulator.run(seconds: 8)
        #expect(meeting.report.probesBegun > 0 && meeting.report.paddingSent + meeting.report.retransmitted > 0)
        meeting.end()
    }
}
