import CPlatform
import Contract
import Glibc
import Memory
import Shard
import Testing

/// Strangers at the TCP door of a running data plane.
@Suite(.serialized) struct TcpDoorTests {
    @Test(arguments: backends) func whatIsNoCheckOfAPeerIsClosed(_ backend: DataPlaneConfiguration.Backend) throws {
        let room = try RunningRoom(backend, subscribers: 0)
        let frames: [(name: String, bytes: [UInt8])] = [
            ("an empty frame", [0, 0]), ("a frame that is too long", [0xFF, 0xFF, 0, 1]),
            ("a frame that is too short for STUN", [0, 4, 0, 1, 0, 0]),
            ("HTTP", Array("GET / HTTP/1.1\r\nHost: here\r\n\r\n".utf8)), ("TLS", [22, 3, 1, 2, 0, 1, 0, 1, 252]),
            ("STUN without a name", framed(stun())),
            ("STUN for a shard that is not there", framed(stun("07000000room:x"))),
        ]
        for frame in frames {
            let client = try Caller(room.plane.mediaPort)
            client.write(frame.bytes)
            #expect(client.isClosed(), "\(frame.name)")
        }
        room.plane.stop()
        // Told after a round; the last one is over now.
        let door = try #require(room.plane.doorCounters)
        #expect(door.accepted == UInt64(frames.count) && door.refused == door.accepted && door.passed == 0)
    }

    @Test(arguments: backends) func aCheckForNobodyReachesItsShardAndIsClosedThere(
        _ backend: DataPlaneConfiguration.Backend
    ) throws {
        let room = try RunningRoom(backend, subscribers: 0)
        let client = try Caller(room.plane.mediaPort)
        // In parts: the door waits for the whole.
        let bytes = framed(stun("00000005room:x"))
        client.write(Array(bytes[..<7]))
        client.write(Array(bytes[7...]))
        #expect(client.isClosed())
        let report = try room.waitForCounters("the connection's end") { $0.tcpRefused == 1 }
        #expect(report.tcpConnections == 1 && report.tcpConnectionsNow == 0 && report.tcpFramesReceived == 1)
        room.plane.stop()
    }

    @Test(arguments: backends) func theOldestOfTooManySilentOnesGivesWay(_ backend: DataPlaneConfiguration.Backend)
        throws
    {
        let room = try RunningRoom(backend, subscribers: 0)
        let callers = try (0..<260).map { _ in try Caller(room.plane.mediaPort) }
        #expect(callers[0].isClosed())
        // Accepted last, so it is still there: it is heard.
        let last = try Caller(room.plane.mediaPort)
        last.write(framed(stun("00000005room:x")))
        #expect(last.isClosed())
        let report = try room.waitForCounters("the last one's first frame") { $0.tcpFramesReceived == 1 }
        #expect(report.tcpConnections == 1)
        room.plane.stop()
    }

    private func framed(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes }

    /// A Binding request, perhaps with a USERNAME, without anything that proves it.
    private func stun(_ name: String? = nil) -> [UInt8] {
        var attributes: [UInt8] = []
        if let name {
            attributes = [0, 6, 0, UInt8(name.utf8.count)] + Array(name.utf8)
            while attributes.count % 4 != 0 { attributes.append(0) }
        }
        return [0, 1, 0, UInt8(attributes.count), 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 3, count: 12)
            + attributes
    }
}

/// A TCP client on loopback.
private final class Caller {
    private let descriptor: Int32

    init(_ port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        name.sin_port = port.bigEndian
        let descriptor = descriptor
        let status = withUnsafePointer(to: &name) {
            connect(descriptor, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), 16)
        }
        let refusal = errno
        try #require(status == 0, "TCP port \(port) takes no connection: errno \(refusal)")
    }

    deinit { close(descriptor) }

    /// A connection that is closed already takes nothing, which the test sees elsewhere.
    func write(_ bytes: [UInt8]) { _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    func isClosed() -> Bool {
        var byte: UInt8 = 0
        let got = recv(descriptor, &byte, 1, 0)
        return got == 0 || got < 0 && errno == ECONNRESET
    }
}
