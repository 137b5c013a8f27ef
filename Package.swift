// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The packet path builds without any package from outside. MILLRACE_PARTS=core leaves the control plane out:
// sanitizer runs, fuzzers and the simulator then build in seconds instead of minutes.
// MILLRACE_PARTS=threads builds only what two threads share, for ThreadSanitizer: the compiler (6.3.1) writes invalid
// code for Driver, Forward and Load, and so for all that stands on them.
// MILLRACE_PARTS=clients adds the load generator to that, for a quick AddressSanitizer run.
// MILLRACE_PARTS=signaling builds only what judges a client's message, for its fuzzer.
// MILLRACE_PARTS=platform builds only the stores and the platform on them, without the engine.
let parts = ProcessInfo.processInfo.environment["MILLRACE_PARTS"]
let clientsOnly = parts == "clients"
let threadsOnly = parts == "threads" || clientsOnly
let coreOnly = parts == "core" || threadsOnly
let signalingOnly = parts == "signaling"
let platformOnly = parts == "platform"

let swift: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableExperimentalFeature("Lifetimes"),
]
/// For modules that read and write bytes without pointers.
let strict: [SwiftSetting] = swift + [.strictMemorySafety()]

/// A folder's README, which is not a source, when it has one.
func readme(in folder: String) -> [String] {
    FileManager.default.fileExists(atPath: Context.packageDirectory + "/" + folder + "/README.md") ? ["README.md"] : []
}

func module(
    _ name: String, _ dependencies: [String] = [], settings: [SwiftSetting] = swift,
    packages: [Target.Dependency] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies.map { .byName(name: $0) } + packages,
        exclude: readme(in: "Sources/" + name), swiftSettings: settings)
}

/// Test code itself is not optimised, in either configuration: it builds faster, and the optimizer of Swift 6.3 trips
/// over tests that hold several values that cannot be copied.
let unoptimised: [SwiftSetting] = swift + [.unsafeFlags(["-Onone"])]

func tests(_ name: String, _ dependencies: [String], packages: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies.map { .byName(name: $0) } + packages,
        resources: [], swiftSettings: unoptimised)
}

/// Intel's library exists for this processor alone; elsewhere OpenSSL does its work.
#if arch(x86_64)
let ipsecMB: [LinkerSetting] = [.linkedLibrary("IPSec_MB")]
#else
let ipsecMB: [LinkerSetting] = []
#endif

var targets: [Target] = [
    // C shims. Each links the Debian libraries that it wraps.
    // Stands in front of malloc in every executable that links it.
    .target(name: "CAllocations", exclude: readme(in: "Sources/CAllocations")),
    .target(
        name: "CPlatform", exclude: readme(in: "Sources/CPlatform"), linkerSettings: [.linkedLibrary("numa")]),
    .target(name: "CLoad", exclude: readme(in: "Sources/CLoad")),
    .target(name: "CUring", exclude: readme(in: "Sources/CUring"), linkerSettings: [.linkedLibrary("uring")]),
    .target(
        name: "CSecure",
        linkerSettings: [.linkedLibrary("crypto"), .linkedLibrary("ssl")] + ipsecMB),
    .target(name: "CSctp", exclude: readme(in: "Sources/CSctp"), linkerSettings: [.linkedLibrary("usrsctp")]),
    // libsrtp2: the reference that tests compare with. Never linked into the server.
    .target(name: "CReference", linkerSettings: [.linkedLibrary("srtp2")]),

    // The packet path, from the bottom up. Arrows point down only.
    module("Contract", settings: strict),
    module("Snapshot", ["Contract"], settings: strict),
    module("Memory", ["Contract", "CPlatform"]),
    module("Wire", ["Contract", "Snapshot"], settings: strict),
    module("SessionDescription", ["Contract"], settings: strict),
    module("Secure", ["CSecure", "Contract", "Snapshot"]),
    module("Channels", ["CSctp", "Contract"]),
    module("Handshake", ["CSecure", "CPlatform", "Contract", "Memory", "Channels"]),
    module("Peer", ["Contract", "Snapshot", "Wire"]),
    module("Estimate", ["Snapshot"]),
    // What a shard did last, in memory and in a file.
    module("Flight", ["CPlatform", "Contract"]),
    module(
        "Forward", ["CPlatform", "Contract", "Memory", "Snapshot", "Wire", "Peer", "Secure", "Estimate", "Flight"]),
    module(
        "Engine",
        ["CPlatform", "Contract", "Memory", "Snapshot", "Wire", "Peer", "Secure", "Forward", "Estimate", "Flight"]),
    module("Driver", ["CUring", "CPlatform", "Contract", "Memory"]),
    module(
        "Shard",
        [
            "Contract", "Memory", "Wire", "Estimate", "Flight", "Forward", "Engine", "Driver", "Handshake", "CPlatform",
            "CAllocations",
        ]),
    // What the host permits and what that costs.
    module("Doctor", ["CSecure", "Driver", "Wire"]),
    module("Links", ["Contract", "Wire", "Peer", "Estimate"]),
    module("Simulator", ["Contract", "Memory", "Wire", "Secure", "Peer", "Engine", "Flight", "Forward", "Links"]),
    .executableTarget(
        name: "millrace-simulate", dependencies: ["Simulator", "Links", "Flight", "Contract"], path: "Sources/simulate",
        exclude: readme(in: "Sources/simulate"), swiftSettings: swift),
    // A running server's figures, read from outside.
    module("Watch", ["Contract"]),
    // Plots and style of the pages that our programs write.
    module("Charts"),
    // How much a host holds, from what was measured. It plays shards in virtual time: without the optimiser that takes minutes.
    .target(
        name: "Capacity", dependencies: ["Contract", "Charts", "Watch"], exclude: ["README.md"],
        resources: [.embedInCode("calibration.json")], swiftSettings: swift + [.unsafeFlags(["-O"])]),
    // The load generator: the clients' side. Only its HTTP lives elsewhere, with the executable.
    module(
        "Load",
        [
            "CLoad", "CPlatform", "Contract", "Memory", "Wire", "SessionDescription", "Secure", "Handshake", "Peer",
            "Driver", "Watch", "Charts",
        ]),

    // Moods of the host for the driver's tests.
    .target(name: "CDriverTesting", path: "Tests/CDriverTesting"),
    // A clock that runs as a test wants it.
    .target(name: "CChannelsTesting", path: "Tests/CChannelsTesting"),

    // Sends wrong datagrams: tools/e2e judges what the server makes of them.
    .executableTarget(
        name: "millrace-hostile", dependencies: ["CPlatform", "Wire", "Secure"], path: "Sources/Hostile",
        exclude: ["README.md"], swiftSettings: swift),

    tests("Contract", ["Contract"]),
    tests("Snapshot", ["Snapshot", "Contract"]),
    tests("Memory", ["Memory", "CPlatform"]),
    tests("Wire", ["Wire", "Contract"]),
    tests("SessionDescription", ["SessionDescription", "Contract"]),
    tests("Secure", ["Secure", "Contract", "CReference"]),
    tests("Channels", ["Channels", "CSctp", "CChannelsTesting", "Contract", "Handshake", "Memory"]),
    tests("Handshake", ["Handshake", "Memory", "Contract"]),
    tests("Peer", ["Peer", "Contract"]),
    tests("Estimate", ["Estimate", "Links"]),
    tests("Driver", ["Driver", "Memory", "CPlatform", "CAllocations", "CDriverTesting"]),
    tests("Watch", ["Watch", "Contract"]),
    tests("Capacity", ["Capacity"]),
    tests("Doctor", ["Doctor", "Driver", "Wire", "CPlatform", "CDriverTesting"]),
    tests(
        "Load",
        [
            "Load", "Charts", "Driver", "CLoad", "CPlatform", "Handshake", "SessionDescription", "Secure", "Wire",
            "Contract",
        ]),
    tests(
        "Shard",
        [
            "Shard", "Driver", "Load", "Handshake", "SessionDescription", "CAllocations", "CPlatform", "Contract",
            "Memory", "Flight", "crash-shard",
        ]),
    tests("Flight", ["Flight", "CPlatform"]),
    // Ends as a faulty shard would.
    .executableTarget(
        name: "crash-shard", dependencies: ["Engine", "Flight", "Forward", "Memory", "Contract", "CPlatform"],
        path: "Tests/crash-shard", swiftSettings: swift),
    tests("Engine", ["Engine", "Flight", "Forward", "Simulator", "Snapshot", "Contract", "Memory", "Wire", "Secure"]),
]

var dependencies: [Package.Dependency] = []
let protobuf = Package.Dependency.package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0")
let messages = Target.target(
    name: "Protocol", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
    exclude: ["README.md", "generate", "protos", "wire", "released.txt", "made-from.sha256"], swiftSettings: swift)

if !coreOnly && !signalingOnly {
    dependencies += [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        protobuf,
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
    ]
    targets += [
        messages,
        .target(
            name: "Control",
            dependencies: [
                "Protocol", "Contract", "CPlatform", "Memory", "SessionDescription", "Handshake", "Channels", "Shard",
                "Snapshot", "Tenancy", "Rest", "Cluster", "Trace",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOCertificateReloading", package: "swift-nio-extras"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ],
            exclude: ["README.md", "Web"], swiftSettings: swift),
        // The platform as one host runs it.
        .target(
            name: "Tenancy",
            dependencies: [
                "Platform", "Rest", "Store", "Trace",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["README.md"], swiftSettings: swift),
        .testTarget(
            name: "TenancyTests",
            dependencies: [
                "Tenancy", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swift),
        .target(
            name: "Rpc",
            dependencies: [
                "Control", "Protocol", "Trace",
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
                .product(name: "NIOCertificateReloading", package: "swift-nio-extras"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["README.md"], swiftSettings: swift),
        .executableTarget(
            name: "millrace",
            dependencies: [
                "Control", "Protocol", "Rpc", "Shard", "Tenancy", "Memory", "Doctor", "Load", "Watch", "Capacity",
                "CPlatform", "Contract", "Trace", "Flight", "Simulator",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["README.md"], swiftSettings: swift),
        .testTarget(
            name: "ControlTests",
            dependencies: [
                "Control", "Protocol", "Contract", "Memory", "Shard", "SessionDescription", "Snapshot", "Tenancy",
                "Trace",
                "Platform",
                .product(name: "NIOEmbedded", package: "swift-nio"), .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Offers"], swiftSettings: swift),
        .testTarget(
            name: "RpcTests",
            dependencies: [
                "Rpc", "Control", "Protocol", "Trace",
                .product(name: "GRPCInProcessTransport", package: "grpc-swift-2"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: swift),
    ]
}

if threadsOnly {
    var kept: Set = [
        "CPlatform", "CSecure", "CSctp", "Channels", "Contract", "Memory", "Handshake", "MemoryTests", "HandshakeTests",
    ]
    if clientsOnly {
        kept.formUnion([
            "CLoad", "CUring", "Driver", "Snapshot", "Wire", "SessionDescription", "Secure", "Peer", "Watch", "Charts",
            "Load", "LoadTests",
        ])
    }
    targets.removeAll { !kept.contains($0.name) }
}

var products: [Product] = coreOnly ? [] : [.executable(name: "millrace", targets: ["millrace"])]
if !threadsOnly {
    // For Benchmarks, a package of its own.
    products.append(
        .library(
            name: "MillraceCore",
            targets: [
                "CAllocations", "CLoad", "CPlatform", "CUring", "Contract", "Memory", "Wire", "Secure", "Peer",
                "Estimate",
                "Forward", "Engine", "Driver", "Links", "Simulator",
            ]))
}

if signalingOnly {
    products = []
    dependencies = [protobuf]
    targets = [
        module("Contract", settings: strict), messages,
        .target(
            name: "Control",
            dependencies: ["Protocol", "Contract", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            sources: [
                "Chat/ChatCommand.swift", "Fuzz", "Http/RequestTarget.swift", "Server/Names.swift",
                "Signaling/ClientRequest.swift", "Signaling/ClientRequest+Chat.swift", "Signaling/MessageBounds.swift",
            ], swiftSettings: swift),
    ]
}

// Tenants, rooms, tokens, chat and their stores: nothing of the engine is needed for them.
if platformOnly {
    products = []
    dependencies = []
    targets = []
}
if platformOnly || !(coreOnly || signalingOnly) {
    if platformOnly {
        dependencies += [
            .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
            .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
            .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
            .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
            protobuf,
        ]
        targets.append(messages)
    }
    dependencies += [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ]
    let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
    let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
    let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
    targets += [
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        // Which request something belongs to, and how logs and spans say so.
        module("Trace", packages: [logging]),
        module(
            "Cluster", ["CHiredis", "Protocol", "Trace"],
            packages: [
                .product(name: "SwiftProtobuf", package: "swift-protobuf"), logging,
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        module("Store", ["CPostgres"], packages: [.product(name: "GRDB", package: "GRDB.swift")]),
        module("Platform", ["Store", "Trace"], packages: [crypto, jwt]),
        .target(
            name: "Rest",
            dependencies: [
                "Platform", "Store", "Trace", crypto, logging, .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            exclude: ["README.md"], resources: [.embedInCode("openapi.json")], swiftSettings: swift),
        // Starts a PostgreSQL of its own for the tests.
        .target(
            name: "StoreTesting", dependencies: ["Store"], path: "Tests/StoreTesting", exclude: ["README.md"],
            swiftSettings: swift),
        .executableTarget(
            name: "store-writer", dependencies: ["Store"], path: "Tests/store-writer", swiftSettings: swift),
        tests("Trace", ["Trace"], packages: [logging]),
        tests("Cluster", ["Cluster", "Protocol", "Trace"], packages: [logging]),
        tests("Store", ["Store", "StoreTesting", "store-writer"]),
        tests("Platform", ["Platform", "Store", "StoreTesting", "Trace"], packages: [crypto, jwt]),
        tests("Rest", ["Rest", "Platform", "Store", "StoreTesting"], packages: [logging]),
    ]
}

let package = Package(
    name: "millrace",
    products: products,
    dependencies: dependencies,
    targets: targets)
