/// Memory that the process may lock.
struct LockedMemoryCheck: Check {
    let name = "memlock"
    private static let least: UInt64 = 8 << 20

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        guard let limit = host.limit("Max locked memory") else { return [] }
        // Sends without copying pin their cells: 512 runs of 64 KiB a shard.
        let wanted = max(Self.least, plan.zeroCopyBytes > 0 ? UInt64(plan.shards) * (34 << 20) : 0)
        if limit.soft >= wanted {
            return good("\(bytesText(limit.soft)) may be locked")
        }
        return costs(
            "\(bytesText(limit.soft)) may be locked; \(bytesText(wanted)) is wanted",
            "no sends without copying (--zero-copy); kernels before 5.12 refuse io_uring altogether",
            mend: "LimitMEMLOCK=infinity in the unit (ulimit -l unlimited)")
    }
}

/// Descriptors: each HTTP, WebSocket and TCP media connection takes one.
struct OpenFilesCheck: Check {
    let name = "nofile"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        guard let limit = host.limit("Max open files") else { return [] }
        // The server raises the soft limit by itself.
        let mend = "LimitNOFILE=65536 in the unit (ulimit -Hn 65536)"
        if limit.hard >= plan.openFiles { return good("\(countText(limit.hard)) files may be open") }
        let found = "\(countText(limit.hard)) files may be open; \(plan.openFiles) are wanted"
        // Sockets, rings, maps and bells of the shards themselves.
        let least = UInt64(64 + 16 * plan.shards)
        if limit.hard < least { return broken(found, "the server does not start", mend: mend) }
        return costs(found, "people beyond some \(limit.hard - least) wait at the door", mend: mend)
    }
}

/// Buffers of the media sockets.
struct BufferCheck: Check {
    let name = "buffers"
    private static let wanted = 16 << 20

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        let parts = [
            ("receive", host.probes.receiveBufferBytes, "net.core.rmem_max"),
            ("send", host.probes.sendBufferBytes, "net.core.wmem_max"),
        ]
        let short = parts.filter { $0.1 < Self.wanted }
        guard !short.isEmpty else { return good("sockets get \(bytesText(UInt64(Self.wanted))) each way") }
        return short.flatMap { name, bytes, setting in
            costs(
                "a socket gets \(bytesText(UInt64(max(bytes, 0)))) to \(name), \(bytesText(UInt64(Self.wanted))) is wanted",
                "bursts of keyframes overflow it: packets are lost inside the host",
                mend: "sysctl -w \(setting)=\(Self.wanted) (or CAP_NET_ADMIN for the server)")
        }
    }
}

/// Reserved huge pages hold a shard's tables when there are enough; too few are memory that nobody can use.
struct HugePageCheck: Check {
    let name = "huge pages"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        reserved(host, plan) + transparent(host)
    }

    private func reserved(_ host: Host, _ plan: Plan) -> [Finding] {
        func memory(_ field: String) -> Int {
            let text = host.field(field, of: "/proc/meminfo") ?? ""
            return Int(text.prefix { $0.isNumber }) ?? 0
        }
        let page = memory("Hugepagesize") << 10
        let total = memory("HugePages_Total")
        let free = memory("HugePages_Free")
        guard page > 0, total > 0 else { return good("none reserved: ordinary pages cost the same up to 1000 people") }
        let needed = plan.shards * ((plan.shardBytes + page - 1) / page)
        // All in use: most likely by the server that runs.
        guard free < needed, free > 0 else { return good("\(free) of \(total) reserved pages are free") }
        return costs(
            "\(free) of \(total) reserved huge pages are free; \(plan.shards) shards take \(needed)",
            "\(bytesText(UInt64(free * page))) are set aside that nothing can use",
            mend: "sysctl -w vm.nr_hugepages=\(total - free + needed) (or 0)")
    }

    private func transparent(_ host: Host) -> [Finding] {
        let file = "/sys/kernel/mm/transparent_hugepage/enabled"
        guard host.text(file)?.contains("[always]") == true else { return [] }
        return costs(
            "transparent huge pages are on for every process",
            "resident memory is several times larger, and a packet measured 2134 ns instead of 1836 (one room of 500)",
            mend: "echo madvise > \(file)")
    }
}

func bytesText(_ bytes: UInt64) -> String {
    if bytes == .max { return "any amount" }
    let units: [(UInt64, String)] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
    guard let (size, unit) = units.first(where: { bytes >= $0.0 }) else { return "\(bytes) bytes" }
    let tenths = bytes % size * 10 / size
    return tenths == 0 ? "\(bytes / size) \(unit)" : "\(bytes / size).\(tenths) \(unit)"
}

func countText(_ count: UInt64) -> String { count == .max ? "any number of" : String(count) }
