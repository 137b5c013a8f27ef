import Peer
import Testing

/// A publisher whose clocks run as told; everything takes `way` nanoseconds to us.
struct FalsePublisher {
    /// The publisher's NTP clock at our time 0, nanoseconds since 1900.
    var epoch: UInt64 = 3_900_000_000 * second
    var way: UInt64 = 40 * millisecond
    /// Publisher's seconds per million of ours, over one.
    var driftMillionths: Int64 = 0

    func publisherNanoseconds(_ now: UInt64) -> UInt64 {
        epoch + UInt64(Int64(now) + Int64(now) / 1_000_000 * driftMillionths)
    }

    func ntp(_ now: UInt64) -> UInt64 {
        let (seconds, rest) = publisherNanoseconds(now).quotientAndRemainder(dividingBy: second)
        return seconds << 32 | (rest << 32) / second
    }

    func timestamp(_ now: UInt64, rate: UInt64, start: UInt32) -> UInt32 {
        let elapsed = publisherNanoseconds(now) - epoch
        return start &+ UInt32(truncatingIfNeeded: elapsed / second * rate + elapsed % second * rate / second)
    }
}

@Suite struct ClockTests {
    @Test func ntpIsMadeAndReadBack() {
        // 2026-01-01T00:00:00.5Z
        let ntp = NtpTime.ntp(unixNanoseconds: 1_767_225_600_500_000_000)
        #expect(ntp >> 32 == 1_767_225_600 + 2_208_988_800)
        #expect(ntp & 0xFFFF_FFFF == 0x8000_0000)
        #expect(NtpTime.nanoseconds(ntp) == Int64(ntp >> 32) * 1_000_000_000 + 500_000_000)
        #expect(NtpTime.middle(0x1111_2222_3333_4444) == 0x2222_3333)
        #expect(NtpTime.compactSpan(nanoseconds: second) == 0x1_0000)
        #expect(NtpTime.nanoseconds(compactSpan: 0x1_8000) == 1500 * millisecond)
        #expect(NtpTime.compactSpan(nanoseconds: .max) == .max)
    }

    /// What lip sync needs: at one instant of ours, both streams' timestamps stand for the same instant of the publisher's.
    @Test(arguments: [-200, 0, 200] as [Int64]) func audioAndVideoOfOnePublisherStayTogether(drift: Int64) {
        let publisher = FalsePublisher(driftMillionths: drift)
        var random = Seeded(7)
        var clock = PublisherClock()
        var (audio, video) = (SenderClock(clockRate: 48_000), SenderClock(clockRate: 90_000))
        for report in 1..<600 as Range<UInt64> {
            let sent = report * second
            let arrival = sent + publisher.way + UInt64.random(in: 0..<30, using: &random) * millisecond
            clock.noteSenderReport(ntp: publisher.ntp(sent), arrivalNanoseconds: arrival)
            if report % 2 == 0 {
                audio.noteSenderReport(
                    ntp: publisher.ntp(sent), rtpTimestamp: publisher.timestamp(sent, rate: 48_000, start: 0xFFFF_0000))
            } else {
                video.noteSenderReport(
                    ntp: publisher.ntp(sent), rtpTimestamp: publisher.timestamp(sent, rate: 90_000, start: 12345))
            }
            guard report > 2 else { continue }
            let now = arrival + 500 * millisecond
            let audioTicks = audio.timestamp(at: now, publisher: clock)! &- 0xFFFF_0000
            let videoTicks = video.timestamp(at: now, publisher: clock)! &- 12345
            // Milliseconds of the publisher's time that each stands for.
            let difference = Int64(audioTicks) * 1000 / 48_000 - Int64(videoTicks) * 1000 / 90_000
            #expect(abs(difference) <= 1)
            // And neither is far from the truth: the way here, its variation, the lag of following the drift.
            let captured = (publisher.publisherNanoseconds(now - publisher.way) - publisher.epoch) / millisecond
            #expect(abs(Int64(audioTicks) * 1000 / 48_000 - Int64(captured)) < 35)
        }
    }

    @Test func aPublisherThatSetsItsClockIsFollowedAtOnce() {
        var clock = PublisherClock()
        clock.noteSenderReport(ntp: 1000 << 32, arrivalNanoseconds: second)
        #expect(clock.offsetNanoseconds == -999 * Int64(second))
        clock.noteSenderReport(ntp: 5001 << 32, arrivalNanoseconds: 2 * second)
        #expect(clock.offsetNanoseconds == -4999 * Int64(second))
    }

    @Test func oneReportThatIsLateMovesTheClockByASixteenth() {
        var clock = PublisherClock()
        clock.noteSenderReport(ntp: 1000 << 32, arrivalNanoseconds: second)
        clock.noteSenderReport(ntp: 1001 << 32, arrivalNanoseconds: 2 * second + 160 * millisecond)
        #expect(clock.offsetNanoseconds == -999 * Int64(second) + 10 * Int64(millisecond))
    }

    @Test func withoutReportsArrivalTimesServe() {
        var clock = SenderClock(clockRate: 90_000)
        let publisher = PublisherClock()
        #expect(clock.timestamp(at: second, publisher: publisher) == nil)
        var random = Seeded(3)
        for frame in 0..<300 as Range<UInt64> {
            let late = UInt64.random(in: 0..<20, using: &random) * millisecond
            clock.notePacket(
                rtpTimestamp: UInt32(frame * 3000), arrivalNanoseconds: second + frame * second / 30 + late)
        }
        let ticks = Int64(clock.timestamp(at: 11 * second, publisher: publisher)!)
        #expect(abs(ticks - 900_000) < 90 * 5, "within 5 ms of the earliest packets")
    }

    @Test func anArrivalThatIsASecondOffBeginsAnew() {
        var clock = SenderClock(clockRate: 90_000)
        clock.notePacket(rtpTimestamp: 0, arrivalNanoseconds: second)
        clock.notePacket(rtpTimestamp: 0x7000_0000, arrivalNanoseconds: 2 * second)
        #expect(clock.timestamp(at: 2 * second, publisher: PublisherClock()) == 0x7000_0000)
    }

    @Test func aReportWithoutAClockChangesNothing() {
        var clock = SenderClock(clockRate: 90_000)
        var publisher = PublisherClock()
        clock.noteSenderReport(ntp: 0, rtpTimestamp: 5)
        publisher.noteSenderReport(ntp: 0, arrivalNanoseconds: second)
        #expect(!clock.isKnown && !publisher.isKnown && clock.needsPackets)
    }

    @Test func twoLayersAreAlignedToTheTick() throws {
        let publisher = FalsePublisher()
        var clock = PublisherClock()
        var (low, high) = (SenderClock(clockRate: 90_000), SenderClock(clockRate: 90_000))
        clock.noteSenderReport(ntp: publisher.ntp(second), arrivalNanoseconds: second + publisher.way)
        low.noteSenderReport(
            ntp: publisher.ntp(second), rtpTimestamp: publisher.timestamp(second, rate: 90_000, start: 1_000_000))
        #expect(SenderClock.alignment(from: low, clock, to: high, clock, now: 3 * second) == nil)
        high.noteSenderReport(
            ntp: publisher.ntp(2 * second), rtpTimestamp: publisher.timestamp(2 * second, rate: 90_000, start: 50))
        let add = try #require(SenderClock.alignment(from: low, clock, to: high, clock, now: 3 * second))
        #expect(add &- (1_000_000 - 50) <= 1 || (1_000_000 - 50) &- add <= 1)
    }

    @Test func aTimestampIsFoundBackAsALocalTime() throws {
        let publisher = FalsePublisher()
        var (clock, video) = (PublisherClock(), SenderClock(clockRate: 90_000))
        clock.noteSenderReport(ntp: publisher.ntp(second), arrivalNanoseconds: second + publisher.way)
        video.noteSenderReport(ntp: publisher.ntp(second), rtpTimestamp: 0xFFFF_FFFF)
        let local = try #require(video.localNanoseconds(of: 89_999, publisher: clock))
        #expect(abs(local - Int64(2 * second + publisher.way)) < 1000)
    }
}
