import Testing

@testable import Estimate

@Suite struct LossTests {
    private let second: UInt64 = 1_000_000_000

    /// 200 packets in two seconds, of which every `n`th is lost.
    private func feed(_ losses: inout LossBound, every n: Int, isQueued: Bool, from start: UInt64) -> LossBound.Finding
    {
        var finding = LossBound.Finding.none
        for packet in 1...200 {
            losses.count(lost: packet % n == 0 ? 1 : 0, of: 1)
            let now = start + UInt64(packet) * second / 100
            let found = losses.take(isQueued: isQueued, now: now)
            if found != .none { finding = found }
        }
        return finding
    }

    private func expect(
        _ finding: LossBound.Finding, _ wanted: LossBound.Finding, _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(finding == wanted, sourceLocation: location)
    }

    @Test func oneInTwentyLowersNothing() {
        var losses = LossBound()
        for stretch in 0..<20 {
            expect(feed(&losses, every: 20, isQueued: false, from: second * UInt64(2 * stretch)), .none)
        }
        #expect(abs(losses.inherent - 0.05) < 0.01)
    }

    @Test func oneInThreeBesideAQueueIsTheQueues() {
        var losses = LossBound()
        expect(feed(&losses, every: 3, isQueued: true, from: second), .queued)
        #expect(losses.inherent == 0)
    }

    @Test func whatIsLostAtAnyRateIsTheLinks() {
        var losses = LossBound()
        expect(feed(&losses, every: 3, isQueued: false, from: second), .unqueued)
        losses.beginTrial(rate: 1_000_000, roundTrip: second / 10, now: 3 * second)
        expect(feed(&losses, every: 3, isQueued: false, from: 4 * second), .inVain)
        #expect(losses.rateBefore == 1_000_000)
        losses.endTrial()
        #expect(losses.inherent == 0.25)
        expect(feed(&losses, every: 3, isQueued: false, from: 7 * second), .none)
    }

    @Test func whatHelpsIsKept() {
        var losses = LossBound()
        expect(feed(&losses, every: 3, isQueued: false, from: second), .unqueued)
        losses.beginTrial(rate: 1_000_000, roundTrip: second / 10, now: 3 * second)
        expect(feed(&losses, every: 100, isQueued: false, from: 4 * second), .none)
        #expect(losses.rateBefore == 0)
    }

    @Test func aPacketThatComesLateWasNotLost() {
        var losses = LossBound()
        for packet in 1...400 {
            losses.count(lost: 1, of: 1)
            losses.count(lost: -1, of: 0)
            expect(losses.take(isQueued: false, now: second + UInt64(packet) * second / 100), .none)
        }
        #expect(losses.fraction == 0)
    }
}
