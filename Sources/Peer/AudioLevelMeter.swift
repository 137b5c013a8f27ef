/// How loud one audio producer is, from the level in its header extension (RFC 6464): 0 loudest, 127 silent, in −dBov.
///
/// Loudness here runs the other way, 0 silent to 127, in 1/256. It rises by a quarter of the difference a packet
/// and falls by an eighth: a word is heard at once, the gap between two words is not. A producer that sends nothing for
/// 200 ms (DTX) counts as silent.
@frozen
public struct AudioLevelMeter: BitwiseCopyable, Sendable {
    @inlinable public static var silentAfterNanoseconds: UInt64 { @_noLocks get { 200_000_000 } }

    var loudness256: UInt16 = 0
    var lastUpdate: UInt64 = 0

    @_noLocks

    public init() {}

    /// `level` is 0...127; higher bits are ignored.
    @_noLocks
    public mutating func update(level: UInt8, now: UInt64) {
        if now &- lastUpdate > Self.silentAfterNanoseconds { loudness256 = 0 }
        let target = Int32(127 - level & 0x7F) << 8
        let difference = target - Int32(loudness256)
        loudness256 = UInt16(Int32(loudness256) + difference / (difference > 0 ? 4 : 8))
        lastUpdate = now
    }

    /// 0 silent, 127 loudest.
    @_noLocks
    public func loudness(now: UInt64) -> UInt8 {
        now &- lastUpdate > Self.silentAfterNanoseconds ? 0 : UInt8(loudness256 >> 8)
    }

    /// Smoothed, as RFC 6464 counts: 127 silent.
    @_noLocks
    public func level(now: UInt64) -> UInt8 { 127 - loudness(now: now) }
}
