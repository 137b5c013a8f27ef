import CPlatform
import Contract
import Engine
import Flight
import Forward
import Glibc
import Memory

/// Takes some bursts with a flight recorder, then ends as a faulty shard would: for the test of the report.
@main
struct CrashShard {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else { fatalError("usage: crash-shard FOLDER trap|memory|abort|elsewhere") }
        _ = cp_crash_install(arguments[1], "test build")
        _ = cp_crash_thread("main", nil)
        var thread: UInt64 = 0
        let way = strdup(arguments[2])
        _ = cp_spawn(&thread, 1 << 20, shardMain, UnsafeMutableRawPointer(way))
        _ = cp_join(thread)
        if arguments[2] == "elsewhere" { failElsewhere(Array(arguments[2].utf8).count) }
    }

    /// A trap of a thread that is no shard's.
    @inline(never)
    private static func failElsewhere(_ count: Int) { precondition(count < 0, "a rule of another thread") }
}

/// Thread entry: a free function, since a closure would belong to an actor.
private func shardMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    var shard = FaultyShard()
    _ = cp_crash_thread("shard 3", shard.recorder.head)
    for burst in 1...7 { shard.takeNothing(now: UInt64(burst) * 1_000_000) }
    switch String(cString: argument!.assumingMemoryBound(to: CChar.self)) {
    case "trap": shard.loseSlot()
    case "memory": shard.touchNothing()
    case "abort": abort()
    default: break
    }
    return nil
}

private struct FaultyShard: ~Copyable {
    let recorder = FlightRecorder(shard: 3, shardCount: 4, ringBytes: 1 << 20, imageBytes: 8 << 20)!
    var engine: Engine
    var arrivals: Arrivals
    var departures: Departures
    let arena: Arena

    init() {
        let limits = Limits(
            roomsMax: 2, peersMax: 4, producersMax: 4, consumersMax: 8, producersPerRoomMax: 4, slots: 64, runs: 4,
            mailboxMax: 16, parityMax: 4)
        let configuration = EngineConfiguration(
            shard: 3, shardCount: 4, limits: limits, seed: 1, unixNanosecondsAtZero: 0)
        let handovers = MailboxMatrix<Handover>(count: 4, capacity: 4)
        let trunk = TrunkMatrix(limits: limits, shardCount: 4)
        let mailboxes = EngineMailboxes(
            commands: Mailbox(capacity: 16), events: Mailbox(capacity: 16), handshakeInput: Mailbox(capacity: 16),
            handshakeOutput: Mailbox(capacity: 16), handoverTo: handovers.to(3), handoverFrom: handovers.from(3),
            trunk: trunk.ends(of: 3))
        engine = Engine(configuration, mailboxes: mailboxes, useHugePages: false, now: 0)!
        let bytes = Arrivals.byteCount(capacity: 4) + Departures.byteCount(capacity: 4) + 65536
        var arena = Arena(byteCount: bytes, useHugePages: false)!
        arrivals = Arrivals(arena: &arena, capacity: 4)
        departures = Departures(arena: &arena, capacity: 4)
        self.arena = arena
        engine.record(configuration, in: recorder, now: 0)
    }

    mutating func takeNothing(now: UInt64) {
        engine.take(arrivals, now: now, departures: &departures)
        while engine.depart(now: now, departures: &departures) {}
    }

    /// A slot that nobody gives back traps where it is forgotten.
    @inline(never)
    mutating func loseSlot() { _ = engine.forward.slots.take() }

    @inline(never)
    mutating func touchNothing() {
        UnsafeMutablePointer<UInt64>(bitPattern: 4096 + arrivals.count)!.pointee = 1
    }
}
