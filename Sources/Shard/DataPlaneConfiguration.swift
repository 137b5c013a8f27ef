import Contract
import Engine
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

    public enum Pacing: String, CaseIterable, Sendable {
        case on
        case off
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
    /// Let datagrams gather for so long before a sleeping shard wakes; 0 wakes it with the first. io_uring only.
    public var batchWaitMicroseconds: UInt32 = 0
    /// No two wake-ups within so long while many datagrams come and each wake-up brings few; 0 for never. io_uring only.
    public var gatherMicroseconds: UInt32 = 500
    /// How long transport-wide feedback may wait for something else that wakes the shard; 0 wakes it with each. io_uring
    /// only, and not with `Steering.handover`.
    public var feedbackWaitMicroseconds: UInt32 = 5000
    /// Runs of a burst that are built before they are sent.
    public var runsPerFlush = 32
    /// Look for datagrams for so long before sleeping. io_uring only.
    public var spinMicroseconds: UInt32 = 0
    /// Let the kernel poll the network card for so long before sleeping. io_uring only.
    public var busyPollMicroseconds: UInt32 = 0
    /// Run shards before all other threads of their processors (SCHED_FIFO).
    public var isRealtime = false
    /// Where to write what estimators are told; nil for nowhere.
    public var estimatesFile: String?
    public var flight = FlightSettings()
    /// Hold packets back to the pace that a subscriber's link takes, once that is known.
    public var pacing = Pacing.on
    /// Also take TCP connections (RFC 6544), on the media port's number.
    public var iceTcp = true
    /// TCP connections of one shard at once.
    public var connectionsMax = 512
    /// Runs of so many bytes and more are sent without a copy in the kernel; 0 for none. io_uring only.
    public var zeroCopyBytes: UInt32 = 0
    /// What another process hands over: its sockets are used instead of new ones, and nothing is read until `DataPlane.begin`.
    public var inheritance: Inheritance?

    public init() {}

    /// Memory of one shard's tables.
    public var shardBytes: Int { Engine.byteCount(limits, shardCount: shardCount) }
}
