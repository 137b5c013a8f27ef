import Foundation

/// One piece of work for a connection. `run` may be called more than once; `finish` is called once.
struct Job: Sendable {
    var run: @Sendable (Transaction) throws(StoreError) -> Void
    var finish: @Sendable (StoreError?) -> Void
}

/// Work that waits for a thread.
final class JobQueue: @unchecked Sendable {
    // SAFETY: `waiting` and `isClosed` are touched only with `condition` locked.
    private let condition = NSCondition()
    private var waiting: [Job] = []
    private var isClosed = false

    func add(_ job: Job) {
        condition.lock()
        let isClosed = isClosed
        if !isClosed { waiting.append(job) }
        condition.signal()
        condition.unlock()
        if isClosed { job.finish(.unavailable("the store is closed")) }
    }

    /// Waits until there is something to do. Nil when the queue is closed and empty.
    func take(max: Int) -> [Job]? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty && !isClosed { condition.wait() }
        guard !waiting.isEmpty else { return nil }
        let batch = Array(waiting.prefix(max))
        waiting.removeFirst(batch.count)
        return batch
    }

    func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }
}

/// A thread that works off a queue: blocking calls to a database do not hold up Swift's own threads.
func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = name
    thread.stackSize = 1 << 20
    thread.start()
}

/// A value that a job leaves for whoever waits.
private final class Outcome<Value: Sendable>: @unchecked Sendable {
    // SAFETY: written by the job's thread before `finish`, read after it; the continuation orders the two.
    var value: Value?
}

extension JobQueue {
    /// Adds a job, and waits for it without a thread.
    func value<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let outcome = Outcome<Value>()
        let result = await withCheckedContinuation { (waiter: CheckedContinuation<StoreError?, Never>) in
            add(
                Job(
                    run: { transaction throws(StoreError) in outcome.value = try body(transaction) },
                    finish: { waiter.resume(returning: $0) }))
        }
        if let result { throw result }
        guard let value = outcome.value else { preconditionFailure("a job that did not fail left a value") }
        return value
    }
}
