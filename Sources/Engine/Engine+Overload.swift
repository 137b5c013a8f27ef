import Contract
import Forward

/// How long one burst took; the shard's loop says.
@frozen
public struct BurstTime: BitwiseCopyable {
    public var nanoseconds: UInt64
    public var arrivals: Int
    /// As many arrivals as one burst can hold.
    public var isFull: Bool

    public init(nanoseconds: UInt64, arrivals: Int, isFull: Bool) {
        self.nanoseconds = nanoseconds
        self.arrivals = arrivals
        self.isFull = isFull
    }
}

/// What the watch over the loop's time remembers.
struct LoadWatch: BitwiseCopyable {
    static let secondNanoseconds: UInt64 = 1_000_000_000

    // The present window.
    var windowStart: UInt64 = 0
    var windowCpu: UInt64 = 0
    var longest: UInt64 = 0
    var isBacklogged = false
    /// Of a hundred, over the last windows: one long burst, as of a keyframe to thousands, is no overload.
    var busyPercent = 0
    // The present second.
    var secondStart: UInt64 = 0
    var secondCpu: UInt64 = 0
    var longestOfSecond: UInt64 = 0
    var namedNanoseconds: UInt64 = 0
    // What the control side was told.
    var toldPercent: UInt8 = 0
    var toldLevel: UInt8 = 0

    static func percent(cpu: UInt64, of wall: UInt64) -> Int { wall == 0 ? 0 : Int(min(cpu &* 100 / wall, 100)) }
}

/// The watch over the loop's time: bursts over budget are counted and named, and what cannot be done in time is shed.
extension Engine {
    /// Whether `closeWindow` is due; asked once a burst.
    public mutating func isWindowOver(now: UInt64) -> Bool {
        now &- watch.windowStart >= Shedding.windowNanoseconds
    }

    /// After a burst has left, and before the next is taken.
    public mutating func note(_ burst: BurstTime, now: UInt64) {
        noteTime(burst, now: now)
        if burst.isFull { watch.isBacklogged = true }
        watch.longest = max(watch.longest, burst.nanoseconds)
        watch.longestOfSecond = max(watch.longestOfSecond, burst.nanoseconds)
        guard burst.nanoseconds > Shedding.budgetNanoseconds else { return }
        report.pointee.burstsOverBudget &+= 1
        name(burst, now: now)
    }

    /// What left with the burst took no longer than this. Call once a burst, after the last `depart`; what the timers
    /// send has its own histogram.
    public mutating func noteForwarded(nanoseconds: UInt64) {
        let packets =
            report.pointee.forwarded &- report.pointee.pacingTime.count &- report.pointee.forwardTime.count
        guard packets > 0 else { return }
        report.pointee.forwardTime.add(nanoseconds, count: packets)
    }

    private mutating func name(_ burst: BurstTime, now: UInt64) {
        guard now &- watch.namedNanoseconds >= LoadWatch.secondNanoseconds else { return }
        watch.namedNanoseconds = now
        let (room, members) = forward.largestRoom()
        let microseconds = UInt32(clamping: burst.nanoseconds / 1000)
        post(
            .burstOverBudget(
                microseconds: microseconds, packets: UInt32(clamping: burst.arrivals), room: room, members: members))
    }

    /// Passes the verdict over the window that ends now. `cpuNanoseconds`: what the thread has used since its start; nil
    /// where that says nothing, because the shard spins while it waits.
    public mutating func closeWindow(now: UInt64, cpuNanoseconds: UInt64?) {
        noteWindow(now: now, cpuNanoseconds: cpuNanoseconds)
        let cpu = cpuNanoseconds ?? 0
        let isKnown = cpuNanoseconds != nil
        let percent = isKnown ? LoadWatch.percent(cpu: cpu &- watch.windowCpu, of: now &- watch.windowStart) : 100
        // The first window has no beginning.
        if watch.windowStart > 0 {
            watch.busyPercent = (watch.busyPercent * 3 + percent + 2) / 4
            var shedding = forward.shedding
            shedding.judge(
                longest: watch.longest, isBacklogged: watch.isBacklogged,
                busyPercent: isKnown || watch.longest > Shedding.budgetNanoseconds / 4 ? watch.busyPercent : 0)
            forward.setShedding(shedding)
        }
        watch.windowStart = now
        watch.windowCpu = cpu
        watch.longest = 0
        watch.isBacklogged = false
        report.pointee.shedLevelNow = UInt64(forward.shedding.level)
        closeSecond(now: now, cpu: cpu, isKnown: isKnown)
    }

    private mutating func closeSecond(now: UInt64, cpu: UInt64, isKnown: Bool) {
        let wall = now &- watch.secondStart
        guard wall >= LoadWatch.secondNanoseconds else { return }
        let percent = isKnown ? LoadWatch.percent(cpu: cpu &- watch.secondCpu, of: wall) : 0
        report.pointee.busyPercentNow = UInt64(percent)
        report.pointee.longestBurstNow = watch.longestOfSecond
        if watch.secondStart > 0 { tell(UInt8(clamping: percent)) }
        watch.secondStart = now
        watch.secondCpu = cpu
        watch.longestOfSecond = 0
    }

    private mutating func tell(_ percent: UInt8) {
        let level = UInt8(clamping: forward.shedding.level)
        let step = percent > watch.toldPercent ? percent - watch.toldPercent : watch.toldPercent - percent
        guard level != watch.toldLevel || step >= 5 else { return }
        watch.toldPercent = percent
        watch.toldLevel = level
        post(.loadChanged(busyPercent: percent, shedLevel: level))
    }
}
