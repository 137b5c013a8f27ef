/// An IP address and port, and the TCP connection that leads there, if one does. IPv4 is kept as IPv4-mapped IPv6
/// (::ffff:a.b.c.d), so that one comparison serves both.
@frozen
public struct Endpoint: Hashable, BitwiseCopyable, Sendable {
    /// The address's bytes in network order, as two words read in memory order.
    public var high: UInt64
    public var low: UInt64
    /// In host order.
    public var port: UInt16
    /// 0 for UDP, else the name that a shard's port gave a TCP connection (`ConnectionName`). It means nothing to other
    /// shards.
    public var connection: UInt32 = 0

    @inlinable
    public init(high: UInt64, low: UInt64, port: UInt16, connection: UInt32 = 0) {
        self.high = high
        self.low = low
        self.port = port
        self.connection = connection
    }

    @inlinable
    public var isTcp: Bool { connection != 0 }

    /// `address` holds 16 bytes in network order.
    @inlinable
    public init(address: UnsafeRawPointer, port: UInt16) {
        high = address.loadUnaligned(as: UInt64.self)
        low = address.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        self.port = port
    }

    /// An IPv4 endpoint; `address` in host order (127.0.0.1 is 0x7F00_0001).
    @inlinable
    public init(ipv4 address: UInt32, port: UInt16) {
        high = 0
        low = UInt64(littleEndian: 0xFFFF_0000 | UInt64(address.bigEndian) << 32)
        self.port = port
    }

    @inlinable
    public static var none: Endpoint { Endpoint(high: 0, low: 0, port: 0) }

    @inlinable
    public var isIPv4: Bool { high == 0 && UInt64(littleEndian: low) & 0xFFFF_FFFF == 0xFFFF_0000 }

    /// Writes the 16 address bytes in network order.
    @inlinable
    public func copyAddress(to destination: UnsafeMutableRawPointer) {
        destination.storeBytes(of: high, as: UInt64.self)
        destination.storeBytes(of: low, toByteOffset: 8, as: UInt64.self)
    }

    /// A well-mixed hash that costs three multiplications; the key keeps strangers from choosing collisions.
    @inlinable
    public func hash(key: UInt64) -> UInt64 {
        var value = (high ^ key) &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 29) ^ low) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 32) ^ UInt64(port) ^ UInt64(connection) << 16 ^ key) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
