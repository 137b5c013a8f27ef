/// What the command line says.
struct Options {
    var port: UInt16 = 7000
    var count = 100_000
    /// Datagrams a second; 0 for as many as go.
    var rate = 0
    var seed: UInt64 = 1
    /// Source ports, half of them IPv4 and half IPv6.
    var sockets = 8
    var corpus = "Tests/Corpus"
    /// A live peer's USERNAME as the server expects it: "server's ufrag:client's ufrag".
    var username = ""
    /// The server's password for it: with this, the source ports are validated first.
    var password = ""
    /// An inherited IPv4 UDP socket to send from instead of own ones: another client's own port.
    var descriptor: Int32 = -1
    /// SSRCs of streams that exist.
    var ssrcs: [UInt32] = []

    static let usage = """
        usage: millrace-hostile [--port N] [--count N] [--rate N] [--seed N] [--sockets N] [--corpus FOLDER]
                                [--username OURS:THEIRS] [--password TEXT] [--descriptor N] [--ssrc N,N,...]
        """

    /// Nil when a flag is unknown, or its value is missing or wrong.
    init?(_ words: [String]) {
        var rest = words[...]
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst(), set(flag, value) else { return nil }
        }
        guard count > 0, rate >= 0, (1...64).contains(sockets) else { return nil }
    }

    private mutating func set(_ flag: String, _ value: String) -> Bool {
        switch flag {
        case "--port": return assign(UInt16(value), to: \.port)
        case "--count": return assign(Int(value), to: \.count)
        case "--rate": return assign(Int(value), to: \.rate)
        case "--seed": return assign(UInt64(value), to: \.seed)
        case "--sockets": return assign(Int(value), to: \.sockets)
        case "--descriptor": return assign(Int32(value), to: \.descriptor)
        case "--corpus": return assign(value, to: \.corpus)
        case "--username": return assign(value, to: \.username)
        case "--password": return assign(value, to: \.password)
        case "--ssrc": return assign(Self.numbers(value), to: \.ssrcs)
        default: return false
        }
    }

    private mutating func assign<Value>(_ value: Value?, to path: WritableKeyPath<Options, Value>) -> Bool {
        guard let value else { return false }
        self[keyPath: path] = value
        return true
    }

    private static func numbers(_ text: String) -> [UInt32]? {
        let numbers = text.split(separator: ",").map { UInt32($0) }
        return numbers.contains(nil) ? nil : numbers.compactMap { $0 }
    }
}
