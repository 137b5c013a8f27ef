// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The packet path builds without any package from outside. MILLRACE_PARTS=core leaves the control plane out:
// sanitizer runs, fuzzers and the simulator then build in seconds instead of minutes.
// MILLRACE_PARTS=threads builds only what two threads share, for ThreadSanitizer: the compiler (6.3.1) writes invalid
// code for Driver, Forward and Load, and so for all that stands on them.
// MILLRACE_PARTS=clients adds the load generator to that, for a quick AddressSanitizer run.
// MILLRACE_PARTS=signaling builds only what judges a client's message, for its fuzzer.
let parts = ProcessInfo.processInfo.environment["MILLRACE_PARTS"]
let clientsOnly = parts == "clients"
let threadsOnly = parts == "threads" || clientsOnly
let coreOnly = parts == "core" || threadsOnly
let signalingOnly = parts == "signaling"

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
    module("Memory", ["Contract", "CPlatform"]),
    module("Wire", ["Contract"], settings: strict),
    module("SessionDescription", ["Contract"], settings: strict),
    module("Secure", ["CSecure", "Contract"]),
    module("Channels", ["CSctp", "Contract"]),
    module("Handshake", ["CSecure", "CPlatform", "Contract", "Memory", "Channels"]),
    module("Peer", ["Contract", "Wire"]),
    module("Estimate"),
    module("Forward", ["CPlatform", "Contract", "Memory", "Wire", "Peer", "Secure", "Estimate"]),
    module("Engine", ["Contract", "Memory", "Wire", "Peer", "Secure", "Forward", "Estimate"]),
    module("Driver", ["CUring", "CPlatform", "Contract", "Memory"]),
    module(
        "Shard",
        [
            "Contract", "Memory", "Wire", "Estimate", "Forward", "Engine", "Driver", "Handshake", "CPlatform",
            "CAllocations",
        ]),
    // What the host permits and what that costs.
    module("Doctor", ["CSecure", "Driver", "Wire"]),
    module("Links", ["Contract", "Wire", "Peer", "Estimate"]),
    module("Simulator", ["Contract", "Memory", "Wire", "Secure", "Peer", "Engine", "Forward", "Links"]),
    .executableTarget(
        name: "millrace-simulate", dependencies: ["Simulator", "Links"], path: "Sources/simulate",
        exclude: readme(in: "Sources/simulate"), swiftSettings: swift),
    // A running server's figures, read from outside.
    module("Watch", ["Contract"]),
    // The load generator: the clients' side. Only its HTTP lives elsewhere, with the executable.
    module(
        "Load",
        [
            "CLoad", "CPlatform", "Contract", "Memory", "Wire", "SessionDescription", "Secure", "Handshake", "Peer",
            "Driver", "Watch",
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
    tests("Doctor", ["Doctor", "Driver", "Wire", "CPlatform", "CDriverTesting"]),
    tests(
        "Load",
        ["Load", "Driver", "CLoad", "CPlatform", "Handshake", "SessionDescription", "Secure", "Wire", "Contract"]),
    tests(
        "Shard",
        [
            "Shard", "Driver", "Load", "Handshake", "SessionDescription", "CAllocations", "CPlatform", "Contract",
            "Memory",
        ]),
    tests("Engine", ["Engine", "Forward", "Simulator", "Contract", "Memory", "Wire", "Secure"]),
]

var dependencies: [Package.Dependency] = []
let protobuf = Package.Dependency.package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0")
let messages = Target.target(
    name: "Protocol", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
    exclude: ["README.md", "generate", "protos"], swiftSettings: swift)

if !coreOnly && !signalingOnly {
    dependencies += [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        protobuf,
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ]
    targets += [
        messages,
        .target(
            name: "Control",
            dependencies: [
                "Protocol", "Contract", "Memory", "SessionDescription", "Handshake", "Channels", "Shard",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ],
            exclude: ["README.md", "Web"], swiftSettings: swift),
        .executableTarget(
            name: "millrace",
            dependencies: [
                "Control", "Protocol", "Shard", "Memory", "Doctor", "Load", "Watch", "CPlatform", "Contract",
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
                "Control", "Protocol", "Contract", "Memory", "Shard", "SessionDescription",
                .product(name: "NIOEmbedded", package: "swift-nio"), .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Offers"], swiftSettings: swift),
    ]
}

if threadsOnly {
    var kept: Set = [
        "CPlatform", "CSecure", "CSctp", "Channels", "Contract", "Memory", "Handshake", "MemoryTests", "HandshakeTests",
    ]
    if clientsOnly {
        kept.formUnion([
            "CLoad", "CUring", "Driver", "Wire", "SessionDescription", "Secure", "Peer", "Watch", "Load", "LoadTests",
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
                "Fuzz", "Http/RequestTarget.swift", "Server/Names.swift", "Signaling/ClientRequest.swift",
                "Signaling/MessageBounds.swift",
            ], swiftSettings: swift),
    ]
}

let package = Package(
    name: "millrace",
    products: products,
    dependencies: dependencies,
    targets: targets)
