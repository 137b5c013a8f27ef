/// Durations in nanoseconds, so that constants read as they are meant.
@usableFromInline
enum Duration {
    @inlinable static var millisecond: UInt64 { @_noLocks get { 1_000_000 } }
    @inlinable static var second: UInt64 { @_noLocks get { 1_000_000_000 } }

    /// `nanoseconds` in ticks of a clock of `rate` hertz, rounded towards zero. Exact for any span: the product of
    /// nanoseconds and rate alone would overflow after four days.
    @_noLocks @inlinable
    static func ticks(_ nanoseconds: Int64, rate: UInt32) -> Int64 {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return seconds &* Int64(rate) &+ rest &* Int64(rate) / 1_000_000_000
    }

    /// Ticks of a clock of `rate` hertz in nanoseconds, rounded towards zero.
    @_noLocks @inlinable
    static func nanoseconds(ticks: Int64, rate: UInt32) -> Int64 {
        let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: Int64(max(rate, 1)))
        return seconds &* 1_000_000_000 &+ rest &* 1_000_000_000 / Int64(max(rate, 1))
    }
}

/// A deadline that never comes.
@inlinable public var noDeadline: UInt64 { @_noLocks get { .max } }
