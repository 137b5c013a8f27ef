import Peer
import Testing

@Suite struct KeyframeThrottleTests {
    private let roundTrip = 100 * millisecond

    @Test func manyWishesMakeOneRequest() {
        var throttle = KeyframeThrottle()
        var sent = 0
        for step in 0..<100 as Range<UInt64> {
            if throttle.request(now: second + step * millisecond, roundTripNanoseconds: roundTrip) { sent += 1 }
        }
        #expect(sent == 1)
        #expect(throttle.nextDeadline == 2 * second)
        #expect(throttle.firSequence == 1)
    }

    @Test func aWishRightAfterAKeyframeWaitsForTheInterval() {
        var throttle = KeyframeThrottle()
        _ = throttle.request(now: second, roundTripNanoseconds: roundTrip)
        throttle.keyframeArrived()
        #expect(throttle.nextDeadline == noDeadline)
        let early = throttle.request(now: second + 200 * millisecond, roundTripNanoseconds: roundTrip)
        #expect(early == false)
        #expect(throttle.nextDeadline == second + 500 * millisecond)
        let tooEarly = throttle.due(now: second + 499 * millisecond, roundTripNanoseconds: roundTrip)
        #expect(tooEarly == false)
        let onTime = throttle.due(now: second + 500 * millisecond, roundTripNanoseconds: roundTrip)
        #expect(onTime == true)
        #expect(throttle.firSequence == 2)
    }

    @Test func aKeyframeServesAWishThatStillWaited() {
        var throttle = KeyframeThrottle()
        _ = throttle.request(now: second, roundTripNanoseconds: roundTrip)
        throttle.keyframeArrived()
        _ = throttle.request(now: second + 200 * millisecond, roundTripNanoseconds: roundTrip)
        throttle.keyframeArrived()
        let sent = throttle.due(now: 9 * second, roundTripNanoseconds: roundTrip)
        #expect(sent == false)
        #expect(throttle.isPending == false)
    }

    @Test func anUnansweredRequestIsRepeatedEightTimesInAll() {
        var throttle = KeyframeThrottle()
        var times: [UInt64] = []
        if throttle.request(now: second, roundTripNanoseconds: roundTrip) { times.append(1) }
        while throttle.nextDeadline != noDeadline {
            let now = throttle.nextDeadline
            if throttle.due(now: now, roundTripNanoseconds: roundTrip) { times.append(now / second) }
        }
        #expect(times == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(throttle.firSequence == 1, "a repeat has the number of the first")
        let again = throttle.request(now: 20 * second, roundTripNanoseconds: roundTrip)
        #expect(again == true)
    }

    @Test func aLongRoundTripIsWaitedForTwice() {
        var throttle = KeyframeThrottle()
        _ = throttle.request(now: second, roundTripNanoseconds: 800 * millisecond)
        #expect(throttle.nextDeadline == second + 1600 * millisecond)
    }
}
