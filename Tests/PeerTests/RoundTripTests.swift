import Peer
import Testing

@Suite struct RoundTripTests {
    /// The example of RFC 3550 §6.4.1, figure 2: A = 0xb710:8000, LSR = 0xb705:2000, DLSR = 5.25 s give 6.125 s.
    @Test func theExampleOfTheStandard() {
        var roundTrip = RoundTrip()
        let told = roundTrip.update(
            lastReport: 0xb705_2000, delaySinceLastReport: 0x0005_4000, nowNtp: 0x0000_b710_8000_0000)
        #expect(told == true)
        #expect(roundTrip.latestNanoseconds == 6_125_000_000)
    }

    @Test func aHundredMillisecondsAreAssumedUntilKnown() {
        var roundTrip = RoundTrip()
        #expect(roundTrip.nanoseconds == 100 * millisecond)
        let told = roundTrip.update(lastReport: 0, delaySinceLastReport: 0, nowNtp: 1 << 40)
        #expect(told == false, "the peer has seen no report yet")
        #expect(!roundTrip.isKnown)
    }

    @Test func anImpossibleReportIsPassedOver() {
        var roundTrip = RoundTrip()
        let negative = roundTrip.update(lastReport: 0x10_0000, delaySinceLastReport: 0x2_0000, nowNtp: 0x10_8000 << 16)
        let endless = roundTrip.update(lastReport: 0x10_0000, delaySinceLastReport: 0, nowNtp: 0x90_0000 << 16)
        #expect(negative == false && endless == false && !roundTrip.isKnown)
        let rounded = roundTrip.update(lastReport: 0x10_0000, delaySinceLastReport: 0x101, nowNtp: 0x10_0100 << 16)
        #expect(rounded == true && roundTrip.isKnown)
    }

    @Test func theMiddleBitsWrap() {
        var roundTrip = RoundTrip()
        _ = roundTrip.update(lastReport: 0xFFFF_F000, delaySinceLastReport: 0x800, nowNtp: 0x1_0000_0000 << 16)
        #expect(roundTrip.latestNanoseconds == 31_250_000)
    }

    @Test func samplesAreSmoothed() {
        var roundTrip = RoundTrip()
        roundTrip.note(100 * millisecond)
        roundTrip.note(180 * millisecond)
        #expect(roundTrip.nanoseconds == 110 * millisecond)
        for _ in 0..<100 { roundTrip.note(40 * millisecond) }
        #expect(roundTrip.nanoseconds < 41 * millisecond)
        #expect(roundTrip.leastNanoseconds == 40 * millisecond)
        #expect(roundTrip.deviationNanoseconds < millisecond)
    }

    @Test func aReferenceTimeIsAnsweredWithItsAge() {
        var reference = ReceiverReference()
        #expect(reference.block(now: second) == (0, 0))
        reference.note(ntp: 0x1122_3344_5566_7788, arrivalNanoseconds: second)
        #expect(reference.block(now: second + 250 * millisecond) == (0x3344_5566, 0x4000))
    }
}
