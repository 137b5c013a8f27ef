import Charts

/// The arithmetic behind a plan, line by line.
struct Explanation {
    let planner: Planner
    let shares: [CapacityPlan.Share]
    let shard: ShardView

    init(_ plan: CapacityPlan, planner: Planner) {
        self.planner = planner
        shares = plan.shares
        shard = plan.worst
    }

    init(_ holding: Holding, planner: Planner) {
        self.planner = planner
        shares = holding.shares
        shard = holding.shard
    }

    /// Amounts times prices are the processor time of the busiest shard.
    var shardText: String {
        var rows = [["the busiest shard, \(shard.people) people", "a second", "", "each", "", "of a second"]]
        for share in shares where share.perSecond > 0 {
            rows.append([
                share.part.title, short(share.perSecond), "x", Self.price(share), "=",
                fixed(share.busy * 1000, 2) + " ms",
            ])
        }
        let sum = shares.reduce(0) { $0 + $1.busy }
        rows.append(["together", "", "", "", "", fixed(sum * 1000, 2) + " ms: busy \(percent(sum))"])
        return table(rows)
    }

    private static func price(_ share: CapacityPlan.Share) -> String {
        share.part == .cipher ? "\(fixed(share.nanosecondsEach, 2)) times" : nanoseconds(share.nanosecondsEach)
    }

    static func nanoseconds(_ value: Double) -> String {
        value < 10_000
            ? "\(fixed(value, value < 100 ? 1 : 0)) ns" : "\(fixed(value / 1000, value < 100_000 ? 1 : 0)) us"
    }

    /// How wake-ups, runs and times came about.
    var queueText: String {
        let queue = planner.model.queue
        let out = amount(.segment)
        var text =
            "Wake-ups, runs and times come from the shard's queue in virtual time: what arrives while a burst is served is the next\n"
        text +=
            "burst. \(short(amount(.wakeup))) wake-ups a second with \(short(ratio(amount(.packetIn), amount(.wakeup)))) packets each; "
        text +=
            "\(short(ratio(out, amount(.run)))) packets a run. A sleeping shard is awake after \(plain(queue.wakeMicroseconds)) us, with many small\n"
        text +=
            "bursts not sooner than \(plain(queue.gatherMicroseconds)) us after the last. p99 is that of the queue\n"
        text +=
            "and \(milliseconds(queue.tailMilliseconds)) more, as measured: what else the host does; with video and estimates the pacer adds "
        return text + "\(milliseconds(queue.pacingMilliseconds)).\n"
    }

    private func amount(_ part: Part) -> Double { shares.first { $0.part == part }?.perSecond ?? 0 }
    private func ratio(_ one: Double, _ other: Double) -> Double { other > 0 ? one / other : 0 }

    /// How well the model has what was measured.
    var fitText: String {
        let checks = planner.model.checks
        guard !checks.isEmpty else { return "" }
        var rows = [
            ["the model against runs", "", "measured", "by counts", "by workload", "off", "p99", "by workload"]
        ]
        for check in checks {
            rows.append([
                check.scenario, check.role == "fit" ? "fitted" : "not fitted", percent(check.busyMeasured),
                percent(check.busyFitted),
                percent(check.busyPredicted), Self.off(check.busyPredicted, check.busyMeasured),
                check.p99Measured > 0 ? milliseconds(check.p99Measured) : "-",
                check.p99Measured > 0 ? milliseconds(check.p99Predicted) : "-",
            ])
        }
        return table(rows)
    }

    static func off(_ predicted: Double, _ measured: Double) -> String {
        let part = measured > 0 ? predicted / measured - 1 : 0
        return (part < 0 ? "-" : "+") + fixed(abs(part) * 100, 1) + " %"
    }
}

extension CapacityPlan {
    /// What `--explain` adds to the table.
    public func explanation(_ planner: Planner) -> String {
        let one = Explanation(self, planner: planner)
        var text = one.shardText + "\n" + one.queueText + "\n"
        text += "Shards: \(shards) are the fewest of which the busiest stays within \(percent(goal.busy)) and a p99 of "
        text +=
            "\(milliseconds(goal.p99Milliseconds)). Hosts: \(shards) shards / \(host.shards) a host = \(limits[0].hosts).\n"
        text +=
            "Network: \(short(totals.packetsOut)) packets/s with \(plain(Totals.wireBytes)) bytes of Ethernet, IP and UDP around each = "
        text +=
            "\(short(totals.gigabitsOut)) Gbit/s out, of which a host carries \(plain(host.gigabits)) x \(percent(goal.filled)).\n"
        text +=
            "Memory of a host: \(fixedGigabytes(planner.model.memory.emptyBytes)) GB, \(short(planner.model.memory.peerBytes / 1024)) KiB a connection, "
        text +=
            "and \(percent(planner.model.memory.historyPart)) of the packets of the last second: \(short(memoryGigabytesPerHost)) GB.\n"
        text +=
            "Everything else: \(short(workload.joinsPerSecond * workload.growth)) joins/s x \(Explanation.nanoseconds(planner.model.controlJoinNanoseconds)) + "
        text +=
            "\(totals.connections) connections x \(Explanation.nanoseconds(planner.model.controlPeerNanoseconds)) = \(short(totals.controlProcessors)) processors.\n"
        return text + "\n" + one.fitText
    }
}

extension Holding {
    public func explanation(_ planner: Planner) -> String {
        let one = Explanation(self, planner: planner)
        return one.shardText + "\n" + one.queueText + "\n" + one.fitText
    }
}
