import Glibc

/// Where a run took place, for whoever reads its report later.
public struct HostFacts: Codable, Sendable {
    public var processor: String
    public var processors: Int
    public var memoryBytes: UInt64
    public var kernel: String
    /// UTC, ISO 8601.
    public var time: String

    public static func now() -> HostFacts {
        let model =
            textOfFile("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("model name") }?
            .split(separator: ":", maxSplits: 1).last.map { String($0.drop { $0 == " " }) } ?? "unknown processor"
        let pages = UInt64(max(sysconf(Int32(_SC_PHYS_PAGES)), 0))
        return HostFacts(
            processor: model, processors: Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))),
            memoryBytes: pages * UInt64(max(sysconf(Int32(_SC_PAGESIZE)), 0)),
            kernel: textOfFile("/proc/sys/kernel/osrelease")?.filter { $0 != "\n" } ?? "", time: timeText())
    }

    private static func timeText() -> String {
        var seconds = Glibc.time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
