import Testing

@testable import Estimate

@Suite struct EstimatorTests {
    private let second: UInt64 = 1_000_000_000

    /// An estimator with memory of its own.
    private final class Rig {
        let ring = UnsafeMutablePointer<SentPacket>.allocate(capacity: SentHistory.capacity)
        var estimator: BandwidthEstimator
        init() { estimator = BandwidthEstimator(ring: ring) }
        deinit { ring.deallocate() }

        func feedback(_ numbers: [(UInt16, Int64?)], now: UInt64) {
            estimator.beginFeedback(now: now)
            for (number, ticks) in numbers {
                estimator.take(number, isReceived: ticks != nil, arrivalTicks: ticks ?? 0)
            }
            estimator.endFeedback()
        }
    }

    @Test func nothingIsKnownBeforeTheFirstFeedback() {
        let rig = Rig()
        _ = rig.estimator.sent(bytes: 1200, now: second)
        #expect(rig.estimator.targetBitsPerSecond == 0)
        #expect(rig.estimator.roundTripNanoseconds == 0)
        #expect(!rig.estimator.probe.isWanted)
    }

    @Test func theFirstFeedbackGivesARoundTripARateAndAProbe() {
        let rig = Rig()
        for packet in 0..<60 { _ = rig.estimator.sent(bytes: 200, now: second + UInt64(packet) * 10_000_000) }
        rig.feedback((0..<60).map { (UInt16($0), Int64(4000 + 40 * $0)) }, now: second + 690_000_000)
        #expect(rig.estimator.targetBitsPerSecond == 300_000)
        #expect(rig.estimator.roundTripNanoseconds == 100_000_000)
        #expect(rig.estimator.probe.bitsPerSecond == 900_000)
    }

    @Test func numbersThatWereNeverSentChangeNothing() {
        let rig = Rig()
        for _ in 0..<10 { _ = rig.estimator.sent(bytes: 1200, now: second) }
        rig.feedback((10..<1000).map { (UInt16($0), Int64($0)) }, now: 2 * second)
        rig.feedback((60_000..<60_100).map { (UInt16($0), nil) }, now: 2 * second)
        #expect(rig.estimator.targetBitsPerSecond == 0)
        #expect(rig.estimator.losses.fraction == 0)
    }

    @Test func whoHasMovedBeginsAnewAndWhatWasLostOnTheWayDoesNotCount() {
        let rig = Rig()
        for packet in 0..<60 { _ = rig.estimator.sent(bytes: 200, now: second + UInt64(packet) * 10_000_000) }
        rig.feedback((0..<60).map { (UInt16($0), Int64(4000 + 40 * $0)) }, now: second + 690_000_000)
        for _ in 0..<100 { _ = rig.estimator.sent(bytes: 1200, now: 2 * second) }
        rig.estimator.moved()
        #expect(rig.estimator.targetBitsPerSecond == 0 && rig.estimator.roundTripNanoseconds == 100_000_000)
        #expect(rig.estimator.sent(bytes: 200, now: 3 * second) == 160)
        for packet in 1..<60 { _ = rig.estimator.sent(bytes: 200, now: 3 * second + UInt64(packet) * 10_000_000) }
        rig.feedback((60..<160).map { (UInt16($0), nil) }, now: 3 * second + 600_000_000)
        #expect(rig.estimator.targetBitsPerSecond == 0)
        rig.feedback((160..<220).map { (UInt16($0), Int64(8000 + 40 * $0)) }, now: 3 * second + 690_000_000)
        #expect(rig.estimator.targetBitsPerSecond == 300_000 && rig.estimator.losses.fraction == 0)
    }

    @Test func aSecondReportOfAPacketChangesNothing() {
        let rig = Rig()
        for packet in 0..<60 { _ = rig.estimator.sent(bytes: 200, now: second + UInt64(packet) * 10_000_000) }
        rig.feedback((0..<60).map { (UInt16($0), Int64(4000 + 40 * $0)) }, now: second + 690_000_000)
        let roundTrip = rig.estimator.roundTripNanoseconds
        rig.feedback((0..<10).map { (UInt16($0), Int64(4000 + 20 * $0)) }, now: 5 * second)
        #expect(rig.estimator.roundTripNanoseconds == roundTrip)
    }

    @Test func whatAClientClaimsOfItsClockDoesNoHarm() {
        let rig = Rig()
        var dice: UInt64 = 1
        for round in 0..<500 {
            var numbers: [(UInt16, Int64?)] = []
            for packet in 0..<20 {
                let number = rig.estimator.sent(bytes: 1200, now: second + UInt64(round * 20 + packet) * 5_000_000)
                dice = dice &* 6_364_136_223_846_793_005 &+ 1
                numbers.append((number, Int64(bitPattern: dice) >> 20))
            }
            rig.feedback(numbers, now: second + UInt64(round * 20 + 20) * 5_000_000)
        }
        // Nothing can be told from it, and nothing overflows.
        #expect(rig.estimator.targetBitsPerSecond == 0 || rig.estimator.targetBitsPerSecond >= 30_000)
    }

    @Test func aProbeThatTheLinkCarriedRaisesTheRate() {
        let rig = Rig()
        for packet in 0..<60 { _ = rig.estimator.sent(bytes: 200, now: second + UInt64(packet) * 10_000_000) }
        rig.feedback((0..<60).map { (UInt16($0), Int64(4000 + 40 * $0)) }, now: second + 690_000_000)
        let cluster = rig.estimator.probe.cluster
        var numbers: [(UInt16, Int64?)] = []
        for packet in 0..<10 where rig.estimator.probe.isWanted {
            // 450 bytes every 4 ms: 900 kbit/s.
            let now = second + 700_000_000 + UInt64(packet) * 4_000_000
            numbers.append((rig.estimator.sent(bytes: 450, isProbe: cluster, now: now), Int64(6800 + 16 * packet)))
        }
        #expect(numbers.count == 5)
        rig.feedback(numbers, now: second + 900_000_000)
        #expect(rig.estimator.targetBitsPerSecond == 900_000)
        #expect(rig.estimator.probe.bitsPerSecond == 1_800_000)
    }

    /// Frames leave as they come, also between the packets of a probe.
    @Test func aFrameThatLeavesAmongAProbeDoesNotMakeItFail() {
        let rig = Rig()
        for packet in 0..<60 { _ = rig.estimator.sent(bytes: 200, now: second + UInt64(packet) * 10_000_000) }
        rig.feedback((0..<60).map { (UInt16($0), Int64(4000 + 40 * $0)) }, now: second + 690_000_000)
        let cluster = rig.estimator.probe.cluster
        var numbers: [(UInt16, Int64?)] = []
        // In microseconds: a link of 2 Mbit/s, that the frame keeps for 24 ms.
        var busy: UInt64 = 0
        func send(_ bytes: Int, _ cluster: UInt8, _ now: UInt64) {
            busy = max(busy, now) + UInt64(bytes * 4)
            let number = rig.estimator.sent(bytes: bytes, isProbe: cluster, now: now * 1000)
            numbers.append((number, Int64(busy / 250)))
        }
        for packet in 0..<10 as Range<UInt64> where rig.estimator.probe.isWanted {
            send(450, cluster, 1_700_000 + packet * 4000)
            if packet == 2 { for _ in 0..<5 { send(1200, 0, 1_700_000 + packet * 4000) } }
        }
        rig.feedback(numbers, now: second + 900_000_000)
        #expect(rig.estimator.targetBitsPerSecond >= 890_000)
        #expect(rig.estimator.probe.isWanted)
    }

    @Test func aProbeThatTheLinkHeldUpShowsWhatItCarries() {
        let rig = Rig()
        for packet in 0..<60 { _ = rig.estimator.sent(bytes: 200, now: second + UInt64(packet) * 10_000_000) }
        rig.feedback((0..<60).map { (UInt16($0), Int64(4000 + 40 * $0)) }, now: second + 690_000_000)
        let cluster = rig.estimator.probe.cluster
        let numbers = (0..<5).map { packet in
            let now = second + 700_000_000 + UInt64(packet) * 4_000_000
            // 450 bytes every 6 ms: 600 kbit/s.
            return (rig.estimator.sent(bytes: 450, isProbe: cluster, now: now), Optional(Int64(6800 + 24 * packet)))
        }
        rig.feedback(numbers, now: second + 900_000_000)
        #expect(rig.estimator.targetBitsPerSecond == 510_000)
        #expect(!rig.estimator.probe.isWanted)
    }

    @Test func aProbeThatNobodySendsEnds() {
        let rig = Rig()
        for packet in 0..<60 { _ = rig.estimator.sent(bytes: 200, now: second + UInt64(packet) * 10_000_000) }
        rig.feedback((0..<60).map { (UInt16($0), Int64(4000 + 40 * $0)) }, now: second + 690_000_000)
        let (soon, late) = (
            rig.estimator.probeBytesDue(now: 2 * second), rig.estimator.probeBytesDue(now: 3 * second)
        )
        #expect(soon > 0 && late == 0)
        #expect(!rig.estimator.probe.isWanted)
    }

    @Test func withoutFeedbackTheClientsWordCounts() {
        let rig = Rig()
        rig.estimator.takeRemb(bitsPerSecond: 750_000)
        #expect(rig.estimator.targetBitsPerSecond == 750_000)
        for packet in 0..<60 { _ = rig.estimator.sent(bytes: 200, now: second + UInt64(packet) * 10_000_000) }
        rig.feedback((0..<60).map { (UInt16($0), Int64(4000 + 40 * $0)) }, now: second + 690_000_000)
        rig.estimator.takeRemb(bitsPerSecond: 90_000)
        #expect(rig.estimator.targetBitsPerSecond == 300_000)
    }

    @Test func theStateOfASubscriberIsSmall() {
        #expect(MemoryLayout<BandwidthEstimator>.stride <= 2048)
    }
}
