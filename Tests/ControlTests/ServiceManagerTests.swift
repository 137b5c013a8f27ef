import Contract
import Foundation
import Glibc
import Testing

@testable import Control

/// A socket such as systemd's, that keeps what it is told.
private final class NotifySocket {
    let path = NSTemporaryDirectory() + "notify-\(UUID().uuidString.prefix(8))"
    private let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)

    init() throws {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let status = withUnsafePointer(to: &name) {
            bind(
                descriptor, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), socklen_t(2 + path.utf8.count))
        }
        try #require(status == 0)
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// The next words within `milliseconds`; nil when there are none.
    func next(within milliseconds: Int32 = 5000) -> String? {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, milliseconds) == 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
    }
}

@Suite("Service manager")
struct ServiceManagerTests {
    @Test func readinessLifeAndTheEndAreTold() throws {
        let socket = try NotifySocket()
        let test = try TestServer { $0.drainSeconds = 60 }
        let environment = ["NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "60000"]
        test.server.tell(ServiceManager(environment: environment))
        #expect(socket.next()?.hasPrefix("READY=1\nSTATUS=serving") == true)
        #expect(socket.next() == "WATCHDOG=1")
        #expect(socket.next() == "WATCHDOG=1")
        test.server.drain()
        var words = socket.next()
        while words == "WATCHDOG=1" { words = socket.next() }
        #expect(words?.hasPrefix("STOPPING=1") == true)
    }

    @Test func aShardThatHangsIsNoSignOfLife() throws {
        let socket = try NotifySocket()
        let shards = FakeShards(count: 2)
        shards.isListening = false
        let test = try TestServer(shards)
        test.server.tell(ServiceManager(environment: ["NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "60000"]))
        #expect(socket.next()?.hasPrefix("READY=1") == true)
        // The question is given up after three seconds, and asked again without a word.
        #expect(socket.next(within: 3500) == nil)
    }

    @Test func nobodyIsToldWhoDidNotAsk() throws {
        #expect(ServiceManager(environment: ["WATCHDOG_USEC": "60000"]).watchdogMicroseconds == nil)
        let other = ["NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "60000", "WATCHDOG_PID": "1"]
        #expect(ServiceManager(environment: other).watchdogMicroseconds == nil)
        #expect(ServiceManager(environment: other, process: 1).watchdogMicroseconds == 60000)
    }
}

@Suite("Settings file")
struct SettingsFileTests {
    @Test func itIsReadAsSystemdReadsIt() throws {
        let text = "# a comment\n; another\n\nPORT=9000\nPUBLIC_ADDRESS = 192.0.2.1\nJWT_SECRET=\"a=b c\"\nCPUS='2,3'\n"
        let values = try SettingsFile.parse(text, named: "f")
        let expected = ["PORT": "9000", "PUBLIC_ADDRESS": "192.0.2.1", "JWT_SECRET": "a=b c", "CPUS": "2,3"]
        #expect(values == expected)
    }

    @Test(arguments: ["PORT", "=1", "port=1", "PORT=1\\"])
    func aLineThatIsNoneIsNamed(_ line: String) {
        let mistake = #expect(throws: SettingsFile.Mistake.self) { try SettingsFile.parse("A=1\n\(line)", named: "f") }
        #expect(mistake?.description == "f, line 2: expected NAME=value")
    }
}
