import Channels
import Contract

/// How the handshake thread is to run.
public struct HandshakeConfiguration: Sendable {
    /// Accepted SRTP profiles, best first.
    public var profiles: [SrtpProfile]
    /// Associations at once, over all shards; more are refused.
    public var sessionsMax: Int
    public var shardCount: Int
    /// Messages waiting in each mailbox.
    public var mailboxMax: Int
    /// From the order to open until the keys are there; then the peer is given up.
    public var handshakeNanosecondsMax: UInt64
    /// From the keys until what only the handshake needs is freed. Longer than remote ends repeat their last flight.
    public var retirementNanoseconds: UInt64
    /// The certificate and key of the process that this one takes over from; nil makes new ones.
    public var identity: [UInt8]?

    public init(
        profiles: [SrtpProfile] = [.aes128Gcm, .aes256Gcm, .aes128CmSha1], sessionsMax: Int = 4096, shardCount: Int = 1,
        mailboxMax: Int = 1024, handshakeNanosecondsMax: UInt64 = 60_000_000_000,
        retirementNanoseconds: UInt64 = 10_000_000_000
    ) {
        self.profiles = profiles
        self.sessionsMax = sessionsMax
        self.shardCount = shardCount
        self.mailboxMax = mailboxMax
        self.handshakeNanosecondsMax = handshakeNanosecondsMax
        self.retirementNanoseconds = retirementNanoseconds
    }
}

/// What the handshake thread has done since its start. All are sums, but for those that say "now".
@frozen
public struct HandshakeCounters: BitwiseCopyable, Sendable {
    public var datagramsReceived: UInt64 = 0
    public var datagramsSent: UInt64 = 0
    /// Datagrams for a peer that is not open, or no longer.
    public var unknownPeer: UInt64 = 0
    public var opened: UInt64 = 0
    /// Orders to open beyond `sessionsMax` or for a shard that does not exist.
    public var refused: UInt64 = 0
    public var established: UInt64 = 0
    public var failed: UInt64 = 0
    public var fingerprintMismatches: UInt64 = 0
    public var timedOut: UInt64 = 0
    public var closedByPeer: UInt64 = 0
    public var retransmissions: UInt64 = 0
    /// Times that a shard's mailbox was full; what did not fit waits.
    public var outputsDelayed: UInt64 = 0
    /// Datagrams lost because too many waited, or too long for a record.
    public var datagramsDropped: UInt64 = 0
    public var sessionsNow: UInt64 = 0
    public var channels = ChannelCounters()

    public init() {}
}
