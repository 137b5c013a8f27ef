import Contract
import NIOCore

/// Counters of the shards and of what is open there, fetched by command. The memory that a shard writes to belongs to a
/// request until the shard has answered, however long that takes.
final class Reports {
    /// Requests under way at once; beyond this a scrape or a statistics page is refused.
    static let pendingMax = 4096

    private let shards: [ShardState]
    private let loop: any EventLoop
    private var nextSequence: UInt64 = 1
    private var pending: [UInt64: (Bool) -> Void] = [:]
    /// By shard: the request under way, which later ones share.
    private var current: [ShardIndex: EventLoopFuture<ShardReport>] = [:]

    init(shards: [ShardState], loop: any EventLoop) {
        self.shards = shards
        self.loop = loop
    }

    var pendingCount: Int { pending.count }

    /// Of all shards, in their order; nil for one that does not answer in time.
    func all() -> EventLoopFuture<[ShardReport?]> {
        let asked = shards.map { report(of: $0).map(Optional.some).recover { _ in nil } }
        return EventLoopFuture.whenAllSucceed(asked, on: loop)
    }

    private func report(of shard: ShardState) -> EventLoopFuture<ShardReport> {
        if let current = current[shard.index] { return current }
        let future = request(shard, ShardReport()) { .report(address: $0, sequence: $1) }
        current[shard.index] = future
        future.assumeIsolated().whenComplete { _ in self.current[shard.index] = nil }
        return future
    }

    func peer(_ peer: Peer) -> EventLoopFuture<PeerReport> {
        request(peer.shard, PeerReport()) { .reportPeer(peer.handle, address: $0, sequence: $1) }
    }

    func producer(_ producer: Producer) -> EventLoopFuture<ProducerReport> {
        request(producer.peer.shard, ProducerReport()) { .reportProducer(producer.index, address: $0, sequence: $1) }
    }

    func consumer(_ consumer: Consumer) -> EventLoopFuture<ConsumerReport> {
        request(consumer.peer.shard, ConsumerReport()) { .reportConsumer(consumer.index, address: $0, sequence: $1) }
    }

    /// The shard has written, or found nothing to write about: then the report has its initial values.
    func answered(_ sequence: UInt64, found: Bool) {
        pending.removeValue(forKey: sequence)?(found)
    }

    private func request<Report: BitwiseCopyable & Sendable>(
        _ shard: ShardState, _ initial: Report, _ command: (UInt, UInt64) -> Command
    ) -> EventLoopFuture<Report> {
        guard pending.count < Self.pendingMax, !shard.commands.isCongested else {
            return loop.makeFailedFuture(RegistryError.shardBusy)
        }
        let memory = UnsafeMutablePointer<Report>.allocate(capacity: 1)
        memory.initialize(to: initial)
        let promise = loop.makePromise(of: Report.self)
        let sequence = nextSequence
        nextSequence += 1
        pending[sequence] = { _ in
            // SAFETY: the shard wrote before it pushed the event that brought us here, and writes no more.
            promise.succeed(memory.pointee)
            memory.deallocate()
        }
        let late = loop.assumeIsolated().scheduleTask(in: .seconds(3)) { promise.fail(RegistryError.shardBusy) }
        promise.futureResult.whenComplete { _ in late.cancel() }
        shard.commands.send(command(UInt(bitPattern: memory), sequence))
        return promise.futureResult
    }
}
