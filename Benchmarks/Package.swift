// swift-tools-version: 6.2
import PackageDescription

// Measures the packet path. A package of its own, so that nobody who builds the server builds this; it needs no packages
// from outside when MILLRACE_PARTS=core is set.
let swift: [SwiftSetting] = [.swiftLanguageMode(.v6)]
let core: [Target.Dependency] = [.product(name: "MillraceCore", package: "millrace")]

let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "millrace", path: "..")],
    targets: [
        .target(name: "CBenchmark", path: "CBenchmark"),
        .executableTarget(
            name: "millrace-bench", dependencies: core + ["CBenchmark"], path: "Bench", swiftSettings: swift),
        .executableTarget(name: "DriverBench", dependencies: core, path: "DriverBench", swiftSettings: swift),
    ])
