/// Where a peer without ICE and DTLS sends from and receives: a recorder or an encoder that speaks plain RTP (RFC 3550), or
/// SRTP under keys that were told over another way (RFC 4568).
@frozen
public struct PlainConnection: BitwiseCopyable, Sendable {
    /// 16 address bytes in network order as two words read in memory order; IPv4 as ::ffff:a.b.c.d.
    public var addressHigh: UInt64
    public var addressLow: UInt64
    /// Where RTP comes from and all packets go to (RFC 5761).
    public var port: UInt16
    /// Where RTCP comes from besides; 0 for nowhere else.
    public var rtcpPort: UInt16
    /// Nil: packets are not encrypted.
    public var keys: SrtpKeys?

    public init(addressHigh: UInt64, addressLow: UInt64, port: UInt16, rtcpPort: UInt16 = 0, keys: SrtpKeys? = nil) {
        self.addressHigh = addressHigh
        self.addressLow = addressLow
        self.port = port
        self.rtcpPort = rtcpPort
        self.keys = keys
    }
}
