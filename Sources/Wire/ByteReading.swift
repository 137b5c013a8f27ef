/// Loads of big-endian integers. Each traps when it would read past the end, so check `byteCount` before.
extension RawSpan {
    @inlinable @inline(__always) @_noLocks
    public func uint8(at offset: Int) -> UInt8 {
        // SAFETY: bounds are checked by the load; every bit pattern is a valid integer. The same holds below.
        unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
    }

    @inlinable @inline(__always) @_noLocks
    public func uint16(at offset: Int) -> UInt16 {
        unsafe UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    @inlinable @inline(__always) @_noLocks
    public func uint24(at offset: Int) -> UInt32 {
        UInt32(uint16(at: offset)) << 8 | UInt32(uint8(at: offset &+ 2))
    }

    @inlinable @inline(__always) @_noLocks
    public func uint32(at offset: Int) -> UInt32 {
        unsafe UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inlinable @inline(__always) @_noLocks
    public func uint64(at offset: Int) -> UInt64 {
        unsafe UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Eight bytes as they lie in memory, for values that are compared or copied and never counted with.
    @inlinable @inline(__always) @_noLocks
    func memoryWord(at offset: Int) -> UInt64 {
        unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
}
