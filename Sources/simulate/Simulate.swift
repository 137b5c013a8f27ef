import Links
import Simulator

#if canImport(Glibc)
import Glibc
#endif

/// Plays random runs: `millrace-simulate [--seeds N] [--seed K] [--seconds S] [--canary NAME]`; with `--links`, links and
/// the estimates of them; with `--replay FILE`, what a server recorded.
@main
struct Simulate {
    var first: UInt64 = 1
    var count: UInt64 = 100
    var seconds = 8.0
    var canary = Canary.none
    var isTracing = false
    /// Clients of random runs tell of their links.
    var givesFeedback = false
    /// Now and then another engine takes over.
    var takesOver = false
    /// Scenarios to play instead of random runs; empty for random runs.
    var links: [LinkScenario] = []
    var replay: String?
    /// Shards of random runs stand still for a while, and what they recorded is replayed.
    var isFlight = false
    /// Play a large and a small room, recorded or not: what that costs is the difference in instructions.
    var flightCost: Bool?

    static func main() {
        guard let simulate = Simulate(CommandLine.arguments.dropFirst()) else {
            print(
                "usage: millrace-simulate [--seeds N | --seed K] [--first K] [--seconds S] [--canary NAME] [--feedback] [--take-overs] [--trace]\n"
                    + "       millrace-simulate --flight [--seeds N | --seed K] [--first K] [--seconds S]\n"
                    + "       millrace-simulate --flight-cost on|off\n"
                    + "       millrace-simulate --links [--scenario NAME] [--seeds N | --seed K] [--first K] [--trace]\n"
                    + "       millrace-simulate --replay FILE")
            exit(2)
        }
        if let isRecorded = simulate.flightCost { return simulate.playForCost(isRecorded: isRecorded) }
        if simulate.isFlight { exit(simulate.runFlight() ? 0 : 1) }
        if let file = simulate.replay { exit(Replay.run(file) ? 0 : 1) }
        exit((simulate.links.isEmpty ? simulate.run() : simulate.runLinks()) ? 0 : 1)
    }

    init?(_ arguments: ArraySlice<String>) {
        var rest = arguments
        while let word = rest.popFirst() {
            if word == "--trace" {
                isTracing = true
                continue
            }
            if word == "--feedback" {
                givesFeedback = true
                continue
            }
            if word == "--flight" {
                isFlight = true
                continue
            }
            if word == "--take-overs" {
                takesOver = true
                continue
            }
            if word == "--links" {
                links = LinkScenario.allCases
                continue
            }
            guard let value = rest.popFirst() else { return nil }
            switch word {
            case "--seeds":
                guard let number = UInt64(value) else { return nil }
                count = number
            case "--first":
                guard let number = UInt64(value) else { return nil }
                first = number
            case "--seed":
                guard let number = UInt64(value) else { return nil }
                (first, count) = (number, 1)
            case "--seconds":
                guard let number = Double(value) else { return nil }
                seconds = number
            case "--scenario":
                guard let found = LinkScenario(rawValue: value) else { return nil }
                links = [found]
            case "--replay": replay = value
            case "--flight-cost":
                guard ["on", "off"].contains(value) else { return nil }
                flightCost = value == "on"
            case "--canary":
                guard let found = Canary(rawValue: value) else { return nil }
                canary = found
            default: return nil
            }
        }
    }

    func run() -> Bool {
        var failed: [UInt64] = []
        var packets = 0
        for seed in first..<first + count {
            if count == 1 { print("seed \(seed): \(RandomRun(seed: seed).summary)") }
            var run = RandomRun(seed: seed, canary: canary, givesFeedback: givesFeedback)
            run.isTracing = isTracing
            run.takesOver = takesOver
            run.play(seconds: seconds)
            packets += run.simulator.counts.mediaPackets
            if count == 1 { print(run.simulator.counts, run.simulator.dropText, separator: "\n") }
            guard !run.simulator.violations.isEmpty else {
                if (seed - first + 1) % 25 == 0 {
                    print("\(seed - first + 1) of \(count) runs, \(packets) packets left")
                }
                continue
            }
            failed.append(seed)
            print("seed \(seed) fails: \(run.summary)")
            for violation in run.simulator.violations.prefix(count == 1 ? 20 : 2) { print("  \(violation)") }
            print("  again: tools/dev simulate --seed \(seed) --seconds \(seconds)")
        }
        print("\(count) runs of \(seconds) s, \(packets) packets left, \(failed.count) runs failed")
        return failed.isEmpty
    }
}
