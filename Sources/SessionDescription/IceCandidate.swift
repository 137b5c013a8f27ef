/// A candidate line (RFC 8839 §5.1).
public struct IceCandidate: Equatable, Sendable {
    public var foundation: String
    public var component: UInt16
    /// In small letters: `udp` or `tcp`.
    public var transport: String
    public var priority: UInt32
    /// An IP address, or a name such as `….local` (mDNS) that is never looked up.
    public var address: String
    public var port: UInt16
    /// `host`, `srflx`, `prflx` or `relay`.
    public var type: String
    /// What follows the type: raddr, rport, tcptype, generation, …
    public var rest: [String]

    /// Reads `candidate:…`, `a=candidate:…` or what follows the colon; nil when it is not a candidate.
    public init?(_ line: String) {
        var text = line
        for prefix in ["a=", "candidate:"] where text.hasPrefix(prefix) {
            text = String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
        }
        let parts = fields(text)
        guard parts.count >= 8, parts[6] == "typ", let component = decimal(parts[1], as: UInt16.self),
            let priority = decimal(parts[3], as: UInt32.self), let port = decimal(parts[5], as: UInt16.self),
            parts[0].utf8.count <= 32, component >= 1, component <= 256
        else { return nil }
        foundation = parts[0]
        self.component = component
        transport = lowercase(parts[2])
        self.priority = priority
        address = parts[4]
        self.port = port
        type = parts[7]
        rest = Array(parts[8...])
    }

    /// A UDP host candidate of ours; `index` is its place in our list, the first being preferred; `restarts`: how many ICE
    /// restarts there were before.
    public init(host address: HostAddress, index: Int, restarts: UInt8 = 0) {
        foundation = String(index + 1)
        component = 1
        transport = "udp"
        priority = Self.udpPriority(index: index, restarts: restarts)
        self.address = address.ip
        port = address.port
        type = "host"
        rest = []
    }

    /// A TCP host candidate of ours, which waits for connections (RFC 6544 §4.5).
    public init(tcpHost address: HostAddress, index: Int, restarts: UInt8 = 0) {
        self.init(host: address, index: index)
        foundation = "t" + foundation
        transport = "tcp"
        priority = Self.tcpPriority(index: index, restarts: restarts)
        rest = ["tcptype", "passive"]
    }

    /// RFC 8445 §5.1.2.1: 2^24 * type preference + 2^8 * local preference + 256 - component.
    ///
    /// A pair's priority is first of all the lower one of its two candidates' (§6.1.2.3). So the type preference is below that
    /// of whatever a client has but a relay, and the local one grows with each restart: pairs from after a restart are better
    /// than all from before. Otherwise libwebrtc stays with a pair on a better network of its own, although nothing comes by
    /// it any more, until that was silent for three seconds and a half. Among the pairs of one generation the client's
    /// candidates decide.
    static func udpPriority(index: Int, restarts: UInt8) -> UInt32 {
        95 << 24 | (UInt32(restarts) << 8 | UInt32(255 - min(index, 255))) << 8 | 255
    }

    /// RFC 6544 §4.2: a type preference below that of UDP, so that TCP is the last resort; the direction preference of a
    /// passive candidate, 4, in the upper bits of the local one.
    static func tcpPriority(index: Int, restarts: UInt8) -> UInt32 {
        60 << 24 | (4 << 13 | UInt32(restarts) << 5 | UInt32(31 - min(index, 31))) << 8 | 255
    }

    public var isUdp: Bool { transport == "udp" }
    public var isMdns: Bool { address.hasSuffix(".local") }

    /// Without `a=candidate:`.
    public var text: String {
        let head = "\(foundation) \(component) \(transport) \(priority) \(address) \(port) typ \(type)"
        return rest.isEmpty ? head : head + " " + rest.joined(separator: " ")
    }
}

/// An address that the server announces: IPv4 or IPv6 in text, and the port, which is UDP's and perhaps TCP's too.
public struct HostAddress: Equatable, Sendable {
    public var ip: String
    public var port: UInt16
    /// The server also takes TCP connections there.
    public var takesTcp: Bool

    public init(ip: String, port: UInt16, takesTcp: Bool = false) {
        self.ip = ip
        self.port = port
        self.takesTcp = takesTcp
    }
}
