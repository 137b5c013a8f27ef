/// What a datagram on the shared port carries, told by its first byte.
@frozen
public enum PacketKind: UInt8, BitwiseCopyable, Sendable {
    case stun = 0
    case zrtp
    case dtls
    case turnChannel
    case rtpOrRtcp
    case unknown

    /// RFC 7983 §7, and RFC 9443 §3 for 64...79, which TURN shares with QUIC.
    @inlinable @_noLocks
    public static func classify(firstByte: UInt8) -> PacketKind {
        if firstByte >= 128 && firstByte <= 191 { return .rtpOrRtcp }
        if firstByte <= 3 { return .stun }
        if firstByte >= 20 && firstByte <= 63 { return .dtls }
        if firstByte >= 64 && firstByte <= 79 { return .turnChannel }
        if firstByte >= 16 && firstByte <= 19 { return .zrtp }
        return .unknown
    }

    /// RFC 5761 §4: RTP payload types 64...95 are left unused, so that with or without the marker bit the second byte
    /// of RTCP (192...223) is told apart.
    @inlinable @_noLocks
    public static func isRtcp(secondByte: UInt8) -> Bool { secondByte >= 192 && secondByte <= 223 }
}
