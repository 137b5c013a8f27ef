/// Appends big-endian integers and bytes to memory that the caller owns and keeps alive while writing.
///
/// Builders call `require` once for all that they will write and get `.bufferFull` when it does not fit; each `put` still
/// checks, and traps, since writing more than was required is an error of the builder.
@frozen @safe
public struct ByteWriter: BitwiseCopyable {
    @usableFromInline let base: UnsafeMutableRawPointer
    public let capacity: Int
    /// Bytes written so far; also the offset of the next one. Stored, since @_noLocks code of other files cannot call a
    /// computed property in debug builds. Set it only by `rewind`.
    public var count: Int

    /// `buffer` must not be empty.
    @inlinable @_noLocks
    public init(_ buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count > 0)
        // SAFETY: a buffer that is not empty has a base address.
        unsafe base = buffer.baseAddress.unsafelyUnwrapped
        capacity = buffer.count
        count = 0
    }

    @inlinable
    public var remaining: Int { @_noLocks get { capacity &- count } }

    @inlinable @_noLocks
    public func require(_ byteCount: Int) throws(WireError) {
        if byteCount > capacity &- count { throw .bufferFull }
    }

    /// Checks room for `byteCount` bytes and moves past it; the offset where they begin.
    @usableFromInline @inline(__always) @_noLocks
    mutating func take(_ byteCount: Int) -> Int {
        precondition(byteCount >= 0 && byteCount <= capacity &- count)
        let offset = count
        count &+= byteCount
        return offset
    }

    @inlinable @_noLocks
    public mutating func put(_ value: UInt8) {
        let offset = take(1)
        // SAFETY: take has checked the room; the same holds below.
        unsafe base.storeBytes(of: value, toByteOffset: offset, as: UInt8.self)
    }

    @inlinable @_noLocks
    public mutating func put(_ value: UInt16) {
        let offset = take(2)
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }

    /// The low 24 bits.
    @inlinable @_noLocks
    public mutating func put24(_ value: UInt32) {
        put(UInt8(truncatingIfNeeded: value >> 16))
        put(UInt16(truncatingIfNeeded: value))
    }

    @inlinable @_noLocks
    public mutating func put(_ value: UInt32) {
        let offset = take(4)
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
    }

    @inlinable @_noLocks
    public mutating func put(_ value: UInt64) {
        let offset = take(8)
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt64.self)
    }

    @inlinable @_noLocks
    public mutating func putZeros(_ byteCount: Int) {
        var left = byteCount
        while left > 0 {
            put(0 as UInt8)
            left &-= 1
        }
    }

    @_noLocks
    public mutating func put(_ bytes: borrowing RawSpan) {
        put(bytes, from: 0, count: bytes.byteCount)
    }

    /// `byteCount` bytes of `bytes` from `offset` on.
    @_noLocks
    public mutating func put(_ bytes: borrowing RawSpan, from offset: Int, count byteCount: Int) {
        precondition(byteCount >= 0)
        var index = 0
        while byteCount &- index >= 8 {
            put(bytes.uint64(at: offset &+ index))
            index &+= 8
        }
        while index < byteCount {
            put(bytes.uint8(at: offset &+ index))
            index &+= 1
        }
    }

    @_noLocks
    public mutating func put(_ bytes: borrowing InlineArray<20, UInt8>) {
        for index in 0..<20 { put(bytes[index]) }
    }

    /// Replaces two bytes that were written before, as length fields need.
    @inlinable @_noLocks
    public func patch(_ value: UInt16, at offset: Int) {
        precondition(offset >= 0 && offset <= count &- 2)
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }

    @inlinable @_noLocks
    public func patch(_ value: UInt8, at offset: Int) {
        precondition(offset >= 0 && offset < count)
        unsafe base.storeBytes(of: value, toByteOffset: offset, as: UInt8.self)
    }

    /// Forgets everything from `offset` on.
    @inlinable @_noLocks
    public mutating func rewind(to offset: Int) {
        precondition(offset >= 0 && offset <= count)
        count = offset
    }

    /// What is written so far. Valid as long as the caller's memory is.
    @inlinable
    public var written: UnsafeRawBufferPointer {
        @_noLocks get { unsafe UnsafeRawBufferPointer(start: UnsafeRawPointer(base), count: count) }
    }
}
