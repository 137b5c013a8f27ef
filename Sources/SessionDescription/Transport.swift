import Contract

/// ICE credentials of one side (RFC 8839 §5.4).
public struct IceParameters: Equatable, Sendable {
    /// 4...256 characters.
    public var ufrag: String
    /// 22...256 characters.
    public var password: String

    public init(ufrag: String, password: String) {
        self.ufrag = ufrag
        self.password = password
    }

    var isValid: Bool { isIceText(ufrag, bytes: 4...256) && isIceText(password, bytes: 22...256) }
}

/// The SHA-256 digest of a certificate (RFC 8122 §5).
public struct Fingerprint: Equatable, Sendable {
    public var sha256: FixedBytes<32>

    /// Nil unless there are 32 bytes.
    public init?(sha256 bytes: some Collection<UInt8>) {
        guard bytes.count == 32, let sha256 = FixedBytes<32>(bytes) else { return nil }
        self.sha256 = sha256
    }

    /// Reads the value of a=fingerprint; nil when it is not `sha-256` and 32 bytes in hexadecimal with colons.
    public init?(_ value: String) {
        let parts = fields(value)
        guard parts.count == 2, lowercase(parts[0]) == "sha-256" else { return nil }
        let bytes = fields(parts[1], by: Byte.colon).map { hexadecimal($0) }
        guard !bytes.contains(nil) else { return nil }
        self.init(sha256: bytes.compactMap { $0 })
    }

    /// As in a=fingerprint: `sha-256 AB:CD:…`.
    public var text: String {
        let digits = Array("0123456789ABCDEF")
        let pairs = sha256.array.map { String([digits[Int($0 >> 4)], digits[Int($0 & 15)]]) }
        return "sha-256 " + pairs.joined(separator: ":")
    }
}

/// What the server says of its own end of a peer connection.
public struct LocalTransport: Sendable {
    public var ice: IceParameters
    public var fingerprint: Fingerprint
    /// Host addresses, the preferred one first.
    public var addresses: [HostAddress]
    /// How many ICE restarts there were before; 255 for more.
    public var restarts: UInt8

    public init(ice: IceParameters, fingerprint: Fingerprint, addresses: [HostAddress], restarts: UInt8 = 0) {
        self.ice = ice
        self.fingerprint = fingerprint
        self.addresses = addresses
        self.restarts = restarts
    }
}

/// What the client said of its end.
public struct RemoteTransport: Equatable, Sendable {
    public var ice: IceParameters
    public var fingerprint: Fingerprint

    /// The ufrag in the form that travels to a shard.
    public var ufragBytes: FixedBytes<256> { FixedBytes(ice.ufrag) ?? FixedBytes() }
}

/// The o= line's counter (RFC 8866 §5.2): one `id` a peer connection, `version` grows by one with every description.
public struct SessionOrigin: Sendable {
    public var id: UInt64
    public var version: UInt64

    public init(id: UInt64, version: UInt64) {
        self.id = id
        self.version = version
    }
}
