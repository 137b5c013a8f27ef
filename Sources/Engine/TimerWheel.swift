import Memory

/// When each peer is next due: a wheel of buckets, each a doubly linked list through a dense table. Setting, moving and
/// cancelling cost a few stores; nothing is scanned but the buckets whose time has come.
public struct TimerWheel: ~Copyable {
    /// The wheel's grain in nanoseconds.
    public static let tickNanoseconds: UInt64 = 4_000_000
    static let bucketCount = 1024
    private static let none = UInt32.max

    struct Link: BitwiseCopyable {
        var next: UInt32
        var previous: UInt32
        /// Tick at which it is due; 0 when it is in no bucket.
        var tick: UInt64
    }

    let links: UnsafeMutablePointer<Link>
    let buckets: UnsafeMutablePointer<UInt32>
    /// The first tick not yet served.
    private var current: UInt64 = 0
    public private(set) var count = 0

    public static func byteCount(timersMax: Int) -> Int {
        timersMax * MemoryLayout<Link>.stride + bucketCount * MemoryLayout<UInt32>.stride + 128
    }

    public init(arena: inout Arena, timersMax: Int, now: UInt64) {
        links = arena.take(repeating: Link(next: Self.none, previous: Self.none, tick: 0), count: timersMax)
        buckets = arena.take(repeating: Self.none, count: Self.bucketCount)
        // A link's tick 0 says that it is in no bucket.
        current = max(now / Self.tickNanoseconds, 1)
    }

    private func bucket(_ tick: UInt64) -> Int { Int(tick % UInt64(Self.bucketCount)) }

    /// Makes `timer` due at `deadline`, or at the next tick when that is past; times beyond the wheel's turn (4 s) are
    /// due at its end, and the owner sets them anew. `.max` is never: a peer that was lost and waits to be closed has
    /// nothing that could be due.
    public mutating func set(_ timer: UInt32, at deadline: UInt64) {
        cancel(timer)
        guard deadline != .max else { return }
        // Rounded up without a sum that could overflow.
        let wanted = deadline / Self.tickNanoseconds + (deadline % Self.tickNanoseconds == 0 ? 0 : 1)
        let tick = min(max(wanted, current), current + UInt64(Self.bucketCount) - 1)
        let head = bucket(tick)
        let first = buckets[head]
        links[Int(timer)] = Link(next: first, previous: Self.none, tick: tick)
        if first != Self.none { links[Int(first)].previous = timer }
        buckets[head] = timer
        count += 1
    }

    public mutating func cancel(_ timer: UInt32) {
        let link = links[Int(timer)]
        guard link.tick != 0 else { return }
        if link.previous != Self.none {
            links[Int(link.previous)].next = link.next
        } else {
            buckets[bucket(link.tick)] = link.next
        }
        if link.next != Self.none { links[Int(link.next)].previous = link.previous }
        links[Int(timer)].tick = 0
        count -= 1
    }

    /// A timer that is due at `now`, removed from the wheel; nil when none is left.
    public mutating func popDue(now: UInt64) -> UInt32? {
        let last = now / Self.tickNanoseconds
        while current <= last, count > 0 {
            let timer = buckets[bucket(current)]
            if timer != Self.none {
                cancel(timer)
                return timer
            }
            current += 1
        }
        current = max(current, last + (count == 0 ? 1 : 0))
        return nil
    }

    /// When `popDue` may next find something, nanoseconds; `.max` when no timer is set.
    public mutating func nextDeadline() -> UInt64 {
        guard count > 0 else { return .max }
        var tick = current
        while buckets[bucket(tick)] == Self.none { tick += 1 }
        return tick * Self.tickNanoseconds
    }
}
