import Driver

/// Whether shards get io_uring, and which of its newer abilities.
struct UringCheck: Check {
    let name = "io_uring"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        let kernel = host.text("/proc/sys/kernel/osrelease") ?? "unknown"
        guard plan.usesUring else { return good("not asked for; recvmmsg and sendmmsg serve on kernel \(kernel)") }
        if let refusal = refusal(host.probes.port) {
            return costs(
                refusal,
                "no gathering of small arrivals: a packet of ten meetings of four costs 11 % more; large fan-outs cost the same",
                mend: remedy(host))
        }
        return good("works on kernel \(kernel): set-up, provided buffers, multishot receive") + waiting(host, plan)
            + zeroCopy(host, plan)
    }

    private func refusal(_ probe: PortProbe) -> String? {
        let needed: [PortProbe.Feature] = [.uringSetup, .uringOperations, .uringReceive]
        return needed.lazy.compactMap { probe.refusal(of: $0) }.first
    }

    private func remedy(_ host: Host) -> String {
        if let disabled = host.number("/proc/sys/kernel/io_uring_disabled"), disabled > 0 {
            return "sysctl -w kernel.io_uring_disabled=0"
        }
        if host.field("Seccomp", of: "/proc/\(host.process)/status") == "2" {
            return "a seccomp filter is on: allow io_uring_setup, io_uring_enter and io_uring_register "
                + "(docker run --security-opt seccomp=FILE; Kubernetes: securityContext.seccompProfile; systemd: "
                + "SystemCallFilter=@aio)"
        }
        return "install a kernel of 6.1 or later with CONFIG_IO_URING"
    }

    private func waiting(_ host: Host, _ plan: Plan) -> [Finding] {
        guard plan.waitsForBatches, let refusal = host.probes.port.refusal(of: .minimumWait) else { return [] }
        return costs(
            refusal, "--gather and --batch-wait have no effect: a packet of ten meetings of four costs 11 % more",
            mend: "install a kernel of 6.12 or later (Debian 12: apt install -t bookworm-backports linux-image-amd64)")
    }

    private func zeroCopy(_ host: Host, _ plan: Plan) -> [Finding] {
        guard plan.zeroCopyBytes > 0, let refusal = host.probes.port.refusal(of: .zeroCopySend) else { return [] }
        return costs(
            "--zero-copy was asked for: \(refusal)", "runs are copied as they are sent",
            mend: "LimitMEMLOCK=infinity in the unit (ulimit -l unlimited)")
    }
}

/// Segmented sends and merged receives, which are most of a packet's price.
struct DatagramCheck: Check {
    let name = "datagrams"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        let probe = host.probes.port
        var findings: [Finding] = []
        if let refusal = probe.refusal(of: .segmentedSend) {
            findings += costs(
                refusal, "a packet of a run of six costs 3143 ns instead of 698; io_uring is not used either",
                mend:
                    "switch transmit checksums on (ethtool -K CARD tx on) and keep the MTU of lo and of the card at 1500 or more"
            )
        } else {
            findings += good("UDP_SEGMENT: two segments left by one send")
        }
        if let refusal = probe.refusal(of: .mergedReceive) {
            findings += costs(
                refusal, "packets that come in runs cost about twice as much",
                mend: "install a kernel of 5.0 or later; under gVisor or another user-space network run on the host's")
        } else if probe.segmentedSend {
            findings += good("UDP_GRO: they arrived as one datagram")
        }
        return findings
    }
}

/// Whether the kernel gives a datagram to the shard that it is for.
struct SteeringCheck: Check {
    let name = "bpf"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        guard plan.shards > 1 else { return good("not needed: one shard gets everything") }
        guard plan.usesBpf else { return good("not asked for (--steering handover)") }
        let cost = "packets that reach the wrong shard are handed over: a copy and a wake-up each"
        let mend =
            "AmbientCapabilities=CAP_BPF CAP_NET_ADMIN in the unit, or setcap cap_net_admin,cap_bpf,cap_sys_nice+ep on the binary; "
            + "in a container also allow the bpf system call"
        return switch host.probes.steering {
        case .addresses: good("the kernel steers datagrams to their shards by address")
        case .names(let why): costs(why, cost, mend: mend)
        case .none(let why): costs(why, cost, mend: mend)
        }
    }
}

struct ClockCheck: Check {
    let name = "clock"
    private static let quick: Set = [
        "tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page", "riscv_clocksource",
    ]

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        let folder = "/sys/devices/system/clocksource/clocksource0/"
        guard let source = host.text(folder + "current_clocksource") else { return [] }
        if Self.quick.contains(source) { return good("\(source): read without a system call") }
        let others = (host.text(folder + "available_clocksource") ?? "").split(separator: " ").map(String.init)
        let better = others.first { Self.quick.contains($0) }
        return costs(
            "the clock source is \(source)", "every reading of the clock is a system call",
            mend: better.map { "echo \($0) > \(folder)current_clocksource" }
                ?? "boot with tsc=reliable, after the firmware's time stamp counter has been found stable")
    }
}

struct CipherCheck: Check {
    let name = "ciphers"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        guard let text = host.text("/proc/cpuinfo"),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("flags") || $0.hasPrefix("Features") })
        else { return [] }
        let flags = Set(line.split(separator: " "))
        if flags.contains("vaes") { return good("the processor has VAES: AES-GCM at full speed") }
        if flags.contains("aes") { return good("the processor has AES instructions") }
        return costs(
            "the processor shows no AES instructions", "SRTP in plain code costs many times as much",
            mend: "show the guest the host's processor (qemu: -cpu host; libvirt: <cpu mode='host-passthrough'/>)")
    }
}

struct ConnectionTrackingCheck: Check {
    let name = "conntrack"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        guard let count = host.number("/proc/sys/net/netfilter/nf_conntrack_count") else {
            return good("the kernel does not track connections")
        }
        let max = host.number("/proc/sys/net/netfilter/nf_conntrack_max") ?? 0
        guard count > 0 else { return good("connection tracking is loaded and has nothing to do") }
        return costs(
            "the kernel tracks \(count) connections of at most \(max)",
            "a look-up for every run, and clients that get no entry when the table is full",
            mend: "nft add table inet millrace_raw; nft add chain inet millrace_raw in "
                + "'{ type filter hook prerouting priority raw; }'; nft add rule inet millrace_raw in udp dport "
                + "\(plan.mediaPort) notrack; the same for out, hook output, udp sport")
    }
}
