/// The NTP format of RTCP: seconds since 1900 in the upper 32 bits, fractions of a second in the lower (RFC 3550 §4).
public enum NtpTime {
    /// Seconds from 1900 to 1970 (RFC 868).
    @inlinable public static var unixEpochSeconds: UInt64 { @_noLocks get { 2_208_988_800 } }

    /// `unixNanoseconds` counts from 1970.
    @inlinable
    @_noLocks
    public static func ntp(unixNanoseconds: UInt64) -> UInt64 {
        let (seconds, rest) = unixNanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return (seconds &+ unixEpochSeconds) << 32 | (rest << 32) / 1_000_000_000
    }

    /// The middle 32 bits: what LSR, LRR and DLSR count in, units of 1/65536 s (RFC 3550 §6.4.1).
    @inlinable
    @_noLocks
    public static func middle(_ ntp: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: ntp >> 16) }

    /// Nanoseconds since 1900, for differences: NTP eras (2036) are told apart by the caller's nearness.
    @inlinable
    @_noLocks
    public static func nanoseconds(_ ntp: UInt64) -> Int64 {
        let fraction = (ntp & 0xFFFF_FFFF) &* 1_000_000_000 &+ (1 << 31)
        return Int64(ntp >> 32) &* 1_000_000_000 &+ Int64(fraction >> 32)
    }

    /// A span in units of 1/65536 s, clamped to what 32 bits hold.
    @inlinable
    @_noLocks
    public static func compactSpan(nanoseconds: UInt64) -> UInt32 {
        // 2^47 ns is 39 hours, more than 32 bits of 1/65536 s hold (18 hours); clamped first so as not to overflow.
        UInt32(min((min(nanoseconds, 1 << 47) << 16) / 1_000_000_000, UInt64(UInt32.max)))
    }

    /// Units of 1/65536 s as nanoseconds.
    @inlinable
    @_noLocks
    public static func nanoseconds(compactSpan: UInt32) -> UInt64 { (UInt64(compactSpan) &* 1_000_000_000) >> 16 }
}
