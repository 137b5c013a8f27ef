import Doctor
import Testing

/// A fault, and what must be said of it.
struct Fault: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var check: String
    var verdict: Verdict
    /// Must be in what was found.
    var word: String
    /// Must be in the remedy.
    var remedy: String
    var make: @Sendable (MadeUpHost) -> Void

    init(
        _ name: String, _ check: String, _ verdict: Verdict, _ word: String, mend remedy: String,
        _ make: @escaping @Sendable (MadeUpHost) -> Void
    ) {
        testDescription = name
        self.check = check
        self.verdict = verdict
        self.word = word
        self.remedy = remedy
        self.make = make
    }
}

private let kernelFaults = [
    Fault("io_uring forbidden by sysctl", "io_uring", .costs, "forbids", mend: "sysctl -w kernel.io_uring_disabled=0") {
        $0.refuse(.uringSetup, "the kernel forbids io_uring_setup")
        $0.write("2", to: "/proc/sys/kernel/io_uring_disabled")
    },
    Fault("io_uring forbidden by seccomp", "io_uring", .costs, "forbids", mend: "seccomp") {
        $0.refuse(.uringSetup, "a container's seccomp profile forbids io_uring_setup")
        $0.write("Seccomp_filters:\t1\nSeccomp:\t2\nCpus_allowed_list:\t0-7", to: "/proc/self/status")
    },
    Fault("no waits that gather", "io_uring", .costs, "6.12", mend: "6.12") {
        $0.refuse(.minimumWait, "this kernel's io_uring cannot wait for a batch (6.12 and later can)")
    },
    Fault("too little memory for sends without copying", "io_uring", .costs, "--zero-copy", mend: "LimitMEMLOCK") {
        $0.refuse(.zeroCopySend, "too little memory may be locked")
        $0.plan.zeroCopyBytes = 16000
    },
    Fault("UDP_SEGMENT refused", "datagrams", .costs, "UDP_SEGMENT", mend: "ethtool") {
        $0.refuse(.segmentedSend, "a send with UDP_SEGMENT was refused: Input/output error (errno 5)")
    },
    Fault("UDP_GRO without effect", "datagrams", .costs, "one by one", mend: "kernel") {
        $0.refuse(.mergedReceive, "UDP_GRO is accepted, yet datagrams arrive one by one")
    },
    Fault("no BPF", "bpf", .costs, "CAP_BPF", mend: "CAP_BPF") {
        $0.probes.steering = .names("a map was refused: Operation not permitted (errno 1); grant CAP_BPF")
    },
    Fault("a slow clock source", "clock", .costs, "hpet", mend: "echo tsc >") {
        $0.write("hpet", to: "/sys/devices/system/clocksource/clocksource0/current_clocksource")
    },
    Fault("no AES instructions", "ciphers", .costs, "AES", mend: "host") {
        $0.write("flags : fpu sse2 avx2", to: "/proc/cpuinfo")
    },
    Fault("connections are tracked", "conntrack", .costs, "of at most 262144", mend: "notrack") {
        $0.write("1200", to: "/proc/sys/net/netfilter/nf_conntrack_count")
        $0.write("262144", to: "/proc/sys/net/netfilter/nf_conntrack_max")
    },
]

private let limitFaults = [
    Fault("64 KiB may be locked", "memlock", .costs, "64 KiB", mend: "LimitMEMLOCK") {
        $0.setLimits(memlock: "65536")
    },
    Fault("1024 files may be open", "nofile", .costs, "1024", mend: "LimitNOFILE") { $0.setLimits(files: "1024") },
    Fault("64 files may be open", "nofile", .broken, "64 files", mend: "LimitNOFILE") { $0.setLimits(files: "64") },
    Fault("small receive buffers", "buffers", .costs, "to receive", mend: "net.core.rmem_max") {
        $0.probes.receiveBufferBytes = 212_992
    },
    Fault("too few huge pages", "huge pages", .costs, "take 100", mend: "vm.nr_hugepages=100") {
        $0.write("HugePages_Total: 64\nHugePages_Free: 64\nHugepagesize: 2048 kB", to: "/proc/meminfo")
    },
    Fault("huge pages for everybody", "huge pages", .costs, "every process", mend: "echo madvise") {
        $0.write("[always] madvise never", to: "/sys/kernel/mm/transparent_hugepage/enabled")
    },
    Fault("a quota of processor time", "cpu quota", .costs, "1.5 processors", mend: "CPUQuota") {
        $0.write("150000 100000", to: "/sys/fs/cgroup/system.slice/cpu.max")
    },
]

private let processorFaults = [
    Fault("more shards than processors", "processors", .costs, "share 1", mend: "--shards 1") {
        $0.write("Cpus_allowed_list:\t3", to: "/proc/self/status")
    },
    Fault("a foreign processor", "processors", .broken, "processor 9", mend: "--cpus") { $0.plan.cpus = [7, 9] },
    Fault("no processor left", "processors", .costs, "every processor", mend: "--shards 7") { $0.plan.shards = 8 },
    Fault("powersave", "governor", .costs, "powersave", mend: "cpupower -c 7") {
        $0.write("powersave", to: "/sys/devices/system/cpu/cpu7/cpufreq/scaling_governor")
    },
    Fault("two shards on one core", "smt", .costs, "6 and 7", mend: "lscpu") {
        for cpu in 6...7 { $0.write("6-7", to: "/sys/devices/system/cpu/cpu\(cpu)/topology/thread_siblings_list") }
    },
    Fault("a card on another node", "numa", .costs, "node 0", mend: "--cpus 2,3") {
        $0.write("0", to: "/sys/class/net/eth0/device/numa_node")
    },
    Fault("interrupts on a shard's processor", "interrupts", .costs, "interrupts 42 of eth0", mend: "/proc/irq") {
        $0.write("7", to: "/proc/irq/42/effective_affinity_list")
    },
]

private let networkFaults = [
    Fault("a wrong public address", "addresses", .broken, "198.51.100.7", mend: "--public-address 203.0.113.5") {
        $0.plan.publicAddresses = ["198.51.100.7"]
    },
    Fault("loopback is announced", "addresses", .broken, "127.0.0.1", mend: "203.0.113.5") {
        $0.plan.publicAddresses = ["127.0.0.1"]
    },
    Fault("a foreign private address", "addresses", .broken, "10.0.0.9", mend: "203.0.113.5") {
        $0.plan.publicAddresses = ["10.0.0.9"]
    },
    Fault("a card that is down", "addresses", .broken, "down", mend: "ip link set eth0 up") {
        $0.probes.addresses = [CardAddress(card: "eth0", address: "203.0.113.5", isUp: false)]
        $0.plan.bindAddress = "0.0.0.0"
    },
    Fault("no IPv6", "ipv6", .costs, "no IPv6", mend: "disable_ipv6") {
        $0.probes.addresses = [CardAddress(card: "eth0", address: "203.0.113.5")]
    },
    Fault("a port that another has", "ports", .broken, "7000", mend: "ss -ulpn") {
        $0.probes.bindRefusals = [
            BindRefusal(what: "UDP port 7000", why: "UDP port 7000 on :: is in use", isInUse: true)
        ]
    },
    Fault("one port for two", "ports", .broken, "both", mend: "--media-port") { $0.plan.httpPort = 7000 },
    Fault("the way out has another address", "reach", .broken, "198.51.100.9", mend: "--public-address 198.51.100.9") {
        $0.probes.reach = .seen(address: "198.51.100.9", port: 7000)
    },
    Fault("no way out", "reach", .costs, "did not answer", mend: "firewall") {
        $0.probes.reach = .silent("stun.example:3478 did not answer within three seconds")
    },
]

private let secretFaults = [
    Fault("a short secret", "secret", .broken, "12 characters", mend: "openssl rand") {
        $0.plan.secret = "short-secret"
    },
    Fault("a secret of one letter", "secret", .broken, "few characters", mend: "openssl rand") {
        $0.plan.secret = String(repeating: "s", count: 40)
    },
    Fault("an example's secret", "secret", .broken, "changeme", mend: "openssl rand") {
        $0.plan.secret = "ChangeMe-0123456789-abcdefghijklmnop"
    },
    Fault("a settings file that all can read", "secret", .broken, "every user", mend: "chmod 640") {
        $0.write("JWT_SECRET=x", to: "/etc/millrace/millrace.env")
        $0.plan.settingsFile = "/etc/millrace/millrace.env"
    },
    Fault("no token needed", "secret", .costs, "--skip-auth", mend: "SKIP_AUTH") { $0.plan.takesAnyone = true },
    Fault("wrong settings", "settings", .broken, "--shards", mend: "serve --help") {
        $0.plan.settingProblems = ["--shards (SHARDS): given \"x\", expected a number"]
    },
]

@Suite("Faults of a host")
struct FaultTests {
    @Test(arguments: kernelFaults + limitFaults + processorFaults + networkFaults + secretFaults)
    func isFoundAndNamedAndNothingElse(_ fault: Fault) throws {
        let host = try MadeUpHost()
        fault.make(host)
        let findings = host.examination.findings.filter { $0.verdict != .good }
        let named = try #require(findings.first { $0.check == fault.check }, "\(findings)")
        #expect(named.verdict == fault.verdict)
        #expect(named.found.contains(fault.word), "\(named.found)")
        #expect(named.remedy?.contains(fault.remedy) == true, "\(named.remedy ?? "")")
        #expect(named.cost?.isEmpty == false)
        #expect(findings.allSatisfy { $0.check == fault.check }, "\(findings)")
        #expect(host.examination.verdict == fault.verdict)
    }

    @Test func aHealthyHostIsGood() throws {
        let host = try MadeUpHost()
        #expect(host.examination.findings.filter { $0.verdict != .good } == [])
        #expect(host.examination.verdict.status == 0)
        #expect(host.examination.text.hasSuffix(" good, 0 costs, 0 broken\n"))
    }

    @Test func aServerThatRunsMayHoldThePorts() throws {
        let host = try MadeUpHost()
        host.probes.bindRefusals = [BindRefusal(what: "UDP port 7000", why: "7000 is in use", isInUse: true)]
        host.write("millrace", to: "/proc/4711/comm")
        host.write("millrace\0serve", to: "/proc/4711/cmdline")
        host.write(
            "sl local\n 1: 00000000:1B58 00000000:0000 07 0:0 0:0 0 0 0 991 2", to: "/proc/net/udp")
        host.link("socket:[990]", at: "/proc/4711/fd/5")
        #expect(host.examination.verdict == .broken)
        host.link("socket:[991]", at: "/proc/4711/fd/6")
        #expect(host.examination.verdict == .good)
        #expect(host.examination.text.contains("process 4711"))
    }

    @Test func threadsOfAServerThatRunsHaveTheirOwnProcessors() throws {
        let host = try MadeUpHost()
        host.write("Cpus_allowed_list:\t0-5", to: "/proc/self/status")
        #expect(host.examination.verdict == .good)
        host.write("Cpus_allowed_list:\t0", to: "/proc/self/status")
        #expect(host.examination.findings.contains { $0.check == "processors" && $0.verdict == .costs })
        for (thread, cpus) in [(11, "0-5"), (12, "6"), (13, "7")] {
            host.write("Cpus_allowed_list:\t\(cpus)", to: "/proc/self/task/\(thread)/status")
        }
        #expect(host.examination.verdict == .good)
    }

    @Test func anAddressBehindAMappingIsNotCalledWrong() throws {
        let host = try MadeUpHost()
        host.probes.addresses = [
            CardAddress(card: "eth0", address: "10.0.0.5"), CardAddress(card: "lo", address: "::1"),
        ]
        host.plan.publicAddresses = ["198.51.100.7"]
        #expect(host.examination.verdict == .good)
        host.probes.reach = .seen(address: "198.51.100.8", port: 7000)
        #expect(host.examination.verdict == .broken)
    }

    @Test func whatIsNotAskedForIsNotMissed() throws {
        let host = try MadeUpHost()
        host.refuse(.uringSetup, "forbidden")
        host.plan.usesUring = false
        host.probes.steering = .none("forbidden")
        host.plan.usesBpf = false
        #expect(host.examination.verdict == .good)
    }

    @Test func jsonSaysTheSame() throws {
        let host = try MadeUpHost()
        host.setLimits(memlock: "65536")
        let json = host.examination.json
        #expect(json.contains("\"verdict\" : \"costs\"") && json.contains("\"status\" : 1"))
        #expect(json.contains("\"check\" : \"memlock\""))
    }
}
