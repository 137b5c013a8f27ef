import CDriverTesting
import CPlatform
import Doctor
import Driver
import Glibc
import Testing

/// What the host itself, or a real file, answers.
@Suite("Real answers")
struct RealTests {
    @Test func systemCallsForbiddenToAThreadAreNamed() throws {
        let place = UnsafeMutablePointer<Probes?>.allocate(capacity: 1)
        place.initialize(to: nil)
        defer {
            place.deinitialize(count: 1)
            place.deallocate()
        }
        var thread: UInt64 = 0
        #expect(cp_spawn(&thread, 1 << 20, tryForbidden, place) == 0)
        #expect(cp_join(thread) == 0)
        let host = try MadeUpHost()
        let tried = try #require(place.pointee)
        host.probes.port = tried.port
        host.probes.steering = tried.steering
        let findings = host.examination.findings
        #expect(findings.contains { $0.check == "io_uring" && $0.found.contains("errno 1") })
        #expect(findings.contains { $0.check == "bpf" && $0.verdict == .costs && $0.found.contains("CAP_BPF") })
    }

    @Test func thisHostIsReadWithoutAFault() {
        var plan = Plan()
        plan.publicAddresses = ["127.0.0.1"]
        plan.isDevelopment = true
        plan.mediaPort = 19601
        plan.httpPort = 19602
        let examination = Examination(Host(probes: Probes.tried(plan)), plan)
        #expect(examination.findings.filter { $0.verdict == .broken } == [])
        // Each question that arises everywhere has its answer.
        let answered = Set(examination.findings.map(\.check))
        for check in ["io_uring", "datagrams", "bpf", "memlock", "nofile", "processors", "clock", "ports", "addresses"]
        {
            #expect(answered.contains(check), "\(check)")
        }
    }

    @Test func aPortThatIsTakenIsNamed() throws {
        let holder = try PortSocket.open(address: "127.0.0.1", port: 0)
        defer { holder.close() }
        var plan = Plan()
        plan.bindAddress = "127.0.0.1"
        plan.httpAddresses = []
        plan.takesTcpMedia = false
        plan.mediaPort = holder.port
        let host = try MadeUpHost()
        host.probes.bindRefusals = Probes.tried(plan).bindRefusals
        #expect(host.examination.findings.contains { $0.check == "ports" && $0.found.contains("\(holder.port)") })
    }
}

/// Thread entry: a free function, since a closure would belong to an actor.
private func tryForbidden(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard cdt_forbid_system_calls(EPERM) == 0 else { return nil }
    var plan = Plan()
    plan.mediaPort = 19603
    plan.httpPort = 19604
    argument!.assumingMemoryBound(to: Probes?.self).pointee = Probes.tried(plan)
    return nil
}
