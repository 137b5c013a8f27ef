import Glibc

/// The number of descriptors that this process may have open (RLIMIT_NOFILE).
enum OpenFiles {
    /// What the server opens besides connections, and a margin.
    static let reserve: UInt = 256

    /// Raises the soft limit to `wanted`, or as far as the hard limit lets it. Returns what holds now.
    static func raise(to wanted: UInt) -> UInt {
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(kind, &limit) == 0, limit.rlim_cur < wanted else { return UInt(limit.rlim_cur) }
        let before = UInt(limit.rlim_cur)
        limit.rlim_cur = min(limit.rlim_max, wanted)
        return setrlimit(kind, &limit) == 0 ? UInt(limit.rlim_cur) : before
    }
}
