/// One setting: its flag and its environment variable.
public enum Setting: String, CaseIterable, Sendable {
    case development = "dev"
    case skipAuthentication = "skip-auth"
    case port
    case mediaPort = "media-port"
    case shards
    case cpus
    case bind
    case publicAddress = "public-address"
    case publicPort = "public-port"
    case backend
    case steering
    case iceTcp = "ice-tcp"
    case srtpProfiles = "srtp-profiles"
    case batchWait = "batch-wait"
    case gather
    case feedbackWait = "feedback-wait"
    case runsPerFlush = "runs-per-flush"
    case spin
    case busyPoll = "busy-poll"
    case realtime
    case pacing
    case fec
    case zeroCopy = "zero-copy"
    case roomPeersMax = "room-peers-max"
    case audioSlots = "audio-slots"
    case videoSlots = "video-slots"
    case drainSeconds = "drain-seconds"
    case resumeSeconds = "resume-seconds"
    case addressJoins = "address-joins"
    case tenantMessages = "tenant-messages"
    case expiryEndsCalls = "expiry-ends-calls"
    case recordEstimates = "record-estimates"
    case flightMegabytes = "flight-megabytes"
    case flightFolder = "flight-folder"
    case flightStall = "flight-stall"
    case logLevel = "log-level"
    case logFormat = "log-format"
    case collector = "otlp-endpoint"
    case namedTenants = "tenants-in-metrics"
    case jwtSecret = "jwt-secret"
    case database = "database-url"
    case dataDirectory = "data-directory"
    case masterKey = "master-key"
    case adminKey = "admin-key"
    case redis = "redis-addr"
    case redisAuthority = "redis-ca"
    case hostId = "host-id"
    case hostUrl = "host-url"
    case tlsCertificate = "tls-certificate"
    case tlsPrivateKey = "tls-private-key"
    case grpcPort = "grpc-port"
    case grpcCalls = "grpc-calls"
    case controlKey = "control-key"
    case grpcCertificate = "grpc-certificate"
    case grpcPrivateKey = "grpc-private-key"
    case grpcClientAuthority = "grpc-client-ca"

    public var flag: String { "--" + rawValue }

    public var variable: String {
        switch self {
        case .development: "DEVELOPMENT_MODE"
        case .skipAuthentication: "SKIP_AUTH"
        case .port: "PORT"
        case .mediaPort: "MEDIA_PORT"
        case .shards: "SHARDS"
        case .cpus: "CPUS"
        case .bind: "BIND_ADDRESS"
        case .publicAddress: "PUBLIC_ADDRESS"
        case .publicPort: "PUBLIC_PORT"
        case .backend: "BACKEND"
        case .steering: "STEERING"
        case .iceTcp: "ICE_TCP"
        case .srtpProfiles: "SRTP_PROFILES"
        case .batchWait: "BATCH_WAIT"
        case .gather: "GATHER"
        case .feedbackWait: "FEEDBACK_WAIT"
        case .runsPerFlush: "RUNS_PER_FLUSH"
        case .spin: "SPIN"
        case .busyPoll: "BUSY_POLL"
        case .realtime: "REALTIME"
        case .pacing: "PACING"
        case .fec: "FEC"
        case .zeroCopy: "ZERO_COPY"
        case .roomPeersMax: "ROOM_PEERS_MAX"
        case .audioSlots: "AUDIO_SLOTS"
        case .videoSlots: "VIDEO_SLOTS"
        case .drainSeconds: "DRAIN_SECONDS"
        case .resumeSeconds: "RESUME_SECONDS"
        case .addressJoins: "ADDRESS_JOINS"
        case .tenantMessages: "TENANT_MESSAGES"
        case .expiryEndsCalls: "EXPIRY_ENDS_CALLS"
        case .recordEstimates: "RECORD_ESTIMATES"
        case .flightMegabytes: "FLIGHT_MEGABYTES"
        case .flightFolder: "FLIGHT_FOLDER"
        case .flightStall: "FLIGHT_STALL"
        case .logLevel: "LOG_LEVEL"
        case .logFormat: "LOG_FORMAT"
        case .collector: "OTEL_EXPORTER_OTLP_ENDPOINT"
        case .namedTenants: "TENANTS_IN_METRICS"
        case .jwtSecret: "JWT_SECRET"
        case .database: "DATABASE_URL"
        case .dataDirectory: "DATA_DIRECTORY"
        case .masterKey: "MASTER_KEY"
        case .adminKey: "ADMIN_KEY"
        case .redis: "REDIS_ADDR"
        case .redisAuthority: "REDIS_CA"
        case .hostId: "HOST_ID"
        case .hostUrl: "HOST_URL"
        case .tlsCertificate: "TLS_CERTIFICATE"
        case .tlsPrivateKey: "TLS_PRIVATE_KEY"
        case .grpcPort: "GRPC_PORT"
        case .grpcCalls: "GRPC_CALLS"
        case .controlKey: "CONTROL_KEY"
        case .grpcCertificate: "GRPC_CERTIFICATE"
        case .grpcPrivateKey: "GRPC_PRIVATE_KEY"
        case .grpcClientAuthority: "GRPC_CLIENT_CA"
        }
    }

    /// Whether its value must not appear in messages.
    var isSecret: Bool {
        switch self {
        // The addresses of a database and of Redis hold passwords.
        case .jwtSecret, .controlKey, .masterKey, .adminKey, .database, .redis: true
        default: false
        }
    }
}

/// Everything that is wrong with the settings, in one message.
public struct SettingsError: Error, Equatable, CustomStringConvertible {
    public struct Problem: Equatable, Sendable {
        public var setting: Setting
        /// Nil when nothing was given.
        public var given: String?
        public var expected: String

        var line: String {
            let names = "\(setting.flag) (\(setting.variable))"
            guard let given else { return "\(names): missing; expected \(expected)" }
            let shown = setting.isSecret ? "\(given.utf8.count) characters" : "\"\(given)\""
            return "\(names): given \(shown), expected \(expected)"
        }
    }

    public var problems: [Problem]

    /// A line for each problem.
    public var lines: [String] { problems.map(\.line) }

    public var description: String {
        (["The settings are not usable:"] + lines.map { "  " + $0 }).joined(separator: "\n")
    }
}
