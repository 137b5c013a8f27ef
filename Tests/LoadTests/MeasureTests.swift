import CPlatform
import Glibc
import Testing

@testable import Load

@Suite struct CpuQuotaTests {
    @Test func bothVersionsOfControlGroupsAreRead() {
        let old = CpuQuota(parsing: "nr_periods 50\nnr_throttled 43\nthrottled_time 3400000000\n")
        #expect(old.throttledPeriods == 43 && old.throttledNanoseconds == 3_400_000_000)
        let new = CpuQuota(parsing: "usage_usec 9\nnr_throttled 7\nthrottled_usec 250\n")
        #expect(new.throttledPeriods == 7 && new.throttledNanoseconds == 250_000)
        #expect(new.since(CpuQuota(parsing: "nr_throttled 3\nthrottled_usec 50")).throttledNanoseconds == 200_000)
    }

    @Test func theGroupIsFoundByItsController() {
        let old = CpuQuota.statPaths("8:pids:/\n2:cpu,cpuacct:/a/b\n0::/\n")
        #expect(old.contains("/sys/fs/cgroup/cpu/a/b/cpu.stat"))
        #expect(old.contains("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.stat"))
        #expect(CpuQuota.statPaths("0::/user/x\n") == ["/sys/fs/cgroup/user/x/cpu.stat"])
    }
}

@Suite struct ProcessSampleTests {
    @Test func aProcessIsMeasuredByItsThreads() throws {
        let before = try #require(ProcessSample(pid: getpid()))
        let cpuBegin = cp_thread_cpu_nanoseconds()
        while cp_thread_cpu_nanoseconds() - cpuBegin < 20_000_000 {}
        let after = try #require(ProcessSample(pid: getpid()))
        #expect(after.cpuNanoseconds(since: before) >= 15_000_000)
        #expect(after.residentBytes > 1 << 20 && after.threads.contains { $0.id == Int(getpid()) })
    }

    @Test func noProcessIsNoSample() { #expect(ProcessSample(pid: Int32.max) == nil) }
}

@Suite struct SeriesTests {
    private func snapshot(_ seconds: Double, sent: UInt64, received: UInt64, lost: UInt64, receiving: Int) -> Snapshot {
        var snapshot = Snapshot()
        snapshot.nowNanoseconds = 1_000_000_000 + UInt64(seconds * 1e9)
        snapshot.audio.sent = sent
        snapshot.audio.received = received
        snapshot.audio.lost = lost
        snapshot.peers.receiving = receiving
        return snapshot
    }

    @Test func sumsBecomeRates() throws {
        var series = SeriesRecorder()
        func note(_ snapshot: Snapshot) { series.note(snapshot, fanOut: 10, receivers: 10, isMeasured: true, sfu: nil) }
        note(snapshot(0, sent: 0, received: 0, lost: 0, receiving: 0))
        note(snapshot(0.5, sent: 100, received: 400, lost: 0, receiving: 5))
        var last = snapshot(1, sent: 200, received: 1300, lost: 7, receiving: 10)
        last.audioLatency.record(3_000_000)
        note(last)
        #expect(series.points.map(\.offeredPerSecond) == [1000, 2000], "who has not joined misses nothing")
        #expect(series.points.map(\.receivedPerSecond) == [800, 1800])
        #expect(series.points.map(\.lost) == [0, 7])
        #expect(series.points[0].p50Nanoseconds == nil)
        #expect(try #require(series.points[1].p99Nanoseconds) >= 3_000_000)
    }

    @Test func aHistogramKnowsWhatCameSince() {
        var histogram = Histogram()
        for value in 1...100 { histogram.record(Int64(value)) }
        let before = histogram
        for _ in 0..<10 { histogram.record(5_000_000) }
        let fresh = histogram.since(before)
        #expect(fresh.count == 10 && fresh.percentile(0.01) >= 5_000_000 && fresh.percentile(1) <= 5_050_000)
        #expect(histogram.since(histogram).count == 0)
    }
}

@Suite struct PageTests {
    private func report() -> LoadReport {
        var report = LoadReport(LoadOptions())
        report.command = "millrace load --room <b>"
        for second in 1...900 {
            report.series.append(
                SeriesPoint(
                    seconds: Double(second), isMeasured: second > 3, connected: 3, offeredPerSecond: 10,
                    receivedPerSecond: 9, bitsPerSecond: 100, lost: 1, p50Nanoseconds: 1000, p99Nanoseconds: 2000,
                    p999Nanoseconds: 3000, generatorCpu: 0.5, sfuCpu: nil))
        }
        for value in 1...20_000 { report.totals.videoLatency.record(Int64(value) * 1000) }
        report.measuredSeconds = 897
        return report
    }

    @Test func thePageNeedsNothingElseAndEscapesWhatItWasGiven() {
        let page = report().page
        #expect(page.contains("millrace load --room &lt;b&gt;"))
        for foreign in ["src=", "href=", "@import", "url("] { #expect(!page.contains(foreign)) }
        #expect(page.split(separator: "<svg").count - 1 == 5, "no joins, so no drawing of them")
    }

    @Test func aLimitedGeneratorIsSaidOnThePageAndInTheData() throws {
        var report = report()
        report.measuredSeconds = 10
        report.waitedNanoseconds = 3_000_000_000
        report.quota = CpuQuota(parsing: "nr_throttled 43\nthrottled_time 3400000000")
        report.judge()
        #expect(report.generatorIsBottleneck)
        for sign in ["quota", "30 %"] { #expect(report.saturation.contains { $0.contains(sign) }) }
        #expect(report.page.contains("The generator was the limit"))
        #expect(try report.json().contains(#""generatorIsBottleneck" : true"#))
    }
}
