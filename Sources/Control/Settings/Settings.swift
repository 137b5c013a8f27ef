import Cluster
import Contract
import Foundation
import Logging
import Shard
import Tenancy

/// How log lines are written.
public enum LogFormat: String, CaseIterable, Sendable { case text, json }

/// How the server is to run.
public struct Settings: Sendable {
    public var isDevelopment = false
    public var skipsAuthentication = false
    /// 0 lets the kernel choose (for tests).
    public var port = 8080
    /// Addresses that HTTP listens on.
    public var httpAddresses: [String] = ["::"]
    /// What the candidates name.
    public var publicAddresses: [String] = []
    /// The port that candidates name; nil for the media port itself.
    public var publicPort: UInt16?
    public var dataPlane = DataPlaneConfiguration()
    public var roomPeersMax = 10_000
    /// How many voices, and cameras and screens, a client gets at most in a meeting; 0 for all.
    public var audioSlots = 3
    public var videoSlots = 9
    /// Clients that take FlexFEC get it while their links lose packets.
    public var offersFec = true
    public var drainSeconds = 30
    public var logLevel = Logger.Level.info
    public var logFormat = LogFormat.text
    /// Where spans go, by OTLP over HTTP; nil for nowhere.
    public var collector: String?
    public var jwtSecret = ""
    public var connectionsMax = 8192
    /// Nil without tenants, rooms and tokens of the platform (for tests).
    public var tenancy: TenancySettings?
    /// Nil for a host by itself.
    public var cluster: ClusterSettings?
    /// Nil for HTTP without TLS.
    public var tls: TlsSettings?
    /// Nil without gRPC.
    public var grpc: GrpcSettings?
    public var signaling = SignalingLimits()

    public init() {}

    /// Reads settings from flags and environment variables.
    ///
    /// - Throws: one error that names everything that is missing or wrong.
    public init(
        flags: [Setting: [String]], environment: [String: String], processorCount: Int
    ) throws(SettingsError) {
        var reader = SettingsReader(flags: flags, environment: environment)
        isDevelopment = reader.flag(.development)
        skipsAuthentication = reader.flag(.skipAuthentication)
        port = reader.number(.port, default: 8080, in: 0...65535)
        roomPeersMax = reader.number(.roomPeersMax, default: 10_000, in: 1...100_000)
        audioSlots = reader.number(.audioSlots, default: 3, in: 0...SlotsMax.limit)
        videoSlots = reader.number(.videoSlots, default: 9, in: 0...SlotsMax.limit)
        offersFec = reader.choice(.fec, default: OnOff.on) == .on
        drainSeconds = reader.number(.drainSeconds, default: isDevelopment ? 1 : 30, in: 0...86_400)
        logLevel = reader.choice(.logLevel, default: .info)
        logFormat = reader.choice(.logFormat, default: .text)
        collector = Self.collector(&reader)
        readSignaling(&reader)
        readDataPlane(&reader, processorCount: processorCount)
        readFlight(&reader)
        readAddresses(&reader)
        readSecret(&reader)
        tenancy = TenancySettings(
            &reader, isForOneRun: isDevelopment || skipsAuthentication, isDevelopment: isDevelopment, port: port)
        tenancy?.namedTenants = reader.number(.namedTenants, default: 100, in: 0...10_000)
        tls = TlsSettings(&reader)
        grpc = GrpcSettings(&reader, addresses: httpAddresses)
        readCluster(&reader)
        guard reader.problems.isEmpty else { throw SettingsError(problems: reader.problems) }
    }

    private mutating func readSignaling(_ reader: inout SettingsReader) {
        signaling.resumeSeconds = reader.number(.resumeSeconds, default: 30, in: 0...3600)
        signaling.addressJoinsPerSecond = Double(
            reader.number(.addressJoins, default: isDevelopment ? 0 : 20, in: 0...1_000_000))
        signaling.endsAtExpiry = reader.choice(.expiryEndsCalls, default: OnOff.off) == .on
        signaling.tenantMessagesPerSecond = Double(reader.number(.tenantMessages, default: 20_000, in: 0...10_000_000))
    }

    private mutating func readDataPlane(_ reader: inout SettingsReader, processorCount: Int) {
        dataPlane.mediaPort = UInt16(reader.number(.mediaPort, default: 7000, in: 1...65535))
        dataPlane.backend = reader.choice(.backend, default: .auto)
        dataPlane.steering = reader.choice(.steering, default: .auto)
        dataPlane.iceTcp = reader.choice(.iceTcp, default: OnOff.on) == .on
        dataPlane.cpus = reader.list(.cpus, default: [], expected: "processor numbers with commas, such as 2,3") {
            text in
            Int(text).flatMap { $0 >= 0 && $0 < 4096 ? $0 : nil }
        }
        if Set(dataPlane.cpus).count != dataPlane.cpus.count {
            reader.refuse(.cpus, expected: "every processor once")
        }
        // One processor is left to the control side and the handshakes where there are several.
        let standard = !dataPlane.cpus.isEmpty ? dataPlane.cpus.count : isDevelopment ? 1 : max(1, processorCount - 1)
        dataPlane.shardCount = reader.number(.shards, default: min(standard, 256), in: 1...256)
        if !dataPlane.cpus.isEmpty, dataPlane.shardCount != dataPlane.cpus.count {
            reader.refuse(.shards, expected: "as many as --cpus names, which is \(dataPlane.cpus.count)")
        }
        dataPlane.batchWaitMicroseconds = UInt32(reader.number(.batchWait, default: 0, in: 0...10_000))
        dataPlane.feedbackWaitMicroseconds = UInt32(reader.number(.feedbackWait, default: 5000, in: 0...20_000))
        dataPlane.gatherMicroseconds = UInt32(reader.number(.gather, default: 500, in: 0...10_000))
        dataPlane.runsPerFlush = reader.number(.runsPerFlush, default: 32, in: 1...512)
        dataPlane.spinMicroseconds = UInt32(reader.number(.spin, default: 0, in: 0...1_000_000))
        dataPlane.busyPollMicroseconds = UInt32(reader.number(.busyPoll, default: 0, in: 0...1_000_000))
        dataPlane.isRealtime = reader.flag(.realtime)
        dataPlane.estimatesFile = reader.given(.recordEstimates)
        dataPlane.pacing = reader.choice(.pacing, default: .on)
        dataPlane.zeroCopyBytes = UInt32(reader.number(.zeroCopy, default: 0, in: 0...65_000))
        dataPlane.profiles = reader.list(
            .srtpProfiles, default: dataPlane.profiles,
            expected: "a list of gcm128, gcm256 and sha1, each at most once",
            Self.profile)
        if Set(dataPlane.profiles).count != dataPlane.profiles.count {
            reader.refuse(.srtpProfiles, expected: "every profile once")
        }
    }

    /// An HTTP address, with a path or without; `/v1/traces` is appended.
    private static func collector(_ reader: inout SettingsReader) -> String? {
        guard let text = reader.given(.collector) else { return nil }
        guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty,
            ["http", "https"].contains(url.scheme), url.query == nil, url.fragment == nil, url.user == nil
        else {
            reader.refuse(.collector, expected: "an address such as http://127.0.0.1:4318")
            return nil
        }
        return (text.hasSuffix("/") ? String(text.dropLast()) : text) + "/v1/traces"
    }

    private mutating func readFlight(_ reader: inout SettingsReader) {
        dataPlane.flight.megabytes = reader.number(.flightMegabytes, default: 0, in: 0...1024)
        dataPlane.flight.folder = reader.given(.flightFolder) ?? reader.given(.dataDirectory) ?? "/tmp"
        dataPlane.flight.stallMilliseconds = UInt32(reader.number(.flightStall, default: 250, in: 0...60_000))
        dataPlane.flight.build = version
    }

    private enum OnOff: String, CaseIterable { case on, off }

    private static func profile(_ name: String) -> SrtpProfile? {
        switch name.lowercased() {
        case "gcm128": .aes128Gcm
        case "gcm256": .aes256Gcm
        case "sha1": .aes128CmSha1
        default: nil
        }
    }

    private mutating func readAddresses(_ reader: inout SettingsReader) {
        let isGiven = reader.given(.bind) != nil
        let bind = reader.value(.bind, default: "::", expected: "an IP address, such as :: or 10.0.0.5") {
            isIpAddress($0) ? $0 : nil
        }
        dataPlane.bindAddress = bind
        httpAddresses = isDevelopment && !isGiven ? ["127.0.0.1", "::1"] : [bind]
        let isSpecific = isGiven && bind != "::" && bind != "0.0.0.0"
        let standard = isSpecific ? [bind] : isDevelopment ? ["127.0.0.1"] : []
        publicAddresses = reader.list(
            .publicAddress, default: standard, expected: "IP addresses that clients reach this host at"
        ) { isIpAddress($0) ? $0 : nil }
        if reader.given(.publicPort) != nil {
            publicPort = UInt16(reader.number(.publicPort, default: 7000, in: 1...65535))
        }
        let isWrong = reader.problems.contains { $0.setting == .publicAddress || $0.setting == .bind }
        if publicAddresses.isEmpty && !isWrong {
            reader.refuse(.publicAddress, expected: "an IP address that clients reach this host at")
        }
    }

    private mutating func readCluster(_ reader: inout SettingsReader) {
        cluster = ClusterSettings(&reader)
        guard let name = cluster?.name else { return }
        if case .postgres? = tenancy?.database {
        } else {
            reader.refuse(.database, expected: "postgres://…, the same on all hosts of the cluster")
        }
        // Made for one run they would be another one's on each host.
        let refused = Set(reader.problems.map(\.setting))
        for key in [Setting.jwtSecret, .masterKey] where reader.given(key) == nil && !refused.contains(key) {
            reader.refuse(key, expected: "32 or more characters, the same on all hosts of the cluster")
        }
        tenancy?.host = name
        let address = grpcAddress
        cluster?.version = version
        cluster?.grpcAddress = address
        cluster?.mediaAddresses = publicAddresses.map { address in
            let port = publicPort ?? dataPlane.mediaPort
            return address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
        }
    }

    /// Where other control planes reach this very host: the name in HOST_URL, and gRPC's port.
    private var grpcAddress: String {
        guard let grpc, let url = cluster?.url, let host = URLComponents(string: url)?.host else { return "" }
        return "\(host):\(grpc.port)"
    }

    private mutating func readSecret(_ reader: inout SettingsReader) {
        let expected = "\(Tokens.secretBytesMin) or more characters; --dev makes one for its lifetime"
        let isOptional = isDevelopment || skipsAuthentication
        guard let secret = reader.given(.jwtSecret) else {
            if isOptional { jwtSecret = randomText(48) } else { reader.refuse(.jwtSecret, expected: expected) }
            return
        }
        jwtSecret = secret
        if secret.utf8.count < Tokens.secretBytesMin { reader.refuse(.jwtSecret, expected: expected) }
    }
}
