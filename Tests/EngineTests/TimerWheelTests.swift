import Memory
import Testing

@testable import Engine

/// A peer that was lost has no deadline at all until it is closed.
@Test func aTimerThatIsNeverDueIsInNoBucket() {
    var arena = Arena(byteCount: 1 << 20, useHugePages: false)!
    var wheel = TimerWheel(arena: &arena, timersMax: 4, now: 1_000_000_000)
    wheel.set(1, at: 2_000_000_000)
    wheel.set(1, at: .max)
    let (count, deadline) = (wheel.count, wheel.nextDeadline())
    #expect(count == 0)
    #expect(deadline == .max)
    let due = wheel.popDue(now: 60_000_000_000)
    #expect(due == nil)
}

@Test func aTimerFarAheadIsDueAtTheWheelsEnd() {
    var arena = Arena(byteCount: 1 << 20, useHugePages: false)!
    var wheel = TimerWheel(arena: &arena, timersMax: 4, now: 0)
    wheel.set(2, at: .max - 1)
    let tooSoon = wheel.popDue(now: 4_000_000_000)
    #expect(tooSoon == nil)
    let due = wheel.popDue(now: 5_000_000_000)
    #expect(due == 2)
}
