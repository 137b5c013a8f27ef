/// Writes one STUN message with a fresh `ByteWriter`.
///
/// The message is written up to where MESSAGE-INTEGRITY begins, with the length field already counting that attribute,
/// as its HMAC needs (RFC 8489 §14.5): take the HMAC-SHA1 of `covered`, then `appendIntegrity`, then
/// `appendFingerprint`. Without integrity, `appendFingerprint` corrects the length.
@frozen
public struct StunWriter: BitwiseCopyable {
    /// Bytes written are `writer.count`.
    public var writer: ByteWriter

    @_noLocks
    private init(_ writer: ByteWriter, needs byteCount: Int) throws(WireError) {
        // Attributes are aligned to, and the CRC counts from, the message's first byte.
        precondition(writer.count == 0)
        // Room for both closing attributes is asked for at the start, so that appending them cannot fail.
        try writer.require(byteCount &+ Stun.integrityBytes &+ Stun.fingerprintBytes)
        self.writer = writer
    }

    /// Bytes written so far: the message's length once the last attribute is in.
    @inlinable
    public var byteCount: Int { @_noLocks get { writer.count } }

    /// What the HMAC covers; valid until an attribute is appended.
    @inlinable
    public var covered: UnsafeRawBufferPointer { @_noLocks get { unsafe writer.written } }

    /// Binding success response: XOR-MAPPED-ADDRESS with the address that the request came from.
    @_noLocks
    public init(
        bindingSuccessTo transactionId: StunTransactionId, mappedAddress: StunAddress,
        into writer: ByteWriter
    ) throws(WireError) {
        try self.init(writer, needs: 44)
        putHeader(type: 0x0101, transactionId)
        putMappedAddress(mappedAddress, transactionId)
        closeForIntegrity()
    }

    /// Binding error response with the standard's reason phrase. `code` is 300...699; `unknownAttribute` is listed with 420.
    @_noLocks
    public init(
        bindingErrorTo transactionId: StunTransactionId, code: UInt16, unknownAttribute: UInt16 = 0,
        into writer: ByteWriter
    ) throws(WireError) {
        precondition(code >= 300 && code <= 699)
        try self.init(writer, needs: 60)
        putHeader(type: 0x0111, transactionId)
        putErrorCode(code)
        if unknownAttribute != 0 { putUnknownAttributes(unknownAttribute) }
        closeForIntegrity()
    }

    /// Binding request of an ICE agent (RFC 8445 §7.1). `username` is "theirs:ours", at most 508 bytes.
    @_noLocks
    public init(
        bindingRequest transactionId: StunTransactionId, username: borrowing RawSpan, priority: UInt32,
        isControlling: Bool, tieBreaker: UInt64, useCandidate: Bool, into writer: ByteWriter
    ) throws(WireError) {
        guard username.byteCount <= 508 else { throw .tooLarge }
        try self.init(writer, needs: 20 &+ 8 &+ username.byteCount &+ 8 &+ 12 &+ 4)
        putHeader(type: 0x0001, transactionId)
        putUsername(username)
        putAttribute(Stun.priority, length: 4)
        self.writer.put(priority)
        putAttribute(isControlling ? Stun.iceControlling : Stun.iceControlled, length: 8)
        self.writer.put(tieBreaker)
        if useCandidate { putAttribute(Stun.useCandidate, length: 0) }
        closeForIntegrity()
    }

    /// Binding request without credentials, as a client asks a STUN server for its address (RFC 8489 §7).
    @_noLocks
    public init(
        plainBindingRequest transactionId: StunTransactionId, into writer: ByteWriter
    ) throws(WireError) {
        try self.init(writer, needs: Stun.headerBytes)
        putHeader(type: 0x0001, transactionId)
        closeForIntegrity()
    }

    @_noLocks
    public mutating func appendIntegrity(_ hmac: InlineArray<20, UInt8>) {
        putAttribute(Stun.messageIntegrity, length: 20)
        writer.put(hmac)
        setLength(writer.count)
    }

    /// Nothing may follow.
    @_noLocks
    public mutating func appendFingerprint() {
        // RFC 8489 §14.7: the length field counts FINGERPRINT before the CRC is taken.
        setLength(writer.count &+ Stun.fingerprintBytes)
        // SAFETY: the caller keeps the memory alive while writing.
        let value = unsafe StunFingerprint.value(writer.written.bytes, count: writer.count)
        putAttribute(Stun.fingerprint, length: 4)
        writer.put(value)
    }
}

extension StunWriter {
    @_noLocks
    private mutating func putHeader(type: UInt16, _ transactionId: StunTransactionId) {
        writer.put(type)
        writer.put(0 as UInt16)
        writer.put(Stun.magicCookie)
        writer.put(transactionId.first)
        writer.put(transactionId.last)
    }

    @_noLocks
    private mutating func putAttribute(_ type: UInt16, length: Int) {
        writer.put(type)
        writer.put(UInt16(truncatingIfNeeded: length))
    }

    @_noLocks
    private mutating func putUsername(_ username: borrowing RawSpan) {
        putAttribute(Stun.username, length: username.byteCount)
        writer.put(username)
        writer.putZeros((4 &- username.byteCount & 3) & 3)
    }

    @_noLocks
    private mutating func putMappedAddress(_ address: StunAddress, _ transactionId: StunTransactionId) {
        let cookie = UInt64(Stun.magicCookie)
        putAttribute(Stun.xorMappedAddress, length: address.isIPv4 ? 8 : 20)
        writer.put((address.isIPv4 ? 1 : 2) as UInt16)
        writer.put(address.port ^ UInt16(truncatingIfNeeded: Stun.magicCookie >> 16))
        if address.isIPv4 {
            writer.put(address.ipv4 ^ Stun.magicCookie)
        } else {
            writer.put(UInt64(bigEndian: address.high) ^ (cookie << 32 | transactionId.first >> 32))
            writer.put(UInt64(bigEndian: address.low) ^ (transactionId.first << 32 | UInt64(transactionId.last)))
        }
    }

    @_noLocks
    private mutating func putErrorCode(_ code: UInt16) {
        let reason = StunWriter.reason(code)
        putAttribute(Stun.errorCode, length: 4 &+ reason.utf8CodeUnitCount)
        writer.put(0 as UInt16)
        writer.put(UInt8(truncatingIfNeeded: code / 100))
        writer.put(UInt8(truncatingIfNeeded: code % 100))
        // SAFETY: a static string's bytes live as long as the process.
        unsafe writer.put(UnsafeRawBufferPointer(start: reason.utf8Start, count: reason.utf8CodeUnitCount).bytes)
        writer.putZeros((4 &- reason.utf8CodeUnitCount & 3) & 3)
    }

    @_noLocks
    private mutating func putUnknownAttributes(_ type: UInt16) {
        putAttribute(Stun.unknownAttributes, length: 2)
        writer.put(type)
        writer.put(0 as UInt16)
    }

    /// RFC 8489 §14.8 and RFC 8445 §16.1 for 487.
    @_noLocks
    private static func reason(_ code: UInt16) -> StaticString {
        switch code {
        case 400: "Bad Request"
        case 401: "Unauthenticated"
        case 420: "Unknown Attribute"
        case 487: "Role Conflict"
        case 500: "Server Error"
        default: "Error"
        }
    }

    @_noLocks
    private func setLength(_ byteCount: Int) {
        writer.patch(UInt16(truncatingIfNeeded: byteCount &- Stun.headerBytes), at: 2)
    }

    @_noLocks
    private func closeForIntegrity() { setLength(writer.count &+ Stun.integrityBytes) }
}
