/// A wish for a short stretch at a higher rate than media has: packets of any kind (retransmissions, padding, media)
/// that are sent at `bitsPerSecond` until enough have left, and named by `cluster` when they do.
@frozen
public struct ProbeCluster: BitwiseCopyable, Sendable {
    /// 1...255; 0 when no probe is wanted.
    public var cluster: UInt8 = 0
    public var bitsPerSecond: UInt64 = 0
    /// What is still to be sent.
    public var packetsLeft = 0
    public var bytesLeft = 0

    @inlinable public init() {}

    @inlinable public var isWanted: Bool { cluster != 0 }
}
