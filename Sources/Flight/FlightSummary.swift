import CPlatform
import Contract

/// A record in a page: what it is, what came and went, where time was lost.
public struct FlightSummary {
    private let file: FlightFile
    private var counts: [FlightKind: Int] = [:]
    private var outcomes: [UInt8: Int] = [:]
    private var packetsSent = 0
    private var bytesSent = 0
    private var seconds = 0.0
    private var longest: (nanoseconds: UInt64, datagrams: Int) = (0, 0)
    private var longBursts = 0
    private var longestPause: UInt64 = 0
    private var drops: [(DropReason, UInt64)] = []

    public init(_ file: FlightFile) {
        self.file = file
        var (first, last) = ([UInt8: UInt64](), [UInt8: UInt64]())
        var times: [UInt64] = []
        for entry in file.entries {
            counts[entry.kind, default: 0] += 1
            switch entry.kind {
            case .take, .depart, .turn:
                let now = file.time(of: entry)
                if let before = times.last { longestPause = max(longestPause, now &- min(before, now)) }
                times.append(now)
            case .rtp:
                if let packet = file.value(entry, as: FlightPacket.self) {
                    outcomes[packet.outcome.rawValue, default: 0] += 1
                }
            case .run:
                packetsSent += entry.argument
                bytesSent += Int(file.run(entry)?.bytes ?? 0)
            case .burstTime:
                let nanoseconds = file.word(entry, 0)
                if nanoseconds > longest.nanoseconds { longest = (nanoseconds, entry.argument) }
                if nanoseconds > 10_000_000 { longBursts += 1 }
            case .drops:
                if first[entry.flags] == nil { first[entry.flags] = file.word(entry, 0) }
                last[entry.flags] = file.word(entry, 0)
            default: break
            }
        }
        if let start = times.first, let end = times.last { seconds = Double(end &- min(start, end)) / 1e9 }
        drops = DropReason.allCases.compactMap { reason in
            let count = (last[reason.rawValue] ?? 0) &- (first[reason.rawValue] ?? 0)
            return count == 0 || count > 1 << 60 ? nil : (reason, count)
        }
    }

    private var reason: String {
        switch file.head.reason {
        case UInt32(CP_FLIGHT_STALL.rawValue): "the shard stood still"
        case UInt32(CP_FLIGHT_CRASH.rawValue): "the process ended by signal \(file.head.signal)"
        default: "asked for"
        }
    }

    private func rate(_ count: Int) -> String {
        seconds > 0 ? "\(count) (\(Int(Double(count) / seconds))/s)" : "\(count)"
    }

    private func milliseconds(_ nanoseconds: UInt64) -> String {
        "\(Double(nanoseconds / 10_000) / 100) ms"
    }

    public var text: String {
        let head = file.head
        var lines = [
            "shard \(head.shard) of \(head.shard_count), build \(file.build), \(reason)\(file.note.isEmpty ? "" : ": \(file.note)")",
            "burst \(head.burst), \(phase)",
            "the last \(Double(Int(seconds * 1000)) / 1000) s: \(file.entries.count) records, \(file.images.count) copies of the tables",
            "bursts \(rate(counts[.take] ?? 0)), the longest \(milliseconds(longest.nanoseconds)) for \(longest.datagrams) datagrams, "
                + "\(longBursts) over 10 ms; longest time without a call \(milliseconds(longestPause))",
            "in: RTP \(rate(counts[.rtp] ?? 0)), RTCP \(rate(counts[.rtcp] ?? 0)), checks \(counts[.stun] ?? 0), DTLS \(counts[.dtls] ?? 0)",
            "out: packets \(rate(packetsSent)) in \(counts[.run] ?? 0) runs, \(bytesSent) bytes",
            "commands \(counts[.command] ?? 0), events \(counts[.event] ?? 0), keyframes wanted \(counts[.keyframe] ?? 0), "
                + "estimates \(counts[.estimate] ?? 0)",
        ]
        let refused = (outcomes[1] ?? 0, outcomes[2] ?? 0)
        if refused.0 + refused.1 > 0 { lines.append("RTP not authentic \(refused.0), dropped unopened \(refused.1)") }
        if !drops.isEmpty { lines.append("drops: " + drops.map { "\($0.0) \($0.1)" }.joined(separator: ", ")) }
        return lines.joined(separator: "\n")
    }

    private var phase: String {
        let head = file.head
        let names = [
            "starting", "between bursts", "taking a burst in", "sending a burst", "commands and timers",
            "copying its tables",
        ]
        let name = Int(head.phase) < names.count ? names[Int(head.phase)] : "?"
        return head.peer == .max ? name : "\(name), peer \(head.peer)"
    }

    public var json: String {
        let head = file.head
        let dropped = drops.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
        return
            "{\"shard\":\(head.shard),\"burst\":\(head.burst),\"phase\":\(head.phase),\"reason\":\(head.reason),\"signal\":\(head.signal),"
            + "\"seconds\":\(seconds),\"records\":\(file.entries.count),\"images\":\(file.images.count),"
            + "\"bursts\":\(counts[.take] ?? 0),\"longestBurstNanoseconds\":\(longest.nanoseconds),\"longestPauseNanoseconds\":\(longestPause),"
            + "\"rtp\":\(counts[.rtp] ?? 0),\"rtcp\":\(counts[.rtcp] ?? 0),\"packetsSent\":\(packetsSent),\"runs\":\(counts[.run] ?? 0),"
            + "\"drops\":{\(dropped)}}"
    }
}
