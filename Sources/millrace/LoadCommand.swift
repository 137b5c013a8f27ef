import ArgumentParser
import CPlatform
import Contract
import Foundation
import Glibc
import Load

/// `millrace load`: against an SFU unless another tool is named.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Load an SFU with real peers, or a way with plain RTP, and measure what arrives.",
        discussion: sfuHelp,
        subcommands: [SfuCommand.self, RtpSendCommand.self, RtpReflectCommand.self], defaultSubcommand: SfuCommand.self)

    /// Without a subcommand it is sfu: so that the help of both is one.
    private static var sfuHelp: String {
        SfuCommand.helpMessage(columns: 80).replacing("OVERVIEW: ", with: "", maxReplacements: 1)
            .replacing("USAGE: sfu", with: "USAGE: millrace load")
    }
}

struct SfuCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sfu",
        abstract: "Load an SFU with real peers by WHIP and WHEP, and measure what arrives.",
        discussion: """
            Publishers send Opus and VP8 whose payloads carry a sequence number, the time and a pattern; subscribers \
            tell after decryption what was lost, reordered, doubled or changed, and how long it took. Publishers and \
            subscribers are counted per room.

            The exit status is 2 when the run did not come about; with --strict 1 when anything was not clean, and 3 \
            when the generator itself was the limit, so that the figures say little about the SFU.
            """)

    @Option(
        help:
            "What to speak: whip (WHIP and WHEP), room (Millrace's meeting protocol) or janus (its VideoRoom over HTTP)."
    )
    var against = "whip"
    @Option(help: "Where the SFU's HTTP is: http://host[:port][/prefix].")
    var url = "http://127.0.0.1:8080"
    @Option(help: "The room; with --rooms a number is appended.")
    var room = "load"
    @Option(help: "How many rooms.")
    var rooms = 1
    @Option(help: "Publishers in each room.")
    var publishers = 1
    @Option(help: "Subscribers in each room; 10 by default, 0 with --meeting.")
    var subscribers: Int?
    @Flag(help: "Every publisher also receives all others of its room, as in a meeting.")
    var meeting = false
    @Option(help: "Video of one publisher in kbit/s.")
    var videoKbps = 1500
    @Option(help: "Frames per second.")
    var fps = 30
    @Flag(help: "Send video in three layers: a tenth, three tenths and all of --video-kbps.")
    var simulcast = false
    @Option(
        help: "Milliseconds between two bursts (8 packets, at high rates more) of a longer frame; 0 sends frames whole."
    )
    var burstMs = 5.0
    @Flag(inversion: .prefixedNo, help: "Send 50 Opus packets a second.")
    var audio = true
    @Option(help: "Publishers of a room speak one after the other, for so long each, such as 2s; 0s: all at once.")
    var talk = "0s"
    @Flag(inversion: .prefixedNo, help: "Send video.")
    var video = true
    @Option(help: "Video codec: vp8, vp9, h264 or av1. An SFU sees frames of it; their content is stamps.")
    var codec = "vp8"
    @Option(help: "Time between keyframes that nobody asked for, such as 10s.")
    var keyframes = "10s"
    @Option(help: "How long to measure, such as 30s or 2m.")
    var duration = "30s"
    @Option(help: "Time from the last join to the beginning of what is measured.")
    var warmUp = "3s"
    @Option(help: "Joins per second.")
    var ramp = 50.0
    @Option(help: "SRTP profile to offer alone: gcm, gcm256 or sha1; all of them by default.")
    var srtp: String?
    @Option(help: "Token for the Authorization header.")
    var token: String?
    @Option(help: "Path for publishers; {room} and {peer} are filled in.")
    var whipPath = "/whip/{room}?peer={peer}"
    @Option(help: "Path for subscribers.")
    var whepPath = "/whep/{room}"
    @Option(help: "Sections of each kind in a subscriber's offer; one for each publisher of the room by default.")
    var tracks: Int?
    @Option(help: "Joins and leaves of further subscribers, with media, while the others go on; replaces --duration.")
    var churn = 0
    @Option(help: "Joins per second of --churn.")
    var churnRate = 20.0
    @Option(help: "How long a subscriber of --churn stays after its first media.")
    var churnHold = "1s"
    @Option(
        help: """
            How many receivers, spread over all, take, open and check every packet; of the others, which are real peers too, the \
            kernel counts the media (one datagram of 256 is still opened and checked), so that they cost the generator next to \
            nothing. All up to 1000 by default, and where the kernel refuses to count.
            """)
    var measured: Int?
    @Option(
        help: """
            Hundredths of --video-kbps one after the other, such as 100,150,50, each for --level-time; replaces --duration. The \
            report then has windows of 100 ms.
            """)
    var levels: String?
    @Option(help: "How long each of --levels lasts.")
    var levelTime = "6s"
    @Flag(help: "Subscribers ask for lost packets again (NACK).")
    var nack = false
    @Flag(help: "Subscribers give transport-wide congestion control feedback.")
    var feedback = false
    @Flag(help: "Read /metrics of a millrace server before, during and after, and check its sums.")
    var metrics = false
    @Option(
        help: "The SFU's process on this host: its CPU time and memory are measured from outside, alike for every SFU.")
    var sfuPid: Int32?
    @Option(help: "Pin the generator to this processor.")
    var cpu: Int?
    @Option(help: "Write the report as JSON to this file.")
    var json: String?
    @Option(help: "Write the report with plots as one HTML page to this file.")
    var plot: String?
    @Flag(help: "Fail (exit status 1) when anything was lost, reordered, doubled or changed, or did not return.")
    var strict = false

    func run() throws {
        do throws(LoadError) {
            let options = try options()
            try LoadCommand.pin(cpu)
            var report = try measure(options)
            report.command = CommandLine.arguments.joined(separator: " ")
            print(report.text, terminator: "")
            try write(report)
            if strict, report.generatorIsBottleneck { throw LoadFailure.limited }
            if strict, !report.isClean { throw LoadFailure.notClean }
        } catch {
            throw LoadCommand.failed(error)
        }
    }

    private func measure(_ options: LoadOptions) throws(LoadError) -> LoadReport {
        guard let target = HttpTarget(options.url) else { throw LoadError(options.mistakes.joined(separator: "\n")) }
        let http = LoadHttp(target: target)
        defer { http.shutdown() }
        let progress = LoadProgress()
        LoadInterrupt.listen()
        let rooms = LoadRooms(target: target)
        defer { rooms.shutdown() }
        let run = try LoadRun(options: options, http: http, rooms: rooms, isInterrupted: LoadInterrupt.isSet) {
            progress.show($0)
        }
        defer { progress.end() }
        return try run.run()
    }

    private func write(_ report: LoadReport) throws(LoadError) {
        do {
            if let json { try Data(try report.json().utf8).write(to: URL(fileURLWithPath: json)) }
        } catch { throw LoadError("--json \(json ?? ""): \(error)") }
        do {
            if let plot { try Data(report.page.utf8).write(to: URL(fileURLWithPath: plot)) }
        } catch { throw LoadError("--plot \(plot ?? ""): \(error)") }
    }
}

extension SfuCommand {
    private func options() throws(LoadError) -> LoadOptions {
        guard let codec = VideoCodec(rawValue: codec.lowercased()) else {
            throw LoadError("--codec \(codec): expected vp8, vp9, h264 or av1")
        }
        var options = LoadOptions()
        options.videoCodec = codec
        guard let signaling = Signaling(rawValue: against.lowercased()) else {
            throw LoadError("--against \(against): expected whip, room or janus")
        }
        options.signaling = signaling
        options.url = url
        options.room = room
        options.rooms = rooms
        options.publishers = publishers
        options.subscribers = subscribers ?? (meeting ? 0 : 10)
        options.isMeeting = meeting
        options.sendsAudio = audio
        options.sendsVideo = video
        options.talkSeconds = try LoadCommand.seconds(talk, of: "--talk")
        options.videoKilobits = videoKbps
        options.framesPerSecond = fps
        options.isSimulcast = simulcast
        options.burstMilliseconds = burstMs
        options.keyframeSeconds = try LoadCommand.seconds(keyframes, of: "--keyframes")
        options.durationSeconds = try LoadCommand.seconds(duration, of: "--duration")
        options.warmUpSeconds = try LoadCommand.seconds(warmUp, of: "--warm-up")
        options.joinsPerSecond = ramp
        if let srtp { options.profiles = [try profile(srtp)] }
        options.token = token
        options.whipPath = whipPath
        options.whepPath = whepPath
        options.tracks = tracks
        options.churn = churn
        options.churnPerSecond = churnRate
        options.churnHoldSeconds = try LoadCommand.seconds(churnHold, of: "--churn-hold")
        options.measured = measured
        options.levels = try levelList()
        options.levelSeconds = try LoadCommand.seconds(levelTime, of: "--level-time")
        options.asksForLost = nack
        options.givesTransportFeedback = feedback
        options.scrapesMetrics = metrics
        options.sfuPid = sfuPid
        options.isStrict = strict
        return options
    }

    private func levelList() throws(LoadError) -> [Double] {
        let texts = levels?.split(separator: ",") ?? []
        let numbers = texts.compactMap { Double($0) }
        guard numbers.count == texts.count else { throw LoadError("--levels \(levels ?? ""): expected 100,150,50") }
        return numbers
    }

    private func profile(_ name: String) throws(LoadError) -> SrtpProfile {
        switch name {
        case "gcm": .aes128Gcm
        case "gcm256": .aes256Gcm
        case "sha1": .aes128CmSha1
        default: throw LoadError("--srtp \(name): expected gcm, gcm256 or sha1")
        }
    }

}

extension LoadCommand {
    /// Before any other thread exists, so that all of them run there.
    static func pin(_ cpu: Int?) throws(LoadError) {
        guard let cpu else { return }
        let error = cp_pin_to_cpu(Int32(clamping: cpu))
        if error != 0 { throw LoadError("--cpu \(cpu): \(String(cString: strerror(error)))") }
    }

    /// The exit status for it; says why unless the report has said so.
    static func failed(_ error: LoadError) -> ExitCode {
        if error.description == LoadFailure.notClean.description { return ExitCode(1) }
        if error.description == LoadFailure.limited.description { return ExitCode(3) }
        FileHandle.standardError.write(Data("millrace load: \(error)\n".utf8))
        return ExitCode(2)
    }

    /// `500ms`, `30s`, `2m`, or a number of seconds.
    static func seconds(_ text: String, of option: String) throws(LoadError) -> Double {
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)]
        for (unit, factor) in units where text.hasSuffix(unit) {
            if let value = Double(text.dropLast(unit.count)), value >= 0, value.isFinite { return value * factor }
        }
        throw LoadError("\(option) \(text): expected a time such as 30s, 500ms or 2m")
    }
}

enum LoadFailure {
    static let notClean = LoadError("not clean")
    static let limited = LoadError("the generator was the limit")
}

/// SIGINT ends the run early and still tells what was measured; a second one ends the process.
enum LoadInterrupt {
    // SAFETY: a flag of one byte that a signal handler sets and nobody else writes.
    nonisolated(unsafe) private static let flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

    @Sendable static func isSet() -> Bool { flag.pointee != 0 }

    static func listen() {
        flag.pointee = 0
        signal(SIGINT) { _ in
            if LoadInterrupt.flag.pointee != 0 { _exit(130) }
            LoadInterrupt.flag.pointee = 1
        }
    }
}
