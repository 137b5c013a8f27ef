import CPlatform
import Glibc
import Testing

private struct Report {
    var pinned: Int32 = -1
    var cpusAfterPin: [Int32] = []
    var excluded: Int32 = -1
    var excludedAll: Int32 = -1
    var cpusLeft: [Int32] = []
    var inherited: [Int32] = []
    var name = ""
    var policy: Int32 = -1
}

private func allowedCpus() -> [Int32] {
    var cpus = [Int32](repeating: -1, count: 1024)
    let count = cp_allowed_cpus(&cpus, 1024)
    return Array(cpus.prefix(Int(count)))
}

private func threadName() -> String {
    guard let file = fopen("/proc/thread-self/comm", "r") else { return "" }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 32)
    guard fgets(&line, 32, file) != nil else { return "" }
    return String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

@Suite("Threads and processors")
struct ThreadTests {
    private func run(_ entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?) -> Report {
        let place = UnsafeMutablePointer<Report>.allocate(capacity: 1)
        place.initialize(to: Report())
        defer {
            place.deinitialize(count: 1)
            place.deallocate()
        }
        var thread: UInt64 = 0
        #expect(cp_spawn(&thread, 1 << 20, entry, place) == 0)
        #expect(cp_join(thread) == 0)
        return place.pointee
    }

    @Test
    func aPinnedThreadHasOneProcessorAndAName() {
        let report = run { argument in
            let report = argument!.assumingMemoryBound(to: Report.self)
            report.pointee.pinned = cp_pin_to_cpu(allowedCpus().last!)
            report.pointee.cpusAfterPin = allowedCpus()
            cp_name_thread("shard 12")
            report.pointee.name = threadName()
            report.pointee.policy = cp_prefer_local_memory()
            return nil
        }
        #expect(report.pinned == 0 && report.cpusAfterPin == [allowedCpus().last!])
        #expect(report.name == "shard 12")
        #expect(report.policy == 0 || report.policy == EPERM || report.policy == ENOSYS)
        #expect(cp_pin_to_cpu(-1) == EINVAL && cp_pin_to_cpu(8000) == EINVAL)
    }

    @Test(.enabled(if: allowedCpus().count > 1, "needs two processors"))
    func threadsStartedLaterInheritTheSmallerMask() {
        let report = run { argument in
            let report = argument!.assumingMemoryBound(to: Report.self)
            var first = allowedCpus()[0]
            report.pointee.excluded = cp_exclude_cpus(&first, 1)
            report.pointee.cpusLeft = allowedCpus()
            var all = allowedCpus()
            report.pointee.excludedAll = cp_exclude_cpus(&all, Int32(all.count))
            var thread: UInt64 = 0
            cp_spawn(
                &thread, 0,
                { inner in
                    inner!.assumingMemoryBound(to: Report.self).pointee.inherited = allowedCpus()
                    return nil
                }, argument)
            cp_join(thread)
            return nil
        }
        #expect(report.excluded == 0 && report.excludedAll == EINVAL)
        #expect(report.cpusLeft == Array(allowedCpus().dropFirst()) && report.inherited == report.cpusLeft)
    }

    @Test
    func theThreadClockGoesForward() {
        let before = cp_thread_cpu_nanoseconds()
        var sum: UInt64 = 0
        for value in 0..<100_000 as Range<UInt64> { sum &+= value }
        #expect(sum > 0 && before > 0 && cp_thread_cpu_nanoseconds() > before)
    }

    @Test
    func theHostsMemoryIsDescribed() {
        #expect(cp_page_bytes() >= 4096 && cp_page_bytes() & (cp_page_bytes() - 1) == 0)
        #expect((-1...2).contains(cp_transparent_huge_pages()))
        #expect(cp_numa_node(0) >= -1 && cp_numa_node(100_000) == -1)
        let page = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 4096)
        let status = cp_lock_memory(page, 4096)
        #expect(status == 0 || status == ENOMEM || status == EPERM || status == EAGAIN)
        munlock(page, 4096)
        page.deallocate()
    }
}
