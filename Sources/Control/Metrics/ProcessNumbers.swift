import Foundation
import Glibc

/// What the kernel says of this process.
struct ProcessNumbers {
    var residentBytes: UInt64 = 0
    var descriptors: UInt64 = 0
    var cpuMicroseconds: UInt64 = 0

    init() {
        let fields = Self.text("/proc/self/statm").split(separator: " ")
        if fields.count > 1 { residentBytes = (UInt64(fields[1]) ?? 0) * UInt64(sysconf(Int32(_SC_PAGESIZE))) }
        // The directory that is being read is one of them.
        descriptors = UInt64(
            max(0, ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 1) - 1))
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            cpuMicroseconds =
                UInt64(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000
                + UInt64(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        }
    }

    private static func text(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 256)
        return fgets(&buffer, Int32(buffer.count), file) == nil ? "" : String(cString: buffer)
    }
}
