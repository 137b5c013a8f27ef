import Contract
import Glibc
import Memory
import Shard
import Synchronization

@testable import Control

/// The shards' end of the mailboxes: takes commands, keeps them, and answers as an obedient shard does.
///
/// `step` runs in the caller's thread; `start` lets a thread of its own do it, as in a real server.
final class FakeShards: @unchecked Sendable {
    let plane: Plane
    let links: [ShardLink]
    let orders: Mailbox<HandshakeOrder>
    /// Whether closed things are released at once; otherwise the test does it.
    var releasesAtOnce = true
    /// False: commands stay in the mailbox, as with a shard that hangs.
    var isListening = true

    private let lock: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
    private let changed: UnsafeMutablePointer<pthread_cond_t> = .allocate(capacity: 1)
    private var kept: [Command] = []
    private var keptOrders: [HandshakeOrder] = []
    /// By shard.
    private var open: [OpenThings]
    private let isStopped = Atomic<Bool>(false)

    /// What is open on a shard, by value.
    private struct OpenThings {
        var peers: [UInt32: PeerHandle] = [:]
        var producers: [UInt32: UInt32] = [:]
        var consumers: [UInt32: UInt32] = [:]
    }

    init(count: Int = 1, limits: Limits = Limits(roomsMax: 64, peersMax: 256, producersMax: 256, consumersMax: 1024)) {
        let bell = Doorbell()!
        open = Array(repeating: OpenThings(), count: count)
        links = (0..<count).map { ShardLink(index: ShardIndex($0), limits: limits, eventBell: bell)! }
        orders = Mailbox(capacity: limits.mailboxMax)
        plane = Plane(
            links: links, handshakeOrders: orders, handshakeBell: Doorbell()!, eventBell: bell,
            fingerprint: FixedBytes<32>(Array(repeating: UInt8(0xAB), count: 32))!, backend: "fake", steering: "fake")
        lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(lock, nil)
        changed.initialize(to: pthread_cond_t())
        pthread_cond_init(changed, nil)
    }

    // MARK: what was said

    var commands: [Command] { locked { kept } }
    var handshakeOrders: [HandshakeOrder] { locked { keptOrders } }

    /// The first of the commands so far, or to come, that `body` makes something of.
    func first<Value>(of body: (Command) -> Value?) -> Value? {
        locked {
            while true {
                if let found = kept.lazy.compactMap(body).first { return found }
                var end = timespec()
                clock_gettime(CLOCK_REALTIME, &end)
                end.tv_sec += 10
                if pthread_cond_timedwait(changed, lock, &end) != 0 { return nil }
            }
        }
    }

    // MARK: what it says

    func emit(_ event: Event, shard: Int = 0) {
        precondition(links[shard].events.push(event))
        plane.eventBell.ring()
    }

    // MARK: running

    /// Takes everything that waits.
    func step() {
        guard isListening else { return }
        while let order = orders.pop() { locked { keptOrders.append(order) } }
        for link in links {
            while let command = link.commands.pop() { take(command, link) }
        }
    }

    func start() {
        let descriptors = links.map(\.commandBell.descriptor)
        let thread = Thread { [self] in
            while !isStopped.load(ordering: .acquiring) {
                var waits = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
                poll(&waits, nfds_t(waits.count), 200)
                for link in links { link.commandBell.clear() }
                step()
            }
        }
        thread.start()
    }

    func stop() { isStopped.store(true, ordering: .releasing) }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }

    private func take(_ command: Command, _ link: ShardLink) {
        // Effects first: who waits for the command finds them.
        answer(command, link)
        locked {
            kept.append(command)
            pthread_cond_broadcast(changed)
        }
        plane.eventBell.ring()
    }

    private func answer(_ command: Command, _ link: ShardLink) {
        switch command {
        case .openPeer(let peer): open[Int(link.index)].peers[peer.peer.index] = peer.peer
        case .openProducer(let producer): open[Int(link.index)].producers[producer.producer.value] = producer.peer.index
        case .openConsumer(let consumer): open[Int(link.index)].consumers[consumer.consumer.value] = consumer.peer.index
        case .closeRoom(let room) where releasesAtOnce: push(.roomReleased(room), link)
        case .closePeer(let peer) where releasesAtOnce: release(peer, link)
        case .closeProducer(let producer) where releasesAtOnce:
            open[Int(link.index)].producers[producer.value] = nil
            push(.producerReleased(producer), link)
        case .closeConsumer(let consumer) where releasesAtOnce:
            open[Int(link.index)].consumers[consumer.value] = nil
            push(.consumerReleased(consumer), link)
        case .report(let address, let sequence):
            report(address, sequence, link, ShardReport.self) {
                $0.datagramsReceived = 42
                $0.forwardTime.add(700_000, count: 3)
                $0.forwardTime.add(2_000_000_000)
            }
        case .reportPeer(_, let address, let sequence):
            report(address, sequence, link, PeerReport.self) { $0.packetsReceived = 7 }
        case .reportProducer(_, let address, let sequence):
            report(address, sequence, link, ProducerReport.self) { $0.packetsReceived[0] = 5 }
        case .reportConsumer(_, let address, let sequence):
            report(address, sequence, link, ConsumerReport.self) { $0.packetsSent = 3 }
        default: break
        }
    }

    /// As the contract says: a peer goes with its producers and consumers, each with an event of its own.
    func release(_ peer: PeerHandle, _ link: ShardLink) {
        for (producer, owner) in open[Int(link.index)].producers where owner == peer.index {
            open[Int(link.index)].producers[producer] = nil
            push(.producerReleased(ProducerIndex(producer)), link)
        }
        for (consumer, owner) in open[Int(link.index)].consumers where owner == peer.index {
            open[Int(link.index)].consumers[consumer] = nil
            push(.consumerReleased(ConsumerIndex(consumer)), link)
        }
        open[Int(link.index)].peers[peer.index] = nil
        push(.peerReleased(peer), link)
    }

    private func push(_ event: Event, _ link: ShardLink) { precondition(link.events.push(event)) }

    private func report<Report>(
        _ address: UInt, _ sequence: UInt64, _ link: ShardLink, _ type: Report.Type, _ fill: (inout Report) -> Void
    ) {
        fill(&UnsafeMutablePointer<Report>(bitPattern: address)!.pointee)
        push(.reported(sequence: sequence, found: true), link)
    }
}

/// A thread that runs one closure.
private final class Thread: @unchecked Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func start() {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { raw in
                Unmanaged<Thread>.fromOpaque(raw!).takeRetainedValue().body()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }
}
