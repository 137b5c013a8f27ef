import CLoad
import Charts

/// One level of `--levels`: what had been counted when it began and when it ended.
public struct LevelMark: Sendable {
    public var percent: Double
    public var begin: Snapshot
    public var end: Snapshot
}

/// What arrived at one level.
public struct LevelFigures: Codable, Sendable {
    public var percent: Double
    public var seconds: Double
    public var packetsPerSecond: Double
    /// Goodput: audio, and video that could be shown, since nothing was missing since its keyframe. Of measured receivers, projected to
    /// all.
    public var usefulPerSecond: Double
    public var audioPerSecond: Double
    /// Packets of audio that measured receivers missed.
    public var audioLost: Int
    public var videoLost: Int
    public var p50Nanoseconds: UInt64
    public var p99Nanoseconds: UInt64

    init(_ mark: LevelMark) {
        let (begin, end) = (mark.begin, mark.end)
        percent = mark.percent
        seconds = max(Double(end.nowNanoseconds - begin.nowNanoseconds) / 1e9, 1e-9)
        func growth(_ value: (Snapshot) -> UInt64) -> Double { Double(value(end)) - Double(value(begin)) }
        let received = growth { $0.audio.received + $0.video.received }
        packetsPerSecond = received / seconds
        usefulPerSecond = received * Snapshot.usefulPart(from: begin, to: end) / seconds
        audioPerSecond = growth { $0.audio.received } / seconds
        audioLost = Int(growth { $0.audio.lost })
        videoLost = Int(growth { $0.video.lost })
        var latency = end.audioLatency.since(begin.audioLatency)
        latency.add(end.videoLatency.since(begin.videoLatency))
        p50Nanoseconds = latency.percentile(0.5)
        p99Nanoseconds = latency.percentile(0.99)
    }
}

extension Snapshot {
    /// Of what measured receivers got between two moments, the part that was useful; 1 when they got nothing.
    static func usefulPart(from begin: Snapshot, to end: Snapshot) -> Double {
        func measured(_ snapshot: Snapshot) -> UInt64 {
            snapshot.audio.received + snapshot.video.received - snapshot.counted.audio - snapshot.counted.video
        }
        let received = measured(end) > measured(begin) ? measured(end) - measured(begin) : 0
        let (before, after) = (begin.audio.useful + begin.video.useful, end.audio.useful + end.video.useful)
        return received == 0 || after < before ? 1 : Double(after - before) / Double(received)
    }
}

extension LoadRun {
    /// Publishers' video at one level after the other.
    func playLevels() throws(LoadError) {
        for percent in options.levels {
            engine.link.send(.scale(percent / 100))
            level = percent
            let begin = nextSnapshot()
            wait(seconds: options.levelSeconds)
            levels.append(LevelMark(percent: percent, begin: begin, end: nextSnapshot()))
            if isInterrupted() { throw LoadError("interrupted") }
        }
    }
}

extension LoadReport {
    var levelLines: [String] {
        guard !levels.isEmpty else { return [] }
        var lines = ["video        packets/s     useful/s      audio/s   audio lost       p50         p99"]
        for level in levels {
            let values = [
                (fixed(level.packetsPerSecond, 0), 13), (fixed(level.usefulPerSecond, 0), 13),
                (fixed(level.audioPerSecond, 0), 13), (String(level.audioLost), 13),
                (milliseconds(level.p50Nanoseconds), 12), (milliseconds(level.p99Nanoseconds), 12),
            ]
            lines.append(column(fixed(level.percent, 0) + " %", 7) + values.map { column($0.0, $0.1) }.joined())
        }
        return lines + ["(useful: audio, and video of which nothing is missing since its keyframe)", ""]
    }
}
