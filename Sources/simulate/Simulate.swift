import Simulator

#if canImport(Glibc)
import Glibc
#endif

/// Plays random runs: `millrace-simulate [--seeds N] [--seed K] [--seconds S] [--canary NAME]`.
@main
struct Simulate {
    var first: UInt64 = 1
    var count: UInt64 = 100
    var seconds = 8.0
    var canary = Canary.none
    var isTracing = false

    static func main() {
        guard let simulate = Simulate(CommandLine.arguments.dropFirst()) else {
            print("usage: millrace-simulate [--seeds N | --seed K] [--first K] [--seconds S] [--canary NAME] [--trace]")
            exit(2)
        }
        exit(simulate.run() ? 0 : 1)
    }

    init?(_ arguments: ArraySlice<String>) {
        var rest = arguments
        while let word = rest.popFirst() {
            if word == "--trace" {
                isTracing = true
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
            var run = RandomRun(seed: seed, canary: canary)
            run.isTracing = isTracing
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
