import Contract
import Memory

/// Plays the control side: hands out indices, sends commands, hears events.
final class ControlSide {
    struct Room {
        var shard: Int
        var index: RoomIndex
        /// The room of which this is the part on another shard; itself where it began.
        var whole: Int
        var isOpen = true
    }

    struct Consumer {
        var peer: SimulatedPeer
        var kind: MediaKind
        var producer: ProducerIndex?
        /// The shard chooses.
        var isChosen = false
    }

    private struct Waiting {
        var serial: Int
        var action: () -> Void
    }

    unowned var world: Simulator!
    var rooms: [Room] = []
    /// Indices that are free, oldest release first, by shard.
    var freeRooms: [[UInt32]]
    var freePeers: [[UInt32]]
    var freeProducers: [[UInt32]]
    var freeConsumers: [[UInt32]]
    private var generations: [[UInt16]]
    var consumers: [[Consumer?]]
    var publications: [UInt32: Publication] = [:]
    private var pending: [[(Command, () -> Void)]]
    private var pushed: [Int]
    /// All that each shard was told.
    private(set) var told: [[Command]]
    private var waiting: [[Waiting]]
    private(set) var speakers: [(RoomIndex, ProducerIndex)] = []
    /// Choices that were told.
    private(set) var choices = 0
    /// How much the shards said that they leave out, in order.
    var shedLevels: [UInt8] = []
    /// Who got nothing, and why, in order.
    private(set) var holds: [(ConsumerIndex, PauseReason)] = []
    /// By shard and consumer: when that was last said.
    private var holdTimes: [UInt64: UInt64] = [:]
    private(set) var started: [(ProducerIndex, UInt8, Codec)] = []
    private(set) var reported: [(UInt64, Bool)] = []
    private(set) var losses: [(PeerHandle, PeerLoss)] = []
    private var serials: UInt32 = 0

    init(_ options: SimulatorOptions) {
        let (count, limits) = (options.shardCount, options.limits)
        func pool(_ size: Int) -> [[UInt32]] { Array(repeating: (0..<UInt32(size)).map { $0 }, count: count) }
        freeRooms = pool(limits.roomsMax)
        freePeers = pool(limits.peersMax)
        freeProducers = pool(limits.producersMax)
        freeConsumers = pool(limits.consumersMax)
        generations = Array(repeating: Array(repeating: 0, count: limits.peersMax), count: count)
        consumers = Array(repeating: Array(repeating: nil, count: limits.consumersMax), count: count)
        pending = Array(repeating: [], count: count)
        pushed = Array(repeating: 0, count: count)
        told = Array(repeating: [], count: count)
        waiting = Array(repeating: [], count: count)
    }

    func nextSerial() -> UInt32 {
        serials += 1
        return serials
    }

    func nextGeneration(_ shard: Int, _ peer: UInt32) -> UInt16 {
        generations[shard][Int(peer)] &+= 1
        return generations[shard][Int(peer)]
    }

    func publication(serial: UInt32) -> Publication? { publications[serial] }

    /// When a shard last said that it holds a consumer back for want of bandwidth, or lets it go on; 0 for never.
    func holdTime(_ consumer: ConsumerIndex?, shard: Int) -> UInt64 {
        consumer.flatMap { holdTimes[UInt64(shard) << 32 | UInt64($0.value)] } ?? 0
    }

    func kind(of consumer: ConsumerIndex, on shard: ShardIndex) -> MediaKind? {
        consumers[Int(shard)][Int(consumer.value)]?.kind
    }

    func consumer(of publication: Publication, for peer: SimulatedPeer) -> ConsumerIndex? {
        let shard = Int(peer.handle.shard)
        guard let producer = publication.index(on: shard) else { return nil }
        return peer.consumers.first { consumers[shard][Int($0.value)]?.producer == producer }
    }

    /// Sends a command; `done` runs once the shard has read it.
    func push(_ command: Command, to shard: Int, done: @escaping () -> Void = {}) {
        pending[shard].append((command, done))
        pushPending()
    }

    /// What found a mailbox full waits here.
    func pushPending() {
        for shard in pending.indices where !pending[shard].isEmpty {
            var sent = 0
            for (command, done) in pending[shard] {
                guard world.shards[shard].mailboxes.commands.push(command) else { break }
                told[shard].append(command)
                sent += 1
                pushed[shard] += 1
                waiting[shard].append(Waiting(serial: pushed[shard], action: done))
            }
            pending[shard].removeFirst(sent)
            if sent > 0 { world.shards[shard].isRung = true }
        }
    }

    var isIdle: Bool { pending.allSatisfy(\.isEmpty) && waiting.allSatisfy(\.isEmpty) }

    func afterStep(_ shard: SimulatedShard) {
        let place = Int(shard.index)
        let read = pushed[place] - shard.mailboxes.commands.count
        while let first = waiting[place].first, first.serial <= read {
            waiting[place].removeFirst()
            first.action()
        }
        while let event = shard.mailboxes.events.pop() { hear(event, place) }
    }

    private func hear(_ event: Event, _ shard: Int) {
        switch event {
        case .peerConnected, .peerSecured, .burstOverBudget, .stopped: break
        case .loadChanged(_, let level): shedLevels.append(level)
        case .peerLost(let handle, let loss):
            losses.append((handle, loss))
            world.peers.last { $0.handle == handle }?.loss = loss
        case .producerStarted(let producer, let layer, let codec): started.append((producer, layer, codec))
        case .speakerChanged(let room, let producer): speakers.append((room, producer))
        case .consumerBound(let consumer, let producer):
            choices += 1
            guard consumers[shard][Int(consumer.value)]?.isChosen == true else { break }
            consumers[shard][Int(consumer.value)]?.producer = producer == .none ? nil : producer
        case .roomReleased(let room): freeRooms[shard].append(room.value)
        case .peerReleased(let handle):
            freePeers[shard].append(handle.index)
            world.peers.last { $0.handle == handle }?.isReleased = true
        case .producerReleased(let producer): freeProducers[shard].append(producer.value)
        case .consumerReleased(let consumer):
            freeConsumers[shard].append(consumer.value)
            consumers[shard][Int(consumer.value)] = nil
        case .consumerHeld(let consumer, let reason):
            holds.append((consumer, reason))
            holdTimes[UInt64(shard) << 32 | UInt64(consumer.value)] = world.now
        case .reported(let sequence, let found): reported.append((sequence, found))
        }
    }
}
