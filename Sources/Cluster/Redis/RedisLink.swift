import CHiredis
import Glibc

/// One connection, used by one thread. Every call blocks for `timeout` at most; after an error there is nothing to do with a
/// link but to let it go.
struct RedisLink: ~Copyable {
    static let timeout = timeval(tv_sec: 1, tv_usec: 0)

    private let context: UnsafeMutablePointer<redisContext>

    /// Connected, authenticated, and at its database.
    static func open(_ address: RedisAddress) throws(RedisError) -> RedisLink {
        let link = try RedisLink(connectingTo: address)
        try link.introduce(address)
        return link
    }

    private init(connectingTo address: RedisAddress) throws(RedisError) {
        let made =
            switch address.place {
            // Debian's hiredis has no TLS: what it speaks goes through a tunnel.
            case .tcp(let host, let port) where address.isSecure:
                redisConnectFd(try RedisTunnel.open(host, port, authority: address.authority))
            case .tcp(let host, let port): redisConnectWithTimeout(host, Int32(port), Self.timeout)
            case .path(let path): redisConnectUnixWithTimeout(path, Self.timeout)
            }
        guard let made else { throw .unavailable("no memory") }
        guard made.pointee.err == 0 else {
            defer { redisFree(made) }
            throw Self.failure(of: made)
        }
        context = made
        redisSetTimeout(context, Self.timeout)
        if case .tcp = address.place, !address.isSecure { redisEnableKeepAlive(context) }
    }

    deinit { redisFree(context) }

    private func introduce(_ address: RedisAddress) throws(RedisError) {
        if let password = address.password {
            _ = try call(["AUTH"] + (address.user.map { [RedisWord($0)] } ?? []) + [RedisWord(password)])
        }
        if address.database != 0 { _ = try call(["SELECT", RedisWord(address.database)]) }
        // The kernel takes connections for a Redis that does not run just now.
        _ = try call(["PING"])
    }

    private func failure() -> RedisError { Self.failure(of: context) }

    private static func failure(of context: UnsafeMutablePointer<redisContext>) -> RedisError {
        // SAFETY: hiredis ends the text with a zero.
        withUnsafeBytes(of: context.pointee.errstr) { text in
            .unavailable(String(decoding: text.prefix { $0 != 0 }, as: UTF8.self))
        }
    }

    /// Puts a command into the buffer. It leaves with the next `reply`.
    func append(_ command: [RedisWord]) throws(RedisError) {
        let lengths = command.map(\.bytes.count)
        let joined = command.flatMap(\.bytes) + [0]
        let status = joined.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { text in
                var offset = 0
                var words: [UnsafePointer<CChar>?] = lengths.map { length in
                    defer { offset += length }
                    return text.baseAddress.map { $0 + offset }
                }
                return redisAppendCommandArgv(context, Int32(words.count), &words, lengths)
            }
        }
        guard status == REDIS_OK else { throw failure() }
    }

    /// The answer to the oldest command that has none.
    func reply() throws(RedisError) -> RedisValue {
        var raw: UnsafeMutableRawPointer?
        guard redisGetReply(context, &raw) == REDIS_OK, let raw else { throw failure() }
        return Self.take(raw)
    }

    /// For one command alone.
    func call(_ command: [RedisWord]) throws(RedisError) -> RedisValue {
        try append(command)
        let value = try reply()
        if case .refused(let text) = value { throw .refused(text) }
        return value
    }

    private static func take(_ raw: UnsafeMutableRawPointer) -> RedisValue {
        defer { freeReplyObject(raw) }
        return RedisValue(copying: raw.assumingMemoryBound(to: redisReply.self))
    }

    // MARK: for subscriptions, where answers come unasked

    /// Waits until something comes, `wake` can be read, or the time is up; false when it was neither of the first.
    func wait(milliseconds: Int32, or wake: Int32) -> Bool {
        var both = [
            pollfd(fd: context.pointee.fd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        ]
        return poll(&both, 2, milliseconds) > 0 && both[0].revents != 0
    }

    /// Reads what has come.
    func read() throws(RedisError) {
        guard redisBufferRead(context) == REDIS_OK else { throw failure() }
    }

    /// One of those that `read` brought; nil when there are no more.
    func next() throws(RedisError) -> RedisValue? {
        var raw: UnsafeMutableRawPointer?
        guard redisGetReplyFromReader(context, &raw) == REDIS_OK else { throw failure() }
        return raw.map(Self.take)
    }

    /// Sends what is in the buffer.
    func flush() throws(RedisError) {
        var isDone: Int32 = 0
        while isDone == 0 {
            guard redisBufferWrite(context, &isDone) == REDIS_OK else { throw failure() }
        }
    }
}
