import CAllocations
import CPlatform
import Contract
import Driver
import Engine
import Memory
import Synchronization

/// A shard at work: exchange with the kernel, take the burst in, fan it out, do what is due, sleep.
struct ShardLoop: ~Copyable {
    var engine: Engine
    var port: Port
    var departures: Departures
    var arrivals: Arrivals
    let index: ShardIndex
    let steering: Steering?
    let eventBell: Int32
    let handshakeBell: Int32
    let shardBells: UnsafeMutablePointer<Int32>
    let shardCount: Int
    /// TCP connections that the door has found to be this shard's.
    let connections: Mailbox<TcpArrival>?
    /// The thread uses its processor even when there is nothing to do.
    let isSpinning: Bool
    /// It runs before all other threads at all times.
    let isRealtime: Bool
    private let standstill: Standstill
    private let asked: UnsafeMutablePointer<Atomic<Int>>

    init(
        engine: consuming Engine, port: consuming Port, departures: consuming Departures, arrivals: consuming Arrivals,
        setup: ShardWorker.Setup
    ) {
        self.engine = engine
        self.port = port
        self.departures = departures
        self.arrivals = arrivals
        index = setup.link.index
        standstill = setup.standstill
        asked = setup.standstill.asked
        steering = setup.steering
        isRealtime = setup.isRealtime
        isSpinning = setup.port.waiting.spinMicroseconds > 0 || setup.port.waiting.busyPollMicroseconds > 0
        eventBell = setup.link.eventBell.descriptor
        handshakeBell = setup.handshakeBell.descriptor
        shardCount = setup.shardBells.count
        connections = setup.connections
        shardBells = .allocate(capacity: max(shardCount, 1))
        for (place, bell) in setup.shardBells.enumerated() { shardBells[place] = bell.descriptor }
    }

    deinit { shardBells.deallocate() }

    mutating func run() {
        cp_count_allocations(true)
        var deadline: UInt64 = 0
        while !engine.isStopping {
            deadline = round(deadline: deadline)
            if asked.pointee.load(ordering: .relaxed) == Standstill.State.hold.rawValue, !stand(standstill) { break }
        }
        port.flush(&departures)
        cp_count_allocations(false)
    }

    /// One burst, and what is due after it; returns when the next round is due at the latest.
    mutating func round(deadline: UInt64) -> UInt64 {
        port.exchange(&departures, &arrivals, deadline: deadline)
        let now = port.now()
        var arrived = arrivals.count
        var isFull = arrivals.isFull
        // Before the burst: the first check of a peer that was just opened may be in it.
        if engine.hasCommands {
            updateCounters()
            _ = engine.turn(now: now, departures: &departures)
        }
        engine.take(arrivals, now: now, departures: &departures)
        port.recycle(&arrivals)
        arrived += engine.recordsTaken
        isFull = isFull || engine.areRecordsLeft
        ringShards()
        while engine.depart(now: now, departures: &departures) { port.flush(&departures) }
        watchTime(since: now, arrivals: arrived, isFull: isFull)
        adoptConnections()
        if engine.hasCommands { updateCounters() }
        let hasMore = engine.turn(now: now, departures: &departures)
        passAddressChanges()
        ringBells()
        return hasMore ? 0 : engine.nextDeadline()
    }

    /// The clock is read once more a burst, the processor's share once a window.
    private mutating func watchTime(since start: UInt64, arrivals: Int, isFull: Bool) {
        let now = port.now()
        engine.noteForwarded(nanoseconds: now &- start)
        if arrivals > 0 {
            engine.note(BurstTime(nanoseconds: now &- start, arrivals: arrivals, isFull: isFull), now: now)
        }
        guard engine.isWindowOver(now: now) else { return }
        engine.closeWindow(now: now, cpuNanoseconds: isSpinning ? nil : cp_thread_cpu_nanoseconds())
    }

    /// What only the thread and its port know; read before commands are obeyed, since one may ask for it.
    mutating func updateCounters() {
        let counters = port.counters
        engine.report.pointee.cpuNanoseconds = cp_thread_cpu_nanoseconds()
        engine.report.pointee.allocations = cp_allocations()
        engine.report.pointee.kernelEnters = counters.kernelEnters
        engine.report.pointee.runsSent = counters.sends
        engine.report.pointee.segmentsSent = counters.segments
        engine.report.pointee.sendErrors = counters.sendErrors.total
        let tcp = port.tcpCounters
        engine.report.pointee.tcpConnectionsNow = tcp.now
        engine.report.pointee.tcpConnections = tcp.adopted
        engine.report.pointee.tcpRefused = tcp.refused &+ tcp.unproven
        engine.report.pointee.tcpBadFrames = tcp.badFrames
        engine.report.pointee.tcpFramesReceived = tcp.framesReceived
        engine.report.pointee.tcpFramesSent = tcp.framesSent
        engine.report.pointee.tcpVideoDropped = tcp.videoDropped
        engine.report.pointee.tcpUrgentDropped = tcp.urgentDropped &+ tcp.lateFrames
        engine.report.pointee.zeroCopySends = counters.zeroCopySends
        engine.report.pointee.zeroCopySendsCopied = counters.zeroCopySendsCopied
    }

    /// Takes over the TCP connections that the door has passed on.
    private mutating func adoptConnections() {
        guard let connections else { return }
        while let place = connections.front() {
            let arrival = place.pointee
            connections.advance()
            if !port.adopt(arrival.descriptor, source: arrival.source) { cp_close(arrival.descriptor) }
        }
    }

    /// Tells the kernel's steering where addresses live, and the port which TCP connections are peers'.
    private mutating func passAddressChanges() {
        while let change = engine.takeAddressChange() {
            if change.endpoint.isTcp {
                if change.isAdded { port.prove(change.endpoint) } else { port.close(change.endpoint) }
                continue
            }
            guard let steering else { continue }
            if change.isAdded {
                steering.add(change.endpoint, shard: index)
            } else if steering.shard(of: change.endpoint) == index {
                steering.remove(change.endpoint)
            }
        }
    }

    mutating func ringBells() {
        if engine.signals.events { port.ringBell(eventBell) }
        if engine.signals.handshake { port.ringBell(handshakeBell) }
        engine.signals.events = false
        engine.signals.handshake = false
        ringShards()
    }

    /// At once, not with what leaves later: other shards fan a burst out while this one does.
    private mutating func ringShards() {
        var mask = engine.signals.shards
        while mask != 0 {
            cp_ring_bell(shardBells[mask.trailingZeroBitCount])
            mask &= mask - 1
        }
        engine.signals.shards = 0
    }
}
