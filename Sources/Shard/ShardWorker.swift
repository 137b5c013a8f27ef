import CAllocations
import CPlatform
import Contract
import Driver
import Engine
import Flight
import Memory
import Synchronization

/// One shard's thread: what it is given at start, and how its start went.
final class ShardWorker: @unchecked Sendable {
    struct Setup {
        var link: ShardLink
        var cpu: Int?
        var socket: PortSocket
        /// For transport-wide feedback; nil for none.
        var patient: PortSocket?
        var port: PortConfiguration
        var probe: PortProbe
        var steering: Steering?
        var engine: EngineConfiguration
        var mailboxes: EngineMailboxes
        var useHugePages: Bool
        var isRealtime: Bool
        var handshakeBell: Doorbell
        /// By shard: rung after handing something over.
        var shardBells: [Doorbell]
        /// Rung once this worker serves, or has failed.
        var readyBell: Doorbell
        /// Where it waits for the others before its memory goes.
        var end: EndBarrier
        /// TCP connections for this shard; nil without ICE-TCP.
        var connections: Mailbox<TcpArrival>?
        var flight: FlightSettings
        /// How it stops for another process, or goes on for one.
        var standstill: Standstill
        var isAdopting: Bool
    }

    enum State: Int { case starting, serving, failed }

    let setup: Setup
    private let state = Atomic<Int>(State.starting.rawValue)
    /// Written before the state leaves `starting`, read after.
    private(set) var failure = ""
    private(set) var notes: [String] = []
    private(set) var backend = PortConfiguration.Backend.auto
    private(set) var recorder: FlightRecorder?
    private var thread: UInt64 = 0

    init(_ setup: Setup) { self.setup = setup }

    var current: State { State(rawValue: state.load(ordering: .acquiring))! }

    /// Starts the thread; false when the system refuses one.
    func spawn() -> Bool {
        let argument = Unmanaged.passRetained(self).toOpaque()
        guard cp_spawn(&thread, 1 << 20, shardThreadMain, argument) == 0 else {
            Unmanaged<ShardWorker>.fromOpaque(argument).release()
            return false
        }
        return true
    }

    func join() { _ = cp_join(thread) }

    private func settle(_ new: State) {
        state.store(new.rawValue, ordering: .releasing)
        setup.readyBell.ring()
    }

    fileprivate func main() {
        _ = cp_name_thread("shard-\(setup.link.index)")
        if let cpu = setup.cpu, case let status = cp_pin_to_cpu(Int32(cpu)), status != 0 {
            notes.append(
                "shard \(setup.link.index) could not be pinned to processor \(cpu) (errno \(status)): the kernel may move "
                    + "it, which costs cache misses")
        }
        if setup.isRealtime, case let status = cp_run_first(), status != 0 {
            notes.append(
                "shard \(setup.link.index) may not run under SCHED_FIFO (errno \(status)): give the process CAP_SYS_NICE; until "
                    + "then other threads delay packets")
        }
        _ = cp_prefer_local_memory()
        var configuration = setup.engine
        // Read here, so that the engine's first deadline is no older than its thread.
        configuration.unixNanosecondsAtZero = unixNanoseconds() &- cp_now()
        guard
            var engine = Engine(
                configuration, mailboxes: setup.mailboxes, useHugePages: setup.useHugePages, now: cp_now()),
            var arena = Arena(byteCount: Self.ioBytes(setup), useHugePages: setup.useHugePages)
        else {
            failure = "shard \(setup.link.index) got no memory from the kernel; lower the limits"
            return settle(.failed)
        }
        recorder = Self.makeRecorder(setup)
        if let recorder { engine.record(configuration, in: recorder, now: cp_now()) }
        _ = cp_crash_thread("shard \(setup.link.index)", recorder?.head)
        defer { cp_crash_thread_ends() }
        do throws(PortError) {
            let port = try Port(
                socket: setup.socket, patient: setup.patient, doorbell: setup.link.commandBell.descriptor,
                configuration: setup.port, probe: setup.probe, arena: &arena)
            if port.backend != .uring { setup.patient?.leaveGroup() }
            if let note = port.note { notes.append(note) }
            if setup.useHugePages, !engine.usesHugePages {
                notes.append(
                    "no huge pages are reserved (sysctl vm.nr_hugepages): look-ups in large rooms cost some TLB misses more"
                )
            }
            backend = port.backend
            let departures = Departures(arena: &arena, capacity: setup.port.runs)
            let arrivals = Arrivals(arena: &arena, capacity: Self.arrivalsMax)
            var loop = ShardLoop(engine: engine, port: port, departures: departures, arrivals: arrivals, setup: setup)
            settle(.serving)
            let begins =
                !setup.isAdopting || loop.adopt(setup.standstill, commandBell: setup.link.commandBell)
            if begins { loop.run() }
            setup.end.wait()
        } catch {
            failure = error.description
            settle(.failed)
        }
    }

    private static let arrivalsMax = 256

    private static func ioBytes(_ setup: Setup) -> Int {
        setup.port.arenaBytes + Departures.byteCount(capacity: setup.port.runs)
            + Arrivals.byteCount(capacity: arrivalsMax) + 65536
    }
}

/// Thread entry: a free function, since a closure would belong to an actor.
private func shardThreadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    let worker = Unmanaged<ShardWorker>.fromOpaque(argument!).takeRetainedValue()
    worker.main()
    return nil
}
