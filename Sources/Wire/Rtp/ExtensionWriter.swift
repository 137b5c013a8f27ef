import Contract

/// Writes one header extension block (RFC 8285) behind an RTP header that has `hasExtension` set: begin, put, finish.
///
/// The one-byte form carries values of 1...16 bytes under ids 1...14, the two-byte form 0...255 bytes under ids 1...255.
/// A dependency descriptor with its template structure needs the two-byte form. A block without values is lawful.
@frozen
public struct ExtensionWriter: BitwiseCopyable {
    @usableFromInline let start: Int
    @usableFromInline let isTwoByteForm: Bool

    /// Writes the block's header.
    @_noLocks
    public init(begin writer: inout ByteWriter, twoByteForm: Bool = false) throws(WireError) {
        try writer.require(4)
        writer.put((twoByteForm ? 0x1000 : 0xBEDE) as UInt16)
        writer.put(0 as UInt16)
        start = writer.count
        isTwoByteForm = twoByteForm
    }

    /// Begins an element. `.tooLarge` when the form cannot carry it; `.bufferFull` leaves room for closing padding.
    @_noLocks
    func putElement(_ id: UInt8, length: Int, to writer: inout ByteWriter) throws(WireError) {
        precondition(id != 0)
        try writer.require(length &+ 2 &+ 3)
        if isTwoByteForm {
            guard length <= 255 else { throw .tooLarge }
            writer.put(id)
            writer.put(UInt8(truncatingIfNeeded: length))
        } else {
            guard id <= 14, length >= 1, length <= 16 else { throw .tooLarge }
            writer.put(id << 4 | UInt8(truncatingIfNeeded: length &- 1))
        }
    }

    @_noLocks
    public func put(_ id: UInt8, _ value: UInt8, to writer: inout ByteWriter) throws(WireError) {
        try putElement(id, length: 1, to: &writer)
        writer.put(value)
    }

    @_noLocks
    public func put(_ id: UInt8, _ value: UInt16, to writer: inout ByteWriter) throws(WireError) {
        try putElement(id, length: 2, to: &writer)
        writer.put(value)
    }

    /// The low 24 bits of `value`.
    @_noLocks
    public func put24(_ id: UInt8, _ value: UInt32, to writer: inout ByteWriter) throws(WireError) {
        try putElement(id, length: 3, to: &writer)
        writer.put24(value)
    }

    @_noLocks
    public func put(_ id: UInt8, _ name: borrowing FixedBytes<16>, to writer: inout ByteWriter) throws(WireError) {
        try putElement(id, length: name.count, to: &writer)
        for index in 0..<name.count { writer.put(name.storage[index]) }
    }

    /// `length` bytes of `span` from `offset` on: a value copied from the packet that arrived.
    @_noLocks
    public func put(
        _ id: UInt8, from span: borrowing RawSpan, offset: Int, length: Int, to writer: inout ByteWriter
    ) throws(WireError) {
        try putElement(id, length: length, to: &writer)
        writer.put(span, from: offset, count: length)
    }

    /// Pads to four bytes and sets the block's length.
    @_noLocks
    public func finish(_ writer: inout ByteWriter) throws(WireError) {
        let length = writer.count &- start
        let padding = (4 &- length & 3) & 3
        try writer.require(padding)
        writer.putZeros(padding)
        writer.patch(UInt16(truncatingIfNeeded: (length &+ padding) >> 2), at: start &- 2)
    }
}
