import CPlatform
import Glibc
import Memory
import Testing

@testable import Driver

@Suite("Receives that fail")
struct ReceivePauseTests {
    @Test func theFirstFailureIsTriedAgainAtOnce() {
        var pause = ReceivePause()
        let hasBegun = pause.failed(now: 100)
        #expect(!hasBegun && pause.isOver && pause.limit(.max) == .max)
    }

    @Test func eachPauseIsTwiceAsLongUpToABound() {
        var pause = ReceivePause()
        _ = pause.failed(now: 0)
        var now: UInt64 = 5_000
        var lengths: [UInt64] = []
        for _ in 0..<10 {
            let hasBegun = pause.failed(now: now)
            #expect(hasBegun && !pause.isOver)
            let end = pause.limit(.max)
            lengths.append((end - now) / 1_000_000)
            #expect(pause.limit(end - 1) == end - 1, "an earlier deadline counts")
            pause.pass(now: end - 1)
            #expect(!pause.isOver)
            pause.pass(now: end)
            #expect(pause.isOver)
            now = end
        }
        #expect(lengths == [1, 2, 4, 8, 16, 32, 64, 128, 128, 128])
    }

    @Test func whatArrivesEndsIt() {
        var pause = ReceivePause()
        for _ in 0..<5 { _ = pause.failed(now: 7) }
        pause.succeeded()
        let hasBegun = pause.failed(now: 8)
        #expect(pause.isOver && !hasBegun)
    }

    /// In a socket's place something that can be read for ever and is no socket: every receive fails.
    private func broken() -> PortSocket {
        let descriptor = cp_eventfd()
        cp_ring_bell(descriptor)
        return PortSocket(descriptor: descriptor, isIPv4: false, port: 9, notes: [])
    }

    @Test(arguments: backends)
    func aBrokenSocketDoesNotKeepItsThreadBusy(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend, socket: broken())
        let start = rig.port.now()
        let deadline = start + 300_000_000
        var exchanges: UInt64 = 0
        while rig.port.now() < deadline {
            rig.port.exchange(&rig.departures, &rig.arrivals, deadline: deadline)
            exchanges += 1
        }
        // Two failures, 1 + 2 + ... + 128 ms of pauses, then one failure for each 128 ms.
        let errorsMax = 10 + (rig.port.now() - start) / 128_000_000
        #expect(rig.counters.receiveErrors >= 2 && rig.counters.receiveErrors <= errorsMax)
        #expect(rig.counters.receivePauses == rig.counters.receiveErrors - 1)
        // A wait may end early, never for good.
        #expect(exchanges <= 4 * errorsMax)
        #expect(rig.arrived == 0)
    }

    @Test(arguments: backends)
    func aPauseIsEndedByTheBell(_ backend: PortConfiguration.Backend) throws {
        let rig = try Rig(backend, socket: broken())
        while rig.counters.receivePauses < 4 {
            rig.port.exchange(&rig.departures, &rig.arrivals, deadline: rig.port.now() + 1_000_000_000)
        }
        rig.bell.ring()
        var rang = false
        for _ in 0..<100 where !rang {
            rig.port.exchange(&rig.departures, &rig.arrivals, deadline: .max)
            rang = rig.doorbellRang
        }
        #expect(rang)
    }
}
