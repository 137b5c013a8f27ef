import Driver
import Glibc
import Memory
import Testing

@Suite("Exchanging bursts")
struct ExchangeTests {
    @Test(arguments: backends)
    func aDatagramComesBackFromAnEcho(_ backend: PortConfiguration.Backend) throws {
        let near = try Rig(backend)
        let far = try Rig(backend)
        near.push(to: far.loopback6, byteCount: 100, segmentBytes: 100, seed: 7)
        near.poll()
        far.receive()
        try #require(far.arrived == 1)
        let asked = far.arrivals[0]
        #expect(asked.source == near.loopback6)
        #expect(asked.byteCount == 100 && asked.segmentBytes == 100 && !asked.isTruncated)
        #expect(far.holds(asked, seed: 7))
        far.push(to: asked.source, byteCount: 60, segmentBytes: 60, seed: 9)
        far.recycle()
        far.port.flush(&far.departures)
        near.receive()
        try #require(near.arrived == 1)
        #expect(near.holds(near.arrivals[0], seed: 9) && near.arrivals[0].byteCount == 60)
        #expect(near.freeCells == near.cells && far.freeCells == far.cells)
    }

    @Test(arguments: backends)
    func anIPv4DatagramArrivesMappedAndIsAnswered(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend, address: "::")
        let client = PlainSocket(ipv4: true)
        client.send([1, 2, 3], to: rig.loopback4)
        rig.receive()
        try #require(rig.arrived == 1)
        let source = rig.arrivals[0].source
        #expect(source == Endpoint(ipv4: 0x7F00_0001, port: client.port) && source.isIPv4)
        rig.push(to: source, byteCount: 2500, segmentBytes: 1000)
        rig.port.flush(&rig.departures)
        #expect(client.receive()?.count == 1000)
        #expect(client.receive()?.count == 1000)
        #expect(client.receive()?.count == 500)
    }

    @Test(arguments: backends)
    func anIPv4SocketConvertsAddresses(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend, address: "127.0.0.1")
        #expect(rig.socket.isIPv4)
        let client = PlainSocket(ipv4: true)
        client.send([5], to: rig.loopback4)
        rig.receive()
        try #require(rig.arrived == 1)
        rig.push(to: rig.arrivals[0].source, byteCount: 1400, segmentBytes: 700)
        rig.poll()
        #expect(client.receive()?.count == 700)
        #expect(client.receive()?.count == 700)
    }

    @Test(arguments: backends)
    func anIPv6DestinationOnAnIPv4SocketIsCountedAsUnreachable(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend, address: "127.0.0.1")
        rig.push(to: rig.loopback6, byteCount: 10, segmentBytes: 10)
        rig.port.flush(&rig.departures)
        #expect(rig.counters.sendErrors.unreachable == 1)
        #expect(rig.freeCells == rig.cells)
    }

    @Test(arguments: backends)
    func aRunArrivesMergedWithItsSegmentSize(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        rig.push(to: rig.loopback6, byteCount: 5 * 1100 + 321, segmentBytes: 1100, seed: 3)
        rig.poll()
        rig.receive()
        try #require(rig.arrived == 1)
        let arrival = rig.arrivals[0]
        #expect(arrival.byteCount == 5821 && arrival.segmentBytes == 1100)
        #expect(rig.holds(arrival, seed: 3))
        #expect(rig.counters.receives == 1 && rig.counters.datagrams == 6)
    }

    @Test(arguments: backends)
    func aShorterLastSegmentLeavesAsADatagramOfItsOwnSize(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        let client = PlainSocket(ipv4: false)
        rig.push(
            to: Endpoint(high: 0, low: UInt64(1).bigEndian, port: client.port), byteCount: 3 * 900 + 1,
            segmentBytes: 900)
        rig.poll()
        let sizes = (0..<4).map { _ in client.receive()?.count }
        #expect(sizes == [900, 900, 900, 1])
    }

    @Test(arguments: backends)
    func theLongestRunLeavesWhole(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        rig.push(to: rig.loopback4, byteCount: 54 * 1200, segmentBytes: 1200)
        rig.poll()
        var bytes: UInt64 = 0
        while bytes < 64800 {
            rig.receive()
            guard rig.arrived > 0 else { break }
            for index in 0..<rig.arrived { bytes += UInt64(rig.arrivals[index].byteCount) }
            rig.recycle()
        }
        #expect(bytes == 64800 && rig.counters.datagrams == 54)
    }

    @Test(arguments: backends)
    func anEmptyDatagramArrivesAndTheNextOneToo(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        let client = PlainSocket()
        client.send([], to: rig.loopback4)
        client.send([1], to: rig.loopback4)
        var counts: [UInt32] = []
        while counts.count < 2 {
            rig.receive()
            guard rig.arrived > 0 else { break }
            for index in 0..<rig.arrived { counts.append(rig.arrivals[index].byteCount) }
            rig.recycle()
        }
        #expect(counts == [0, 1])
    }

    @Test(arguments: backends)
    func aClosedPortDoesNotDisturb(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        let closed = PlainSocket().port
        for _ in 0..<20 {
            rig.push(to: Endpoint(ipv4: 0x7F00_0001, port: closed), byteCount: 50, segmentBytes: 50)
            rig.poll()
        }
        rig.push(to: rig.loopback6, byteCount: 8, segmentBytes: 8)
        rig.receive()
        #expect(rig.arrived == 1)
        #expect(rig.counters.receiveErrors == 0 && rig.counters.sendErrors.total == 0)
        #expect(rig.freeCells == rig.cells)
    }

    @Test(arguments: backends)
    func aSegmentThatIsTooLongIsCountedAndItsCellComesHome(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        let limit = Endpoint(ipv4: 0xFFFF_FFFF, port: 9)
        rig.push(to: limit, byteCount: 10, segmentBytes: 10)
        rig.poll()
        #expect(rig.counters.sendErrors.notPermitted == 1, "a broadcast without SO_BROADCAST")
        #expect(rig.freeCells == rig.cells)
    }
}
