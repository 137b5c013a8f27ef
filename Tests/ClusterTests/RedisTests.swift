import Testing

@testable import Cluster

struct RedisAddressTests {
    @Test(arguments: [
        ("10.0.0.5:6379", RedisAddress(.tcp(host: "10.0.0.5", port: 6379))),
        ("redis.example.org", RedisAddress(.tcp(host: "redis.example.org", port: 6379))),
        ("[fd00::1]:7", RedisAddress(.tcp(host: "fd00::1", port: 7))),
        ("redis://:p%40ss:w@h:1/3", RedisAddress(.tcp(host: "h", port: 1), password: "p%40ss:w", database: 3)),
        ("redis://ada:secret@h/", RedisAddress(.tcp(host: "h", port: 6379), user: "ada", password: "secret")),
        ("unix:/run/redis.sock", RedisAddress(.path("/run/redis.sock"))),
    ])
    func addressesAreRead(_ text: String, _ address: RedisAddress) { #expect(RedisAddress(text) == address) }

    @Test(arguments: [
        "", ":6379", "h:0", "h:65536", "h:x", "fd00::1", "[fd00::1]x", "unix:redis", "http://h:1", "ada:secret@h:1",
        "redis://h/x", "redis://ada@h:1", "h h:1", "redis://h:1/2000",
    ])
    func whatIsNoneIsRefused(_ text: String) { #expect(RedisAddress(text) == nil) }
}

struct RedisCommandsTests {
    @Test func answersComeInOrderAndRefusalsHarmNothing() async throws {
        let redis = try RedisServer()
        let commands = RedisCommands(try #require(RedisAddress(redis.address))) { _ in }
        commands.start()
        defer { commands.close() }
        #expect(await isSoon { (try? await commands.call(["PING"]))?.text == "PONG" })
        let bytes: [UInt8] = [0, 13, 10, 255]
        _ = try await commands.call(["SET", "k", RedisWord(bytes)])
        #expect(try await commands.call(["GET", "k"]) == .bytes(bytes))
        #expect(try await commands.call(["GET", "none"]) == .null)
        await #expect(throws: RedisError.self) { try await commands.call(["NONSENSE"]) }
        #expect(try await commands.call(["INCR", "n"]) == .integer(1))
        #expect(
            try await commands.call(["EVAL", "return {1, {'a', false}}", "0"])
                == .array([.integer(1), .array([.bytes([97]), .null])]))
    }

    @Test func aPasswordThatIsWrongIsSaid() async throws {
        let redis = try RedisServer()
        let wrong = RedisAddress(.path(redis.folder + "/redis"), password: "secret")
        let failed = Heard()
        let commands = RedisCommands(wrong) { if $0 != nil { failed.add(.missed) } }
        commands.start()
        defer { commands.close() }
        #expect(await isSoon { failed.missedCount == 1 })
        await #expect(throws: RedisError.self) { try await commands.call(["PING"]) }
    }
}
