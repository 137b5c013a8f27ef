import ArgumentParser
import Capacity
import Foundation
import Glibc

/// `millrace plan`: how many hosts a workload needs, and how much of it one holds.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say how many hosts a workload needs, or how much of it a host holds.",
        discussion: """
            The workload comes from --workload (JSON, docs/plan.md), from --profile (a day of /metrics), or from the options \
            below for rooms of one kind. Prices come from --bench, which `tools/dev bench calibrate` writes on the host in question; \
            without it those of an example machine are taken, and the answer says which.

            The exit status is 2 when there is no answer.
            """)

    @Option(help: "What `tools/dev bench calibrate` wrote (.build/bench/calibration.json).") var bench: String?
    @Option(help: "The workload as JSON.") var workload: String?
    @Option(
        help: "Scrapes of /metrics of a day, or Prometheus' answer to query_range: its busiest hour is the workload.")
    var profile: String?
    @Flag(help: "Print the workload as JSON and end: to write one by hand, or to look at what --profile found.")
    var printWorkload = false
    @OptionGroup(title: "Rooms of one kind") var rooms: PlanRooms
    @Flag(help: "The other way round: what one host holds.") var holds = false
    @Option(help: "Processors of a host; those of this one by default. One is for everything but packets.")
    var processors: Int?
    @Option(help: "Memory of a host in GB; that of this one by default.") var memory: Double?
    @Option(help: "Gbit/s of a host's network card.") var gigabits = 10.0
    @Option(help: "How busy a shard's processor may be, in percent.") var busy = 70.0
    @Option(help: "The longest p99 of the way through the server, in milliseconds.") var p99Ms = 20.0
    @Option(help: "Hosts that may be lost.") var spare = 1
    @Flag(help: "Say what one shard does with all of it.") var oneShard = false
    @Flag(help: "Show the arithmetic, and how well the prices fit.") var explain = false
    @Flag(help: "For scripts.") var json = false
    @Option(help: "Write the plan with plots as one HTML page to this file.") var html: String?

    func validate() throws {
        func check(_ holds: Bool, _ sentence: String) throws { if !holds { throw ValidationError(sentence) } }
        try check([workload, profile].count { $0 != nil } < 2, "--workload and --profile: expected one of them")
        try check((1...1024).contains(processors ?? 1), "--processors: expected 1 to 1024")
        try check((0.1...65536).contains(memory ?? 1), "--memory: expected 0.1 to 65536 GB")
        try check((0.01...10_000).contains(gigabits), "--gigabits: expected 0.01 to 10000")
        try check((1...90).contains(busy), "--busy: expected 1 to 90 percent; from 90 on the server lets nobody in")
        try check((0.1...1000).contains(p99Ms), "--p99-ms: expected 0.1 to 1000 milliseconds")
        try check((0...1000).contains(spare), "--spare: expected 0 to 1000 hosts")
    }

    func run() throws {
        do throws(CapacityError) {
            let given = try read()
            if printWorkload { return print(try planJson(given)) }
            let model = CostModel(try calibration())
            if oneShard { return print(try planJson(ShardAnswer(given, model: model))) }
            try answer(given, Planner(model: model, host: host, goal: goal))
        } catch {
            FileHandle.standardError.write(
                Data(error.lines.map { "millrace plan: \($0)\n" }.joined().utf8))
            throw ExitCode(2)
        }
    }

    private func calibration() throws(CapacityError) -> Calibration {
        guard let bench else { return try Calibration.example }
        return try Calibration(json: try Self.text(of: bench, "--bench"), name: bench)
    }

    private func answer(_ given: Workload, _ planner: Planner) throws(CapacityError) {
        if holds {
            let holding = try planner.holding(given)
            try write(html == nil ? nil : holding.page(planner))
            if json { return print(try planJson(holding)) }
            print(holding.text + note + (explain ? "\n" + holding.explanation(planner) : ""), terminator: "")
        } else {
            let plan = try planner.plan(given)
            try write(html == nil ? nil : plan.page(planner))
            if json { return print(try planJson(plan)) }
            print(plan.text + note + (explain ? "\n" + plan.explanation(planner) : ""), terminator: "")
        }
    }

    /// Figures of another machine must not pass for this one's.
    private var note: String {
        bench == nil
            ? "That is an example: measure your own host by `tools/dev bench calibrate`, and give --bench.\n" : ""
    }

    private var goal: Goal {
        var goal = Goal()
        goal.busy = busy / 100
        goal.p99Milliseconds = p99Ms
        goal.spareHosts = spare
        return goal
    }

    private var host: HostShape {
        let bytes = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
        return HostShape(
            processors: processors ?? ProcessInfo.processInfo.activeProcessorCount,
            memoryGigabytes: memory ?? (bytes / 1e8).rounded() / 10, gigabits: gigabits)
    }

    private func read() throws(CapacityError) -> Workload {
        if let workload { return try Workload(json: try Self.text(of: workload, "--workload"), name: workload) }
        guard let profile else { return try rooms.workload }
        var found = try Profile(try Self.text(of: profile, "--profile"), name: profile).workload(name: profile)
        found.growth = rooms.growth
        return found
    }

    private func write(_ page: String?) throws(CapacityError) {
        guard let page, let html else { return }
        do { try Data(page.utf8).write(to: URL(fileURLWithPath: html)) } catch {
            throw CapacityError("--html \(html): \(error.localizedDescription)")
        }
    }

    private static func text(of file: String, _ option: String) throws(CapacityError) -> String {
        do { return try String(contentsOfFile: file, encoding: .utf8) } catch {
            throw CapacityError("\(option) \(file): cannot be read as text")
        }
    }
}

/// Rooms of one kind, without a file.
struct PlanRooms: ParsableArguments {
    @Option(help: "How many are open at the same time.") var rooms = 1
    @Option(help: "People in each.") var people: Int?
    @Option(help: "How many of them send; all by default.") var publishers: Int?
    @Option(help: "How many of them get media; all by default.") var receivers: Int?
    @Option(help: "Video of one who sends, in kbit/s; 0 for none.") var videoKbps = 1500.0
    @Option(help: "Frames a second.") var fps = 30.0
    @Option(help: "Simulcast layers, 1 to 3; receivers are spread over them evenly.") var layers = 1
    @Option(help: "Part of the publishers whose sound is on, in percent.") var audioShare = 100.0
    @Option(help: "Part of the publishers whose camera is on, in percent.") var videoShare = 100.0
    @Option(help: "Voices that one gets at most, as --audio-slots of the server; 0 for all.") var voices = 3
    @Option(help: "Pictures that one gets at most, as --video-slots; 0 for all.") var videos = 9
    @Option(help: "SRTP profile: gcm, gcm256 or sha1.") var cipher = "gcm"
    @Flag(inversion: .prefixedNo, help: "Receivers give transport-wide feedback, as browsers do.") var feedback = true
    @Option(help: "Joins a second over all rooms.") var joins = 0.0
    @Option(help: "Everything times so much.") var growth = 1.0

    var workload: Workload {
        get throws(CapacityError) {
            guard let people else {
                throw CapacityError("whose plan? expected --people (with --rooms), --workload FILE or --profile FILE")
            }
            // By the way that a file takes, so that it is judged by the same rules.
            var kind = RoomKind(people: people)
            kind.count = rooms
            kind.publishers = publishers ?? people
            kind.receivers = receivers ?? people
            kind.videoKilobits = videoKbps
            kind.framesPerSecond = fps
            kind.layers = layers
            kind.layerShares = Array(repeating: 1 / Double(max(layers, 1)), count: max(min(layers, 3), 1))
            kind.audioShare = audioShare / 100
            kind.videoShare = videoShare / 100
            kind.voices = voices
            kind.videos = videos
            kind.feedback = feedback
            guard let name = CipherName(rawValue: cipher) else {
                throw CapacityError("--cipher \(cipher): expected gcm, gcm256 or sha1")
            }
            kind.cipher = name
            var workload = Workload(rooms: [kind])
            workload.joinsPerSecond = joins
            workload.growth = growth
            return try Workload(json: try planJson(workload), name: "options")
        }
    }
}
