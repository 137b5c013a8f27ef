import NIOCore

/// Which addresses webhooks may go to: none through which a tenant could reach what only the operator's network can.
enum PublicAddress {
    static func isPublic(_ address: SocketAddress) -> Bool {
        switch address {
        case .v4(let address): isPublic(v4: withUnsafeBytes(of: address.address.sin_addr) { Array($0) })
        case .v6(let address): isPublic(v6: withUnsafeBytes(of: address.address.sin6_addr) { Array($0) })
        case .unixDomainSocket: false
        }
    }

    /// RFC 6890 and the IANA registry of special-purpose addresses. Four bytes in network order.
    static func isPublic(v4 bytes: [UInt8]) -> Bool {
        switch (bytes[0], bytes[1], bytes[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (169, 254, _), (172, 16...31, _), (192, 168, _): false
        case (100, 64...127, _), (192, 0, 0), (192, 0, 2), (198, 18...19, _), (198, 51, 100), (203, 0, 113): false
        case (192, 88, 99), (224..., _, _): false
        default: true
        }
    }

    /// Global unicast (2000::/3) without what is in it for documents, tunnels and protocols. Sixteen bytes. IPv4 in an IPv6
    /// address is not in it.
    static func isPublic(v6 bytes: [UInt8]) -> Bool {
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
        case (0x20, 0x01, 0x00...0x01, _), (0x20, 0x01, 0x0D, 0xB8), (0x20, 0x02, _, _), (0x3F, 0xFF, 0x00...0x0F, _):
            return false
        default: return true
        }
    }
}
