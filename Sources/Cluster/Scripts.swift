/// What Redis does in one step.
enum Scripts {
    /// Announces a host and tells of all.
    /// KEYS: set of hosts, the host's own. ARGV: id, announcement, milliseconds, prefix of hosts' keys.
    static let announce: RedisWord = """
        redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
        redis.call('SADD', KEYS[1], ARGV[1])
        local found = {}
        for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
          local host = redis.call('GET', ARGV[4] .. id)
          if host then found[#found + 1] = host else redis.call('SREM', KEYS[1], id) end
        end
        return found
        """

    /// Takes the room for a host unless it is taken; either way tells whose it is.
    /// KEYS: lease, count of terms, presence. ARGV: a Lease without its term, milliseconds.
    /// Answers with the Lease and how many milliseconds it lasts.
    static let acquire: RedisWord = """
        local held = redis.call('GET', KEYS[1])
        if held then return {held, redis.call('PTTL', KEYS[1])} end
        local term = redis.call('INCR', KEYS[2])
        -- Field 2 as protobuf has it: the tag, then seven bits a byte.
        local lease, rest = ARGV[1] .. string.char(16), term
        while rest > 127 do
          lease = lease .. string.char(rest % 128 + 128)
          rest = math.floor(rest / 128)
        end
        lease = lease .. string.char(rest)
        redis.call('SET', KEYS[1], lease, 'PX', ARGV[2])
        redis.call('DEL', KEYS[3])
        return {lease, tonumber(ARGV[2])}
        """

    /// KEYS: lease and presence of each room. ARGV: milliseconds of leases, of presence, then each room's Lease.
    /// Answers for each room: an empty text, the Lease of who has it now, or nothing when nobody has.
    static let renew: RedisWord = """
        local said = {}
        for i = 1, #KEYS / 2 do
          local held = redis.call('GET', KEYS[2 * i - 1])
          if held == ARGV[i + 2] then
            redis.call('PEXPIRE', KEYS[2 * i - 1], ARGV[1])
            redis.call('PEXPIRE', KEYS[2 * i], ARGV[2])
            said[i] = ''
          else
            said[i] = held
          end
        end
        return said
        """

    /// KEYS: lease, presence. ARGV: the Lease.
    static let release: RedisWord = """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        return redis.call('DEL', KEYS[1], KEYS[2])
        """

    /// Writes who is in a room, unless it is another's. With `anew` nobody else is.
    /// KEYS: lease, presence. ARGV: the Lease, milliseconds, 1 for anew, then peers' ids and Presences in turn.
    static let enter: RedisWord = """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        if ARGV[3] == '1' then redis.call('DEL', KEYS[2]) end
        for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
        redis.call('PEXPIRE', KEYS[2], ARGV[2])
        return 1
        """

    /// KEYS: lease and presence of each room. Answers with the Lease and how many people there are, in turn.
    static let places: RedisWord = """
        local found = {}
        for i = 1, #KEYS, 2 do
          found[i] = redis.call('GET', KEYS[i])
          found[i + 1] = redis.call('HLEN', KEYS[i + 1])
        end
        return found
        """

    /// KEYS: log. ARGV: channel, the Notice, how many the log keeps.
    static let tell: RedisWord = """
        local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'n', ARGV[2])
        redis.call('PUBLISH', ARGV[1], id .. ' ' .. ARGV[2])
        return id
        """
}

extension RedisCommands {
    static func script(_ script: RedisWord, keys: [String], _ arguments: [RedisWord]) -> [RedisWord] {
        ["EVAL", script, RedisWord(keys.count)] + keys.map { RedisWord($0) } + arguments
    }

    func run(
        _ script: RedisWord, keys: [String], _ arguments: [RedisWord]
    ) async throws(RedisError) -> RedisValue {
        try await call(Self.script(script, keys: keys, arguments))
    }
}
