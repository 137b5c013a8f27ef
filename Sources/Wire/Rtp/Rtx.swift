/// Retransmission payloads (RFC 4588 §4): the original sequence number in two bytes, then the original payload.
public enum Rtx {
    @inlinable public static var headerBytes: Int { @_noLocks get { 2 } }

    /// The original sequence number; nil when the payload is too short to hold one (a probe of padding only).
    @_noLocks
    public static func originalSequence(_ payload: RtpPayload, in span: borrowing RawSpan) -> UInt16? {
        guard payload.length >= 2, payload.offset &+ 2 <= span.byteCount else { return nil }
        return span.uint16(at: payload.offset)
    }

    @_noLocks
    public static func putOriginalSequence(_ sequence: UInt16, to writer: inout ByteWriter) throws(WireError) {
        try writer.require(2)
        writer.put(sequence)
    }
}
