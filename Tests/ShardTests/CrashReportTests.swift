import Flight
import Foundation
import Testing

/// A process of its own fails in ways that a shard can fail in.
@Suite struct CrashReportTests {
    private struct End {
        var said: String
        var report: String
        var records: [FlightFile]
        var signal: Int32
    }

    private func run(_ way: String) throws -> End {
        let folder = FileManager.default.temporaryDirectory.appending(path: "crash-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        let here = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(fileURLWithPath: here).deletingLastPathComponent().appending(path: "crash-shard")
        process.arguments = [folder.path, way]
        let output = Pipe()
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let report = try names.first { $0.hasSuffix(".txt") }.map {
            try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
        }
        let records = try names.filter { $0.hasSuffix(".flight") }.map {
            try FlightFile(path: folder.appending(path: $0).path)
        }
        return End(said: said, report: report ?? "", records: records, signal: process.terminationStatus)
    }

    @Test func aTrapInAShardNamesTheShardTheBurstAndTheRule() throws {
        let end = try run("trap")
        #expect(end.signal == SIGILL || end.signal == SIGTRAP)
        #expect(end.report.contains("shard:   3 of 4"))
        #expect(end.report.contains("burst:   7, "))
        #expect(end.report.contains("thread:  shard 3"))
        #expect(end.report.contains("build:   test build"))
        let rule = try #require(end.report.split(separator: "\n").first { $0.hasPrefix("rule:") })
        #expect(rule.contains("Slot") || rule.contains("loseSlot"), "\(rule)")
        // The same is said to the error output, behind what the runtime says of the rule.
        #expect(end.said.contains("shard:   3 of 4") && end.said.contains(rule))
    }

    @Test func theShardsRecordIsWrittenBesideTheReport() throws {
        let end = try run("trap")
        let record = try #require(end.records.first)
        #expect(end.records.count == 1)
        #expect(record.head.burst == 7 && record.head.shard == 3 && record.head.reason == 3)
        #expect(record.head.signal == UInt32(end.signal))
        #expect(record.entries.count { $0.kind == .take } == 7)
        #expect(record.note == "this shard ended the process")
        #expect(record.images.count == 1)
    }

    @Test func memoryThatIsNotThereIsReportedWithItsAddress() throws {
        let end = try run("memory")
        #expect(end.signal == SIGSEGV)
        #expect(end.report.contains("SIGSEGV") && end.report.contains("at 0x1000"))
        #expect(end.report.contains("touchNothing"))
    }

    @Test func anAbortIsReportedToo() throws {
        let end = try run("abort")
        #expect(end.signal == SIGABRT)
        #expect(end.report.contains("SIGABRT") && end.report.contains("shard:   3 of 4"))
    }

    @Test func aTrapElsewhereNamesItsThread() throws {
        let end = try run("elsewhere")
        #expect(end.report.contains("thread:  main"))
        #expect(end.report.contains("failElsewhere"))
        #expect(!end.report.contains("shard:   "))
    }
}
