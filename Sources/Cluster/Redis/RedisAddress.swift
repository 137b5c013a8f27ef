/// Where a Redis is, as REDIS_ADDR says it.
public struct RedisAddress: Sendable, Equatable {
    public enum Place: Sendable, Equatable {
        case tcp(host: String, port: Int)
        /// A Unix socket.
        case path(String)
    }

    public static let expected =
        "HOST:PORT, redis://USER:PASSWORD@HOST:PORT/DATABASE, the same with rediss:// for TLS, or unix:/PATH"

    public var place: Place
    public var user: String?
    public var password: String?
    public var database: Int
    /// TLS 1.2 or newer, with a certificate for the host's name (or address).
    public var isSecure = false
    /// PEM file of the authority whose certificates are taken; nil for the system's.
    public var authority: String?

    public init(_ place: Place, user: String? = nil, password: String? = nil, database: Int = 0) {
        self.place = place
        self.user = user
        self.password = password
        self.database = database
    }

    /// Nil for what is no address. IPv6 addresses are in brackets; the port is 6379 where none is named.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/") else { return nil }
            self.init(.path(path))
            return
        }
        var rest = Substring(text)
        self.init(.path(""))
        let scheme = ["redis://", "rediss://"].first { rest.hasPrefix($0) }
        let isUrl = scheme != nil
        rest = rest.dropFirst(scheme?.count ?? 0)
        isSecure = scheme == "rediss://"
        if isUrl, let slash = rest.lastIndex(of: "/") {
            let number = rest[rest.index(after: slash)...]
            guard number.isEmpty || Int(number).map({ (0...1023).contains($0) }) == true else { return nil }
            database = Int(number) ?? 0
            rest = rest[..<slash]
        }
        if let at = rest.lastIndex(of: "@") {
            guard isUrl, readAccount(rest[..<at]) else { return nil }
            rest = rest[rest.index(after: at)...]
        }
        guard let place = Self.place(rest) else { return nil }
        self.place = place
    }

    private mutating func readAccount(_ text: Substring) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty else { return false }
        user = parts[0].isEmpty ? nil : parts[0]
        password = parts[1]
        return true
    }

    private static func place(_ text: Substring) -> Place? {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
            guard !host.contains(":") else { return nil }
        }
        let number = port.map { Int($0) ?? 0 } ?? 6379
        let isName = !host.isEmpty && host.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }
        return isName && (1...65535).contains(number) ? .tcp(host: String(host), port: number) : nil
    }
}
