import Testing

@testable import Estimate

private let second: UInt64 = 1_000_000_000

/// A publisher that sends at the rate that it was told, in packets of 1000 bytes, over a link with a queue of 300 ms, to an
/// estimator that knows abs-send-time, or nothing but arrivals.
private struct Uplink {
    var estimator = ReceiverEstimator()
    var linkBitsPerSecond = 1_000_000.0
    var bitsPerSecond = 300_000.0
    /// What the camera has to send at most.
    var most = 5_000_000.0
    let saysSendTime: Bool
    private(set) var waits: [Double] = []
    private(set) var told: [(time: UInt64, bitsPerSecond: UInt64)] = []
    private var now = second
    private var busy = second
    private var due = Double(second)

    init(saysSendTime: Bool) { self.saysSendTime = saysSendTime }

    mutating func run(seconds: Double) {
        let end = now + UInt64(seconds * 1e9)
        waits.removeAll()
        while now < end {
            now = UInt64(due)
            due += 8_000e9 / min(bitsPerSecond, most)
            send()
            if let rate = estimator.take(roundTrip: 60_000_000, now: max(now, busy)) {
                told.append((now, rate))
                bitsPerSecond = Double(rate)
            }
        }
    }

    private mutating func send() {
        let wait = Double(max(busy, now) - now) / 1e9
        guard wait < 0.3 else { return }
        waits.append(wait)
        busy = max(busy, now) + UInt64(8_000e9 / linkBitsPerSecond)
        // 6.18 fixed point seconds (abs-send-time).
        let ticks = UInt32(truncatingIfNeeded: ((now / 1000) << 18) / 1_000_000) & 0xFF_FFFF
        estimator.add(sendTime: saysSendTime ? ticks : nil, bytes: 1000, now: busy + 30_000_000)
    }

    var wait: Double { waits.sorted()[waits.count * 95 / 100] }
}

@Suite struct ReceiverEstimatorTests {
    @Test func whoFollowsWhatItIsToldUsesItsLinkAndFillsNoQueue() {
        var uplink = Uplink(saysSendTime: true)
        uplink.run(seconds: 30)
        uplink.run(seconds: 30)
        let goodput = Double(uplink.waits.count) * 8_000 / 30
        print(
            "REMB on a link of 1 Mbit/s: \(Int(goodput / 1000)) kbit/s, 95 % wait \(Int(uplink.wait * 1000)) ms at most"
        )
        #expect(goodput > 750_000)
        #expect(uplink.wait < 0.15)
    }

    @Test func aLinkThatFallsToAThirdIsToldSoon() {
        var uplink = Uplink(saysSendTime: true)
        uplink.run(seconds: 30)
        uplink.linkBitsPerSecond = 333_000
        uplink.run(seconds: 3)
        uplink.run(seconds: 5)
        #expect(uplink.bitsPerSecond < 400_000 && uplink.wait < 0.2)
    }

    @Test func aLinkThatGrowsIsFound() {
        var uplink = Uplink(saysSendTime: true)
        uplink.linkBitsPerSecond = 333_000
        uplink.run(seconds: 30)
        uplink.linkBitsPerSecond = 1_000_000
        uplink.run(seconds: 20)
        #expect(uplink.bitsPerSecond > 700_000)
    }

    @Test func aRateIsToldEverySecond() {
        var uplink = Uplink(saysSendTime: true)
        uplink.most = 200_000
        uplink.run(seconds: 20)
        #expect((15...25).contains(uplink.told.count))
        // It is not held to what it has to send now.
        #expect(uplink.bitsPerSecond > 250_000)
    }

    @Test func withoutSendTimesTheRateFollowsWhatArrives() {
        var uplink = Uplink(saysSendTime: false)
        uplink.run(seconds: 30)
        #expect(uplink.bitsPerSecond > 800_000 && uplink.bitsPerSecond < 1_700_000)
    }

    @Test func whoNumbersItsPacketsIsToldNothing() {
        var estimator = ReceiverEstimator()
        estimator.noteNumber()
        for packet in 0..<1000 as Range<UInt64> {
            estimator.add(sendTime: nil, bytes: 1000, now: second + packet * 10_000_000)
        }
        let rate = estimator.take(roundTrip: 0, now: 20 * second)
        #expect(estimator.nextDeadline == .max && rate == nil)
    }
}
