/// Order of numbers that wrap. A number is newer when it is less than half the number space ahead (RFC 1982 §3.2).
public enum SequenceComparison {
    @inlinable
    @_noLocks
    public static func isNewer(_ sequence: UInt16, than other: UInt16) -> Bool {
        sequence != other && sequence &- other < 0x8000
    }

    @inlinable
    @_noLocks
    public static func isNewer(timestamp: UInt32, than other: UInt32) -> Bool {
        timestamp != other && timestamp &- other < 0x8000_0000
    }

    /// Steps from `first` to `second`: negative when `second` is the older one.
    @inlinable
    @_noLocks
    public static func distance(from first: UInt16, to second: UInt16) -> Int {
        Int(Int16(bitPattern: second &- first))
    }

    @inlinable
    @_noLocks
    public static func distance(fromTimestamp first: UInt32, to second: UInt32) -> Int {
        Int(Int32(bitPattern: second &- first))
    }
}

/// Extends 16-bit sequence numbers to 64 bits that do not wrap (RFC 3550 §A.1, without its probation: packets that come
/// here are authenticated).
///
/// The low 16 bits of an extended number are the wire's. The first number lands in cycle 1, so that packets that come
/// before it do not fall below zero. Every later number is taken as the nearest to the highest so far: a jump of less
/// than 32768 is forwards or backwards, whichever is nearer.
@frozen
public struct SequenceExtender: BitwiseCopyable, Sendable {
    /// The highest extended number so far; 0 before the first.
    public var highest: UInt64 = 0

    @_noLocks @inlinable public init() {}

    @inlinable public var isStarted: Bool { @_noLocks get { highest != 0 } }

    /// The extended number of `sequence`; remembers it when it is the highest.
    @inlinable
    @_noLocks
    public mutating func extend(_ sequence: UInt16) -> UInt64 {
        let extended = nearest(to: sequence)
        if extended > highest { highest = extended }
        return extended
    }

    /// The extended number of `sequence` as of now, remembering nothing: for numbers that a peer claims (NACK).
    @inlinable
    @_noLocks
    public func nearest(to sequence: UInt16) -> UInt64 {
        guard highest != 0 else { return 0x1_0000 | UInt64(sequence) }
        let step = Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: highest))
        let extended = Int64(bitPattern: highest) &+ Int64(step)
        // Only a sender that runs backwards for two cycles gets here; its numbers stay usable.
        return extended > 0 ? UInt64(extended) : UInt64(extended &+ 0x1_0000)
    }
}
