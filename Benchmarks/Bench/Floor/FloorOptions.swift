import Contract
import Driver
import Memory
import Secure

/// What the floor program is to measure.
struct FloorOptions {
    var cpu: Int
    var receiverCpu: Int
    var receivers: Int
    var runs: [Int]
    /// Bytes of datagrams, tag included.
    var sizes: [Int]
    var profileName: String
    var profile: SrtpProfile
    var libraryName: String
    var library: CipherLibrary
    var backend: PortConfiguration.Backend
    /// For each point of the grid.
    var seconds: Double
    /// Milliseconds between bursts; 0 for one after the other.
    var paceMilliseconds: Double
    /// Runs that leave by one enter; 0 for as many as the ring takes.
    var batch: Int
    /// Receivers without UDP_GRO: the kernel then splits every run.
    var plainReceivers: Bool
    /// What the port registers with io_uring.
    var registrations: Registrations
    /// Runs of so many bytes and more leave without a copy; 0 for none.
    var zeroCopyBytes: Int
    /// The cells' memory is registered with io_uring.
    var registeredCells: Bool
    var pagesName: String
    var pages: Arena.Pages
    /// Where all runs go instead of to receivers, such as an address behind a device that throws everything away.
    var sink: Endpoint?

    init(_ options: Options) throws(BenchError) {
        var options = options
        cpu = try options.number("cpu", 0)
        receiverCpu = try options.number("receiver-cpu", 1)
        receivers = try options.number("receivers", 200)
        runs = try options.numbers("runs", [1, 2, 3, 6, 12])
        sizes = try options.numbers("sizes", [1100, 120])
        (profileName, profile) = try options.choice("srtp", Options.profiles)
        (libraryName, library) = try options.choice("library", Options.libraries)
        backend = try options.choice("backend", Options.backends).1
        seconds = try options.decimal("seconds", 0.4)
        paceMilliseconds = try options.decimal("pace", 0)
        batch = try options.number("batch", 0)
        plainReceivers = options.flag("plain-receivers")
        registrations = []
        if !options.flag("plain-socket") { registrations.insert(.socket) }
        if !options.flag("plain-ring") { registrations.insert(.ring) }
        zeroCopyBytes = try options.number("zero-copy", 0)
        registeredCells = options.flag("registered-cells")
        (pagesName, pages) = try options.choice("pages", Self.allPages)
        sink = try Self.sink(options.text("sink"))
        try options.finish()
        guard receivers > 0, receivers <= 4000 else { throw BenchError("--receivers: expected 1 to 4000") }
        guard sizes.allSatisfy({ $0 >= 64 && $0 <= 1400 }) else { throw BenchError("--sizes: expected 64 to 1400") }
        guard runs.allSatisfy({ $0 <= Limits.segmentsMax && $0 * sizes.max()! <= 65000 }) else {
            throw BenchError("--runs: at most \(Limits.segmentsMax) packets and 65000 bytes a run")
        }
    }

    static let allPages: [(String, Arena.Pages)] = [
        ("ordinary", .ordinary), ("merged", .mergedHuge), ("reserved", .reservedHuge),
    ]

    private static func sink(_ text: String?) throws(BenchError) -> Endpoint? {
        guard let text else { return nil }
        let parts = text.split(separator: ".").compactMap { UInt32($0) }.filter { $0 < 256 }
        guard parts.count == 4 else { throw BenchError("--sink \(text): expected an IPv4 address") }
        return Endpoint(ipv4: parts.reduce(0) { $0 << 8 | $1 }, port: 9)
    }
}
