import Charts

/// Milliseconds with as many digits as matter.
func milliseconds(_ nanoseconds: UInt64) -> String {
    let value = Double(nanoseconds) / 1e6
    return (value < 10 ? fixed(value, 2) : value < 100 ? fixed(value, 1) : fixed(value, 0)) + " ms"
}

func column(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
}

extension LoadReport {
    /// The table that ends a run.
    public var text: String {
        var lines = [""]
        lines += mediaTable + [""]
        lines += latencyTable + [""]
        lines += levelLines
        lines += rates + sfuLines + serverLines + [""]
        for finding in findings {
            lines.append("\(finding.holds ? "ok  " : "FAIL") \(finding.name): \(finding.detail)")
        }
        lines.append("")
        lines.append(contentsOf: verdict)
        return lines.joined(separator: "\n") + "\n"
    }

    private var mediaTable: [String] {
        let titles = ["sent", "received", "lost", "reordered", "twice", "changed", "foreign", "repaired"]
        var lines = ["packets" + titles.map { column($0, 12) }.joined()]
        for (name, tally) in [("audio", totals.audio), ("video", totals.video)] {
            let values = [
                tally.sent, tally.received, tally.lost, tally.reordered, tally.duplicated, tally.corrupt, tally.foreign,
                tally.repaired,
            ]
            lines.append(name + "  " + values.map { column(String($0), 12) }.joined())
        }
        return lines
    }

    private var latencyTable: [String] {
        let titles = ["p50", "p90", "p99", "p99.9", "max", "count"]
        var lines = ["one way" + titles.map { column($0, 12) }.joined()]
        let rows = [
            ("audio", totals.audioLatency), ("video", totals.videoLatency), ("joins", connectTimes),
            ("media", mediaTimes), ("gaps ", totals.gaps), ("late ", totals.lateness),
        ]
        for (name, histogram) in rows where histogram.count > 0 {
            let values =
                [0.5, 0.9, 0.99, 0.999, 1].map { milliseconds(histogram.percentile($0)) } + [String(histogram.count)]
            lines.append(name + "  " + values.map { column($0, 12) }.joined())
        }
        lines.append(
            "(joins: from the request to the end of the handshake; media: to the first packet; gaps: between two")
        lines.append(
            " packets of media to one subscriber; late: how much later than planned the generator's own bursts left)")
        return lines
    }

    private var rates: [String] {
        guard measuredSeconds > 0 else { return [] }
        let perSecond = Double(receivedPackets) / measuredSeconds
        let megabits = Double(receivedBits) / measuredSeconds / 1e6
        return [
            "window      \(fixed(measuredSeconds, 1)) s, \(fixed(perSecond, 0)) packets/s and \(fixed(megabits, 1)) Mbit/s received, "
                + "\(fixed(Double(sentPackets) / measuredSeconds, 0)) packets/s sent",
            measuredLine,
            "generator   \(fixed(generatorBusy * 100, 0)) % of one processor (thread), "
                + "\(fixed(Double(processCpuNanoseconds) / 1e7 / measuredSeconds, 0)) % (process)",
        ]
    }

    private var measuredLine: String {
        let all = options.rooms * options.receivers
        if let countingRefusal {
            return "measured    all \(all) receivers: the kernel does not count: \(countingRefusal)"
        }
        let counted = Int(totals.counted.peers)
        guard counted > 0 else { return "measured    every packet of all receivers is taken, opened and checked" }
        return
            "measured    every packet of \(all - counted) receivers; of \(counted) the kernel counts packets and bytes, and one "
            + "datagram of 256 is opened and checked"
    }

    private var serverLines: [String] {
        guard let before = metrics.before, let begin = metrics.begin, let end = metrics.end else { return [] }
        let busy = (end.shard("cpu_nanoseconds_total") - begin.shard("cpu_nanoseconds_total")) / 1e7 / measuredSeconds
        let runs = end.shard("runs_sent_total") - begin.shard("runs_sent_total")
        let segments = end.shard("segments_sent_total") - begin.shard("segments_sent_total")
        var lines: [String] = []
        if let cost = nanosecondsPerForward {
            lines.append(
                "server      \(fixed(cost, 0)) ns CPU per forwarded packet, shards busy \(fixed(busy, 0)) %, "
                    + "\(fixed(runs > 0 ? segments / runs : 0, 2)) packets in a run")
        }
        func resident(_ metrics: Metrics?) -> String { fixed((metrics?.process("resident_bytes") ?? 0) / 1_048_576, 1) }
        lines.append(
            "memory      \(resident(before)) MiB before, \(resident(begin)) with all peers, \(resident(metrics.quiet)) at the end, "
                + "\(resident(metrics.after)) after; \(fixed((residentBytesPerPeer ?? 0) / 1024, 1)) KiB a peer")
        if let quiet = metrics.quiet {
            let drops = quiet.drops(since: before).sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("drops       " + (drops.isEmpty ? "none" : drops.joined(separator: ", ")))
        }
        return lines
    }

    private var verdict: [String] {
        var lines: [String] = []
        if generatorIsBottleneck {
            lines.append("THE GENERATOR WAS THE LIMIT; these figures say little about the SFU:")
            lines += saturation.map { "  " + $0 }
        }
        lines.append(
            isClean ? "clean" : "not clean: " + findings.filter { !$0.holds }.map(\.name).joined(separator: ", "))
        return lines
    }
}
