import Foundation

/// A connection for commands, with a thread of its own that connects again by itself. While there is no connection commands
/// fail at once; nothing waits for Redis to come back.
final class RedisCommands: Sendable {
    typealias Answer = @Sendable (Result<RedisValue, RedisError>) -> Void

    private let queue = CommandQueue()
    private let address: RedisAddress
    /// Told on the connection's thread when a connection is made or lost.
    private let changed: @Sendable (RedisError?) -> Void

    /// - Parameter changed: nil for a connection, or why there is none. Told of changes only, but for the first.
    init(_ address: RedisAddress, changed: @escaping @Sendable (RedisError?) -> Void) {
        self.address = address
        self.changed = changed
    }

    func start() { startRedisThread(named: "redis") { self.run() } }

    /// What waits still goes out, as far as there is a connection.
    func close() { queue.close() }

    /// `answer` is called once, on the connection's thread or at once.
    func post(_ command: [RedisWord], _ answer: @escaping Answer = { _ in }) {
        queue.add(.init(words: command, answer: answer))
    }

    func call(_ command: [RedisWord]) async throws(RedisError) -> RedisValue {
        try await withCheckedContinuation { waiter in post(command) { waiter.resume(returning: $0) } }.get()
    }

    // MARK: the thread

    private func run() {
        var backoff = Backoff()
        var isFirst = true
        while !queue.isClosed {
            do throws(RedisError) {
                let link = try RedisLink.open(address)
                backoff.reset()
                isFirst = false
                queue.open()
                changed(nil)
                try serve(link)
                return
            } catch {
                if queue.shut(error) || isFirst { changed(error) }
                isFirst = false
                queue.pause(backoff.next())
            }
        }
    }

    /// Returns when the queue is closed and empty.
    private func serve(_ link: borrowing RedisLink) throws(RedisError) {
        while let batch = queue.take(max: 256) {
            var answered = 0
            do throws(RedisError) {
                for command in batch { try link.append(command.words) }
                for command in batch {
                    let value = try link.reply()
                    answered += 1
                    command.finish(value)
                }
            } catch {
                for command in batch[answered...] { command.answer(.failure(error)) }
                throw error
            }
        }
    }
}

struct RedisCommand: Sendable {
    var words: [RedisWord]
    var answer: RedisCommands.Answer

    func finish(_ value: RedisValue) {
        if case .refused(let text) = value { answer(.failure(.refused(text))) } else { answer(.success(value)) }
    }
}

/// Commands that wait for the thread.
private final class CommandQueue: @unchecked Sendable {
    static let waitingMax = 20_000

    // SAFETY: everything below is touched only with `condition` locked.
    private let condition = NSCondition()
    private var waiting: [RedisCommand] = []
    private var closed = false
    /// Why there is no connection; nil while there is one.
    private var failure: RedisError? = .unavailable("not yet connected")

    private func locked<Value>(_ body: () -> Value) -> Value {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }

    var isClosed: Bool { locked { closed } }

    func add(_ command: RedisCommand) {
        let refusal: RedisError? = locked {
            if let failure { return failure }
            if closed { return .unavailable("closed") }
            guard waiting.count < Self.waitingMax else { return .unavailable("too many commands wait") }
            waiting.append(command)
            condition.signal()
            return nil
        }
        if let refusal { command.answer(.failure(refusal)) }
    }

    /// Waits until there is something to do; nil when the queue is closed and empty.
    func take(max: Int) -> [RedisCommand]? {
        locked {
            while waiting.isEmpty && !closed { condition.wait() }
            guard !waiting.isEmpty else { return nil }
            let batch = Array(waiting.prefix(max))
            waiting.removeFirst(batch.count)
            return batch
        }
    }

    func open() { locked { failure = nil } }

    /// Fails what waits and what comes. True when there was a connection.
    func shut(_ error: RedisError) -> Bool {
        let (failed, wasOpen) = locked {
            defer {
                waiting = []
                failure = error
            }
            return (waiting, failure == nil)
        }
        for command in failed { command.answer(.failure(error)) }
        return wasOpen
    }

    /// Returns early when the queue is closed.
    func pause(_ duration: Duration) {
        let end = Date(timeIntervalSinceNow: duration.seconds)
        locked { while !closed, condition.wait(until: end) {} }
    }

    func close() {
        locked {
            closed = true
            condition.broadcast()
        }
    }
}
