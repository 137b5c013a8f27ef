import Doctor
import Driver
import Foundation

/// A host as tests want it: files below a folder of their own, and answers to what would be tried. Healthy until told
/// otherwise: 8 processors on two nodes, a card with 4 interrupts, two shards.
final class MadeUpHost {
    let root: String
    var probes = Probes()
    var plan = Plan()

    init() throws {
        root = NSTemporaryDirectory() + "millrace-doctor-\(UUID().uuidString)"
        makeProcess()
        makeProcessors()
        makeCard()
        makeProbes()
        plan.shards = 2
        plan.publicAddresses = ["203.0.113.5"]
        plan.secret = "u8Zk3-Qm0xVw7TjR5nLb9cYh2sDf6gPa"
        plan.shardBytes = 100 << 20
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    var host: Doctor.Host { Doctor.Host(root: root, probes: probes) }
    var examination: Examination { Examination(host, plan) }

    func write(_ text: String, to path: String) {
        let place = URL(fileURLWithPath: root + path)
        do {
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data((text + "\n").utf8).write(to: place)
        } catch { fatalError("\(path): \(error)") }
    }

    func link(_ target: String, at path: String) {
        write("", to: path)
        remove(path)
        do { try FileManager.default.createSymbolicLink(atPath: root + path, withDestinationPath: target) } catch {
            fatalError("\(path): \(error)")
        }
    }

    func remove(_ path: String) { try? FileManager.default.removeItem(atPath: root + path) }

    func setLimits(memlock: String = "unlimited", files: String = "65536") {
        write(
            """
            Limit                     Soft Limit           Hard Limit           Units
            Max open files            1024                 \(files)             files
            Max locked memory         \(memlock)            \(memlock)          bytes
            """, to: "/proc/self/limits")
    }

    private func makeProcess() {
        setLimits()
        write("Name:\tmillrace\nSeccomp:\t0\nSeccomp_filters:\t0\nCpus_allowed_list:\t0-7", to: "/proc/self/status")
        write("0::/system.slice/millrace.service", to: "/proc/self/cgroup")
        write("max 100000", to: "/sys/fs/cgroup/system.slice/cpu.max")
        write("6.12.9", to: "/proc/sys/kernel/osrelease")
        write("0", to: "/proc/sys/kernel/io_uring_disabled")
        write(
            "MemTotal: 64000000 kB\nHugePages_Total:       0\nHugePages_Free:        0\nHugepagesize:       2048 kB",
            to: "/proc/meminfo")
        write("always [madvise] never", to: "/sys/kernel/mm/transparent_hugepage/enabled")
        let clock = "/sys/devices/system/clocksource/clocksource0/"
        write("tsc", to: clock + "current_clocksource")
        write("tsc hpet acpi_pm", to: clock + "available_clocksource")
        write("processor : 0\nflags : fpu sse2 aes avx2 vaes", to: "/proc/cpuinfo")
    }

    private func makeProcessors() {
        for cpu in 0..<8 {
            let folder = "/sys/devices/system/cpu/cpu\(cpu)/"
            write("performance", to: folder + "cpufreq/scaling_governor")
            write("\(cpu)", to: folder + "topology/thread_siblings_list")
        }
        write("0-3", to: "/sys/devices/system/node/node0/cpulist")
        write("4-7", to: "/sys/devices/system/node/node1/cpulist")
    }

    private func makeCard() {
        write("1", to: "/sys/class/net/eth0/device/numa_node")
        for interrupt in 40..<44 {
            write("", to: "/sys/class/net/eth0/device/msi_irqs/\(interrupt)")
            write("\(interrupt - 40)", to: "/proc/irq/\(interrupt)/effective_affinity_list")
        }
        write(
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t017100CB\t0003\t0\t0\t0\t00000000",
            to: "/proc/net/route")
    }

    private func makeProbes() {
        probes.port = PortProbe(findings: PortProbe.Feature.allCases.map { .init($0, refusal: nil) })
        probes.receiveBufferBytes = 16 << 20
        probes.sendBufferBytes = 16 << 20
        probes.addresses = [
            CardAddress(card: "lo", address: "127.0.0.1"), CardAddress(card: "lo", address: "::1"),
            CardAddress(card: "eth0", address: "203.0.113.5"), CardAddress(card: "eth0", address: "2001:db8::5"),
        ]
        probes.unixSeconds = 1_800_000_000
    }

    func refuse(_ feature: PortProbe.Feature, _ why: String) {
        probes.port = PortProbe(
            findings: PortProbe.Feature.allCases.map { .init($0, refusal: $0 == feature ? why : nil) })
    }
}
