import Peer
import Testing

@Suite struct TimestampTranslatorTests {
    @Test func theFirstSourceKeepsItsTimestamps() {
        var translator = TimestampTranslator()
        translator.switchSource(firstTimestamp: 777, outgoing: 10, now: second, clockRate: 90_000, alignment: nil)
        #expect(translator.translate(777, outgoing: 10, now: second) == 777)
    }

    @Test func withoutReportsASwitchGoesOnByTheTimeGoneBy() {
        var translator = TimestampTranslator()
        translator.switchSource(firstTimestamp: 1000, outgoing: 0, now: second, clockRate: 90_000, alignment: nil)
        _ = translator.translate(1000, outgoing: 0, now: second)
        let later = second + 100 * millisecond
        translator.switchSource(firstTimestamp: 0xFFFF_0000, outgoing: 1, now: later, clockRate: 90_000, alignment: nil)
        #expect(translator.translate(0xFFFF_0000, outgoing: 1, now: later) == 10_000)
        #expect(translator.translate(0xFFFF_0BB8, outgoing: 2, now: later) == 13_000)
    }

    @Test func aSwitchWithinOneInstantStillMovesOneFrame() {
        var translator = TimestampTranslator()
        translator.switchSource(firstTimestamp: 1000, outgoing: 0, now: second, clockRate: 90_000, alignment: nil)
        _ = translator.translate(1000, outgoing: 0, now: second)
        translator.switchSource(firstTimestamp: 5, outgoing: 1, now: second, clockRate: 90_000, alignment: nil)
        #expect(translator.translate(5, outgoing: 1, now: second) == 4000)
    }

    @Test func reportsAlignToTheTick() {
        var translator = TimestampTranslator()
        translator.switchSource(firstTimestamp: 90_000, outgoing: 0, now: second, clockRate: 90_000, alignment: nil)
        _ = translator.translate(90_000, outgoing: 0, now: second)
        // The new layer's timestamps are 40 000 behind; its keyframe was captured 3003 ticks after the last frame.
        let now = second + 50 * millisecond
        translator.switchSource(firstTimestamp: 53_003, outgoing: 1, now: now, clockRate: 90_000, alignment: 40_000)
        #expect(translator.translate(53_003, outgoing: 1, now: now) == 93_003)
    }

    @Test func reportsThatContradictTheClockAreNotBelieved() {
        var translator = TimestampTranslator()
        translator.switchSource(firstTimestamp: 90_000, outgoing: 0, now: second, clockRate: 90_000, alignment: nil)
        _ = translator.translate(90_000, outgoing: 0, now: second)
        let now = second + 100 * millisecond
        translator.switchSource(firstTimestamp: 53_003, outgoing: 1, now: now, clockRate: 90_000, alignment: 9_000_000)
        #expect(translator.translate(53_003, outgoing: 1, now: now) == 99_000)
    }

    @Test func aKeyframeCapturedEarlierDoesNotTurnTimeBack() {
        var translator = TimestampTranslator()
        translator.switchSource(firstTimestamp: 90_000, outgoing: 0, now: second, clockRate: 90_000, alignment: nil)
        _ = translator.translate(90_000, outgoing: 0, now: second)
        translator.switchSource(firstTimestamp: 89_000, outgoing: 1, now: second, clockRate: 90_000, alignment: 0)
        #expect(translator.translate(89_000, outgoing: 1, now: second) == 90_090)
    }

    @Test func aSourceThatBeginsAnewKeepsItsTimestampsHoweverLateItsKeyframeCame() {
        var translator = TimestampTranslator()
        translator.switchSource(firstTimestamp: 90_000, outgoing: 0, now: second, clockRate: 90_000, alignment: nil)
        _ = translator.translate(90_000, outgoing: 0, now: second)
        // Captured 100 ms later, repaired a second after that.
        let now = second + 1100 * millisecond
        translator.switchSource(
            firstTimestamp: 99_000, outgoing: 1, now: now, clockRate: 90_000, alignment: nil, isSame: true)
        #expect(translator.translate(99_000, outgoing: 1, now: now) == 99_000)
    }

    @Test func aSourceThatComesBackAfterHoursGoesOnByTheTimeGoneBy() {
        var translator = TimestampTranslator()
        translator.switchSource(firstTimestamp: 90_000, outgoing: 0, now: second, clockRate: 90_000, alignment: nil)
        _ = translator.translate(90_000, outgoing: 0, now: second)
        let hours: UInt64 = 8 * 3600
        let first = UInt32(truncatingIfNeeded: 90_000 * (hours + 1))
        translator.switchSource(
            firstTimestamp: first, outgoing: 1, now: second * (hours + 1), clockRate: 90_000, alignment: nil,
            isSame: true)
        #expect(translator.translate(first, outgoing: 1, now: second * (hours + 1)) == first)
    }

    @Test func aPacketSentAgainHasTheTimestampOfItsOwnTime() {
        var translator = TimestampTranslator()
        var sent: [(timestamp: UInt32, outgoing: UInt64, translated: UInt32?)] = []
        for stint in 0..<6 as Range<UInt64> {
            let now = second * (stint + 1)
            let timestamp = UInt32(stint) &* 0x3333_3333
            translator.switchSource(
                firstTimestamp: timestamp, outgoing: stint * 10, now: now, clockRate: 90_000, alignment: nil)
            sent.append((timestamp, stint * 10, translator.translate(timestamp, outgoing: stint * 10, now: now)))
        }
        for (index, packet) in sent.enumerated() {
            let again = translator.translate(packet.timestamp, outgoing: packet.outgoing, now: 7 * second)
            #expect(again == (index < 2 ? nil : packet.translated))
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>) func timestampsNeverRunBack(seed: UInt64) {
        var random = Seeded(seed)
        var translator = TimestampTranslator()
        var (now, timestamp, last) = (second, UInt32.random(in: 0...UInt32.max, using: &random), UInt32?.none)
        for outgoing in 0..<5_000 as Range<UInt64> {
            now += UInt64.random(in: 1...50, using: &random) * millisecond
            timestamp &+= UInt32.random(in: 1...4500, using: &random)
            if outgoing == 0 || random.chance(5) {
                timestamp = .random(in: 0...UInt32.max, using: &random)
                let alignment = random.chance(50) ? nil : UInt32.random(in: 0...UInt32.max, using: &random)
                translator.switchSource(
                    firstTimestamp: timestamp, outgoing: outgoing, now: now, clockRate: 90_000, alignment: alignment)
            }
            let translated = translator.translate(timestamp, outgoing: outgoing, now: now)!
            if let last { #expect(SequenceComparison.isNewer(timestamp: translated, than: last)) }
            last = translated
        }
    }
}
