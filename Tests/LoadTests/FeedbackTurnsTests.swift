import Testing

@testable import Load

@Suite struct FeedbackTurnsTests {
    private let interval = FeedbackTurns.intervalNanoseconds

    private func taken(_ turns: inout FeedbackTurns, now: UInt64) -> [Int] {
        var places: [Int] = []
        while let place = turns.take(now: now) { places.append(place) }
        return places
    }

    @Test func everyoneHasATurnInEachIntervalAtItsOwnTime() {
        var turns = FeedbackTurns()
        turns.add(1, at: 30)
        turns.add(2, at: 10)
        turns.add(3, at: 20)
        #expect(turns.nextDeadline == 10)
        #expect(taken(&turns, now: 20) == [2, 3])
        #expect(taken(&turns, now: 29) == [])
        #expect(taken(&turns, now: 30) == [1])
        #expect(turns.nextDeadline == 10 + interval)
        #expect(taken(&turns, now: 30 + interval) == [2, 3, 1])
    }

    @Test func missedTurnsAreLeftOut() {
        var turns = FeedbackTurns()
        turns.add(1, at: 10)
        #expect(taken(&turns, now: 10 + 3 * interval) == [1])
        #expect(turns.nextDeadline == 10 + 4 * interval)
    }

    @Test func whoComesOrLeavesLaterDoesNotDisturbTheOthers() {
        var turns = FeedbackTurns()
        turns.add(1, at: 10)
        turns.add(2, at: 20)
        #expect(taken(&turns, now: 10) == [1])
        turns.add(3, at: 15)
        turns.remove(2)
        #expect(taken(&turns, now: 10 + interval) == [3, 1])
        turns.remove(3)
        turns.remove(1)
        #expect(turns.nextDeadline == .max && turns.take(now: .max) == nil)
    }
}
