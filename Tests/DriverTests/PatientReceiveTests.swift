import Driver
import Glibc
import Memory
import Testing

/// Transport-wide feedback, as far as a filter looks.
private let feedback: [UInt8] = [0x8F, 205, 0, 5, 0, 0, 0, 1]
private let padded: [UInt8] = [0xAF, 205, 0, 5, 0, 0, 0, 1]

@Suite struct FeedbackProgramTests {
    /// Which of two sockets got a datagram; nil after two seconds.
    private func receiver(of bytes: [UInt8]) throws -> Int? {
        let sockets = try PortSocket.openGroup(address: "127.0.0.1", port: 0, count: 2)
        defer { for socket in sockets { socket.close() } }
        try #require(Steering.separateFeedback(sockets[0].descriptor))
        let client = PlainSocket()
        client.send(bytes, to: Endpoint(ipv4: 0x7F00_0001, port: sockets[0].port))
        var entries = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        guard Glibc.poll(&entries, 2, 2000) > 0 else { return nil }
        return entries.firstIndex { $0.revents != 0 }
    }

    @Test(arguments: [feedback, padded, [0x8F, 205]])
    func feedbackGoesToTheSecondSocket(_ bytes: [UInt8]) throws {
        #expect(try receiver(of: bytes) == 1)
    }

    @Test(arguments: [
        [0x81, 201, 0, 7], [0x80, 200, 0, 6], [0x81, 205, 0, 3], [0x8F, 206, 0, 4], [0x0F, 205, 0, 5],
        [0x8E, 205, 0, 3],
        [0x80, 96, 1, 2], [0x8F, 96, 1, 2], [0, 1, 0, 0], [0x16, 0xFE], [0x8F], [],
    ])
    func everythingElseGoesToTheFirst(_ bytes: [UInt8]) throws {
        #expect(try receiver(of: bytes) == 0)
    }
}

@Suite("A second socket that wakes nobody", .enabled(if: hostProbe.uringRefusal == nil))
struct PatientReceiveTests {
    /// A port with both sockets, which has just read `count` datagrams of feedback.
    private func rig(
        _ client: borrowing PlainSocket, having count: Int, patience: UInt32, buffers: Int = 64
    ) throws -> (Rig, PortSocket) {
        let sockets = try PortSocket.openGroup(address: "127.0.0.1", port: 0, count: 2)
        try #require(Steering.separateFeedback(sockets[0].descriptor))
        var waiting = Waiting()
        waiting.patienceMicroseconds = patience
        let rig = try Rig(
            .uring, address: "127.0.0.1", buffers: buffers, arrivals: 64, socket: sockets[0], patient: sockets[1],
            waiting: waiting)
        for _ in 0..<count { client.send(feedback, to: rig.loopback4) }
        return (rig, sockets[1])
    }

    private func take(_ rig: Rig, _ count: Int) {
        var taken = 0
        let deadline = rig.port.now() + 2_000_000_000
        while taken < count, rig.port.now() < deadline {
            rig.receive()
            taken += rig.arrived
            rig.recycle()
        }
        #expect(taken == count)
    }

    @Test func theFirstOfThemIsReadAtOnce() throws {
        let client = PlainSocket()
        // Ten seconds would be more than the two that `take` waits.
        let (rig, second) = try rig(client, having: 1, patience: 10_000_000)
        defer { second.close() }
        take(rig, 1)
        // One alone does not make the port expect more.
        for _ in 0..<5 {
            client.send(padded, to: rig.loopback4)
            take(rig, 1)
        }
    }

    @Test func whereManyComeTheyWaitForAWhile() throws {
        let client = PlainSocket()
        let (rig, second) = try rig(client, having: 3, patience: 30_000)
        defer { second.close() }
        take(rig, 3)
        let start = rig.port.now()
        client.send(feedback, to: rig.loopback4)
        // What comes to the first socket meanwhile does not wait for them, and brings none of them.
        client.send([0x80, 96, 0, 1], to: rig.loopback4)
        rig.receive()
        #expect(rig.arrived == 1 && rig.arrivals[0].byteCount == 4)
        rig.recycle()
        take(rig, 1)
        #expect(rig.port.now() - start >= 25_000_000)
    }

    @Test func aBusyPortTakesThemAlong() throws {
        let client = PlainSocket()
        let (rig, second) = try rig(client, having: 3, patience: 1)
        defer { second.close() }
        take(rig, 3)
        client.send(feedback, to: rig.loopback4)
        rig.push(to: Endpoint(ipv4: 0x7F00_0001, port: client.port), byteCount: 10, segmentBytes: 10)
        rig.receive()
        #expect(rig.arrived == 1)
        #expect(client.receive()?.count == 10)
        rig.recycle()
    }

    @Test func moreThanOneReadingTakesAllCome() throws {
        let client = PlainSocket()
        let (rig, second) = try rig(client, having: 60, patience: 10_000_000)
        defer { second.close() }
        take(rig, 60)
        #expect(rig.counters.receiveErrors == 0 && rig.freeBuffers == 64)
    }

    @Test func buffersThatAreOutComeBack() throws {
        let client = PlainSocket()
        let (rig, second) = try rig(client, having: 20, patience: 1_000, buffers: 4)
        defer { second.close() }
        take(rig, 20)
        #expect(rig.freeBuffers == 4)
    }

    @Test func aSocketThatLeavesItsGroupLeavesItsDatagramsToOthers() throws {
        let client = PlainSocket()
        let (rig, second) = try rig(client, having: 0, patience: 0)
        defer { second.close() }
        second.leaveGroup()
        client.send(feedback, to: rig.loopback4)
        take(rig, 1)
    }
}
