import CHiredis
import Glibc
import Synchronization

/// A connection that hears a channel, with a thread of its own that connects again by itself.
final class RedisSubscription: Sendable {
    /// Without any word, answers to pings among them, the connection is given up.
    private static let silenceMilliseconds: Int32 = 1000
    private static let silencesMax = 3

    private let address: RedisAddress
    private let channel: String
    /// Told on the thread: the channel is being heard from now on, and what was missed can be read.
    private let began: @Sendable () -> Void
    private let heard: @Sendable ([UInt8]) -> Void
    private let isClosed = Atomic(false)
    /// Ends a wait.
    private let wake = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))

    init(
        _ address: RedisAddress, channel: String, began: @escaping @Sendable () -> Void,
        heard: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.address = address
        self.channel = channel
        self.began = began
        self.heard = heard
    }

    deinit { Glibc.close(wake) }

    func start() { startRedisThread(named: "redis-events") { self.run() } }

    func close() {
        isClosed.store(true, ordering: .sequentiallyConsistent)
        eventfd_write(wake, 1)
    }

    private var isOver: Bool { isClosed.load(ordering: .sequentiallyConsistent) }

    private func run() {
        var backoff = Backoff()
        while !isOver {
            do throws(RedisError) {
                let link = try RedisLink.open(address)
                _ = try link.call(["SUBSCRIBE", RedisWord(channel)])
                backoff.reset()
                began()
                try listen(link)
            } catch {
                pause(backoff.next())
            }
        }
    }

    private func pause(_ duration: Duration) {
        var waker = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
        poll(&waker, 1, Int32(duration.milliseconds))
    }

    /// Returns when closed.
    private func listen(_ link: borrowing RedisLink) throws(RedisError) {
        var silences = 0
        while !isOver {
            if link.wait(milliseconds: Self.silenceMilliseconds, or: wake) {
                silences = 0
                try link.read()
                while let value = try link.next() { take(value) }
            } else {
                silences += 1
                guard silences < Self.silencesMax else { throw .unavailable("no answer") }
                try link.append(["PING"])
                try link.flush()
            }
        }
    }

    private func take(_ value: RedisValue) {
        let words = value.array
        guard words.count == 3, words[0].text == "message", let bytes = words[2].bytes else { return }
        heard(bytes)
    }
}
