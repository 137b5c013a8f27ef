/// What happened between two looks at the engine, half a second apart.
public struct SeriesPoint: Codable, Sendable {
    /// End of the interval, since the first join.
    public var seconds: Double
    public var isMeasured: Bool
    public var connected: Int
    /// Packets per second: as many as would have come had nothing been lost, and as many as came.
    public var offeredPerSecond: Double
    public var receivedPerSecond: Double
    public var bitsPerSecond: Double
    /// Packets that turned out to be missing in this interval.
    public var lost: Int
    /// Of these, audio; `--levels` only.
    public var audioLost: Int?
    /// See `LevelFigures`.
    public var usefulPerSecond: Double?
    /// Hundredths of the video that publishers were to send.
    public var level: Double?
    /// One way, of audio and video together; nil when nothing was measured.
    public var p50Nanoseconds: UInt64?
    public var p99Nanoseconds: UInt64?
    public var p999Nanoseconds: UInt64?
    /// Part of one processor.
    public var generatorCpu: Double
    public var sfuCpu: Double?
}

/// Turns snapshots, which are sums, into a row of intervals.
struct SeriesRecorder {
    private(set) var points: [SeriesPoint] = []
    private var begin: UInt64 = 0
    private var last: Snapshot?
    private var lastLatency = Histogram()
    private var lastSfu: (sample: ProcessSample, nanoseconds: UInt64)?

    /// `fanOut`: nil when nobody can say how much is to arrive (an SFU chooses among layers), else how many of the `receivers` are to get what one publisher sends. `sfu`: the SFU's process, looked at just now.
    mutating func note(
        _ snapshot: Snapshot, fanOut: Int?, receivers: Int, isMeasured: Bool, sfu: ProcessSample?,
        level: Double? = nil
    ) {
        var latency = snapshot.audioLatency
        latency.add(snapshot.videoLatency)
        defer {
            last = snapshot
            lastLatency = latency
            if let sfu { lastSfu = (sfu, snapshot.nowNanoseconds) }
        }
        guard let last, snapshot.nowNanoseconds > last.nowNanoseconds else {
            begin = snapshot.nowNanoseconds
            return
        }
        let span = Double(snapshot.nowNanoseconds - last.nowNanoseconds)
        func rate(_ value: (Snapshot) -> UInt64) -> Double { Self.growth(value(last), value(snapshot)) / span * 1e9 }
        // Who has not joined yet misses nothing.
        let joined = receivers > 0 ? min(Double(snapshot.peers.receiving) / Double(receivers), 1) : 0
        let fresh = latency.since(lastLatency)
        points.append(
            SeriesPoint(
                seconds: Double(snapshot.nowNanoseconds - begin) / 1e9, isMeasured: isMeasured,
                connected: snapshot.peers.connected,
                offeredPerSecond: fanOut.map { Double($0) * joined * rate { $0.audio.sent + $0.video.sent } }
                    ?? rate { $0.audio.received + $0.video.received + $0.audio.lost + $0.video.lost },
                receivedPerSecond: rate { $0.audio.received + $0.video.received },
                bitsPerSecond: 8 * rate { $0.audio.receivedBytes + $0.video.receivedBytes },
                lost: Int(Self.growth(last.audio.lost + last.video.lost, snapshot.audio.lost + snapshot.video.lost)),
                audioLost: level.map { _ in Int(Self.growth(last.audio.lost, snapshot.audio.lost)) },
                usefulPerSecond: level.map { _ in
                    rate { $0.audio.received + $0.video.received } * Snapshot.usefulPart(from: last, to: snapshot)
                }, level: level,
                p50Nanoseconds: fresh.part(0.5), p99Nanoseconds: fresh.part(0.99), p999Nanoseconds: fresh.part(0.999),
                generatorCpu: Self.growth(last.threadCpuNanoseconds, snapshot.threadCpuNanoseconds) / span,
                sfuCpu: sfuShare(sfu, span)))
    }

    private func sfuShare(_ sfu: ProcessSample?, _ span: Double) -> Double? {
        guard let sfu, let lastSfu else { return nil }
        return Double(sfu.cpuNanoseconds(since: lastSfu.sample)) / span
    }

    /// A peer that closes takes what is under way with it, so that a sum may shrink a little.
    private static func growth(_ before: UInt64, _ after: UInt64) -> Double {
        after > before ? Double(after - before) : 0
    }
}

extension Histogram {
    fileprivate func part(_ part: Double) -> UInt64? { count == 0 ? nil : percentile(part) }
}
