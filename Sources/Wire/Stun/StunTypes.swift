/// RFC 8489 §5: the two class bits of the message type.
@frozen
public enum StunClass: UInt8, BitwiseCopyable, Sendable {
    case request = 0
    case indication
    case success
    case error

    @inlinable @_noLocks
    public static func == (left: StunClass, right: StunClass) -> Bool { left.rawValue == right.rawValue }
}

/// The 96 bits that tie a response to its request (RFC 8489 §5).
@frozen
public struct StunTransactionId: Hashable, BitwiseCopyable, Sendable {
    /// The first eight bytes and the last four, as numbers.
    public var first: UInt64
    public var last: UInt32

    @inlinable @_noLocks
    public init(first: UInt64, last: UInt32) {
        self.first = first
        self.last = last
    }

    @inlinable @_noLocks
    public init(bytes: InlineArray<12, UInt8>) {
        first = 0
        last = 0
        for index in 0..<8 { first = first << 8 | UInt64(bytes[index]) }
        for index in 8..<12 { last = last << 8 | UInt32(bytes[index]) }
    }

    @inlinable
    public var bytes: InlineArray<12, UInt8> {
        @_noLocks get {
            var result = InlineArray<12, UInt8>(repeating: 0)
            for index in 0..<8 { result[index] = UInt8(truncatingIfNeeded: first >> UInt64(56 &- 8 &* index)) }
            for index in 0..<4 { result[8 &+ index] = UInt8(truncatingIfNeeded: last >> UInt32(24 &- 8 &* index)) }
            return result
        }
    }

    @inlinable @_noLocks
    public static func == (left: StunTransactionId, right: StunTransactionId) -> Bool {
        left.first == right.first && left.last == right.last
    }
}

/// What RFC 8489 fixes for every message. The getters carry @_noLocks because callers in other files could not use them
/// otherwise in debug builds.
enum Stun {
    static var headerBytes: Int { @_noLocks get { 20 } }
    static var magicCookie: UInt32 { @_noLocks get { 0x2112_A442 } }
    static var bindingMethod: UInt16 { @_noLocks get { 1 } }
    /// Type, length and 20 bytes of HMAC-SHA1.
    static var integrityBytes: Int { @_noLocks get { 24 } }
    /// Type, length and a CRC-32.
    static var fingerprintBytes: Int { @_noLocks get { 8 } }

    static var username: UInt16 { @_noLocks get { 0x0006 } }
    static var messageIntegrity: UInt16 { @_noLocks get { 0x0008 } }
    static var errorCode: UInt16 { @_noLocks get { 0x0009 } }
    static var unknownAttributes: UInt16 { @_noLocks get { 0x000A } }
    static var xorMappedAddress: UInt16 { @_noLocks get { 0x0020 } }
    static var priority: UInt16 { @_noLocks get { 0x0024 } }
    static var useCandidate: UInt16 { @_noLocks get { 0x0025 } }
    static var fingerprint: UInt16 { @_noLocks get { 0x8028 } }
    static var iceControlled: UInt16 { @_noLocks get { 0x8029 } }
    static var iceControlling: UInt16 { @_noLocks get { 0x802A } }

    /// RFC 8489 §14: an attribute below 0x8000 must be understood. These are, even where ICE gives them no work:
    /// MAPPED-ADDRESS, REALM, NONCE, MESSAGE-INTEGRITY-SHA256, PASSWORD-ALGORITHM, USERHASH.
    @_noLocks
    static func isUnderstood(_ type: UInt16) -> Bool {
        switch type {
        case username, messageIntegrity, errorCode, unknownAttributes, xorMappedAddress, priority, useCandidate: true
        case 0x0001, 0x0014, 0x0015, 0x001C, 0x001D, 0x001E: true
        default: type >= 0x8000
        }
    }
}
