import Contract
import Engine
import Flight
import Memory

/// What a shard is told of its own haste.
struct Strain {
    var burstNanoseconds: UInt64
    var busyPercent: Int
}

/// The false driver: owns what a shard's thread owns and calls the engine in the same order.
final class SimulatedShard {
    let index: ShardIndex
    var engine: Engine
    private(set) var departures: Departures
    private var arrivals: Arrivals
    private let arena: Arena
    private let buffers: UnsafeMutableRawPointer
    private static let bufferBytes = 65536
    let mailboxes: EngineMailboxes
    let recorder: FlightRecorder?
    unowned let world: Simulator
    /// Datagrams that wait in the socket.
    private var inbox: [Datagram] = []
    /// Datagrams of this shard's peers that reached another and are in its ring, if it could tell.
    private var handedOver: [Datagram] = []
    /// Cells whose bytes the kernel has not taken yet.
    private var held: [UInt32] = []
    /// Its thread does not run.
    var isHanging = false
    /// A bell was rung, or the last turn left something.
    var isRung = true
    /// How long bursts take, as the engine is told; virtual time stands still within them.
    var strain: Strain?
    private var strainCpu: UInt64 = 0
    private var strainTime: UInt64 = 0
    /// Datagrams that the engine was given by the kernel.
    private(set) var given: UInt64 = 0
    private(set) var steps: UInt64 = 0
    /// Undamaged packets that the engine refused for want of something, as last seen, and when that changed.
    var refusals: UInt64 = 0
    var refusalTime: UInt64 = 0
    /// By reason: what engines have dropped whose place was taken over.
    private(set) var dropsBefore = [UInt64](repeating: 0, count: 256)

    init(index: ShardIndex, world: Simulator, mailboxes: EngineMailboxes) {
        let options = world.options
        self.index = index
        self.world = world
        self.mailboxes = mailboxes
        let configuration = Self.configuration(index, world)
        let bytes =
            Departures.byteCount(capacity: options.limits.runs)
            + Arrivals.byteCount(capacity: options.kernel.arrivalsMax) + 65536
        guard var engine = Engine(configuration, mailboxes: mailboxes, useHugePages: false, now: world.now),
            var arena = Arena(byteCount: bytes, useHugePages: false)
        else { fatalError("no memory for a simulated shard") }
        recorder =
            options.flightBytes > 0
            ? FlightRecorder(
                shard: Int(index), shardCount: options.shardCount, ringBytes: options.flightBytes,
                imageBytes: 64 << 20) : nil
        if let recorder { engine.record(configuration, in: recorder, now: world.now) }
        self.engine = engine
        departures = Departures(arena: &arena, capacity: options.limits.runs)
        arrivals = Arrivals(arena: &arena, capacity: options.kernel.arrivalsMax)
        self.arena = arena
        buffers = .allocate(byteCount: options.kernel.arrivalsMax * Self.bufferBytes, alignment: 64)
    }

    deinit {
        buffers.deallocate()
        recorder?.free()
    }

    private static func configuration(
        _ index: ShardIndex, _ world: Simulator, limits: Limits? = nil
    ) -> EngineConfiguration {
        let options = world.options
        var configuration = EngineConfiguration(
            shard: index, shardCount: options.shardCount, limits: limits ?? options.limits,
            seed: options.seed &+ UInt64(index) &+ 1, unixNanosecondsAtZero: Simulator.unixNanosecondsAtZero,
            announcesAddresses: options.announcesAddresses && options.shardCount > 1)
        configuration.runsPerFlush = 1 + Int(options.seed % 40)
        return configuration
    }

    /// Another process takes over: an engine of its own that is opened by these commands, and a snapshot over it. What went
    /// wrong, as a sentence.
    func takeOver(_ commands: [Command], now: UInt64) -> String? {
        let snapshot = engine.snapshot(now: now)
        guard var fresh = opened(commands, now: now) else { return "there is no memory" }
        do { try fresh.restore(snapshot, now: now) } catch { return "\(error)" }
        for reason in DropReason.allCases {
            dropsBefore[Int(reason.rawValue)] += engine.report.pointee.drops[Int(reason.rawValue)]
        }
        engine = fresh
        given = 0
        isRung = true
        return nil
    }

    /// Why such an engine would not take this snapshot; nil when it would.
    func refusal(of snapshot: [UInt8], _ commands: [Command], limits: Limits?, now: UInt64) -> String? {
        guard var fresh = opened(commands, limits: limits, now: now) else { return "there is no memory" }
        do { try fresh.restore(snapshot, now: now) } catch { return "\(error)" }
        while mailboxes.events.pop() != nil {}
        return nil
    }

    private func opened(_ commands: [Command], limits: Limits? = nil, now: UInt64) -> Engine? {
        let configuration = Self.configuration(index, world, limits: limits)
        guard var fresh = Engine(configuration, mailboxes: mailboxes, useHugePages: false, now: now) else { return nil }
        for command in commands {
            _ = mailboxes.commands.push(command)
            var isSpeaking = true
            while isSpeaking {
                _ = fresh.turn(now: now, departures: &departures)
                isSpeaking = mailboxes.commands.count > 0
                while mailboxes.events.pop() != nil { isSpeaking = true }
            }
        }
        return fresh
    }

    func enqueue(_ datagram: Datagram) { inbox.append(datagram) }

    /// Whether the thread would wake at `now`.
    func isDue(_ now: UInt64) -> Bool {
        !isHanging && (isRung || !inbox.isEmpty || engine.nextDeadline() <= now)
    }

    func dueTime(after now: UInt64) -> UInt64 {
        if isHanging { return .max }
        return isRung || !inbox.isEmpty ? now : max(engine.nextDeadline(), now)
    }

    /// One round of the shard's loop.
    func step(now: UInt64) {
        steps += 1
        isRung = false
        if world.dice.chance(0.5) { completeSends() }
        fillArrivals(now)
        takeHandovers(now)
        engine.take(arrivals, now: now, departures: &departures)
        arrivals.removeAll()
        world.followAll(on: Int(index))
        while engine.depart(now: now, departures: &departures) {
            flush()
            completeSends()
        }
        watchTime(now)
        let hasMore = engine.turn(now: now, departures: &departures)
        flush()
        while engine.takeAddressChange() != nil {}
        ringBells()
        if hasMore { isRung = true }
    }

    private func watchTime(_ now: UInt64) {
        // Virtual time stands still while a burst is taken.
        engine.noteForwarded(nanoseconds: strain?.burstNanoseconds ?? 0)
        guard let strain else { return }
        strainCpu += (now - strainTime) * UInt64(strain.busyPercent) / 100
        strainTime = now
        engine.note(BurstTime(nanoseconds: strain.burstNanoseconds, arrivals: 1, isFull: false), now: now)
        if engine.isWindowOver(now: now) { engine.closeWindow(now: now, cpuNanoseconds: strainCpu) }
    }

    private func ringBells() {
        for other in world.shards where engine.signals.shards >> UInt64(other.index) & 1 == 1 { other.isRung = true }
        engine.signals = EngineSignals()
    }

    private func fillArrivals(_ now: UInt64) {
        var used = 0
        while used < inbox.count, !arrivals.isFull {
            let count = mergeable(from: used)
            let isShort = count == 1 && world.dice.chance(world.options.kernel.shortBuffers)
            append(inbox[used..<used + count], isShort: isShort)
            if !isShort { for datagram in inbox[used..<used + count] { note(datagram, now) } }
            used += count
        }
        inbox.removeFirst(used)
        given += UInt64(used)
    }

    /// The engine gets the datagram now, or the shard that it belongs to does in its next burst.
    private func note(_ datagram: Datagram, _ now: UInt64) {
        if let owner = datagram.peer.map({ world.shards[Int(world.peers[$0].handle.shard)] }), owner !== self {
            owner.handedOver.append(datagram)
        } else {
            world.arrived(datagram, now: now)
        }
    }

    private func takeHandovers(_ now: UInt64) {
        for datagram in handedOver { world.arrived(datagram, now: now) }
        handedOver.removeAll(keepingCapacity: true)
    }

    /// How many datagrams of one sender and one size the kernel merges (UDP_GRO); the last may be shorter.
    private func mergeable(from first: Int) -> Int {
        let size = inbox[first].bytes.count
        guard size > 0, world.dice.chance(world.options.kernel.merging) else { return 1 }
        var end = first + 1
        while end < inbox.count, end - first < 16, inbox[end].source == inbox[first].source,
            !inbox[end].bytes.isEmpty, inbox[end].bytes.count <= size
        {
            end += 1
            if inbox[end - 1].bytes.count < size { break }
        }
        return end - first
    }

    private func append(_ datagrams: ArraySlice<Datagram>, isShort: Bool) {
        let place = buffers + arrivals.count * Self.bufferBytes
        var total = 0
        for datagram in datagrams {
            datagram.bytes.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { (place + total).copyMemory(from: base, byteCount: bytes.count) }
            }
            total += datagram.bytes.count
        }
        let first = datagrams.first!
        _ = arrivals.append(
            Arrival(
                bytes: place, byteCount: UInt32(total), segmentBytes: UInt32(first.bytes.count), source: first.source,
                buffer: UInt32(arrivals.count), isTruncated: isShort))
    }

    /// Gives pushed runs to the network.
    private func flush() {
        for place in 0..<departures.count {
            let run = departures[place]
            world.departed(run, memory: departures.memory(of: run.cell), from: self)
            if world.dice.chance(world.options.kernel.slowSends) {
                held.append(run.cell)
            } else {
                departures.giveBack(cell: run.cell)
            }
        }
        departures.removeAll()
    }

    func completeSends() {
        for cell in held { departures.giveBack(cell: cell) }
        held.removeAll(keepingCapacity: true)
    }

    var runsFree: Int { departures.freeCount }
}
