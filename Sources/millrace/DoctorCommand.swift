import ArgumentParser
import Contract
import Control
import Doctor
import Foundation
import Glibc
import Shard

/// `millrace doctor`: named so because the module has its name already.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at the host: what is good, what costs how much, and what mends it.",
        discussion: """
            It judges the host for the settings that `millrace serve` would have: the same options and variables, and \
            those of --settings. It changes nothing, opens sockets on loopback and on the server's ports, and sends \
            nothing elsewhere unless --stun is given.

            The exit status is 0 when all is good, 1 when something costs, and 2 when something is broken.
            """)

    @Option(help: "A file of variables for serve; /etc/millrace/millrace.env when there is one.")
    var settings: String?
    @Option(help: "Judge this process's limits and rights instead of this shell's: a server that runs.")
    var pid: Int32?
    @Option(help: "Ask this STUN server, HOST or HOST:PORT, which address the media port has to the outside.")
    var stun: String?
    @Option(
        parsing: .upToNextOption,
        help:
            "Certificate files (PEM) to look at, such as the TLS proxy's; the first is the one that --key and --domain are for."
    )
    var certificate: [String] = []
    @Option(help: "The private key (PEM) of the first certificate.")
    var key: String?
    @Option(help: "The name that browsers call this host by.")
    var domain: String?
    @Flag(help: "For scripts.")
    var json = false
    @Option(help: .hidden)
    var root = ""
    @OptionGroup(title: "Settings of the server") var options: ServeOptions

    func run() throws {
        let plan = plan()
        // Otherwise a limit that was lowered for this process would stop the probes themselves.
        let probes = Probes.tried(plan, stunServer: stun)
        let host = Doctor.Host(root: root, process: pid.map(String.init) ?? "self", probes: probes)
        let examination = Examination(host, plan)
        print(json ? examination.json : examination.text, terminator: json ? "\n" : "")
        throw ExitCode(examination.verdict.status)
    }

    private func plan() -> Plan {
        var plan = Plan()
        plan.settingsFile = settings ?? (access(SettingsFile.usual, F_OK) == 0 ? SettingsFile.usual : nil)
        var environment = ProcessInfo.processInfo.environment
        do throws(SettingsFile.Mistake) {
            if let file = plan.settingsFile { environment.merge(try SettingsFile.read(file)) { $1 } }
        } catch { plan.settingProblems.append(error.description) }
        read(environment, &plan)
        plan.certificates = certificate
        plan.certificateKey = key
        plan.domain = domain
        return plan
    }

    private func read(_ environment: [String: String], _ plan: inout Plan) {
        do throws(SettingsError) {
            let read = try Settings(
                flags: options.flags, environment: environment,
                processorCount: ProcessInfo.processInfo.activeProcessorCount)
            plan.take(read)
        } catch {
            plan.settingProblems += error.lines
        }
        // Whether it is good is the question, so it is judged even when the settings are not usable.
        plan.secret = options.jwtSecret ?? environment[Setting.jwtSecret.variable]
        if plan.secret?.isEmpty == true { plan.secret = nil }
    }
}

extension Plan {
    fileprivate mutating func take(_ settings: Settings) {
        let plane = settings.dataPlane
        bindAddress = plane.bindAddress
        httpAddresses = settings.httpAddresses
        mediaPort = plane.mediaPort
        httpPort = UInt16(clamping: settings.port)
        takesTcpMedia = plane.iceTcp
        shards = plane.shardCount
        cpus = plane.cpus
        publicAddresses = settings.publicAddresses
        publicPort = settings.publicPort
        isDevelopment = settings.isDevelopment
        usesUring = plane.backend != .mmsg
        usesBpf = plane.steering != .handover
        zeroCopyBytes = plane.zeroCopyBytes
        waitsForBatches = plane.batchWaitMicroseconds > 0 || plane.gatherMicroseconds > 0
        openFiles = UInt64(settings.connectionsMax) + UInt64(OpenFiles.reserve)
        shardBytes = plane.shardBytes
        secretBytesMin = Tokens.secretBytesMin
        takesAnyone = settings.skipsAuthentication
    }
}
