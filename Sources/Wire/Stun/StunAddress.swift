/// An IP address and UDP port as STUN carries them, before the exclusive or.
@frozen
public struct StunAddress: Hashable, BitwiseCopyable, Sendable {
    /// The 16 address bytes in network order, as two words read in memory order; IPv4 as ::ffff:a.b.c.d.
    public var high: UInt64
    public var low: UInt64
    /// In host order.
    public var port: UInt16

    @inlinable @_noLocks
    public init(high: UInt64, low: UInt64, port: UInt16) {
        self.high = high
        self.low = low
        self.port = port
    }

    /// `address` in host order (127.0.0.1 is 0x7F00_0001).
    @inlinable @_noLocks
    public init(ipv4 address: UInt32, port: UInt16) {
        high = 0
        low = (0x0000_FFFF_0000_0000 | UInt64(address)).bigEndian
        self.port = port
    }

    @inlinable
    public var isIPv4: Bool { @_noLocks get { high == 0 && UInt64(bigEndian: low) >> 32 == 0xFFFF } }

    /// In host order; of use only when `isIPv4`.
    @inlinable
    public var ipv4: UInt32 { @_noLocks get { UInt32(truncatingIfNeeded: UInt64(bigEndian: low)) } }

    @inlinable @_noLocks
    public static func == (left: StunAddress, right: StunAddress) -> Bool {
        left.high == right.high && left.low == right.low && left.port == right.port
    }
}
