import Charts

/// The SFU's process at the turns of a run; nothing without `--sfu-pid`.
public struct SfuSeries: Sendable {
    /// Before the first join.
    public var before: ProcessSample?
    /// Everybody is there and warm.
    public var begin: ProcessSample?
    public var end: ProcessSample?
    /// Everybody has left.
    public var after: ProcessSample?
}

/// What one thread of the SFU did in the window.
public struct SfuThread: Codable, Sendable {
    public var name: String
    /// Part of one processor.
    public var share: Double
    public var nanosecondsPerPacket: Double?
}

/// What the SFU cost, by its process alone: the same figures for every SFU.
extension LoadReport {
    /// CPU time of the whole process for one packet that arrived here, in the window; nil without `--sfu-pid`.
    public var sfuNanosecondsPerPacket: Double? {
        guard let begin = sfu.begin, let end = sfu.end, receivedPackets > 0 else { return nil }
        return Double(end.cpuNanoseconds(since: begin)) / Double(receivedPackets)
    }

    /// Part of one processor.
    public var sfuShare: Double? {
        guard let begin = sfu.begin, let end = sfu.end, measuredSeconds > 0 else { return nil }
        return Double(end.cpuNanoseconds(since: begin)) / 1e9 / measuredSeconds
    }

    /// Resident bytes that the process gained for each peer of the standing load.
    public var sfuBytesPerPeer: Double? {
        guard let before = sfu.before, let begin = sfu.begin, options.peers > 0 else { return nil }
        return (Double(begin.residentBytes) - Double(before.residentBytes)) / Double(options.peers)
    }

    /// Threads by name, the busiest first. Those of one name are one line: Janus has two for each peer.
    public var sfuThreads: [SfuThread] {
        guard let begin = sfu.begin, let end = sfu.end, measuredSeconds > 0 else { return [] }
        var sums: [String: (count: Int, last: String, nanoseconds: UInt64)] = [:]
        for thread in end.threads(since: begin) where thread.cpuNanoseconds > 0 {
            let family = String(thread.name.prefix { !$0.isNumber })
            let sum = sums[family] ?? (0, "", 0)
            sums[family] = (sum.count + 1, thread.name, sum.nanoseconds + thread.cpuNanoseconds)
        }
        return sums.map { name, sum in
            SfuThread(
                name: sum.count == 1 ? sum.last : "\(name) × \(sum.count)",
                share: Double(sum.nanoseconds) / 1e9 / measuredSeconds,
                nanosecondsPerPacket: receivedPackets == 0 ? nil : Double(sum.nanoseconds) / Double(receivedPackets))
        }.sorted { $0.share > $1.share }
    }

    var sfuLines: [String] {
        guard let cost = sfuNanosecondsPerPacket, let share = sfuShare else { return [] }
        var lines = [
            "SFU         \(fixed(cost, 0)) ns CPU per forwarded packet (whole process), "
                + "\(fixed(share * 100, 0)) % of one processor"
        ]
        let threads = sfuThreads.prefix(4).map { "\($0.name) \(fixed($0.share * 100, 1)) %" }
        lines.append("            threads: " + threads.joined(separator: ", "))
        if let bytes = sfuBytesPerPeer, let before = sfu.before, let begin = sfu.begin {
            func mebibytes(_ sample: ProcessSample) -> String { fixed(Double(sample.residentBytes) / 1_048_576, 1) }
            lines.append(
                "            \(mebibytes(before)) MiB before, \(mebibytes(begin)) with all peers, "
                    + "\(fixed(bytes / 1024, 1)) KiB a peer")
        }
        return lines
    }
}
