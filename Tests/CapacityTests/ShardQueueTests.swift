import Glibc
import Testing

@testable import Capacity

@Suite struct ShardQueueTests {
    private func load(
        _ workload: Workload, _ change: (inout QueueSettings) -> Void = { _ in }, prices: Work = Machine.prices
    ) -> ShardLoad {
        var settings = QueueSettings()
        settings.wakeMicroseconds = 0
        change(&settings)
        return ShardQueue.run(workload, prices: prices, settings: settings)
    }

    private func voices(_ rooms: Int) -> Workload { Machine.rooms(rooms, of: 2) { $0.videoKilobits = 0 } }

    @Test func whatIsSentComesInAndGoesOut() {
        let load = load(Workload(rooms: [Machine.webinar(100) { $0.videoKilobits = 0 }]))
        #expect(abs(load.work[.packetIn] - 50) < 0.5)
        // Sound to each, and what the server says by itself: reports, answers, feedback.
        #expect(abs(load.work[.segment] - (5000 + 101 * 1.44 + 10)) < 60)
        #expect(load.work[.peer] == 101)
    }

    @Test func aFrameIsAsManyPacketsAsTheGeneratorCuts() {
        // 6250 bytes on average, six packets or more; one in 300 is a keyframe of 23.
        let load = load(Workload(rooms: [Machine.webinar(10) { $0.audioShare = 0 }]))
        #expect((180...190).contains(load.work[.packetIn]))
    }

    /// Poisson arrivals served in bursts of a constant time: rate / (rate x time + e^-(rate x time)) bursts a second.
    @Test(arguments: [0.2, 0.6, 1.5]) func arrivalsMergeAsTheFormulaSays(perBurst: Double) {
        // Hundreds of voices, each by its own clock, are as good as chance.
        let rate = 400.0 * 50
        var prices = Work()
        prices[.wakeup] = perBurst / rate * 1e9
        let workload = Machine.rooms(400, of: 1) { ($0.videoKilobits, $0.receivers) = (0, 0) }
        let load = load(workload, { $0.gatherMicroseconds = 0 }, prices: prices)
        // Reports and checks wake it, too.
        let all = rate + 400 * 1.44
        let merged = all / (all * perBurst / rate + exp(-all * perBurst / rate))
        #expect(abs(load.work[.wakeup] / merged - 1) < 0.04)
    }

    @Test func manySmallBurstsAreGathered() {
        let free = load(voices(60)) { $0.gatherMicroseconds = 0 }
        let gathered = load(voices(60)) { $0.gatherMicroseconds = 500 }
        #expect(free.work[.wakeup] > 4000)
        #expect(gathered.work[.wakeup] < 2500)
        #expect(gathered.all.p50 > free.all.p50)
    }

    @Test func moreLoadMeansFewerWakeupsAPacketAndLongerTimes() {
        let loads = [5, 20, 80].map { load(Machine.rooms($0, of: 4)) }
        for (less, more) in zip(loads, loads.dropFirst()) {
            #expect(more.busy > less.busy)
            #expect(more.work[.wakeup] / more.work[.packetIn] < less.work[.wakeup] / less.work[.packetIn])
            #expect(more.all.p99 > less.all.p99)
        }
    }

    @Test func whatCannotBeServedIsCalledSo() {
        #expect(load(Machine.rooms(2000, of: 4)).isOverloaded)
        #expect(!load(Machine.rooms(10, of: 4)).isOverloaded)
    }

    @Test func feedbackDoesNotWakeWhomSoundWakesAnyway() {
        let silent = load(Workload(rooms: [Machine.webinar(100) { $0.videoKilobits = 0 }]))
        let feedback = load(Workload(rooms: [Machine.webinar(100) { ($0.videoKilobits, $0.feedback) = (0, true) }]))
        #expect(abs(feedback.work[.feedback] - silent.work[.feedback] - 2000) < 30)
        #expect(feedback.work[.wakeup] - silent.work[.wakeup] < 250)
    }

    @Test func theSameIsSaidTwice() {
        #expect(load(Machine.rooms(30, of: 4)).busy == load(Machine.rooms(30, of: 4)).busy)
    }
}
