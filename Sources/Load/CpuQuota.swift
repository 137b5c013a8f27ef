/// How this process's control group held it back: by a quota of CPU time (cgroups, version 1 or 2).
struct CpuQuota: Sendable, Equatable {
    /// Periods in which the group had used up its quota.
    var throttledPeriods: UInt64 = 0
    var throttledNanoseconds: UInt64 = 0

    /// Zero where there is no quota, or nobody tells.
    static func now() -> CpuQuota {
        guard let groups = textOfFile("/proc/self/cgroup") else { return CpuQuota() }
        for path in statPaths(groups) {
            if let text = textOfFile(path) { return CpuQuota(parsing: text) }
        }
        return CpuQuota()
    }

    /// Where `cpu.stat` may be, given /proc/self/cgroup: lines of `number:controllers:path`.
    static func statPaths(_ groups: String) -> [String] {
        var found: [String] = []
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            if parts[1].split(separator: ",").contains("cpu") {
                found += ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/\(parts[1])"].map { "\($0)\(parts[2])/cpu.stat" }
            } else if parts[1].isEmpty {
                found += ["/sys/fs/cgroup\(parts[2])/cpu.stat"]
            }
        }
        return found
    }

    func since(_ earlier: CpuQuota) -> CpuQuota {
        var quota = CpuQuota()
        quota.throttledPeriods = throttledPeriods &- earlier.throttledPeriods
        quota.throttledNanoseconds = throttledNanoseconds &- earlier.throttledNanoseconds
        return quota
    }

    init() {}

    init(parsing text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let value = UInt64(parts[1]) else { continue }
            switch parts[0] {
            case "nr_throttled": throttledPeriods = value
            case "throttled_time": throttledNanoseconds = value
            case "throttled_usec": throttledNanoseconds = value &* 1000
            default: break
            }
        }
    }
}
