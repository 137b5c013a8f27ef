/// Whether every shard has a processor of its own, and one is left over.
struct ProcessorCheck: Check {
    let name = "processors"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        let allowed = host.allowedCpus
        guard !allowed.isEmpty else { return [] }
        if let foreign = plan.cpus.first(where: { !allowed.contains($0) }) {
            return broken(
                "processor \(foreign) of --cpus is not one that the process may use (\(listText(allowed)))",
                "the server does not start",
                mend: "name others with --cpus, or widen AllowedCPUs= / the container's cpuset")
        }
        let cpus = host.shardCpus(plan)
        guard !cpus.isEmpty else {
            return costs(
                "\(plan.shards) shards share \(allowed.count) processors",
                "they are not pinned: the tail of the latency is longer", mend: "--shards \(max(allowed.count - 1, 1))")
        }
        let left = allowed.filter { !cpus.contains($0) }
        guard !left.isEmpty else {
            return costs(
                "every processor has a shard", "signaling and handshakes delay packets",
                mend: plan.shards > 1 ? "--shards \(plan.shards - 1)" : "give the host a second processor")
        }
        return good("shards on \(listText(cpus)), everything else on \(listText(left))")
    }
}

/// A quota stops all threads at once when it is used up.
struct QuotaCheck: Check {
    let name = "cpu quota"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        for folder in folders(host) {
            guard let words = host.text(folder + "/cpu.max")?.split(separator: " "), words.count == 2,
                let quota = Double(words[0]), let period = Double(words[1]), period > 0
            else { continue }
            let tenths = Int(quota / period * 10)
            return costs(
                "the control group may use \(tenths / 10).\(tenths % 10) processors",
                "when the quota is used up every packet waits for the next period, up to \(Int(period / 1000)) ms",
                mend:
                    "remove the quota: CPUQuota= in the unit, limits.cpu in Kubernetes (requests are enough), --cpus in docker"
            )
        }
        return good("no quota of processor time")
    }

    /// The process's group and all above it; a container sees its own as the root.
    private func folders(_ host: Host) -> [String] {
        let line = host.text("/proc/\(host.process)/cgroup")?.split(separator: "\n").first { $0.hasPrefix("0::") }
        var parts = (line ?? "0::").dropFirst(3).split(separator: "/")
        var folders: [String] = []
        while true {
            folders.append((["/sys/fs/cgroup"] + parts.map(String.init)).joined(separator: "/"))
            if parts.popLast() == nil { return folders }
        }
    }
}

struct GovernorCheck: Check {
    let name = "governor"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        let slow = host.shardCpus(plan).compactMap { cpu -> (Int, String)? in
            let governor = host.text("/sys/devices/system/cpu/cpu\(cpu)/cpufreq/scaling_governor")
            return governor.flatMap { $0 == "performance" ? nil : (cpu, $0) }
        }
        guard let first = slow.first else {
            let seen = host.text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
            return good(
                seen == nil ? "the kernel does not scale frequencies here" : "performance on the shards' processors")
        }
        return costs(
            "\(first.1) on the shards' processors \(listText(slow.map(\.0)))",
            "the processor is slow when a burst comes after a pause: p99 rises, and plans made by load are wrong",
            mend: "cpupower -c \(listText(slow.map(\.0))) frequency-set -g performance")
    }
}

/// Two shards on the two threads of one core get little more than one alone.
struct SiblingCheck: Check {
    let name = "smt"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        let cpus = host.shardCpus(plan)
        var pairs: [String] = []
        var spoiled: [Int] = []
        for cpu in cpus {
            let file = "/sys/devices/system/cpu/cpu\(cpu)/topology/thread_siblings_list"
            let siblings = (host.text(file).map(Host.list) ?? []).filter { $0 != cpu }
            pairs += siblings.filter { cpus.contains($0) && $0 > cpu }.map { "\(cpu) and \($0)" }
            spoiled += siblings.filter { !cpus.contains($0) && host.allowedCpus.contains($0) }
        }
        if !pairs.isEmpty {
            return costs(
                "shards share cores: processors \(pairs.joined(separator: ", ")) are threads of one core each",
                "the two shards share one core's units and caches: together they do far less than on two cores",
                mend:
                    "--cpus with one thread of each core (lscpu --extended), or switch SMT off: echo off > /sys/devices/system/cpu/smt/control"
            )
        }
        guard spoiled.isEmpty else {
            return good("one shard a core; their siblings \(listText(spoiled)) are left to other threads")
        }
        return good("one shard a core")
    }
}

func listText(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ",") }
