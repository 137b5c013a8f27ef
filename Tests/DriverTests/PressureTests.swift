import Driver
import Memory
import Testing

@Suite("Under pressure")
struct PressureTests {
    @Test(arguments: backends)
    func buffersComeHomeFromThousandsOfDatagrams(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend, buffers: 5, arrivals: 64)
        let sender = try Rig(backend, cells: 8)
        var received = 0
        for round in 0..<400 {
            // Of unequal sizes and growing, so that nothing is merged.
            for index in 0..<8 { sender.push(to: rig.loopback6, byteCount: 40 + index, segmentBytes: 40 + index) }
            sender.port.flush(&sender.departures)
            // Buffers run out: five for eight datagrams, none given back until all five are out.
            var expected = (round + 1) * 8
            while received < expected {
                rig.receive()
                if rig.arrived == 0 { expected = received }
                received += rig.arrived
                rig.recycle()
            }
        }
        #expect(received == 3200)
        #expect(rig.counters.receiveNoBuffers > 0)
        #expect(rig.freeBuffers == 5)
        #expect(sender.freeCells == 8)
    }

    @Test(arguments: backends)
    func aBurstWithoutRoomKeepsTheRestForLater(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend, buffers: 32, arrivals: 4)
        for index in 0..<13 { rig.push(to: rig.loopback6, byteCount: 10 + index, segmentBytes: 10 + index) }
        rig.port.flush(&rig.departures)
        var sizes: [UInt32] = []
        while sizes.count < 13 {
            rig.receive()
            guard rig.arrived > 0 else { break }
            #expect(rig.arrived <= 4)
            for index in 0..<rig.arrived { sizes.append(rig.arrivals[index].byteCount) }
            rig.recycle()
        }
        #expect(sizes == (10..<23).map { UInt32($0) })
        #expect(rig.freeBuffers == 32)
    }

    @Test(arguments: backends)
    func moreRunsThanTheSubmissionQueueAllLeave(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend, buffers: 64, cells: 600)
        for index in 0..<600 { rig.push(to: rig.loopback4, byteCount: 20 + index % 7, segmentBytes: 20 + index % 7) }
        #expect(rig.freeCells == 0)
        rig.port.flush(&rig.departures)
        #expect(rig.freeCells == 600)
        var received = 0
        while received < 600 {
            rig.receive()
            guard rig.arrived > 0 else { break }
            for index in 0..<rig.arrived where rig.arrivals[index].byteCount > 0 {
                let arrival = rig.arrivals[index]
                received += Int((arrival.byteCount + arrival.segmentBytes - 1) / arrival.segmentBytes)
            }
            rig.recycle()
        }
        #expect(received == 600)
        #expect(rig.counters.sends == 600 && rig.counters.sendErrors.total == 0)
    }

    @Test(arguments: backends)
    func arrivalsDuringFlushAreNotLost(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        for index in 0..<10 {
            rig.push(to: rig.loopback6, byteCount: 30 + index, segmentBytes: 30 + index)
            rig.port.flush(&rig.departures)
        }
        var received = 0
        while received < 10 {
            rig.receive()
            guard rig.arrived > 0 else { break }
            received += rig.arrived
            rig.recycle()
        }
        #expect(received == 10)
    }
}
