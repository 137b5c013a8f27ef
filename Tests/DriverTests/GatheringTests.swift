import Driver
import Memory
import Testing

@Suite("Gathering and spinning", .enabled(if: hostProbe.uringRefusal == nil))
struct GatheringTests {
    private func waiting(batch: UInt32 = 0, gather: UInt32 = 0, spin: UInt32 = 0) -> Waiting {
        var waiting = Waiting()
        waiting.gatherMicroseconds = gather
        waiting.batchMicroseconds = batch
        waiting.spinMicroseconds = spin
        return waiting
    }

    @Test func datagramsGatherUntilTheMinimumHasPassed() throws {
        let rig = try Rig(.uring, waiting: waiting(batch: 20_000))
        // A kernel without a minimum wait says so and wakes with the first.
        guard rig.note == nil else { return }
        let client = PlainSocket()
        rig.poll()
        let start = rig.port.now()
        for number in 0..<3 as Range<UInt8> { client.send([number], to: rig.loopback4) }
        rig.receive()
        #expect(rig.arrived == 3)
        #expect(rig.port.now() - start >= 19_000_000)
    }

    @Test func aWholeBatchDoesNotWaitForTheMinimum() throws {
        let rig = try Rig(.uring, buffers: 64, arrivals: 64, waiting: waiting(batch: 10_000_000))
        let client = PlainSocket()
        rig.poll()
        for _ in 0..<Waiting.batchDatagrams { client.send([1, 2, 3], to: rig.loopback4) }
        // Ten seconds would be more than the two that `receive` waits.
        rig.receive()
        #expect(rig.arrived == Int(Waiting.batchDatagrams))
    }

    @Test func theDeadlineEndsAWaitForABatch() throws {
        let rig = try Rig(.uring, waiting: waiting(batch: 1_000))
        let deadline = rig.port.now() + 20_000_000
        while rig.port.now() < deadline { rig.port.exchange(&rig.departures, &rig.arrivals, deadline: deadline) }
        #expect(rig.arrived == 0 && rig.counters.kernelEnters < 100)
    }

    @Test func aFewDatagramsDoNotWaitForMore() throws {
        // Ten seconds would be more than the two that `receive` waits.
        let rig = try Rig(.uring, waiting: waiting(gather: 10_000_000))
        let client = PlainSocket()
        rig.poll()
        for number in 0..<20 as Range<UInt8> {
            client.send([number], to: rig.loopback4)
            rig.receive()
            #expect(rig.arrived == 1)
            rig.port.recycle(&rig.arrivals)
        }
    }

    @Test func aPortThatReceivesMuchWakesAtMostOnceAnInterval() throws {
        let rig = try Rig(.uring, buffers: 64, arrivals: 64, waiting: waiting(gather: 30_000))
        let client = PlainSocket()
        rig.poll()
        var before = rig.port.now()
        // More rounds than it judges by, each a whole batch, for which it does not wait.
        for _ in 0..<70 {
            for _ in 0..<Waiting.batchDatagrams { client.send([1], to: rig.loopback4) }
            before = rig.port.now()
            rig.receive()
            rig.port.recycle(&rig.arrivals)
        }
        client.send([2], to: rig.loopback4)
        rig.receive()
        #expect(rig.arrived == 1)
        #expect(rig.port.now() - before >= 29_900_000)
    }

    @Test func aSpinEndsWithADatagram() throws {
        let rig = try Rig(.uring, waiting: waiting(spin: 60_000_000))
        let client = PlainSocket()
        rig.poll()
        client.send([7], to: rig.loopback4)
        rig.port.exchange(&rig.departures, &rig.arrivals, deadline: .max)
        #expect(rig.arrived == 1)
    }

    @Test func aSpinThatFindsNothingSleepsUntilTheDeadline() throws {
        let rig = try Rig(.uring, waiting: waiting(spin: 1_000))
        let start = rig.port.now()
        rig.port.exchange(&rig.departures, &rig.arrivals, deadline: start + 20_000_000)
        #expect(rig.port.now() - start >= 19_000_000)
    }
}
