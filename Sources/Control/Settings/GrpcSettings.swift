/// Where another control plane reaches the engine, and who may.
public struct GrpcSettings: Sendable {
    /// TCP; 0 lets the kernel choose (for tests).
    public var port: Int
    /// The first that works is listened on.
    public var addresses: [String]
    /// What callers show; nil when their certificate is enough.
    public var key: String?
    /// Paths of PEM files; nil for no TLS.
    public var certificate: String?
    public var privateKey: String?
    /// Whose certificates callers must have; nil for anybody's or none.
    public var clientAuthority: String?

    /// Of one address in the long run, twice as many at once; 0 for no limit.
    public var callsPerSecond = 1000.0

    public static let keyBytesMin = 32

    public init(port: Int, addresses: [String], key: String?) {
        self.port = port
        self.addresses = addresses
        self.key = key
    }

    /// Nil when no port is given, or when something is wrong.
    init?(_ reader: inout SettingsReader, addresses: [String]) {
        guard reader.given(.grpcPort) != nil else { return nil }
        self.init(
            port: reader.number(.grpcPort, default: 0, in: 0...65535), addresses: addresses,
            key: reader.given(.controlKey))
        certificate = reader.given(.grpcCertificate)
        privateKey = reader.given(.grpcPrivateKey)
        clientAuthority = reader.given(.grpcClientAuthority)
        callsPerSecond = Double(reader.number(.grpcCalls, default: 1000, in: 0...1_000_000))
        check(&reader)
    }

    private func check(_ reader: inout SettingsReader) {
        let keyExpected = "\(Self.keyBytesMin) or more characters, or --grpc-client-ca"
        if let key {
            if key.utf8.count < Self.keyBytesMin { reader.refuse(.controlKey, expected: keyExpected) }
        } else if clientAuthority == nil {
            reader.refuse(.controlKey, expected: keyExpected)
        }
        if (certificate == nil) != (privateKey == nil) {
            let missing = certificate == nil ? Setting.grpcCertificate : .grpcPrivateKey
            reader.refuse(missing, expected: "a PEM file, since the other half is given")
        }
        if clientAuthority != nil, certificate == nil {
            reader.refuse(.grpcCertificate, expected: "a PEM file: who asks for certificates must have one")
        }
    }
}
