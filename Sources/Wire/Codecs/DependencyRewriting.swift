/// How a dependency descriptor (AV1 RTP payload format, appendix A.8) changes on its way to one receiver: its frame
/// number and template ids go on from another stream's, and a mask says which decode targets the receiver gets.
@frozen
public struct DependencyRewriting: BitwiseCopyable, Sendable {
    public var frameNumber: UInt16
    /// Added to template ids, modulo 64.
    public var templateShift: UInt8
    public var hasStructure: Bool
    /// A mask is to be there; what the next three say counts only then.
    public var writesMask: Bool
    /// Bit i for decode target i.
    public var mask: UInt32
    /// 1...32.
    public var targetCount: UInt8
    /// From the value's first bit; see `DependencyDescriptor.activeDecodeTargetsBit`.
    public var maskBit: UInt16
    /// The mask replaces one of the same length.
    public var replacesMask: Bool

    @inlinable @_noLocks
    public init(frameNumber: UInt16, templateShift: UInt8 = 0, hasStructure: Bool = false) {
        self.frameNumber = frameNumber
        self.templateShift = templateShift
        self.hasStructure = hasStructure
        writesMask = false
        mask = 0
        targetCount = 0
        maskBit = 0
        replacesMask = false
    }

    /// Bytes that a value of `length` (3 and more) will have.
    @_noLocks
    public func byteCount(of length: Int) -> Int {
        guard writesMask && !replacesMask else { return length }
        // The five flags come first where there are only the mandatory fields.
        let bits = length == 3 ? 24 &+ 5 &+ Int(targetCount) : length &* 8 &+ Int(targetCount)
        return (bits &+ 7) >> 3
    }

    /// Writes the value of `length` bytes at `value` to `out`, which has room for `byteCount(of:)` and does not overlap;
    /// returns that many.
    @_noLocks @unsafe
    public func write(_ value: UnsafeRawPointer, length: Int, to out: UnsafeMutableRawPointer) -> Int {
        precondition(length >= 3)
        let total = byteCount(of: length)
        if total == length {
            unsafe out.copyMemory(from: value, byteCount: length)
            if writesMask { unsafe put(mask, bits: Int(targetCount), at: Int(maskBit), in: out) }
        } else {
            unsafe insertMask(value, length, out, total)
        }
        let template = unsafe value.load(as: UInt8.self)
        unsafe out.storeBytes(of: template & 0xC0 | (template &+ templateShift) & 0x3F, as: UInt8.self)
        unsafe out.storeBytes(of: frameNumber.bigEndian, toByteOffset: 1, as: UInt16.self)
        if hasStructure { unsafe shiftStructure(in: out) }
        return total
    }

    @_noLocks @unsafe
    private func insertMask(
        _ value: UnsafeRawPointer, _ length: Int, _ out: UnsafeMutableRawPointer, _ total: Int
    ) {
        unsafe out.initializeMemory(as: UInt8.self, repeating: 0, count: total)
        let start = length == 3 ? 29 : Int(maskBit)
        precondition(start <= total &* 8 &- Int(targetCount))
        let whole = min(length, start >> 3)
        unsafe out.copyMemory(from: value, byteCount: whole)
        let broken = max(0, min(start, length &* 8) &- whole &* 8)
        unsafe move(value, from: whole &* 8, count: broken, to: whole &* 8, in: out)
        unsafe put(mask, bits: Int(targetCount), at: start, in: out)
        unsafe move(value, from: start, count: max(0, length &* 8 &- start), to: start &+ Int(targetCount), in: out)
        // active_decode_targets_present_flag
        unsafe put(1, bits: 1, at: 25, in: out)
    }

    /// template_id_offset, behind the five flags.
    @_noLocks @unsafe
    private func shiftStructure(in out: UnsafeMutableRawPointer) {
        let word = unsafe UInt16(bigEndian: out.loadUnaligned(fromByteOffset: 3, as: UInt16.self))
        let offset = (UInt8(truncatingIfNeeded: word >> 5) &+ templateShift) & 0x3F
        unsafe put(UInt32(offset), bits: 6, at: 29, in: out)
    }

    @_noLocks @unsafe
    private func move(_ value: UnsafeRawPointer, from: Int, count: Int, to: Int, in out: UnsafeMutableRawPointer) {
        var done = 0
        while done < count {
            let take = min(8, count &- done)
            var bits: UInt32 = 0
            var step = 0
            while step < take {
                let place = from &+ done &+ step
                let byte = unsafe value.load(fromByteOffset: place >> 3, as: UInt8.self)
                bits = bits << 1 | UInt32(byte >> UInt8(7 &- place & 7)) & 1
                step &+= 1
            }
            unsafe put(bits, bits: take, at: to &+ done, in: out)
            done &+= take
        }
    }

    /// The low `bits` (0...32) of `value`, the highest first, over what is there.
    @_noLocks @unsafe
    private func put(_ value: UInt32, bits: Int, at start: Int, in out: UnsafeMutableRawPointer) {
        var step = 0
        while step < bits {
            let place = start &+ step
            let bit = UInt8(truncatingIfNeeded: value >> UInt32(bits &- 1 &- step)) & 1
            let shift = UInt8(7 &- place & 7)
            let byte = unsafe out.load(fromByteOffset: place >> 3, as: UInt8.self)
            unsafe out.storeBytes(of: byte & ~(1 << shift) | bit << shift, toByteOffset: place >> 3, as: UInt8.self)
            step &+= 1
        }
    }
}
