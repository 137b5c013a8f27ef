import Testing

@testable import Estimate

@Suite struct RateTests {
    private let second: UInt64 = 1_000_000_000

    @Test func theArrivalRateIsThatOfTheLink() throws {
        var rate = ArrivalRate()
        // 1200 bytes every 9.6 ms: 1 Mbit/s.
        for step in 0..<200 { rate.add(arrival: 5_000_000 + Int64(step) * 9_600, bytes: 1200) }
        let (settled, recent) = (rate.settled(), rate.recent())
        #expect(abs(try #require(settled) - 1_000_000) < 50_000)
        #expect(abs(try #require(recent) - 1_000_000) < 150_000)
    }

    @Test func theShorterStretchKnowsOfADropSooner() throws {
        var rate = ArrivalRate()
        var arrival: Int64 = 5_000_000
        for _ in 0..<200 {
            arrival += 9_600
            rate.add(arrival: arrival, bytes: 1200)
        }
        for _ in 0..<9 {
            arrival += 28_800
            rate.add(arrival: arrival, bytes: 1200)
        }
        let (settled, recent) = (rate.settled(), rate.recent())
        #expect(try #require(recent) < 450_000)
        #expect(try #require(settled) > 500_000)
    }

    @Test func nothingIsKnownOfAFewPackets() {
        var rate = ArrivalRate()
        let before = rate.recent()
        rate.add(arrival: 5_000_000, bytes: 1200)
        let (settled, recent) = (rate.settled(), rate.recent())
        #expect(before == nil && recent == nil && settled == nil)
    }

    @Test func overuseGoesBackBelowWhatArrives() {
        var control = RateControl(bitsPerSecond: 1_400_000)
        control.update(.over, recent: 1_000_000, settled: 1_100_000, roundTrip: 0, isLimited: false, now: second)
        #expect(control.bitsPerSecond == 0.85 * 1_100_000)
        #expect(control.capacity.bitsPerSecond == 1_100_000)
    }

    @Test func aLinkThatBecameNarrowerIsJudgedByTheShorterStretch() {
        var control = RateControl(bitsPerSecond: 2_000_000)
        control.update(.over, recent: 900_000, settled: 1_800_000, roundTrip: 0, isLimited: false, now: second)
        #expect(control.bitsPerSecond == 0.78 * 900_000)
    }

    @Test func oneCauseLowersTheRateOnce() {
        var control = RateControl(bitsPerSecond: 1_000_000)
        for step in 0..<3 {
            let now = second + UInt64(step) * 50_000_000
            control.update(.over, recent: 950_000, settled: 950_000, roundTrip: second / 10, isLimited: false, now: now)
        }
        #expect(control.bitsPerSecond == 0.85 * 950_000)
    }

    @Test func aDecreaseThatWentByWhatWasBeforeIsPutRightAtOnce() {
        var control = RateControl(bitsPerSecond: 1_000_000)
        control.update(
            .over, recent: 900_000, settled: 950_000, roundTrip: second / 5, isLimited: false, now: second)
        control.update(
            .over, recent: 400_000, settled: 800_000, roundTrip: second / 5, isLimited: false,
            now: second + 50_000_000)
        #expect(control.bitsPerSecond == 0.78 * 400_000)
    }

    @Test func whatFlowsTakeFromEachOtherDoesNotMakeTheLinkUnknown() {
        var capacity = LinkCapacity()
        capacity.noteFull(6_000_000)
        capacity.check(6_500_000)
        #expect(capacity.isKnown)
        capacity.checkFull(5_400_000)
        #expect(capacity.isKnown)
        capacity.check(8_000_000)
        #expect(!capacity.isKnown)
    }

    @Test func theRateGrowsWhileTheLinkIsNotFull() {
        var control = RateControl(bitsPerSecond: 1_000_000)
        for step in 0...20 {
            let now = second + UInt64(step) * second / 10
            control.update(.normal, recent: nil, settled: nil, roundTrip: 0, isLimited: false, now: now)
        }
        #expect(control.bitsPerSecond > 1_150_000)
    }

    @Test func whatIsNotSentDoesNotMakeTheRateGrow() {
        var control = RateControl(bitsPerSecond: 1_000_000)
        for step in 0...20 {
            let now = second + UInt64(step) * second / 10
            control.update(.normal, recent: 200_000, settled: 200_000, roundTrip: 0, isLimited: true, now: now)
        }
        #expect(control.bitsPerSecond == 1_000_000)
    }

    @Test func theRateKeepsCloseToWhatArrives() {
        var control = RateControl(bitsPerSecond: 100_000)
        for step in 0...200 {
            let now = second + UInt64(step) * second / 10
            control.update(.normal, recent: 100_000, settled: 100_000, roundTrip: 0, isLimited: false, now: now)
        }
        #expect(control.bitsPerSecond == 160_000)
    }

    @Test func aSenderWithLittleToSendIsLimited() {
        var sending = SendingRate()
        sending.update(target: 1_000_000, now: second)
        sending.add(25_000)
        sending.update(target: 1_000_000, now: second + second / 2)
        #expect(sending.bitsPerSecond == 400_000)
        #expect(sending.isLimited)
        sending.add(55_000)
        sending.update(target: 1_000_000, now: 2 * second)
        #expect(!sending.isLimited)
    }
}
