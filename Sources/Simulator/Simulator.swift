import Contract
import Engine
import Flight
import Forward
import Memory

/// A world of virtual time around the engine that ships: clients, network, control side, handshake thread, and checkers.
/// The seed and the options are the run: the same ones do the same thing, bit by bit.
public final class Simulator {
    public static let unixNanosecondsAtZero: UInt64 = 1_750_000_000_000_000_000

    public let options: SimulatorOptions
    public internal(set) var now: UInt64
    public internal(set) var violations: [Violation] = []
    public internal(set) var counts = RunCounts()
    public internal(set) var peers: [SimulatedPeer] = []
    /// Moods may be changed while the run goes on.
    public var toServer: NetworkMood { didSet { wasPerfect = wasPerfect && toServer.isPerfect } }
    /// Peers, by number, whose way to the server is another than everybody's.
    public var toServerFrom: [Int: NetworkMood] = [:] {
        didSet { wasPerfect = wasPerfect && toServerFrom.values.allSatisfy(\.isPerfect) }
    }
    /// Nothing that was sent to the host was ever lost.
    private(set) var wasPerfect = true
    public var toClient: NetworkMood
    /// Whether the clock may leap: see `KernelMood.leaps`.
    public var mayLeap = true

    var dice: Dice
    var calendar = Calendar()
    var shards: [SimulatedShard] = []
    let control: ControlSide
    let box = CipherBox()
    var departureChecker = DepartureChecker()
    var arrivalOrder: UInt64 = 0
    var uplink = Link()
    var downlink = Link()
    var lastLeap: UInt64 = 0
    /// Every datagram that leaves is told, when a test listens.
    public var onDeparture: ((Departure) -> Void)?
    private let handovers: MailboxMatrix<Handover>
    private let trunk: TrunkMatrix
    /// When something last happened that may leave a stream without pictures for a while: all but choices of layers.
    public var disturbance: UInt64 = 0
    /// The canary has sung.
    var hasSung = false

    public init(_ options: SimulatorOptions) {
        self.options = options
        now = options.startNanoseconds
        dice = Dice(seed: options.seed)
        toServer = options.toServer
        wasPerfect = options.toServer.isPerfect
        toClient = options.toClient
        control = ControlSide(options)
        let count = options.shardCount
        handovers = MailboxMatrix(count: count, capacity: min(options.limits.mailboxMax, 256))
        trunk = TrunkMatrix(limits: options.limits, shardCount: count)
        for index in 0..<count { shards.append(makeShard(index)) }
        control.world = self
    }

    private func makeShard(_ index: Int) -> SimulatedShard {
        let mailboxMax = options.limits.mailboxMax
        let mailboxes = EngineMailboxes(
            commands: Mailbox(capacity: mailboxMax), events: Mailbox(capacity: mailboxMax),
            handshakeInput: Mailbox(capacity: mailboxMax), handshakeOutput: Mailbox(capacity: mailboxMax),
            handoverTo: handovers.to(index), handoverFrom: handovers.from(index), trunk: trunk.ends(of: index))
        return SimulatedShard(index: ShardIndex(index), world: self, mailboxes: mailboxes)
    }

    deinit {
        for shard in shards {
            shard.mailboxes.commands.deallocate()
            shard.mailboxes.events.deallocate()
            shard.mailboxes.handshakeInput.deallocate()
            shard.mailboxes.handshakeOutput.deallocate()
        }
        handovers.deallocate()
        trunk.deallocate()
    }

    /// A checker's find. Only the first hundred are kept.
    func violate(_ rule: String, _ text: @autoclosure () -> String) {
        if violations.count < 100 { violations.append(Violation(rule: rule, text: text(), nanoseconds: now)) }
    }

    /// The shard's counters as they are now.
    public func report(shard: Int = 0) -> ShardReport { shards[shard].engine.report.pointee }

    /// What a shard's flight recorder holds; nil without one.
    public func flight(shard: Int = 0) -> FlightFile? {
        shards[shard].recorder.flatMap { FlightFile(copying: $0) }
    }

    // MARK: Time

    /// Lets this much virtual time go by.
    public func run(seconds: Double) { run(until: now + UInt64(seconds * 1e9)) }

    func run(until end: UInt64) {
        while true {
            var next = calendar.nextTime
            for shard in shards { next = min(next, shard.dueTime(after: now)) }
            guard next <= end else { break }
            now = max(now, next)
            while let item = calendar.pop(until: now) { perform(item) }
            settle()
        }
        now = max(now, end)
    }

    private func perform(_ item: Calendar.Item) {
        switch item {
        case .toServer(let datagram): deliver(datagram)
        case .toClient(let peer, let bytes): peers[peer].receive(bytes)
        case .tick(let peer): peers[peer].tick()
        case .action(let action): action()
        }
    }

    /// Steps all shards until none would wake at this time.
    private func settle() {
        var rounds = 0
        while true {
            control.pushPending()
            let due = shards.filter { $0.isDue(now) }
            if due.isEmpty { return }
            for shard in due {
                shard.step(now: now)
                counts.steps += 1
                afterStep(shard)
            }
            rounds += 1
            if rounds > 10_000 { return violate("spin", "a shard does not come to rest") }
        }
    }

    private func afterStep(_ shard: SimulatedShard) {
        if options.canary == .leaksSlot, !hasSung, let slot = shard.engine.forward.slots.take() {
            hasSung = true
            _ = slot.park()
        }
        if options.canary == .miscounts { shard.engine.report.pointee.datagramsReceived += 1 }
        control.afterStep(shard)
        takeHandshakes(shard)
        CounterChecker.check(shard, self)
    }

    /// Something is to happen in so many nanoseconds.
    public func after(_ nanoseconds: UInt64, _ action: @escaping () -> Void) {
        calendar.add(.action(action), at: now + nanoseconds)
    }

    /// The clock leaps: the host slept, or its virtual machine did.
    public func leap(_ nanoseconds: UInt64) {
        now += nanoseconds
        lastLeap = now
    }
}
