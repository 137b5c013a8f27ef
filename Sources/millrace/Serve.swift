import ArgumentParser
import CPlatform
import Control
import Foundation
import Glibc
import Logging
import Rpc
import Shard
import Tenancy
import Trace

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the server.",
        discussion: """
            Every option has an environment variable, named in brackets; an option wins over its variable. \
            With --dev no setting is needed: `millrace serve --dev` prints the address of a page to meet on.

            The first SIGTERM or SIGINT drains: no new room is opened, and the server ends when the last peer has \
            left or after --drain-seconds. The second ends it at once. SIGUSR1 writes the shards' flight records.

            SIGUSR2 starts the program anew, as it is on the disk now, with the same arguments. The new process takes over \
            from the old one without a gap, or the old one goes on.
            """)

    @OptionGroup var options: ServeOptions

    func run() throws {
        let successor = Successor.begin(environment: ProcessInfo.processInfo.environment)
        var settings = try readSettings()
        successor?.apply(to: &settings)
        let log = makeLogger(settings)
        raiseOpenFiles(settings, log)
        let signals = Signals.block()
        // Before the shards' threads, which say what they are.
        _ = cp_crash_install(settings.dataPlane.flight.folder, version)
        _ = cp_crash_thread("main", nil)
        // Before any other thread exists: what starts later must not run on the shards' processors.
        let dataPlane: DataPlane
        do { dataPlane = try DataPlane.start(settings.dataPlane) } catch {
            successor?.refuse("\(error)")
            fail("millrace: \(error)")
        }
        let plane = Plane(dataPlane)
        for note in plane.notes { log.warning("\(note)") }
        let server: Server
        do {
            server = try Server.start(settings: settings, plane: plane, log: log, successor: successor)
            if let successor { server.takeOver(successor) }
            // Before it may arrive.
            try server.writeFlight(onRingsOf: signals.flightBell())
            try server.drain(onRingsOf: signals.unblock())
            try server.upgrade(onRingsOf: signals.listenForUpgrades(), program: nil)
        } catch let error as TenancyError {
            plane.stop()
            fail("millrace: \(error)")
        } catch {
            plane.stop()
            fail("millrace: HTTP does not start on port \(settings.port): \(error)")
        }
        let rpc = startRpc(settings, server, log, tries: successor == nil ? 1 : 50)
        announce(settings, plane, server, log)
        server.tell(ServiceManager(environment: ProcessInfo.processInfo.environment))
        try server.waitUntilFinished()
        rpc?.stop()
        plane.stop()
        try server.stop()
        log.notice("ended")
    }

    /// In a process that takes over the port is the older one's until that has ended, which is a moment from now.
    private func startRpc(_ settings: Settings, _ server: Server, _ log: Logger, tries: Int) -> RpcServer? {
        guard let grpc = settings.grpc else { return nil }
        for attempt in 1...tries {
            do {
                let rpc = try RpcServer.start(grpc, server.remote, server.spans, log)
                server.whenDraining { rpc.drain() }
                return rpc
            } catch {
                if tries == 1 { fail("millrace: gRPC does not start on port \(grpc.port): \(error)") }
                if attempt == tries {
                    // Calls are in this process: it does not end for that.
                    log.error("gRPC does not start", metadata: ["port": "\(grpc.port)", "error": "\(error)"])
                }
                usleep(100_000)
            }
        }
        return nil
    }

    /// The usual limit of 1024 is less than the connections that are taken.
    private func raiseOpenFiles(_ settings: Settings, _ log: Logger) {
        let wanted = UInt(settings.connectionsMax) + OpenFiles.reserve
        let allowed = OpenFiles.raise(to: wanted)
        guard allowed < wanted else { return }
        log.warning(
            "the process may open \(allowed) files: connections beyond that wait; raise the limit of open files (ulimit -n) to \(wanted)"
        )
    }

    private func readSettings() throws -> Settings {
        do {
            return try Settings(
                flags: options.flags, environment: ProcessInfo.processInfo.environment,
                processorCount: ProcessInfo.processInfo.activeProcessorCount)
        } catch {
            fail("\(error)")
        }
    }

    private func makeLogger(_ settings: Settings) -> Logger {
        let format = settings.logFormat
        LoggingSystem.bootstrap(
            { label, metadata in
                switch format {
                case .text: StreamLogHandler.standardError(label: label, metadataProvider: metadata)
                case .json:
                    JsonLog(label: label, metadataProvider: metadata) {
                        FileHandle.standardError.write(Data($0.utf8))
                    }
                }
            }, metadataProvider: .trace)
        var log = Logger(label: "millrace")
        log.logLevel = settings.logLevel
        return log
    }

    private func announce(_ settings: Settings, _ plane: Plane, _ server: Server, _ log: Logger) {
        log.notice(
            "serving",
            metadata: [
                "version": "\(version)", "http": "\(server.ports.map(String.init).joined(separator: ","))",
                "media": "\(settings.dataPlane.mediaPort)", "shards": "\(plane.links.count)",
                "backend": "\(plane.backend)", "steering": "\(plane.steering)",
                "public": "\(settings.publicAddresses.joined(separator: ","))",
            ])
        guard settings.isDevelopment, let port = server.ports.first else { return }
        print("Open \(settings.tls == nil ? "http" : "https")://127.0.0.1:\(port)/")
        fflush(nil)
    }
}

/// Ends the process with a message and status 1.
func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(1)
}
