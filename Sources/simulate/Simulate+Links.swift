import Links

extension Simulate {
    /// Every scenario with every seed; true when all goals hold.
    func runLinks() -> Bool {
        links.reduce(true) { run($1) && $0 }
    }

    private func run(_ scenario: LinkScenario) -> Bool {
        var checks: [LinkCheck] = []
        for seed in first..<first + count {
            var check = LinkCheck(scenario, seed: seed)
            let slices = check.play()
            if isTracing { for slice in slices { print(text(slice)) } }
            checks.append(check)
            guard !check.failures.isEmpty else { continue }
            print("\(check.summary) fails: \(check.failures.joined(separator: "; "))")
        }
        let failed = checks.filter { !$0.failures.isEmpty }.count
        print("\(scenario.rawValue): \(numbers(scenario, checks)); \(failed) of \(count) seeds fail")
        return failed == 0
    }

    private func numbers(_ scenario: LinkScenario, _ checks: [LinkCheck]) -> String {
        guard scenario != .drop else {
            return "under the link after \(spread(checks.map(\.fallSeconds), 10)) s, back at 80 % after "
                + "\(spread(checks.map(\.riseSeconds), 10)) s"
        }
        let share = scenario == .sharing ? ", the larger share \(spread(checks.map { $0.share * 100 }, 1)) %" : ""
        return "goodput \(spread(checks.map { $0.goodput * 100 }, 1)) % of the link, waits "
            + "\(spread(checks.map { $0.wait * 1000 }, 1)) ms\(share)"
    }

    /// Least, 5th percentile, median, 95th percentile and most.
    private func spread(_ values: [Double], _ precision: Double) -> String {
        let sorted = values.sorted()
        let places = [
            0, (sorted.count - 1) * 5 / 100, sorted.count / 2, (sorted.count - 1) * 95 / 100, sorted.count - 1,
        ]
        return places.map { "\((sorted[$0] * precision).rounded() / precision)" }.joined(separator: "/")
    }

    private func text(_ slice: LinkSlice) -> String {
        let wait = slice.waits.max() ?? 0
        return "link \(Int(slice.linkBits / 100)) target \(slice.targets.map { Int($0 / 1000) }) "
            + "sent \(slice.sentBits.map { Int($0 / 100) }) arrived \(slice.arrivedBits.map { Int($0 / 100) }) kbit/s, "
            + "wait \(Int(wait * 1000)) ms"
    }
}
