/// What is to run on the host: the server's settings as far as a check needs them.
public struct Plan: Sendable {
    public var bindAddress = "::"
    public var httpAddresses = ["::"]
    public var mediaPort: UInt16 = 7000
    public var httpPort: UInt16 = 8080
    public var takesTcpMedia = true
    public var shards = 1
    /// The shards' processors as the operator named them; empty when the server chooses.
    public var cpus: [Int] = []
    public var publicAddresses: [String] = []
    /// The port that candidates name when it is not the media port: something stands in front.
    public var publicPort: UInt16?
    public var isDevelopment = false
    public var usesUring = true
    public var usesBpf = true
    public var zeroCopyBytes: UInt32 = 0
    public var waitsForBatches = true
    /// Descriptors that the server would like to have.
    public var openFiles: UInt64 = 8448
    /// Memory of one shard's tables, which reserved huge pages must hold.
    public var shardBytes = 0
    public var secret: String?
    public var secretBytesMin = 32
    public var takesAnyone = false
    /// What is wrong with the settings, a line each.
    public var settingProblems: [String] = []
    public var settingsFile: String?
    public var certificates: [String] = []
    public var certificateKey: String?
    /// A name that the first certificate must cover.
    public var domain: String?

    public init() {}
}
