import Contract
import Memory

/// How the data plane is to run. Checked by the control side's settings; `DataPlane.start` checks again what only the
/// host can say.
public struct DataPlaneConfiguration: Sendable {
    public enum Backend: String, CaseIterable, Sendable {
        case auto
        case uring = "io_uring"
        case mmsg
    }
    public enum Steering: String, CaseIterable, Sendable {
        case auto
        case bpf
        case handover
    }

    /// Address to bind; :: serves IPv4 too.
    public var bindAddress: String = "::"
    /// 0 lets the kernel choose.
    public var mediaPort: UInt16 = 7000
    public var shardCount: Int = 1
    /// Processors to pin the shards to, one each; empty: chosen from what the process may use.
    public var cpus: [Int] = []
    public var backend: Backend = .auto
    public var steering: Steering = .auto
    /// Profiles that the DTLS server accepts, in order of preference.
    public var profiles: [SrtpProfile] = [.aes128Gcm, .aes256Gcm, .aes128CmSha1]
    public var useHugePages: Bool = true
    public var limits = Limits()

    public init() {}
}
