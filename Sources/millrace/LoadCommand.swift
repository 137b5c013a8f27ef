import ArgumentParser
import CPlatform
import Contract
import Foundation
import Glibc
import Load

struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Load an SFU with real peers by WHIP and WHEP, and measure what arrives.",
        discussion: """
            Publishers send Opus and VP8 whose payloads carry a sequence number, the time and a pattern; subscribers \
            tell after decryption what was lost, reordered, doubled or changed, and how long it took. Publishers and \
            subscribers are counted per room.

            The exit status is 1 with --strict when anything was not clean, 2 when the run did not come about.
            """)

    @Option(help: "What to speak: whip (WHIP and WHEP) or janus (its VideoRoom over HTTP).")
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
    @Flag(inversion: .prefixedNo, help: "Send 50 Opus packets a second.")
    var audio = true
    @Flag(inversion: .prefixedNo, help: "Send video.")
    var video = true
    @Option(help: "vp8 is the only one so far.")
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
    @Flag(help: "Subscribers ask for lost packets again (NACK).")
    var nack = false
    @Flag(help: "Subscribers give transport-wide congestion control feedback.")
    var feedback = false
    @Flag(help: "Read /metrics of a millrace server before, during and after, and check its sums.")
    var metrics = false
    @Option(help: "Pin the generator to this processor.")
    var cpu: Int?
    @Option(help: "Write the report as JSON to this file.")
    var json: String?
    @Flag(help: "Fail (exit status 1) when anything was lost, reordered, doubled or changed, or did not return.")
    var strict = false

    func run() throws {
        do throws(LoadError) {
            let options = try options()
            try pin()
            let report = try measure(options)
            print(report.text, terminator: "")
            try write(report)
            if strict, !report.isClean { throw LoadFailure.notClean }
        } catch {
            if error.description == LoadFailure.notClean.description { throw ExitCode(1) }
            FileHandle.standardError.write(Data("millrace load: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }

    private func measure(_ options: LoadOptions) throws(LoadError) -> LoadReport {
        guard let target = HttpTarget(options.url) else { throw LoadError(options.mistakes.joined(separator: "\n")) }
        let http = LoadHttp(target: target)
        defer { http.shutdown() }
        let isTerminal = isatty(2) == 1
        LoadInterrupt.listen()
        let run = try LoadRun(options: options, http: http, isInterrupted: LoadInterrupt.isSet) { line in
            if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8)) }
        }
        defer { if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) } }
        return try run.run()
    }

    /// Before any other thread exists, so that all of them run there.
    private func pin() throws(LoadError) {
        guard let cpu else { return }
        let error = cp_pin_to_cpu(Int32(clamping: cpu))
        if error != 0 { throw LoadError("--cpu \(cpu): \(String(cString: strerror(error)))") }
    }

    private func write(_ report: LoadReport) throws(LoadError) {
        guard let json else { return }
        do {
            try Data(try report.json().utf8).write(to: URL(fileURLWithPath: json))
        } catch { throw LoadError("--json \(json): \(error)") }
    }
}

extension LoadCommand {
    private func options() throws(LoadError) -> LoadOptions {
        guard codec.lowercased() == "vp8" else { throw LoadError("--codec \(codec): only vp8 can be sent so far") }
        var options = LoadOptions()
        guard let signaling = Signaling(rawValue: against.lowercased()) else {
            throw LoadError("--against \(against): expected whip or janus")
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
        options.videoKilobits = videoKbps
        options.framesPerSecond = fps
        options.keyframeSeconds = try seconds(keyframes, of: "--keyframes")
        options.durationSeconds = try seconds(duration, of: "--duration")
        options.warmUpSeconds = try seconds(warmUp, of: "--warm-up")
        options.joinsPerSecond = ramp
        if let srtp { options.profiles = [try profile(srtp)] }
        options.token = token
        options.whipPath = whipPath
        options.whepPath = whepPath
        options.tracks = tracks
        options.churn = churn
        options.churnPerSecond = churnRate
        options.churnHoldSeconds = try seconds(churnHold, of: "--churn-hold")
        options.asksForLost = nack
        options.givesTransportFeedback = feedback
        options.scrapesMetrics = metrics
        options.isStrict = strict
        return options
    }

    private func profile(_ name: String) throws(LoadError) -> SrtpProfile {
        switch name {
        case "gcm": .aes128Gcm
        case "gcm256": .aes256Gcm
        case "sha1": .aes128CmSha1
        default: throw LoadError("--srtp \(name): expected gcm, gcm256 or sha1")
        }
    }

    /// `500ms`, `30s`, `2m`, or a number of seconds.
    private func seconds(_ text: String, of option: String) throws(LoadError) -> Double {
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)]
        for (unit, factor) in units where text.hasSuffix(unit) {
            if let value = Double(text.dropLast(unit.count)), value >= 0, value.isFinite { return value * factor }
        }
        throw LoadError("\(option) \(text): expected a time such as 30s, 500ms or 2m")
    }
}

private enum LoadFailure {
    static let notClean = LoadError("not clean")
}

/// SIGINT ends the run early and still tells what was measured; a second one ends the process.
private enum LoadInterrupt {
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
