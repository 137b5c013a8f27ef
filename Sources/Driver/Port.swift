import CPlatform
import CUring
import Glibc
import Memory

/// One UDP socket, the TCP connections that were given to it, and the way to exchange bursts with the kernel. Made, used and destroyed on one thread.
///
/// The loop that uses it: `exchange`, let the engine take the arrivals, `recycle`, then `flush` as often as the engine
/// has more to send. None of these allocates, locks or counts references. The socket, the arena and the bells stay valid
/// until the port is gone; the arena's memory longer than that.
public struct Port: ~Copyable {
    /// The engine's side never sees which it is. The states do not move: the kernel and C keep pointers into them.
    enum State {
        case uring(UnsafeMutablePointer<UringPort>)
        case mmsg(UnsafeMutablePointer<MmsgPort>)
    }
    let state: State

    /// The backend in use; never `auto`.
    public let backend: PortConfiguration.Backend
    /// Why io_uring, or something that was asked of it, is not used, as a sentence.
    public let note: String?
    /// After `exchange`: the bell was rung since the exchange before.
    public private(set) var doorbellRang = false

    /// On the thread that will use the port. `doorbell` is an eventfd that ends a wait, -1 for none. `probe` says what the
    /// host permits. `configuration.arenaBytes` are taken from `arena`. What comes to `patient` may wait and wakes nobody; only io_uring
    /// reads it.
    public init(
        socket: PortSocket, patient: PortSocket? = nil, doorbell: Int32, configuration: PortConfiguration,
        probe: PortProbe, arena: inout Arena
    ) throws(PortError) {
        let slots = SendSlots(arena: &arena, runs: configuration.runs, isIPv4: socket.isIPv4)
        var reason = probe.uringRefusal
        var configuration = configuration
        let zeroCopyRefusal = Self.refuseZeroCopy(&configuration, probe)
        if configuration.backend == .uring, let reason { throw .uringRefused(reason) }
        if configuration.backend != .mmsg, reason == nil {
            do throws(UringRefusal) {
                let made = try UringPort(
                    socket: socket, patient: patient, bell: doorbell, configuration: configuration, slots: slots,
                    arena: &arena)
                let place = UnsafeMutablePointer<UringPort>.allocate(capacity: 1)
                place.initialize(to: made)
                state = .uring(place)
                backend = .uring
                note = Self.sentence(place.pointee.waitingRefusal, zeroCopyRefusal)
                return
            } catch {
                if configuration.backend == .uring { throw .uringRefused(error.reason) }
                reason = error.reason
            }
        }
        let place = UnsafeMutablePointer<MmsgPort>.allocate(capacity: 1)
        do throws(PortError) {
            let made = try MmsgPort(
                socket: socket, bell: doorbell, configuration: configuration, slots: slots,
                mergesSegments: probe.segmentedSend, arena: &arena)
            place.initialize(to: made)
        } catch {
            place.deallocate()
            throw error
        }
        state = .mmsg(place)
        backend = .mmsg
        note = Self.sentence(
            configuration.backend == .mmsg ? nil : reason.map { "io_uring is not used: \($0)" }, zeroCopyRefusal)
    }

    /// Takes the wish for sends without copying back where the host has none, and says why.
    private static func refuseZeroCopy(_ configuration: inout PortConfiguration, _ probe: PortProbe) -> String? {
        guard configuration.zeroCopyBytes > 0 else { return nil }
        let usesUring = configuration.backend != .mmsg && probe.uringRefusal == nil
        guard let refusal = usesUring ? probe.refusal(of: .zeroCopySend) : "it needs io_uring" else { return nil }
        configuration.zeroCopyBytes = 0
        return "runs are copied as they are sent: \(refusal)"
    }

    private static func sentence(_ parts: String?...) -> String? {
        let said = parts.compactMap(\.self)
        return said.isEmpty ? nil : said.joined(separator: "; ")
    }

    deinit {
        switch state {
        case .uring(let port):
            port.deinitialize(count: 1)
            port.deallocate()
        case .mmsg(let port):
            port.deinitialize(count: 1)
            port.deallocate()
        }
    }

    /// Queues all departures, then submits and waits in one system call (io_uring) for something to arrive, the bell or
    /// `deadline` (CLOCK_MONOTONIC nanoseconds; `.max` for none). Appends what arrived to `arrivals`; what finds no room
    /// there is kept for the next time. `departures` are emptied, cells of completed sends are free again. It may return
    /// with nothing.
    public mutating func exchange(_ departures: inout Departures, _ arrivals: inout Arrivals, deadline: UInt64) {
        switch state {
        case .uring(let port):
            port.pointee.exchange(&departures, &arrivals, deadline: deadline)
            doorbellRang = port.pointee.bellRang
            port.pointee.bellRang = false
        case .mmsg(let port):
            port.pointee.exchange(&departures, &arrivals, deadline: deadline)
            doorbellRang = port.pointee.bellRang
            port.pointee.bellRang = false
        }
    }

    /// Sends the departures now and takes back the cells of completed sends. Waits only when no cell at all is free and
    /// the kernel holds some.
    public mutating func flush(_ departures: inout Departures) {
        switch state {
        case .uring(let port): port.pointee.flush(&departures)
        case .mmsg(let port): port.pointee.flush(&departures)
        }
    }

    /// Gives the buffers of a burst back to the kernel and empties the burst.
    public mutating func recycle(_ arrivals: inout Arrivals) {
        switch state {
        case .uring(let port): port.pointee.recycle(&arrivals)
        case .mmsg(let port): port.pointee.recycle(&arrivals)
        }
    }

    /// Pins the memory of all cells, for sends without copying. For measurements: it makes all of it resident and gains
    /// little (`docs/performance.md`). 0 or an errno; ENOTSUP without io_uring.
    public mutating func registerCells(of departures: borrowing Departures) -> Int32 {
        guard case .uring(let port) = state else { return ENOTSUP }
        let (memory, byteCount) = departures.cellMemory
        return -cu_register_cells(port.pointee.ring, memory, byteCount)
    }

    /// Wakes the thread that waits on this eventfd; with io_uring it happens at the next `exchange` or `flush`.
    public mutating func ringBell(_ descriptor: Int32) {
        switch state {
        case .uring(let port): port.pointee.ringBell(descriptor)
        case .mmsg(let port): port.pointee.ringBell(descriptor)
        }
    }

    /// CLOCK_MONOTONIC in nanoseconds.
    public func now() -> UInt64 { cp_now() }

    public var counters: PortCounters {
        switch state {
        case .uring(let port): port.pointee.counters
        case .mmsg(let port): port.pointee.counters
        }
    }

    /// Receive buffers that a burst or the kernel's queue of received datagrams does not hold.
    public var freeReceiveBuffers: Int {
        switch state {
        case .uring(let port): port.pointee.kernelBuffers
        case .mmsg(let port): port.pointee.freeBufferCount
        }
    }
}
