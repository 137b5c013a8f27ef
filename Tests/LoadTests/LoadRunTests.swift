import CLoad
import Contract
import Testing

@testable import Load

/// An SFU that answers every request in the same way.
private final class Refusing: HttpTransport {
    let response: HttpResponse
    init(_ response: HttpResponse) { self.response = response }
    func send(_ request: HttpRequest, then: @escaping @Sendable (Result<HttpResponse, HttpFailure>) -> Void) {
        then(.success(response))
    }
}

@Suite struct LoadRunTests {
    private func run(
        _ response: HttpResponse = HttpResponse(status: 503, headers: [], body: ""),
        _ change: (inout LoadOptions) -> Void
    ) throws -> LoadRun {
        var options = LoadOptions()
        change(&options)
        return try LoadRun(options: options, http: Refusing(response)) { _ in }
    }

    @Test func measuredOnesAreSpreadOverAllReceivers() throws {
        let run = try run {
            $0.rooms = 2
            $0.subscribers = 50
            $0.measured = 10
        }
        let chosen = (0..<100).filter { _ in run.isNextMeasured() }
        #expect(chosen == stride(from: 9, to: 100, by: 10).map { $0 })
        run.engine.stop()
    }

    @Test func everybodyIsMeasuredUpToAThousand() throws {
        var options = LoadOptions()
        options.subscribers = 1000
        #expect(!options.countsSome)
        options.subscribers = 1001
        #expect(options.countsSome && options.measuredReceivers == 1000)
    }

    @Test func whoIsRefusedForTheMomentAsksAgainLaterAndLater() throws {
        let run = try run { $0.publishers = 1 }
        let later = HttpResponse(status: 503, headers: [], body: "")
        let id = run.add(room: "a", isPublisher: true)
        var waits: [UInt64] = []
        for _ in 0..<8 {
            let now = cl_now()
            #expect(run.retry(id, later))
            waits.append(run.retries.removeLast().atNanoseconds - now)
        }
        #expect(!run.retry(id, later), "in the end it gives up")
        #expect(waits[0] >= 250_000_000 && waits[0] < 400_000_000)
        #expect(waits[1] >= 500_000_000 && waits[7] <= 11_000_000_000)
        #expect(run.retried == 8)
        let named = HttpResponse(status: 503, headers: [("Retry-After", "2")], body: "")
        let other = run.add(room: "a", isPublisher: true)
        let now = cl_now()
        #expect(run.retry(other, named))
        #expect(run.retries[0].atNanoseconds - now >= 2_000_000_000)
        run.engine.stop()
    }

    @Test func levelsTellWhatWasUseful() {
        var (begin, end) = (Snapshot(), Snapshot())
        begin.nowNanoseconds = 1_000_000_000
        end.nowNanoseconds = 3_000_000_000
        // Measured: 100 of audio and 300 of video, 200 of it useful. Counted: 400 more.
        end.audio.received = 100
        end.audio.useful = 100
        end.video.received = 700
        end.video.useful = 200
        end.counted.video = 400
        let figures = LevelFigures(LevelMark(percent: 150, begin: begin, end: end))
        #expect(figures.packetsPerSecond == 400)
        #expect(figures.usefulPerSecond == 300, "three of four measured packets were useful")
    }
}

@Suite struct PaceTests {
    @Test func burstsGrowWithTheRateSoThatFramesLeaveInTime() {
        func burst(kilobits: Int) -> Int {
            var publishing = Publishing(number: 1)
            publishing.videoBitsPerSecond = kilobits * 1000
            return PublisherState(publishing, media: MediaMap(), place: 0).burstPackets
        }
        #expect(burst(kilobits: 1500) == 8)
        // 24 Mbit/s are 2727 packets of 1100 bytes a second: 14 in 5 ms.
        #expect(burst(kilobits: 24_000) == 35)
        #expect(burst(kilobits: 100_000) == PublisherState.callPackets)
    }
}
