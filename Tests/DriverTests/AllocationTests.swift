import CAllocations
import Driver
import Memory
import Testing

@Suite("Allocations")
struct AllocationTests {
    @Test(.enabled(if: cp_counts_allocations(), "a sanitizer brings its own allocator"))
    func theCounterCountsAnArray() {
        cp_count_allocations(true)
        let array = [UInt8](repeating: 1, count: 1000 + Int(cp_allocations()))
        let counted = cp_allocations()
        cp_count_allocations(false)
        #expect(counted == 1 && array.count == 1000)
        let uncounted = [UInt8](repeating: 1, count: 1000 + array.count)
        #expect(cp_allocations() == counted && uncounted.count == 2000)
    }

    @Test(.enabled(if: cp_counts_allocations(), "a sanitizer brings its own allocator"), arguments: backends)
    func tenThousandExchangesAllocateNothing(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend)
        var received = 0
        func exchangeOnce() {
            rig.push(to: rig.loopback6, byteCount: 2500, segmentBytes: 1000)
            rig.push(to: rig.loopback4, byteCount: 70, segmentBytes: 70)
            rig.port.ringBell(rig.bell.descriptor)
            rig.port.flush(&rig.departures)
            rig.port.exchange(&rig.departures, &rig.arrivals, deadline: rig.port.now() + 1_000_000_000)
            received += rig.arrivals.count
            rig.port.recycle(&rig.arrivals)
        }
        exchangeOnce()
        cp_count_allocations(true)
        for _ in 0..<10_000 { exchangeOnce() }
        let counted = cp_allocations()
        cp_count_allocations(false)
        #expect(counted == 0)
        #expect(received > 10_000)
        #expect(rig.freeCells == rig.cells)
    }
}
