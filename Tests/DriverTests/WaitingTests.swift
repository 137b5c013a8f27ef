import CPlatform
import Driver
import Glibc
import Memory
import Testing

@Suite("Waiting")
struct WaitingTests {
    @Test(arguments: backends)
    func aPassedDeadlineDoesNotWait(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        rig.port.exchange(&rig.departures, &rig.arrivals, deadline: rig.port.now() - 1)
        #expect(rig.arrived == 0 && !rig.doorbellRang)
    }

    @Test(arguments: backends)
    func theDeadlineEndsAWait(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        let deadline = rig.port.now() + 20_000_000
        // A wait may end early, never for good.
        while rig.port.now() < deadline { rig.port.exchange(&rig.departures, &rig.arrivals, deadline: deadline) }
        #expect(rig.arrived == 0 && !rig.doorbellRang)
        #expect(rig.counters.kernelEnters < 10)
    }

    @Test(arguments: backends)
    func sendsDoNotEndAWait(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        let client = PlainSocket()
        rig.poll()
        for _ in 0..<8 { rig.push(to: Endpoint(ipv4: 0x7F00_0001, port: client.port), byteCount: 9, segmentBytes: 9) }
        let start = rig.port.now()
        rig.port.exchange(&rig.departures, &rig.arrivals, deadline: start + 20_000_000)
        let waited = rig.port.now() - start
        #expect(waited >= 19_000_000)
        #expect(rig.freeCells == rig.cells)
    }

    @Test(arguments: backends)
    func aBellThatAnotherThreadRingsEndsAWait(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        for _ in 0..<3 {
            var thread: UInt64 = 0
            let bell = UnsafeMutableRawPointer(bitPattern: UInt(rig.bell.descriptor))
            #expect(cp_spawn(&thread, 65536 * 4, ringer, bell) == 0)
            rig.port.exchange(&rig.departures, &rig.arrivals, deadline: rig.port.now() + 5_000_000_000)
            #expect(rig.doorbellRang)
            #expect(cp_join(thread) == 0)
            // Heard once, not for ever.
            rig.poll()
            #expect(!rig.doorbellRang)
        }
    }

    @Test(arguments: backends)
    func aBellThatRangBeforeTheFirstExchangeIsHeard(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        rig.bell.ring()
        rig.port.exchange(&rig.departures, &rig.arrivals, deadline: rig.port.now() + 5_000_000_000)
        #expect(rig.doorbellRang)
    }

    @Test(arguments: backends)
    func aPortRingsAnothersBell(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        let other = try Rig(backend)
        for _ in 0..<300 {
            rig.port.ringBell(other.bell.descriptor)
            rig.poll()
            other.port.exchange(&other.departures, &other.arrivals, deadline: other.port.now() + 5_000_000_000)
            #expect(other.doorbellRang)
        }
    }
}

private func ringer(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    cp_ring_bell(Int32(UInt(bitPattern: argument)))
    return nil
}
