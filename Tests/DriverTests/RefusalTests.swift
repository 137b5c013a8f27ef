import CDriverTesting
import CPlatform
import Driver
import Glibc
import Memory
import Testing

/// What a thread that may not use io_uring and bpf found.
private struct Findings {
    var forbidden: Int32 = -1
    var probe = PortProbe(findings: [])
    var backend: PortConfiguration.Backend = .auto
    var note: String?
    var demand: String?
    var steering: String?
    var echoed = false
}

@Suite("Refusals of the host")
struct RefusalTests {
    @Test(arguments: [EPERM, ENOSYS])
    func withoutUringTheOtherBackendServesAndSaysWhy(_ errno: Int32) {
        let place = UnsafeMutablePointer<Findings>.allocate(capacity: 1)
        place.initialize(to: Findings(forbidden: errno))
        defer {
            place.deinitialize(count: 1)
            place.deallocate()
        }
        var thread: UInt64 = 0
        #expect(cp_spawn(&thread, 1 << 20, findOut, place) == 0)
        #expect(cp_join(thread) == 0)
        let found = place.pointee
        #expect(found.forbidden == 0)
        #expect(found.probe.uringRefusal?.contains("errno \(errno)") == true)
        #expect(found.backend == .mmsg && found.echoed)
        #expect(found.note?.contains("io_uring is not used") == true)
        #expect(found.demand?.contains("io_uring was asked for") == true)
        #expect(found.steering?.contains("STUN names only") == true)
    }

    @Test
    func anInjectedRefusalIsBelieved() throws {
        let probe = PortProbe(findings: [.init(.uringSetup, refusal: "it is Sunday")])
        #expect(throws: PortError.uringRefused("it is Sunday")) { try Rig(.uring, probe: probe) }
        let rig = try Rig(.auto, probe: probe)
        #expect(rig.backend == .mmsg && rig.note == "io_uring is not used: it is Sunday")
    }

    @Test
    func withoutSegmentedSendsARunLeavesOneByOne() throws {
        let probe = PortProbe(findings: [.init(.segmentedSend, refusal: "an old kernel")])
        let rig = try Rig(.auto, probe: probe)
        #expect(rig.backend == .mmsg)
        let client = PlainSocket()
        let destination = Endpoint(ipv4: 0x7F00_0001, port: client.port)
        rig.push(to: destination, byteCount: 50, segmentBytes: 50, seed: 1)
        rig.push(to: destination, byteCount: 2 * 300 + 7, segmentBytes: 300, seed: 5)
        rig.push(to: destination, byteCount: 60, segmentBytes: 60, seed: 2)
        rig.port.flush(&rig.departures)
        #expect(client.receive()?.count == 50)
        #expect(client.receive()?.first == 5)
        let second = client.receive()
        #expect(second?.count == 300 && second?.first == UInt8(truncatingIfNeeded: 305))
        #expect(client.receive()?.count == 7)
        #expect(client.receive()?.count == 60)
        #expect(rig.freeCells == rig.cells)
    }

    @Test
    func thisHostIsToldInFull() {
        let features = hostProbe.findings.map(\.feature)
        #expect(Set(features).count == features.count)
        #expect(
            features.contains(.segmentedSend) && features.contains(.mergedReceive) && features.contains(.uringSetup))
        if hostProbe.uringRefusal == nil { #expect(features.count == PortProbe.Feature.allCases.count) }
    }
}

private func findOut(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    let found = argument!.assumingMemoryBound(to: Findings.self)
    found.pointee.forbidden = cdt_forbid_system_calls(found.pointee.forbidden)
    found.pointee.probe = PortProbe.host()
    do {
        let rig = try Rig(.auto, probe: found.pointee.probe)
        found.pointee.backend = rig.backend
        found.pointee.note = rig.note
        rig.push(to: rig.loopback6, byteCount: 10, segmentBytes: 10)
        rig.receive()
        found.pointee.echoed = rig.arrived == 1
        let steering = try Steering.attach([rig.socket.descriptor], mapCapacity: 4)
        found.pointee.steering = steering.note
        _ = try Rig(.uring, probe: found.pointee.probe)
    } catch let error as PortError {
        found.pointee.demand = error.description
    } catch {
        found.pointee.demand = "\(error)"
    }
    return nil
}
