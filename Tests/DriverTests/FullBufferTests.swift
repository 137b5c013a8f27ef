import CDriverTesting
import CPlatform
import Driver
import Glibc
import Memory
import Testing

private struct Outcome {
    var backend: PortConfiguration.Backend
    var network: Int32 = -1
    var pushed = 0
    var cells = 0
    var freeBefore = 0
    var freeAfter = 0
    var deferred: UInt64 = 0
    var sends: UInt64 = 0
    var errors = ""
}

/// Where the socket's send buffer fills up: datagrams to a neighbour that does not answer stay in it.
@Suite(
    "A full send buffer",
    .enabled(if: geteuid() == 0 && access("/dev/net/tun", R_OK) == 0, "needs root and /dev/net/tun"))
struct FullBufferTests {
    @Test(arguments: backends)
    func sendsWaitForRoomAndAllCellsComeHome(_ backend: PortConfiguration.Backend) throws {
        let place = UnsafeMutablePointer<Outcome>.allocate(capacity: 1)
        place.initialize(to: Outcome(backend: backend))
        defer {
            place.deinitialize(count: 1)
            place.deallocate()
        }
        var thread: UInt64 = 0
        #expect(cp_spawn(&thread, 1 << 20, fill, place) == 0)
        #expect(cp_join(thread) == 0)
        let outcome = place.pointee
        try #require(outcome.network == 0)
        #expect(outcome.deferred > 0 && outcome.freeBefore < outcome.cells)
        #expect(outcome.freeAfter == outcome.cells)
        #expect(outcome.sends == UInt64(outcome.pushed) && outcome.pushed > outcome.cells)
        #expect(outcome.errors == "")
    }
}

private func fill(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    let outcome = argument!.assumingMemoryBound(to: Outcome.self)
    outcome.pointee.network = cdt_enter_silent_network()
    guard outcome.pointee.network == 0 else { return nil }
    do {
        let rig = try Rig(outcome.pointee.backend, address: "10.9.0.1", cells: 12, socketBytes: 4096)
        outcome.pointee.cells = rig.cells
        let silent = Endpoint(ipv4: 0x0A09_0009, port: 9)
        while rig.push(to: silent, byteCount: 1000, segmentBytes: 1000) { outcome.pointee.pushed += 1 }
        rig.poll()
        outcome.pointee.freeBefore = rig.freeCells
        // Twice as many: flush has to wait for a cell again and again.
        for _ in 0..<24 {
            if rig.push(to: silent, byteCount: 1000, segmentBytes: 1000) { outcome.pointee.pushed += 1 }
            rig.port.flush(&rig.departures)
        }
        let deadline = rig.port.now() + 10_000_000_000
        while rig.freeCells < rig.cells, rig.port.now() < deadline {
            rig.port.exchange(&rig.departures, &rig.arrivals, deadline: deadline)
        }
        outcome.pointee.freeAfter = rig.freeCells
        outcome.pointee.deferred = rig.counters.sendsDeferred
        outcome.pointee.sends = rig.counters.sends
        if rig.counters.sendErrors.total > 0 { outcome.pointee.errors = "\(rig.counters.sendErrors)" }
    } catch {
        outcome.pointee.errors = "\(error)"
    }
    return nil
}
