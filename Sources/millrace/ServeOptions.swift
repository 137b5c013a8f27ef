import ArgumentParser
import Control

/// The server's settings as flags. Their variables are in brackets: the manual and the example settings are made of these
/// texts.
struct ServeOptions: ParsableArguments {
    @Flag(help: "For a developer's machine: loopback only, no token needed from there. [DEVELOPMENT_MODE]")
    var dev = false
    @Flag(help: "Take WHIP and WHEP requests without a token from anywhere. [SKIP_AUTH]")
    var skipAuth = false
    @Option(help: "TCP port of HTTP and WebSocket; 8080 by default. [PORT]")
    var port: String?
    @Option(help: "UDP port of all media, and TCP port for clients without UDP; 7000 by default. [MEDIA_PORT]")
    var mediaPort: String?
    @Option(help: "Packet threads; by default one less than there are processors. [SHARDS]")
    var shards: String?
    @Option(help: "Processors to pin the shards to, such as 2,3; chosen by default. [CPUS]")
    var cpus: String?
    @Option(help: "IP address to bind; :: (all, IPv4 too) by default. [BIND_ADDRESS]")
    var bind: String?
    @Option(
        parsing: .upToNextOption, help: "IP addresses that clients reach this host at. [PUBLIC_ADDRESS, with commas]")
    var publicAddress: [String] = []
    @Option(
        help: "Port that clients send media to, where a port mapping or relay stands before --media-port. [PUBLIC_PORT]"
    )
    var publicPort: String?
    @Option(help: "auto, io_uring or mmsg. [BACKEND]")
    var backend: String?
    @Option(help: "auto, bpf or handover. [STEERING]")
    var steering: String?
    @Option(help: "on or off: take TCP connections on the media port's number too; on by default. [ICE_TCP]")
    var iceTcp: String?
    @Option(help: "Accepted SRTP profiles in order; gcm128,gcm256,sha1 by default. [SRTP_PROFILES]")
    var srtpProfiles: String?
    @Option(help: "Microseconds for which a sleeping shard lets datagrams gather; 0 by default. [BATCH_WAIT]")
    var batchWait: String?
    @Option(help: "Least microseconds between wake-ups while many bring little; 500 by default, 0 for none. [GATHER]")
    var gather: String?
    @Option(
        help:
            "Microseconds for which transport-wide feedback may wait to wake a shard; 5000 by default, 0 for none. [FEEDBACK_WAIT]"
    )
    var feedbackWait: String?
    @Option(help: "Runs of a burst that are built before they are sent; 32 by default. [RUNS_PER_FLUSH]")
    var runsPerFlush: String?
    @Option(help: "Microseconds for which a shard looks for datagrams before it sleeps; 0 by default. [SPIN]")
    var spin: String?
    @Option(help: "Microseconds for which the kernel polls the card before a shard sleeps; 0 by default. [BUSY_POLL]")
    var busyPoll: String?
    @Flag(help: "Run shards before all other threads of their processors (SCHED_FIFO). [REALTIME]")
    var realtime = false
    @Option(
        help: "on, or off to send what comes as it comes, whatever a client's link takes; on by default. [PACING]")
    var pacing: String?
    @Option(help: "on or off: protect video towards clients that take FlexFEC and lose packets; on by default. [FEC]")
    var fec: String?
    @Option(
        help: """
            Send runs of so many bytes and more without copying them in the kernel; 0 (never) by default. For network \
            cards that gather and segment, and long runs; measure it first, since most runs are cheaper to copy. [ZERO_COPY]
            """)
    var zeroCopy: String?
    @Option(help: "Peers in one room; 10000 by default. [ROOM_PEERS_MAX]")
    var roomPeersMax: String?
    @Option(help: "Voices that a client gets at most in a meeting, the loudest; 3 by default, 0 for all. [AUDIO_SLOTS]")
    var audioSlots: String?
    @Option(
        help: """
            Cameras and screens that a client gets at most in a meeting, those of the last speakers; 9 by default, 0 for \
            all. [VIDEO_SLOTS]
            """)
    var videoSlots: String?
    @Option(help: "How long rooms may go on after SIGTERM; 30 by default, 1 with --dev. [DRAIN_SECONDS]")
    var drainSeconds: String?
    @Option(
        help: "How long a session is kept whose WebSocket was lost; 30 by default, 0 for not at all. [RESUME_SECONDS]")
    var resumeSeconds: String?
    @Option(
        help: """
            WebSocket joins a second of one address (of one /64 with IPv6) in the long run; 20 by default, no limit with \
            --dev, 0 for none. [ADDRESS_JOINS]
            """)
    var addressJoins: String?
    @Option(
        help: """
            WebSocket messages a second of all clients of one tenant in the long run; 20000 by default, 0 for no limit. \
            [TENANT_MESSAGES]
            """)
    var tenantMessages: String?
    @Option(
        help: """
            on or off: put out of a call whose token expires, instead of only telling so; off by default. \
            [EXPIRY_ENDS_CALLS]
            """)
    var expiryEndsCalls: String?
    @Option(help: "Write what bandwidth estimators are told to this file, as lines of JSON. [RECORD_ESTIMATES]")
    var recordEstimates: String?
    @Option(
        help: """
            Memory for each shard's flight record, its last seconds, in MiB, such as 16; 0 by default, for none. \
            docs/flight-recorder.md says more. [FLIGHT_MEGABYTES]
            """)
    var flightMegabytes: String?
    @Option(
        help: """
            Folder for flight records and crash reports; --data-directory where that is given, else /tmp. [FLIGHT_FOLDER]
            """)
    var flightFolder: String?
    @Option(
        help: """
            Milliseconds after which a shard that does not go on is taken to stand still, and its flight record is \
            written; 250 by default, 0 for never. [FLIGHT_STALL]
            """)
    var flightStall: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical; info by default. [LOG_LEVEL]")
    var logLevel: String?
    @Option(help: "text, or json for one object a line; text by default. [LOG_FORMAT]")
    var logFormat: String?
    @Option(
        help: """
            Where spans of requests go by OTLP over HTTP, such as http://127.0.0.1:4318; nowhere by default. \
            [OTEL_EXPORTER_OTLP_ENDPOINT]
            """)
    var otlpEndpoint: String?
    @Option(
        help: """
            How many tenants /metrics names, those that are seen first; the others are one; 100 by default, 0 for none. \
            [TENANTS_IN_METRICS]
            """)
    var tenantsInMetrics: String?
    @Option(help: "Secret of 32 or more characters that tokens are signed with. Better given as variable. [JWT_SECRET]")
    var jwtSecret: String?
    @Option(
        help: "Where tenants, rooms and chat are kept: postgres://… or the path of an SQLite file. [DATABASE_URL]")
    var databaseUrl: String?
    @Option(help: "Folder of the SQLite file millrace.db; the working directory by default. [DATA_DIRECTORY]")
    var dataDirectory: String?
    @Option(
        help: """
            Secret of 32 or more characters that tenants' keys are derived from, the same on all hosts and for good. Better \
            given as variable. [MASTER_KEY]
            """)
    var masterKey: String?
    @Option(help: "What makes tenants (x-admin-key), 32 or more characters. Better given as variable. [ADMIN_KEY]")
    var adminKey: String?
    @Option(
        help: """
            HOST:PORT of the Redis by which several hosts are one cluster; none by default. docs/cluster.md says more. \
            [REDIS_ADDR]
            """)
    var redisAddr: String?
    @Option(
        help: """
            PEM file of the authority that Redis' certificate is from, with rediss://; the system's authorities by \
            default. [REDIS_CA]
            """)
    var redisCa: String?
    @Option(help: "This host's name in the cluster, and in the database; the machine's by default. [HOST_ID]")
    var hostId: String?
    @Option(help: "Where clients reach this very host of the cluster, such as https://a.example.org. [HOST_URL]")
    var hostUrl: String?
    @Option(
        help: "PEM file of HTTP's and WebSocket's certificate chain; read again when it changes. [TLS_CERTIFICATE]")
    var tlsCertificate: String?
    @Option(help: "PEM file of its private key. [TLS_PRIVATE_KEY]")
    var tlsPrivateKey: String?
    @Option(help: "TCP port of gRPC for other control planes; none by default. [GRPC_PORT]")
    var grpcPort: String?
    @Option(help: "gRPC calls a second of one address in the long run; 1000 by default, 0 for no limit. [GRPC_CALLS]")
    var grpcCalls: String?
    @Option(help: "What gRPC callers show, 32 or more characters. Better given as variable. [CONTROL_KEY]")
    var controlKey: String?
    @Option(help: "PEM file of gRPC's certificate chain; without it there is no TLS. [GRPC_CERTIFICATE]")
    var grpcCertificate: String?
    @Option(help: "PEM file of its private key. [GRPC_PRIVATE_KEY]")
    var grpcPrivateKey: String?
    @Option(help: "PEM file of the authority whose certificates gRPC callers must have (mTLS). [GRPC_CLIENT_CA]")
    var grpcClientCa: String?

    /// What was given, for `Settings`.
    var flags: [Setting: [String]] {
        var flags: [Setting: [String]] = [.publicAddress: publicAddress]
        if dev { flags[.development] = ["true"] }
        if realtime { flags[.realtime] = ["true"] }
        if skipAuth { flags[.skipAuthentication] = ["true"] }
        let options: [(Setting, String?)] = [
            (.port, port), (.mediaPort, mediaPort), (.shards, shards), (.cpus, cpus), (.bind, bind),
            (.publicPort, publicPort),
            (.backend, backend),
            (.steering, steering), (.iceTcp, iceTcp), (.srtpProfiles, srtpProfiles), (.batchWait, batchWait),
            (.gather, gather), (.feedbackWait, feedbackWait), (.runsPerFlush, runsPerFlush), (.spin, spin),
            (.busyPoll, busyPoll),
            (.zeroCopy, zeroCopy), (.pacing, pacing), (.fec, fec),
            (.roomPeersMax, roomPeersMax), (.audioSlots, audioSlots), (.videoSlots, videoSlots),
            (.resumeSeconds, resumeSeconds), (.addressJoins, addressJoins), (.tenantMessages, tenantMessages),
            (.expiryEndsCalls, expiryEndsCalls),
            (.drainSeconds, drainSeconds), (.recordEstimates, recordEstimates), (.logLevel, logLevel),
            (.logFormat, logFormat), (.collector, otlpEndpoint), (.namedTenants, tenantsInMetrics),
            (.flightMegabytes, flightMegabytes), (.flightFolder, flightFolder), (.flightStall, flightStall),
            (.jwtSecret, jwtSecret), (.database, databaseUrl), (.dataDirectory, dataDirectory), (.masterKey, masterKey),
            (.adminKey, adminKey), (.redis, redisAddr), (.redisAuthority, redisCa), (.hostId, hostId),
            (.hostUrl, hostUrl), (.grpcPort, grpcPort),
            (.grpcCalls, grpcCalls),
            (.controlKey, controlKey),
            (.tlsCertificate, tlsCertificate), (.tlsPrivateKey, tlsPrivateKey),
            (.grpcCertificate, grpcCertificate), (.grpcPrivateKey, grpcPrivateKey),
            (.grpcClientAuthority, grpcClientCa),
        ]
        for (setting, value) in options { flags[setting] = value.map { [$0] } }
        return flags
    }
}
