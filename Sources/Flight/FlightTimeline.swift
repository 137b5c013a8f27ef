import Contract

/// The log's records with the burst and the time that they belong to.
public struct FlightTimeline {
    private let file: FlightFile
    private let end: UInt64
    private let endBurst: UInt64

    public struct Line {
        public var entry: FlightEntry
        public var burst: UInt64
        public var nowNanoseconds: UInt64
    }

    public init(_ file: FlightFile) {
        self.file = file
        end = file.entries.last { $0.kind.isTimed }.map { file.time(of: $0) } ?? 0
        endBurst = file.head.burst
    }

    public func lines(last seconds: Double? = nil) -> [Line] {
        let start = seconds.map { end &- min(end, UInt64($0 * 1e9)) } ?? 0
        var burst = endBurst &- UInt64(file.entries.count { $0.kind == .take })
        var now: UInt64 = 0
        var lines: [Line] = []
        for entry in file.entries {
            if entry.kind == .take { burst &+= 1 }
            if entry.kind.isTimed { now = file.time(of: entry) }
            if now >= start { lines.append(Line(entry: entry, burst: burst, nowNanoseconds: now)) }
        }
        return lines
    }

    /// Seconds before the record's end, the burst, and what it was.
    public func text(_ line: Line) -> String {
        let micros = Int64(bitPattern: line.nowNanoseconds &- end) / 1000
        let whole = "\(abs(micros) / 1_000_000)"
        let part = String("\(1_000_000 + abs(micros) % 1_000_000)".dropFirst())
        let indent = line.entry.kind.isTimed ? "" : line.entry.kind.isDecision ? "    -> " : "  "
        return "\(micros < 0 ? "-" : " ")\(whole).\(part) s  burst \(line.burst)  \(indent)\(file.text(of: line.entry))"
    }

    public func json(_ line: Line) -> String {
        let text = file.text(of: line.entry).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return
            "{\"now\":\(line.nowNanoseconds),\"burst\":\(line.burst),\"kind\":\"\(line.entry.kind)\",\"text\":\"\(text)\"}"
    }
}

extension FlightKind {
    /// Its record says when it was.
    public var isTimed: Bool { self == .take || self == .depart || self == .turn }
}

extension FlightFile {
    public func time(of entry: FlightEntry) -> UInt64 { word(entry, 0) }
}

extension FlightRun {
    /// The consumer that the run's first packet is for.
    public var consumer: UInt32? { ConsumerSsrc.consumer(of: ssrc & ~0x0200_0000)?.value }
}
