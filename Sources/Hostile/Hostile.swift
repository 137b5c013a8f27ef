import CPlatform
import Foundation
import Glibc

@main
struct Hostile {
    static func main() {
        guard let options = Options(Array(CommandLine.arguments.dropFirst())) else { fail(Options.usage) }
        guard let seeds = Seeds(folder: options.corpus) else { fail("no corpora in \(options.corpus)") }
        var attack = Attack(options, Forge(seeds: seeds, options: options))
        attack.run()
        print(attack.summary)
    }

    private static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(2)
    }
}

/// Sends so many datagrams at so many a second, a volley from one source port after the other.
struct Attack: ~Copyable {
    private let options: Options
    private var forge: Forge
    private var volley = Volley()
    private var sources: [(descriptor: Int32, target: Target)] = []
    private let deck: [Recipe]
    private var tally = [Int](repeating: 0, count: Recipe.allCases.count)
    private var (made, sent, refused) = (0, 0, 0)
    private var seconds = 0.0

    init(_ options: Options, _ forge: Forge) {
        self.options = options
        self.forge = forge
        deck = Recipe.allCases.flatMap { Array(repeating: $0, count: $0.weight(options)) }
        if options.descriptor >= 0 {
            sources = [(options.descriptor, Target(port: options.port, isIPv4: true))]
        } else {
            for number in 0..<options.sockets { open(isIPv4: number % 2 == 0) }
        }
    }

    /// A host without IPv6 does without.
    private mutating func open(isIPv4: Bool) {
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(isIPv4 ? AF_INET : AF_INET6, kind, 0)
        if descriptor >= 0 { sources.append((descriptor, Target(port: options.port, isIPv4: isIPv4))) }
    }

    mutating func run() {
        let started = cp_now()
        var turn = 0
        while made < options.count, !sources.isEmpty {
            let source = sources[turn % sources.count]
            while made < options.count, !volley.isFull { add(to: source.target) }
            let result = volley.send(by: source.descriptor)
            sent += result.sent
            refused += result.refused
            turn += 1
            pace(since: started)
        }
        seconds = Double(cp_now() - started) / 1e9
    }

    private mutating func add(to target: Target) {
        let recipe = deck[forge.random.below(deck.count)]
        let bytes = forge.make(recipe, into: volley.place)
        var copies = 1
        if recipe == .run, (1...1400).contains(bytes) {
            copies = min(2 + forge.random.below(31), Volley.bytesMax / bytes, options.count - made)
            copies = max(copies, 1)
        }
        volley.add(bytes: bytes, copies: copies, to: target)
        tally[recipe.rawValue] += copies
        made += copies
    }

    private func pace(since started: UInt64) {
        guard options.rate > 0 else { return }
        let due = Double(made) / Double(options.rate)
        let left = due - Double(cp_now() - started) / 1e9
        if left > 0 { usleep(UInt32(min(left, 1) * 1e6)) }
    }

    /// One JSON object.
    var summary: String {
        let recipes = Recipe.allCases.filter { tally[$0.rawValue] > 0 }.map { "\"\($0)\": \(tally[$0.rawValue])" }
        return "{\"made\": \(made), \"sent\": \(sent), \"refused\": \(refused), \"seconds\": \(seconds), "
            + "\"recipes\": {\(recipes.joined(separator: ", "))}}"
    }
}
