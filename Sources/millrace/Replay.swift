import ArgumentParser
import Flight
import Foundation
import Simulator

struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a shard did last: a flight record, and whether the engine decides the same again.",
        discussion: """
            A record is written on request (SIGUSR1, or POST /flight with x-admin-key), when a shard stands still, and when the \
            process ends by a trap. With nothing else, its summary is printed.

            --simulate feeds a fresh engine with what the shard was told and compares what it decides; the exit status is \
            1 when something differs. That needs the build that wrote the record, or one with the same tables.
            """)

    @Argument(help: "The record.") var file: String
    @Flag(help: "Print every record of the log.") var log = false
    @Option(help: "Of the log: what one consumer was sent.") var consumer: UInt32?
    @Option(help: "Of the log: these kinds, with commas, such as rtp,run,event.") var kinds: String?
    @Option(help: "Of the log: the last so many seconds.") var last: Double?
    @Flag(help: "Replay it.") var simulate = false
    @Flag(help: "Replay the last call too, which a crash cut off: the replay may crash as the shard did.")
    var toTheEnd = false
    @Flag(help: "Print JSON instead.") var json = false

    func validate() throws {
        _ = try wantedKinds()
        if let last, !(last > 0 && last <= 86_400) { throw ValidationError("--last: from 0 to 86400 seconds") }
    }

    private func wantedKinds() throws -> Set<FlightKind>? {
        guard let kinds else { return nil }
        var wanted: Set<FlightKind> = []
        for name in kinds.split(separator: ",") {
            guard let kind = FlightKind.allCases.first(where: { "\($0)" == name }) else {
                let names = FlightKind.allCases.map { "\($0)" }.joined(separator: ", ")
                throw ValidationError("--kinds: \(name) is none of \(names)")
            }
            wanted.insert(kind)
        }
        return wanted
    }

    func run() throws {
        let record: FlightFile
        do throws(FlightFileError) { record = try FlightFile(path: file) } catch { fail("millrace replay: \(error)") }
        if log || consumer != nil || kinds != nil {
            try printLog(record)
        } else if !simulate {
            let summary = FlightSummary(record)
            print(json ? summary.json : summary.text)
        }
        if simulate { try replay(record) }
    }

    private func printLog(_ record: FlightFile) throws {
        let wanted = try wantedKinds()
        let timed = FlightTimeline(record)
        for line in timed.lines(last: last) where wanted?.contains(line.entry.kind) ?? true {
            if let consumer, record.run(line.entry)?.consumer != consumer { continue }
            print(json ? timed.json(line) : timed.text(line))
        }
    }

    private func replay(_ record: FlightFile) throws {
        let verdict: FlightVerdict
        do throws(FlightReplayError) {
            verdict = try FlightReplay(record).run(toTheEnd: toTheEnd)
        } catch { fail("millrace replay: \(error)") }
        print(json ? verdict.json : verdict.text)
        if verdict.first != nil { throw ExitCode.failure }
    }
}
