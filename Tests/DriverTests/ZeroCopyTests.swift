import CAllocations
import CDriverTesting
import CPlatform
import Driver
import Glibc
import Memory
import Testing

@Suite(
    "Sends without copying",
    .enabled(if: hostProbe.uringRefusal == nil && hostProbe.refusal(of: .zeroCopySend) == nil, "needs io_uring"))
struct ZeroCopyTests {
    @Test func runsArriveWholeAndCellsComeHomeAfterTheirNotifications() throws {
        let rig = try Rig(.uring, zeroCopyBytes: 1)
        var received = 0
        for round in 0..<40 as Range<UInt8> {
            rig.push(to: rig.loopback6, byteCount: 2500, segmentBytes: 1000, seed: round)
            rig.push(to: rig.loopback4, byteCount: 70, segmentBytes: 70, seed: round)
            rig.port.flush(&rig.departures)
            while received < (Int(round) + 1) * 2570 {
                rig.receive()
                guard rig.arrived > 0 else { break }
                for index in 0..<rig.arrived {
                    #expect(rig.holds(rig.arrivals[index], seed: round))
                    received += Int(rig.arrivals[index].byteCount)
                }
                rig.recycle()
            }
        }
        #expect(received == 40 * 2570)
        rig.comeHome()
        let counters = rig.counters
        #expect(rig.freeCells == rig.cells && counters.sendErrors.total == 0)
        // The receiving side of loopback copies, and the kernel says so.
        #expect(counters.zeroCopySendsCopied == 80 && counters.zeroCopySends == 0 && counters.zeroCopySendsRefused == 0)
    }

    @Test func aCellIsNotFreeBeforeItsNotification() throws {
        let rig = try Rig(.uring, zeroCopyBytes: 1)
        rig.push(to: rig.loopback4, byteCount: 2500, segmentBytes: 1000)
        // Notifications are taken with the next exchange only.
        rig.port.flush(&rig.departures)
        #expect(rig.freeCells == rig.cells - 1)
        rig.comeHome()
        #expect(rig.freeCells == rig.cells)
    }

    @Test func shortRunsAreCopied() throws {
        let rig = try Rig(.uring, zeroCopyBytes: 2000)
        rig.push(to: rig.loopback4, byteCount: 1999, segmentBytes: 1000)
        rig.port.flush(&rig.departures)
        #expect(rig.freeCells == rig.cells)
        rig.push(to: rig.loopback4, byteCount: 2000, segmentBytes: 1000)
        rig.port.flush(&rig.departures)
        rig.comeHome()
        #expect(rig.freeCells == rig.cells && rig.counters.zeroCopySendsCopied == 1)
    }

    @Test func whatTheKernelRefusesIsCountedOnceAndItsCellComesHome() throws {
        let rig = try Rig(.uring, address: "127.0.0.1", zeroCopyBytes: 1)
        rig.push(to: Endpoint(ipv4: 0xFFFF_FFFF, port: 9), byteCount: 2500, segmentBytes: 1000)
        rig.port.flush(&rig.departures)
        rig.comeHome()
        let counters = rig.counters
        #expect(rig.freeCells == rig.cells && counters.sendErrors.total == 1)
        #expect(counters.zeroCopySends + counters.zeroCopySendsCopied + counters.zeroCopySendsRefused == 0)
    }

    @Test func moreRunsThanCellsAllLeave() throws {
        let rig = try Rig(.uring, buffers: 64, cells: 40, zeroCopyBytes: 1)
        var received = 0
        for _ in 0..<50 {
            while rig.push(to: rig.loopback4, byteCount: 1600, segmentBytes: 800) {}
            rig.port.flush(&rig.departures)
            // With no cell free, this waits for notifications.
            rig.port.flush(&rig.departures)
            #expect(rig.freeCells > 0)
            rig.poll()
            received += (0..<rig.arrived).reduce(0) { $0 + Int(rig.arrivals[$1].byteCount) }
            rig.recycle()
        }
        rig.comeHome()
        while received < Int(rig.counters.bytesSent) {
            rig.receive()
            guard rig.arrived > 0 else { break }
            received += (0..<rig.arrived).reduce(0) { $0 + Int(rig.arrivals[$1].byteCount) }
            rig.recycle()
        }
        #expect(rig.freeCells == rig.cells && rig.counters.sends >= 50)
        #expect(UInt64(received) == rig.counters.bytesSent && rig.counters.sendErrors.total == 0)
    }

    @Test(.enabled(if: cp_counts_allocations(), "a sanitizer brings its own allocator"))
    func theyAllocateNothing() throws {
        let rig = try Rig(.uring, zeroCopyBytes: 1)
        func exchangeOnce() {
            rig.push(to: rig.loopback6, byteCount: 2500, segmentBytes: 1000)
            rig.port.flush(&rig.departures)
            rig.port.exchange(&rig.departures, &rig.arrivals, deadline: rig.port.now() + 1_000_000_000)
            rig.port.recycle(&rig.arrivals)
        }
        exchangeOnce()
        cp_count_allocations(true)
        for _ in 0..<1000 { exchangeOnce() }
        let counted = cp_allocations()
        cp_count_allocations(false)
        #expect(counted == 0 && rig.counters.sends == 1001)
    }

    @Test func aHostWithoutThemIsToldAndServed() throws {
        let probe = PortProbe(findings: [.init(.zeroCopySend, refusal: "it is Monday")])
        let rig = try Rig(.uring, probe: probe, zeroCopyBytes: 1)
        #expect(rig.note == "runs are copied as they are sent: it is Monday")
        rig.push(to: rig.loopback4, byteCount: 90, segmentBytes: 90)
        rig.port.flush(&rig.departures)
        #expect(rig.freeCells == rig.cells && rig.counters.sends == 1)
        let other = try Rig(.mmsg, zeroCopyBytes: 1)
        #expect(other.note == "runs are copied as they are sent: it needs io_uring")
    }
}
