import CPlatform
import Contract
import Foundation
import Glibc
import Logging
import NIOCore
import NIOPosix
import Shard

/// A new process is to take over from this one. Until it has everything and says so, this one can go on as if nothing had
/// been; what goes wrong before then is a line in the log.
final class Predecessor {
    private let site: Site
    private let dataPlane: DataPlane
    private let child: ChildProcess
    private let link: UpgradeLink
    private let listeners: [any Channel]
    private var triesLeft = 400
    private let begun = cp_now()

    /// How long the new process may take to start.
    private static let startMilliseconds = 20_000
    /// And to open what the control side knows, while this one's shards still serve.
    private static let buildMilliseconds = 5000
    /// And to take in what the shards know, while nobody serves.
    private static let loadMilliseconds = 1000

    private init(
        _ site: Site, _ dataPlane: DataPlane, _ child: ChildProcess, _ link: UpgradeLink, _ listeners: [any Channel]
    ) {
        self.site = site
        self.dataPlane = dataPlane
        self.child = child
        self.link = link
        self.listeners = listeners
    }

    /// Starts the new process, and hands over when it is ready. On the loop.
    static func begin(_ site: Site, listeners: [any Channel], program: String?) {
        guard !site.isHandingOver else { return }
        do throws(UpgradeFailure) {
            guard let dataPlane = site.plane.dataPlane else { throw UpgradeFailure("there is no data plane") }
            if let obstacle = site.obstacle { throw UpgradeFailure(obstacle) }
            let (child, socket) = try ChildProcess.start(program: program)
            site.isHandingOver = true
            let link = UpgradeLink(taking: socket)
            site.log.notice("upgrade: started the new process", metadata: ["pid": "\(child.id)"])
            let one = Predecessor(site, dataPlane, child, link, listeners)
            one.greet()
        } catch {
            site.log.warning("upgrade: not begun: \(error)")
        }
    }

    /// The new process starts on its own time: a thread waits for it, not the loop.
    private func greet() {
        let inheritance = dataPlane.inheritance
        let http = listeners.compactMap(Self.descriptor)
        let hello = Hello(
            inheritance, settings: site.settings, http: http, databaseFolder: site.tenancy?.folder)
        let message = UpgradeMessage(
            word: .hello, bytes: hello.bytes, descriptors: Hello.descriptors(inheritance, http: http))
        let loop = site.loop
        let bound = NIOLoopBound(self, eventLoop: loop)
        let link = UncheckedBox(link)
        Thread.detachNewThread {
            do {
                try link.value.send(message, milliseconds: 2000)
                _ = try link.value.receive(.ready, milliseconds: Self.startMilliseconds)
                loop.execute { bound.value.waitForRest() }
            } catch {
                let reason = "\(error)"
                loop.execute { bound.value.giveUp(reason) }
            }
        }
    }

    private static func descriptor(of channel: any Channel) -> Int32? {
        try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
    }

    /// What is under way comes to its end first, if it does within two seconds.
    private func waitForRest() {
        if let obstacle = site.obstacle { return giveUp(obstacle) }
        site.registry.takeEvents()
        let isAtRest = site.registry.isAtRest && site.signaling.isAtRest && !site.stays.isBeginning
        if isAtRest, !site.registry.isShakingHands || triesLeft < 200 { return handOver() }
        guard triesLeft > 0 else { return giveUp("the server does not come to rest") }
        triesLeft -= 1
        site.loop.assumeIsolated().scheduleTask(in: .milliseconds(5)) { self.waitForRest() }
    }

    /// The loop stands still from here on: nothing changes that the new process is told of.
    private func handOver() {
        let start = cp_now()
        do throws(UpgradeFailure) {
            var picture = site.registry.picture()
            picture.whip = site.whip.sessions.values.map(\.picture)
            let (sessions, sockets) = site.signaling.pictures(passesSockets: site.tls == nil)
            picture.sessions = sessions
            let control = UpgradeMessage(word: .control, bytes: picture.bytes, descriptors: sockets)
            try link.send(control, milliseconds: 2000)
            _ = try link.receive(.built, milliseconds: Self.buildMilliseconds)
        } catch { return giveUp("\(error)") }
        passShards(since: start)
    }

    private func passShards(since start: UInt64) {
        let stopped = cp_now()
        // Until somebody reads again, nobody on this host has anything more urgent to do, where that may be said.
        _ = cp_run_first()
        guard let snapshots = dataPlane.stand() else { return giveUp("a shard does not stand still") }
        let bytes = Snapshots(snapshots).bytes
        let written = cp_now()
        do throws(UpgradeFailure) {
            try link.send(UpgradeMessage(word: .shards, bytes: bytes), milliseconds: 500)
            _ = try link.receive(.loaded, milliseconds: Self.loadMilliseconds)
            try link.send(UpgradeMessage(word: .goOn), milliseconds: 500)
        } catch {
            // Before it can be that it reads after all.
            child.kill()
            dataPlane.resume()
            return giveUp("\(error)")
        }
        let silence = cp_now() - stopped
        site.serviceManager.follow(child.id)
        site.log.notice(
            "upgrade: handed over",
            metadata: [
                "pid": "\(child.id)", "peers": "\(site.registry.peerCount)", "bytes": "\(bytes.count)",
                "still": "\(silence / 1000) us", "written": "\((written - stopped) / 1000) us",
                "control": "\((stopped - start) / 1000) us",
                "seconds": "\(Double((cp_now() - begun) / 1_000_000) / 1000)",
            ])
        // Nothing is closed and nobody is told: all of it is the new process's.
        _exit(0)
    }

    private func giveUp(_ reason: String) {
        _ = cp_run_as_others()
        child.kill()
        site.isHandingOver = false
        site.log.warning("upgrade: refused, this process goes on: \(reason)", metadata: ["pid": "\(child.id)"])
    }
}

/// Something that one thread hands to another.
struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

/// The new process as the old one sees it.
struct ChildProcess: Sendable {
    let id: Int32

    /// Starts `program`, or what this process was started from, with the same arguments and environment; with the socket to it.
    static func start(program: String?) throws(UpgradeFailure) -> (ChildProcess, socket: Int32) {
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &pair) == 0 else {
            throw UpgradeFailure("no socket can be had: errno \(errno)")
        }
        defer { close(pair[1]) }
        let path = program ?? ownPath
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // All others are closed on exec.
        posix_spawn_file_actions_adddup2(&actions, pair[1], 3)
        var attributes = attributes
        defer { posix_spawnattr_destroy(&attributes) }
        var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
        var environment = Self.environment.map { strdup($0) } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var id: pid_t = 0
        let status = posix_spawn(&id, path, &actions, &attributes, &arguments, &environment)
        guard status == 0 else {
            close(pair[0])
            throw UpgradeFailure("\(path) cannot be started: errno \(status)")
        }
        return (ChildProcess(id: id), pair[0])
    }

    /// The file may have been replaced: that is what an upgrade is for.
    private static var ownPath: String {
        let path =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let deleted = " (deleted)"
        return path.hasSuffix(deleted) ? String(path.dropLast(deleted.count)) : path
    }

    private static var environment: [String] {
        ProcessInfo.processInfo.environment.filter { $0.key != Successor.variable && $0.key != "WATCHDOG_PID" }
            .map { "\($0.key)=\($0.value)" } + ["\(Successor.variable)=3"]
    }

    /// Signals as a process has them that nobody has started.
    private static var attributes: posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigemptyset(&all)
        for signal in [SIGTERM, SIGINT, SIGUSR2, SIGPIPE] { sigaddset(&all, signal) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        return attributes
    }

    /// Ends it, and returns when it has ended: it reads nothing any more then.
    func kill() {
        _ = Glibc.kill(id, SIGKILL)
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
    }
}
