import Charts

func percent(_ part: Double) -> String { fixed(finite(part) * 100, part < 0.1 ? 1 : 0) + " %" }

func milliseconds(_ value: Double) -> String { fixed(finite(value), value < 10 ? 2 : 1) + " ms" }

func fixedGigabytes(_ bytes: Double) -> String { fixed(finite(bytes) / 1e9, bytes < 1e10 ? 2 : 1) }

/// Three digits that count.
func short(_ value: Double) -> String {
    switch abs(finite(value)) {
    case 0: "0"
    case ..<10: fixed(value, 2)
    case ..<100: fixed(value, 1)
    case ..<10_000: fixed(value, 0)
    case ..<1_000_000: fixed(value / 1000, 1) + " k"
    case ..<1_000_000_000: fixed(value / 1e6, 2) + " M"
    default: fixed(value / 1e9, 2) + " G"
    }
}

/// Text of a figure must not trap on one that is none.
private func finite(_ value: Double) -> Double { value.isFinite ? min(max(value, -1e12), 1e12) : 0 }

/// Columns as wide as their widest cell, the first flush left.
func table(_ rows: [[String]]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
        let cells = row.indices.map { column in
            let space = String(repeating: " ", count: widths[column] - row[column].count)
            return column == 0 ? row[column] + space : space + row[column]
        }
        return "  " + cells.joined(separator: "  ")
    }
    .joined(separator: "\n") + "\n"
}

extension RoomKind {
    /// One line.
    var title: String {
        let sends = publishers == people ? "all send" : "\(publishers) send\(publishers == 1 ? "s" : "")"
        let layered = layers > 1 ? " in \(layers) layers" : ""
        let video = videoKilobits > 0 ? "video of \(plain(videoKilobits)) kbit/s\(layered)" : "sound only"
        let on = [
            audioShare < 1 ? "\(percent(audioShare)) of sound on" : nil,
            videoShare < 1 ? "\(percent(videoShare)) of cameras on" : nil,
        ]
        let what = ([sends, video] + on.compactMap { $0 } + [cipher.rawValue]).joined(separator: ", ")
        return "\(count) x \(name) of \(people): \(what)"
    }
}

extension Calibration.Machine {
    /// What every answer ends with.
    var note: String { "Prices are those of \(title).\n" }
}

extension CapacityPlan {
    /// The table for a terminal.
    public var text: String {
        var text = heading
        text += table([
            ["in all", "rooms", "people", "connections", "packets/s in", "packets/s out", "Gbit/s in", "Gbit/s out"],
            [
                "", "\(totals.rooms)", "\(totals.people)", "\(totals.connections)", short(totals.packetsIn),
                short(totals.packetsOut),
                short(totals.gigabitsIn), short(totals.gigabitsOut),
            ],
        ])
        text += "\n" + hostTable + "\n" + shardTable + "\n" + limitLine
        return text + "\n" + machine.note
    }

    private var heading: String {
        let growth = workload.growth == 1 ? "" : ", times \(plain(workload.growth))"
        let joins = workload.joinsPerSecond > 0 ? ", \(short(workload.joinsPerSecond)) joins a second" : ""
        return "\(workload.name)\(growth)\(joins)\n"
            + workload.rooms.map { "  \($0.title)\n" }.joined() + "\n"
    }

    private var hostTable: String {
        table([
            [
                "hosts", "needed", "to spare", "in all", "shards each", "shards needed", "GB each", "Gbit/s out each",
                "sockets each",
            ],
            [
                "of \(host.processors) processors", "\(hostsNeeded)", "\(goal.spareHosts)", "\(hosts)",
                "\(host.shards)", "\(shards)",
                short(memoryGigabytesPerHost), short(gigabitsOutPerHost), "\(socketsPerHost)",
            ],
        ])
    }

    private var shardTable: String {
        func row(_ name: String, _ shard: ShardView) -> [String] {
            [
                name, "\(shard.people)", percent(shard.busy), milliseconds(shard.p50Milliseconds),
                milliseconds(shard.p99Milliseconds),
            ]
        }
        var rows = [["the busiest shard", "people", "busy", "p50", "p99"], row("with all hosts", usual)]
        if goal.spareHosts > 0 {
            rows.append(row("with \(goal.spareHosts == 1 ? "one host" : "\(goal.spareHosts) hosts") lost", worst))
        }
        rows.append(["at most", "", percent(goal.busy), "", milliseconds(goal.p99Milliseconds)])
        return table(rows)
    }

    private var limitLine: String {
        let others = limits.filter { $0 != binding }.map { "\($0.name) \($0.hosts)" }.joined(separator: ", ")
        let why = shardLimit == "nothing" ? "" : "With a shard less there would be too little \(shardLimit). "
        return why + "What decides: \(binding.name), \(binding.hosts) host\(binding.hosts == 1 ? "" : "s")\n"
            + "(by themselves: \(others)).\n"
    }
}

extension Holding {
    public var text: String {
        var text = "A host of \(host.processors) processors (\(host.shards) shards, \(plain(host.memoryGigabytes)) GB, "
        text += "\(plain(host.gigabits)) Gbit/s) holds\n"
        for kind in held.rooms { text += "  \(kind.title)\n" }
        text += "\n"
        text += table([
            [
                "in all", "rooms", "people", "connections", "packets/s in", "packets/s out", "Gbit/s in", "Gbit/s out",
                "GB",
            ],
            [
                "", "\(totals.rooms)", "\(totals.people)", "\(totals.connections)", short(totals.packetsIn),
                short(totals.packetsOut),
                short(totals.gigabitsIn), short(totals.gigabitsOut), fixedGigabytes(totals.memoryBytes),
            ],
        ])
        text += "\n"
        text += table([
            ["the busiest shard", "people", "busy", "p50", "p99"],
            [
                "", "\(shard.people)", percent(shard.busy), milliseconds(shard.p50Milliseconds),
                milliseconds(shard.p99Milliseconds),
            ],
            ["at most", "", percent(goal.busy), "", milliseconds(goal.p99Milliseconds)],
        ])
        text += "\nFor more there is too little \(limit).\n"
        if largestRoom > 0 {
            text += "The largest room of \"\(held.rooms[0].name)\" that it holds by itself has \(largestRoom) people.\n"
        }
        return text + "\n" + machine.note
    }
}
