import CPlatform
import Driver
import Glibc
import Memory
import Testing

/// A port with one connection, of which the test has the other end, and all that came by it.
private final class Line {
    let rig: Rig
    let client = TcpClient()
    private(set) var frames: [[UInt8]] = []
    private(set) var ends = 0
    private(set) var peer = Endpoint.none
    let proves: Bool

    init(_ backend: PortConfiguration.Backend, connections: Int = 4, proves: Bool = true) throws {
        rig = try Rig(backend, connections: connections)
        self.proves = proves
        precondition(rig.adopt(client))
    }

    /// As a shard's loop does it; waits for a moment at most.
    func turn() {
        rig.port.exchange(&rig.departures, &rig.arrivals, deadline: rig.port.now() + 20_000_000)
        for index in 0..<rig.arrived {
            let arrival = rig.arrivals[index]
            if arrival.source.isTcp { peer = arrival.source }
            if arrival.byteCount == 0 {
                ends += 1
            } else {
                frames.append(Array(UnsafeRawBufferPointer(start: arrival.bytes, count: Int(arrival.byteCount))))
            }
        }
        rig.recycle()
        if peer.isTcp, proves { rig.port.prove(peer) }
    }

    /// Turns until it is so; false after five seconds.
    func turns(until isSo: () -> Bool) -> Bool {
        let end = rig.port.now() + 5_000_000_000
        while !isSo() {
            guard rig.port.now() < end else { return false }
            turn()
        }
        return true
    }

    /// The first frame, which makes the connection known.
    func begin() {
        client.write(TcpClient.framed([9]))
        precondition(turns { frames.count == 1 })
        frames = []
    }

    func push(byteCount: Int, segmentBytes: Int, urgent: UInt64) {
        guard let cell = rig.departures.takeCell() else {
            preconditionFailure("frames are copied, so cells are free at once")
        }
        rig.departures.memory(of: cell).initializeMemory(as: UInt8.self, repeating: 7, count: byteCount)
        rig.departures.push(
            Run(
                cell: cell, byteCount: UInt32(byteCount), segmentBytes: UInt16(segmentBytes),
                segments: UInt16((byteCount + segmentBytes - 1) / segmentBytes), destination: peer, urgent: urgent))
        rig.port.flush(&rig.departures)
    }
}

@Suite("TCP connections")
struct TcpTests {
    @Test(arguments: backends) func framesArriveWholeHoweverTheyAreCut(_ backend: PortConfiguration.Backend) throws {
        let line = try Line(backend)
        let frames = (0..<300).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 1 + $0 * 977 % 2048) }
        let stream = frames.flatMap { TcpClient.framed($0) }
        for start in stride(from: 0, to: stream.count, by: 3001) {
            line.client.write(Array(stream[start..<min(start + 3001, stream.count)]))
            line.turn()
        }
        #expect(line.turns { line.frames.count == frames.count })
        #expect(line.frames == frames)
        #expect(line.peer.isTcp && line.peer.port == line.client.source.port)
        #expect(line.rig.tcp.framesReceived == 300)
    }

    @Test(arguments: backends) func manySmallFramesAtOnceTakeSeveralBursts(_ backend: PortConfiguration.Backend) throws
    {
        let line = try Line(backend)
        line.client.write((0..<2000).flatMap { TcpClient.framed([UInt8(truncatingIfNeeded: $0)]) })
        #expect(line.turns { line.frames.count == 2000 })
        #expect(line.frames.map { $0[0] } == (0..<2000).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test(arguments: backends) func aRunLeavesAsOneFrameForEachSegment(_ backend: PortConfiguration.Backend) throws {
        let line = try Line(backend)
        line.begin()
        line.push(byteCount: 2500, segmentBytes: 1000, urgent: .max)
        line.turn()
        #expect(line.client.readFrame()?.count == 1000)
        #expect(line.client.readFrame()?.count == 1000)
        #expect(line.client.readFrame() == [UInt8](repeating: 7, count: 500))
        #expect(line.rig.freeCells == line.rig.cells)
    }

    @Test(arguments: backends) func aSlowConnectionLosesVideoFirstAndWholeFramesOnly(
        _ backend: PortConfiguration.Backend
    ) throws {
        let line = try Line(backend)
        line.begin()
        // Nobody reads: the kernel's buffers fill, then the ring up to video's share.
        while line.rig.tcp.videoDropped == 0 {
            line.push(byteCount: 60_000, segmentBytes: 1200, urgent: 0)
            line.turn()
        }
        for _ in 0..<20 { line.push(byteCount: 100, segmentBytes: 100, urgent: .max) }
        line.turn()
        #expect(line.rig.tcp.urgentDropped == 0)
        // Two cells are enough to fill what is left.
        for _ in 0..<3 { line.push(byteCount: 20_000, segmentBytes: 1000, urgent: .max) }
        line.turn()
        #expect(line.rig.tcp.urgentDropped > 0)
        let sent = Int(line.rig.tcp.framesSent)
        let counts = FrameCounts(line.client, frames: sent)
        #expect(line.turns { counts.isDone })
        #expect(counts.sizes[1200]! > 50 && counts.sizes[100] == 20 && counts.sizes.count == 3)
        #expect(line.ends == 0)
    }

    @Test(arguments: backends) func whatNobodyKnowsAfterItsFirstFrameIsEnded(_ backend: PortConfiguration.Backend)
        throws
    {
        let line = try Line(backend, proves: false)
        line.client.write(TcpClient.framed([1, 2, 3]))
        #expect(line.turns { line.rig.tcp.ended == 1 })
        #expect(line.client.isClosed())
        #expect(line.rig.tcp.unproven == 1 && line.ends == 0)
    }

    @Test(arguments: backends, [0, 2049, 65535]) func aFrameOfAWrongLengthEndsItsConnection(
        _ backend: PortConfiguration.Backend, length: Int
    ) throws {
        let line = try Line(backend)
        line.begin()
        line.client.write(TcpClient.framed([5]) + [UInt8(length >> 8), UInt8(length & 255), 1, 2, 3])
        #expect(line.turns { line.ends == 1 && line.rig.tcp.ended == 1 })
        #expect(line.frames == [[5]] && line.rig.tcp.badFrames == 1)
        #expect(line.client.isClosed())
    }

    @Test(arguments: backends) func anEndIsToldOnceAndItsNameIsNobodysAfterwards(
        _ backend: PortConfiguration.Backend
    ) throws {
        let line = try Line(backend, connections: 1)
        line.begin()
        let old = line.peer
        shutdown(line.client.descriptor, Int32(SHUT_WR))
        #expect(line.turns { line.ends == 1 && line.rig.tcp.now == 0 })
        line.push(byteCount: 100, segmentBytes: 100, urgent: .max)
        line.turn()
        #expect(line.rig.tcp.lateFrames == 1 && line.ends == 1)
        let next = TcpClient()
        #expect(line.rig.adopt(next))
        next.write(TcpClient.framed([4]))
        #expect(line.turns { line.frames == [[4]] })
        #expect(line.peer.connection != old.connection)
        // A word about the old one does not touch the new one.
        line.rig.port.close(old)
        #expect(line.rig.tcp.now == 1)
    }

    @Test(arguments: backends) func theEngineEndsAConnectionWithoutBeingTold(_ backend: PortConfiguration.Backend)
        throws
    {
        let line = try Line(backend)
        line.begin()
        line.rig.port.close(line.peer)
        #expect(line.turns { line.rig.tcp.now == 0 })
        #expect(line.client.isClosed() && line.ends == 0)
    }

    @Test(arguments: backends) func oneMoreThanThereIsRoomForIsRefused(_ backend: PortConfiguration.Backend) throws {
        let line = try Line(backend, connections: 1)
        let second = TcpClient()
        #expect(!line.rig.adopt(second))
        close(second.accepted)
        #expect(line.rig.tcp.refused == 1)
        line.begin()
        line.rig.port.close(line.peer)
        #expect(line.turns { line.rig.tcp.now == 0 })
        let third = TcpClient()
        #expect(line.rig.adopt(third))
    }

    @Test(arguments: backends) func datagramsFindTheirWayBesideAFlood(_ backend: PortConfiguration.Backend) throws {
        let line = try Line(backend)
        line.client.write((0..<2000).flatMap { _ in TcpClient.framed([1]) })
        let plain = PlainSocket()
        plain.send([8, 8], to: line.rig.loopback4)
        #expect(line.turns { line.frames.contains([8, 8]) && line.frames.count == 2001 })
    }
}

/// Reads frames as they come, without waiting.
private final class FrameCounts {
    private let client: TcpClient
    private let wanted: Int
    private var bytes: [UInt8] = []
    private(set) var sizes: [Int: Int] = [:]

    init(_ client: TcpClient, frames: Int) {
        self.client = client
        wanted = frames
    }

    var isDone: Bool {
        var part = [UInt8](repeating: 0, count: 1 << 20)
        let got = recv(client.descriptor, &part, part.count, Int32(MSG_DONTWAIT))
        if got > 0 { bytes += part.prefix(got) }
        var start = 0
        while bytes.count - start >= 2 {
            let length = Int(bytes[start]) << 8 | Int(bytes[start + 1])
            guard bytes.count - start >= 2 + length else { break }
            sizes[length, default: 0] += 1
            start += 2 + length
        }
        bytes.removeFirst(start)
        return sizes.values.reduce(0, +) == wanted && bytes.isEmpty
    }
}
