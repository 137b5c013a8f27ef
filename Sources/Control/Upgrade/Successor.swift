import CPlatform
import Foundation
import Glibc
import NIOCore
import Shard
import Tenancy

/// A process that was started to take over from the one that started it.
public final class Successor: @unchecked Sendable {
    /// Names the descriptor of the socket to the other process.
    static let variable = "MILLRACE_UPGRADE_SOCKET"

    // Used by the main thread alone.
    private let link: UpgradeLink
    private let hello: Hello
    let inheritance: Inheritance
    /// Listeners of HTTP, in the order of their addresses.
    let http: [Int32]

    private init(_ link: UpgradeLink, _ hello: Hello, _ inheritance: Inheritance, http: [Int32]) {
        self.link = link
        self.hello = hello
        self.inheritance = inheritance
        self.http = http
    }

    /// Nil for a process that was started in any other way. Ends this one when the other cannot be understood.
    public static func begin(environment: [String: String]) -> Successor? {
        guard let descriptor = environment[variable].flatMap({ Int32($0) }) else { return nil }
        unsetenv(variable)
        // Of the older process, which systemd watches until this one has followed it.
        unsetenv("WATCHDOG_PID")
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let link = UpgradeLink(taking: descriptor)
        do {
            let message = try link.receive(.hello, milliseconds: 5000)
            let hello = try Hello(reading: message.bytes)
            guard let (inheritance, http) = hello.sort(message.descriptors) else {
                throw UpgradeFailure("descriptors are missing")
            }
            return Successor(link, hello, inheritance, http: http)
        } catch {
            refuse(link, "\(error)")
        }
    }

    /// What was made for one run goes on to hold.
    public func apply(to settings: inout Settings) {
        settings.dataPlane.inheritance = inheritance
        settings.jwtSecret = hello.jwtSecret
        settings.tenancy?.goesOn = true
        if !hello.masterKey.isEmpty { settings.tenancy?.masterKey = hello.masterKey }
        if !hello.tenancyHost.isEmpty { settings.tenancy?.host = hello.tenancyHost }
        if !hello.databaseFolder.isEmpty { settings.tenancy?.database = .file(hello.databaseFolder + "/millrace.db") }
    }

    /// Tells the other process why this cannot be, and ends this one.
    public func refuse(_ reason: String) -> Never { Self.refuse(link, reason) }

    private static func refuse(_ link: UpgradeLink, _ reason: String) -> Never {
        try? link.send(UpgradeMessage(word: .refused, bytes: Array(reason.utf8)), milliseconds: 1000)
        FileHandle.standardError.write(Data("millrace: not taken over: \(reason)\n".utf8))
        _exit(1)
    }

    /// Takes everything over; returns when this process serves. Ends it when that cannot be.
    func takeOver(_ server: Server) {
        do {
            try build(server)
        } catch {
            refuse("\(error)")
        }
    }

    private func build(_ server: Server) throws {
        guard let plane = server.plane.dataPlane else { throw UpgradeFailure("there is no data plane") }
        try link.send(UpgradeMessage(word: .ready), milliseconds: 1000)
        let control = try link.receive(.control, milliseconds: 20_000)
        let picture = try ControlPicture(reading: control.bytes)
        let adopted = try server.restore(picture, sockets: control.descriptors)
        try waitUntilSettled(server, plane)
        try link.send(UpgradeMessage(word: .built), milliseconds: 1000)
        // Media waits from the next word on.
        _ = cp_run_first()
        defer { _ = cp_run_as_others() }
        let shards = try link.receive(.shards, milliseconds: 5000)
        if let problem = plane.load(try Snapshots(reading: shards.bytes).shards) { throw UpgradeFailure(problem) }
        try link.send(UpgradeMessage(word: .loaded), milliseconds: 1000)
        _ = try link.receive(.goOn, milliseconds: 5000)
        // From here on there is no way back: the other process has ended.
        guard plane.begin() else { throw UpgradeFailure("the system refused a thread") }
        try server.goOn(adopted, http: http)
    }

    private func waitUntilSettled(_ server: Server, _ plane: DataPlane) throws {
        let deadline = cp_now() + 5_000_000_000
        while try !server.hasSaidAll() || !plane.isSettled {
            guard cp_now() < deadline else { throw UpgradeFailure("the shards did not open everything in time") }
            usleep(1000)
        }
    }
}
