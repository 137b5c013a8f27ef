/// What a packet was to the loss tracker.
@frozen
public enum NackArrival: UInt8, BitwiseCopyable, Sendable {
    /// Newer than all before.
    case newest
    /// Was missing: reordered or repaired.
    case filled
    /// A second copy, or one that was given up: of no use to anybody.
    case notMissing
}

/// Which numbers of one incoming stream are missing, and when to ask for them (RFC 4585 §6.2.1, generic NACK).
///
/// A window of the last 512 numbers; per number: since when it is missing, when to ask next, how often it was asked
/// for. A missing number is first asked for when two later packets have come, or after 10 ms: a single packet that was
/// overtaken is not asked for. It is asked for again after a round trip, each time a quarter later than before, at
/// most ten times. It is given up after one second, after the tenth answer is overdue, when it leaves the window, or
/// when so many are missing at once that the window cannot hold them; then `takeGaveUp` says so and a keyframe
/// helps. Numbers before the start of a keyframe are no longer asked for but still welcome for their second.
///
/// Times within are milliseconds modulo 65536; `nextDeadline` must be served within half a minute, or all is given up.
public struct NackTracker: BitwiseCopyable, Sendable {
    @inlinable public static var window: Int { @_noLocks get { 512 } }
    @inlinable public static var reorderAllowanceNanoseconds: UInt64 { @_noLocks get { 10 * Duration.millisecond } }
    @inlinable public static var giveUpNanoseconds: UInt64 { @_noLocks get { Duration.second } }
    @inlinable public static var requestsMax: UInt8 { @_noLocks get { 10 } }
    /// Numbers before the very first that are taken when they come late.
    static var welcomeBeforeFirst: UInt64 { @_noLocks get { 16 } }
    static var giveUpMilliseconds: UInt16 { @_noLocks get { 1000 } }
    static var reorderMilliseconds: UInt16 { @_noLocks get { 10 } }
    /// In place of a count of requests: never asked for.
    static var muted: UInt8 { @_noLocks get { 255 } }

    public internal(set) var highest: UInt64 = 0
    /// When `due` has something to do; `noDeadline` while nothing is missing. May come early by mistake, never late.
    public internal(set) var nextDeadline = noDeadline
    public internal(set) var missingCount = 0
    /// The highest before the newest packet: what lies below has two later packets.
    var highestBefore: UInt64 = 0
    /// No number below was never asked for.
    var freshLowest = UInt64.max
    var gaveUp = false
    /// Bit n & 511: number n is missing.
    var missing: InlineArray<8, UInt64> = InlineArray(repeating: 0)
    var sinceMilliseconds: InlineArray<512, UInt16> = InlineArray(repeating: 0)
    var dueMilliseconds: InlineArray<512, UInt16> = InlineArray(repeating: 0)
    var requests: InlineArray<512, UInt8> = InlineArray(repeating: 0)

    @_noLocks

    public init() {}

    /// A packet came, by itself or by RTX. `startsKeyframe`: it is the first packet of a keyframe.
    @_noLocks
    public mutating func received(_ sequence: UInt64, startsKeyframe: Bool, now: UInt64) -> NackArrival {
        let arrival = note(sequence, now)
        if startsKeyframe && missingCount > 0 { mute(below: sequence) }
        return arrival
    }

    @_noLocks

    private mutating func note(_ sequence: UInt64, _ now: UInt64) -> NackArrival {
        if sequence > highest {
            advance(to: sequence, now)
            return .newest
        }
        guard missingCount > 0, highest - sequence < UInt64(Self.window), isMissing(sequence) else {
            return .notMissing
        }
        clear(sequence)
        return .filled
    }

    /// True once after something was given up: the decoder needs a keyframe (video).
    @_noLocks
    public mutating func takeGaveUp() -> Bool {
        let result = gaveUp
        gaveUp = false
        return result
    }

    @_noLocks

    private mutating func advance(to sequence: UInt64, _ now: UInt64) {
        guard highest != 0 else { return begin(at: sequence, now) }
        let step = sequence - highest
        highestBefore = highest
        highest = sequence
        if step == 1 {
            leaveWindow(sequence)
        } else if step >= UInt64(Self.window) {
            giveUpAll()
        } else {
            miss(from: sequence - step + 1, to: sequence, Milliseconds(now))
        }
        if freshLowest < highestBefore && now < nextDeadline { nextDeadline = now }
    }

    /// The packets just before the first that was seen may have been overtaken by it.
    @_noLocks
    private mutating func begin(at sequence: UInt64, _ now: UInt64) {
        let welcome = min(Self.welcomeBeforeFirst, sequence - 1)
        highest = sequence
        highestBefore = sequence - welcome
        for number in sequence - welcome..<sequence { set(number, Milliseconds(now), requests: Self.muted) }
    }

    @_noLocks

    private mutating func miss(from first: UInt64, to sequence: UInt64, _ now: Milliseconds) {
        for number in first..<sequence {
            leaveWindow(number)
            set(number, now, requests: 0)
        }
        leaveWindow(sequence)
        if first < freshLowest { freshLowest = first }
    }

    @_noLocks

    private mutating func set(_ number: UInt64, _ now: Milliseconds, requests count: UInt8) {
        let place = Self.place(number)
        let wait = count == Self.muted ? Self.giveUpMilliseconds : Self.reorderMilliseconds
        missing[place >> 6] |= 1 << UInt64(place & 63)
        missingCount += 1
        sinceMilliseconds[place] = now.short
        dueMilliseconds[place] = now.short &+ wait
        requests[place] = count
        nextDeadline = min(nextDeadline, now.nanoseconds(after: wait))
    }

    /// `number` takes the place of the one 512 before it.
    @_noLocks
    private mutating func leaveWindow(_ number: UInt64) {
        guard missingCount > 0, isMissing(number) else { return }
        if requests[Self.place(number)] != Self.muted { gaveUp = true }
        clear(number)
    }

    @_noLocks

    private mutating func mute(below sequence: UInt64) {
        forEachMissing { tracker, number in
            if number < sequence { tracker.mute(Self.place(number)) }
            return number < sequence
        }
    }

    @_noLocks

    private mutating func mute(_ place: Int) {
        requests[place] = Self.muted
        dueMilliseconds[place] = sinceMilliseconds[place] &+ Self.giveUpMilliseconds
    }

    @_noLocks
    mutating func giveUpAll() {
        missing = InlineArray(repeating: 0)
        missingCount = 0
        freshLowest = .max
        nextDeadline = noDeadline
        gaveUp = true
    }

    @_noLocks @inline(__always) static func place(_ number: UInt64) -> Int { Int(truncatingIfNeeded: number & 511) }

    @_noLocks @inline(__always) mutating func isMissing(_ number: UInt64) -> Bool {
        let place = Self.place(number)
        return missing[place >> 6] >> UInt64(place & 63) & 1 != 0
    }

    @_noLocks
    mutating func clear(_ number: UInt64) {
        let place = Self.place(number)
        missing[place >> 6] &= ~(1 << UInt64(place & 63))
        missingCount -= 1
        if missingCount == 0 { (freshLowest, nextDeadline) = (.max, noDeadline) }
    }
}

/// A time in whole milliseconds, and its low 16 bits.
struct Milliseconds {
    let full: UInt64

    @_noLocks
    init(_ nanoseconds: UInt64) { full = nanoseconds / Duration.millisecond }

    var short: UInt16 { @_noLocks get { UInt16(truncatingIfNeeded: full) } }

    /// The first nanosecond at which `after` milliseconds have gone by on this clock.
    @_noLocks
    func nanoseconds(after milliseconds: UInt16) -> UInt64 { (full + UInt64(milliseconds)) * Duration.millisecond }
}
