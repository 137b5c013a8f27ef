import Contract
import Simulator
import Testing

/// A listener behind a bottleneck: estimate, allocation and pacing together, from wire to wire.
@Suite struct BottleneckTests {
    /// What was seen of the listener in 50 ms.
    private struct Sight {
        var layer: UInt8
        var sentBytes: Int
        var packets: Int
    }

    private final class Counter { var bytes = 0 }

    /// Three layers of 0.2, 0.45 and 1.2 Mbit/s, to a client that gives feedback for its video.
    private static func meeting(_ seed: UInt64, queueMilliseconds: UInt64 = 200) -> Meeting {
        let meeting = Meeting(layers: 3, seed: seed) {
            $0.givesFeedback = true
            $0.toClient.delayNanoseconds = 30_000_000
            $0.toClient.bitsPerSecond = 3_000_000
            $0.toClient.queueNanoseconds = queueMilliseconds * 1_000_000
        }
        meeting.video.framePacketsMax = 7
        meeting.video.keyframePackets = 12
        for (place, size) in [120, 400, 1100].enumerated() { meeting.video.sizes[place] = size }
        return meeting
    }

    private func watch(_ meeting: Meeting, seconds: Double) -> [Sight] {
        let counter = Counter()
        let number = meeting.listener.number
        meeting.simulator.onDeparture = { if $0.peer == number { counter.bytes += $0.bytes } }
        var sights: [Sight] = []
        for _ in 1...Int(seconds * 20) {
            meeting.simulator.run(seconds: 0.05)
            let layer = meeting.simulator.layerLeaving(meeting.videoConsumers[0]) ?? 255
            sights.append(Sight(layer: layer, sentBytes: counter.bytes, packets: meeting.picturePackets))
            counter.bytes = 0
        }
        meeting.simulator.onDeparture = nil
        return sights
    }

    private func kilobits(_ sights: ArraySlice<Sight>) -> Int {
        sights.reduce(0) { $0 + $1.sentBytes } * 8 / (50 * sights.count)
    }

    /// Seconds until a layer leaves for good; 99 for never.
    private func time(to layer: UInt8, _ sights: [Sight]) -> Double {
        guard let last = sights.last, last.layer == layer else { return 99 }
        return Double((sights.lastIndex { $0.layer != layer } ?? -1) + 1) / 20
    }

    /// The longest stretch in which no packet of the picture came, in seconds.
    private func longestGap(_ sights: [Sight]) -> Double {
        var (longest, length) = (0, 0)
        for place in sights.indices.dropFirst() {
            length = sights[place].packets == sights[place - 1].packets ? length + 1 : 0
            longest = max(longest, length)
        }
        return Double(longest) / 20
    }

    /// 3 Mbit/s, 500 kbit/s, 3 Mbit/s: what leaves is under the link within a second, the picture goes down within two seconds
    /// and up within twelve, and it never stands still.
    @Test(arguments: [2, 3, 4, 5, 6] as [UInt64])
    func aLinkThatFallsAndComesBackChangesThePictureAndDoesNotStopIt(_ seed: UInt64) {
        let meeting = Self.meeting(seed)
        let before = watch(meeting, seconds: 10)
        meeting.simulator.toClient.bitsPerSecond = 500_000
        let fallen = watch(meeting, seconds: 15)
        meeting.simulator.toClient.bitsPerSecond = 3_000_000
        let after = watch(meeting, seconds: 20)
        let (down, up, gap) = (time(to: 0, fallen), time(to: 2, after), longestGap(before + fallen + after))
        print(
            "bottleneck, seed \(seed): down after \(down) s, up after \(up) s, \(kilobits(fallen[20...])) of 500 kbit/s sent, "
                + "no picture for \(gap) s, \(meeting.simulator.overflowsToClients) packets lost")
        #expect(before.last?.layer == 2)
        #expect(kilobits(fallen[20..<40]) <= 510)
        #expect(down <= 2 && up <= 12 && gap <= 0.5)
        #expect(meeting.simulator.overflowsToClients <= 30)
        meeting.end()
    }

    /// Nothing but probes tells that a link carries more than what leaves.
    @Test func probesFindWhatALinkCarriesAtTheStartAndAfterADrop() {
        let meeting = Self.meeting(3)
        _ = watch(meeting, seconds: 3)
        let (atStart, estimate) = (meeting.report.paddingSent, meeting.simulator.estimate(of: meeting.listener))
        #expect(estimate > 1_200_000)
        meeting.simulator.toClient.bitsPerSecond = 500_000
        _ = watch(meeting, seconds: 10)
        #expect(meeting.simulator.estimate(of: meeting.listener) < 520_000)
        meeting.simulator.toClient.bitsPerSecond = 3_000_000
        _ = watch(meeting, seconds: 10)
        #expect(meeting.simulator.estimate(of: meeting.listener) > 1_200_000)
        let repeated = meeting.simulator.consumerReport(meeting.videoConsumers[0])?.retransmitted ?? 0
        #expect(meeting.report.paddingSent > atStart || repeated > 0)
        meeting.end()
    }
}
