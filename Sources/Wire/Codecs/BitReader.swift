/// Reads bit fields, the most significant bit first. Past the end it gives zeros and remembers that it did, so that a
/// parser checks once and not at every field; loops need a bound of their own.
struct BitReader: BitwiseCopyable {
    /// From the span's first bit.
    var position: Int
    let end: Int
    var isExhausted = false

    @_noLocks
    init(from offset: Int, byteCount: Int) {
        position = offset &* 8
        end = (offset &+ byteCount) &* 8
    }

    /// `count` is 0...32.
    @_noLocks
    mutating func read(_ count: Int, _ span: borrowing RawSpan) -> UInt32 {
        guard count > 0 else { return 0 }
        guard end &- position >= count else {
            isExhausted = true
            position = end
            return 0
        }
        let last = position &+ count &- 1
        var value: UInt64 = 0
        var index = position >> 3
        while index <= last >> 3 {
            value = value << 8 | UInt64(span.uint8(at: index))
            index &+= 1
        }
        position = last &+ 1
        let shifted = value >> UInt64(7 &- last & 7)
        return UInt32(truncatingIfNeeded: shifted & ((1 << UInt64(count)) &- 1))
    }

    @_noLocks
    mutating func flag(_ span: borrowing RawSpan) -> Bool { read(1, span) == 1 }

    /// ns(n) of the AV1 specification §4.10.7: one of `count` values in as few bits as possible.
    @_noLocks
    mutating func nonSymmetric(_ count: Int, _ span: borrowing RawSpan) -> Int {
        guard count > 1 else { return 0 }
        let width = Int.bitWidth &- count.leadingZeroBitCount
        let short = (1 << width) &- count
        let value = Int(read(width &- 1, span))
        if value < short { return value }
        return value << 1 &- short &+ Int(read(1, span))
    }
}
