/// A remote address and port as plain data: 16 address bytes (IPv4 as ::ffff:a.b.c.d) in two words, the port, and the
/// TCP connection's name, 0 for UDP.
@frozen
public struct AddressKey: Hashable, BitwiseCopyable, Sendable {
    public var high: UInt64
    public var low: UInt64
    public var port: UInt16
    public var connection: UInt32

    @inlinable
    @_noLocks
    public init(high: UInt64, low: UInt64, port: UInt16, connection: UInt32 = 0) {
        self.high = high
        self.low = low
        self.port = port
        self.connection = connection
    }

    /// No address.
    @inlinable public static var none: AddressKey { @_noLocks get { AddressKey(high: 0, low: 0, port: 0) } }

    // Written out: the synthesized one is reached by way of a protocol where nothing is optimised.
    @_noLocks @inlinable
    public static func == (left: AddressKey, right: AddressKey) -> Bool {
        left.low == right.low && left.port == right.port && left.high == right.high
            && left.connection == right.connection
    }
}
