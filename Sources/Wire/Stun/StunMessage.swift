/// A STUN message (RFC 8489 §5) with what ICE (RFC 8445 §7.1) puts in it. Offsets count from the message's first byte;
/// 0 means that the attribute is absent. Where an attribute appears twice the first counts (RFC 8489 §14).
@frozen
public struct StunMessage: BitwiseCopyable, Sendable {
    public var messageClass: StunClass
    public var useCandidate: Bool
    public var hasPriority: Bool
    public var hasErrorCode: Bool
    public var hasMappedAddress: Bool
    /// ICE-CONTROLLING / ICE-CONTROLLED; the tie breaker is valid when one of them is set.
    public var isControlling: Bool
    public var isControlled: Bool
    /// 1 for Binding.
    public var method: UInt16
    /// The first attribute that must be understood and is not; 0 for none. Answer a request with 420.
    public var firstUnknownRequired: UInt16
    /// As in ERROR-CODE: 300...699.
    public var errorCode: UInt16
    public var priority: UInt32
    public var transactionId: StunTransactionId
    public var tieBreaker: UInt64
    public var mappedAddress: StunAddress
    /// Where the user name's bytes begin, and how many they are.
    public var usernameOffset: Int
    public var usernameLength: Int
    /// Where MESSAGE-INTEGRITY (its type field) begins.
    public var integrityOffset: Int
    /// Where FINGERPRINT (its type field) begins.
    public var fingerprintOffset: Int
    /// Bytes of the whole message, header included.
    public var byteCount: Int

    /// The span must hold one message and nothing else.
    @_noLocks
    public init(parsing span: borrowing RawSpan) throws(WireError) {
        self.init()
        try parseHeader(span)
        var offset = Stun.headerBytes
        while offset < byteCount {
            guard byteCount &- offset >= 4 else { throw .malformed }
            let length = Int(span.uint16(at: offset &+ 2))
            // RFC 8489 §14: values are padded to four bytes; the length field does not count the padding.
            let next = offset &+ 4 &+ (length &+ 3) & ~3
            guard next <= byteCount else { throw .truncated }
            try take(type: span.uint16(at: offset), at: offset, length: length, next: next, span)
            offset = next
        }
    }

    @usableFromInline @_noLocks
    init() {
        messageClass = .request
        useCandidate = false
        hasPriority = false
        hasErrorCode = false
        hasMappedAddress = false
        isControlling = false
        isControlled = false
        method = 0
        firstUnknownRequired = 0
        errorCode = 0
        priority = 0
        transactionId = StunTransactionId(first: 0, last: 0)
        tieBreaker = 0
        mappedAddress = StunAddress(high: 0, low: 0, port: 0)
        usernameOffset = 0
        usernameLength = 0
        integrityOffset = 0
        fingerprintOffset = 0
        byteCount = 0
    }

    @_noLocks
    private mutating func parseHeader(_ span: borrowing RawSpan) throws(WireError) {
        guard span.byteCount >= Stun.headerBytes else { throw .truncated }
        let type = span.uint16(at: 0)
        // RFC 8489 §5: the top two bits are zero, the cookie is fixed, the length is a multiple of four.
        guard type & 0xC000 == 0, span.uint32(at: 4) == Stun.magicCookie else { throw .notRecognised }
        let length = Int(span.uint16(at: 2))
        guard length & 3 == 0 else { throw .malformed }
        byteCount = Stun.headerBytes &+ length
        guard span.byteCount >= byteCount else { throw .truncated }
        guard span.byteCount == byteCount else { throw .malformed }
        let classBits = UInt8(truncatingIfNeeded: (type >> 7) & 2 | (type >> 4) & 1)
        messageClass = StunMessage.messageClass(classBits)
        method = type & 0x000F | (type >> 1) & 0x0070 | (type >> 2) & 0x0F80
        transactionId = StunTransactionId(first: span.uint64(at: 8), last: span.uint32(at: 16))
    }

    @_noLocks
    private static func messageClass(_ bits: UInt8) -> StunClass {
        switch bits {
        case 0: .request
        case 1: .indication
        case 2: .success
        default: .error
        }
    }

    @_noLocks
    private mutating func take(
        type: UInt16, at offset: Int, length: Int, next: Int, _ span: borrowing RawSpan
    ) throws(WireError) {
        if type == Stun.fingerprint {
            // RFC 8489 §14.7: FINGERPRINT is the last attribute.
            guard length == 4, next == byteCount else { throw .malformed }
            fingerprintOffset = offset
            return
        }
        // RFC 8489 §14.5: what follows MESSAGE-INTEGRITY is not covered by it and is ignored.
        guard integrityOffset == 0 else { return }
        if type == Stun.messageIntegrity {
            guard length == 20 else { throw .malformed }
            integrityOffset = offset
            return
        }
        try takeCovered(type: type, at: offset &+ 4, length: length, span)
    }

    @_noLocks
    private mutating func takeCovered(
        type: UInt16, at offset: Int, length: Int, _ span: borrowing RawSpan
    ) throws(WireError) {
        switch type {
        case Stun.username:
            // RFC 8489 §14.3: at most 508 bytes.
            guard length <= 508 else { throw .malformed }
            guard usernameOffset == 0 else { return }
            usernameOffset = offset
            usernameLength = length
        case Stun.priority:
            guard length == 4 else { throw .malformed }
            guard !hasPriority else { return }
            hasPriority = true
            priority = span.uint32(at: offset)
        case Stun.useCandidate:
            guard length == 0 else { throw .malformed }
            useCandidate = true
        case Stun.iceControlled, Stun.iceControlling:
            guard length == 8 else { throw .malformed }
            takeRole(controlling: type == Stun.iceControlling, tieBreaker: span.uint64(at: offset))
        case Stun.errorCode:
            try takeErrorCode(at: offset, length: length, span)
        case Stun.xorMappedAddress:
            try takeMappedAddress(at: offset, length: length, span)
        default:
            if firstUnknownRequired == 0 && !Stun.isUnderstood(type) { firstUnknownRequired = type }
        }
    }

    @_noLocks
    private mutating func takeRole(controlling: Bool, tieBreaker value: UInt64) {
        guard !isControlling && !isControlled else { return }
        isControlling = controlling
        isControlled = !controlling
        tieBreaker = value
    }

    @_noLocks
    private mutating func takeErrorCode(at offset: Int, length: Int, _ span: borrowing RawSpan) throws(WireError) {
        guard length >= 4 else { throw .malformed }
        // RFC 8489 §14.8: the hundreds in three bits, then the rest below 100.
        let hundreds = UInt16(span.uint8(at: offset &+ 2) & 7)
        let rest = UInt16(span.uint8(at: offset &+ 3))
        guard hundreds >= 3, hundreds <= 6, rest < 100 else { throw .malformed }
        guard !hasErrorCode else { return }
        hasErrorCode = true
        errorCode = hundreds &* 100 &+ rest
    }

    @_noLocks
    private mutating func takeMappedAddress(
        at offset: Int, length: Int, _ span: borrowing RawSpan
    ) throws(WireError) {
        guard length >= 4 else { throw .malformed }
        let isIPv4 = span.uint8(at: offset &+ 1) == 1
        guard isIPv4 ? length == 8 : span.uint8(at: offset &+ 1) == 2 && length == 20 else { throw .malformed }
        guard !hasMappedAddress else { return }
        hasMappedAddress = true
        // RFC 8489 §14.2: xor with the cookie and, for IPv6, the transaction id; that is with header bytes 4...19.
        let port = span.uint16(at: offset &+ 2) ^ span.uint16(at: 4)
        if isIPv4 {
            mappedAddress = StunAddress(ipv4: span.uint32(at: offset &+ 4) ^ Stun.magicCookie, port: port)
        } else {
            mappedAddress = StunAddress(
                high: span.memoryWord(at: offset &+ 4) ^ span.memoryWord(at: 4),
                low: span.memoryWord(at: offset &+ 12) ^ span.memoryWord(at: 12), port: port)
        }
    }
}

extension StunMessage {
    @inlinable
    public var isBindingRequest: Bool { @_noLocks get { messageClass == .request && method == 1 } }

    @inlinable
    public var hasUsername: Bool { @_noLocks get { usernameOffset != 0 } }

    @inlinable
    public var hasIntegrity: Bool { @_noLocks get { integrityOffset != 0 } }

    @inlinable
    public var hasFingerprint: Bool { @_noLocks get { fingerprintOffset != 0 } }

    /// How many leading bytes MESSAGE-INTEGRITY covers; 0 without the attribute.
    ///
    /// RFC 8489 §14.5: the HMAC is taken with the header's length field (bytes 2 and 3) set to
    /// `integrityLengthField`, which differs from the one received when FINGERPRINT follows.
    @inlinable
    public var integrityCoveredLength: Int { @_noLocks get { integrityOffset } }

    /// The length field that the HMAC must see: it ends with MESSAGE-INTEGRITY.
    @inlinable
    public var integrityLengthField: UInt16 {
        @_noLocks get { UInt16(truncatingIfNeeded: integrityOffset &+ 24 &- 20) }
    }

    /// Where the 20 bytes of the HMAC are.
    @inlinable
    public var integrityHmacOffset: Int { @_noLocks get { integrityOffset &+ 4 } }
}
