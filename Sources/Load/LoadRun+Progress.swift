import CLoad
import Charts
import Glibc

/// What is noted while a run goes on, and what its operator sees of it.
extension LoadRun {
    func note(_ snapshot: Snapshot) {
        self.snapshot = snapshot
        let fanOut = options.isSimulcast ? nil : options.receivers - (options.isMeeting ? 1 : 0)
        let sfu = options.sfuPid.flatMap { ProcessSample(pid: $0) }
        if phase != .ending {
            series.note(
                snapshot, fanOut: fanOut, receivers: options.rooms * options.receivers, isMeasured: phase == .measuring,
                sfu: sfu, level: options.levels.isEmpty ? nil : level)
        }
        progress(progressLine())
    }

    /// Nil unless it was asked for; throws when it was and there is no such process.
    func sampleSfu() throws(LoadError) -> ProcessSample? {
        guard let pid = options.sfuPid else { return nil }
        guard let sample = ProcessSample(pid: pid) else {
            throw LoadError("--sfu-pid \(pid): there is no such process, or it may not be looked at")
        }
        return sample
    }

    /// How long the engine's thread stood ready without a processor since `begin`.
    func mediaThreadWait(since begin: ProcessSample?) -> UInt64 {
        guard let begin, let end = ProcessSample(pid: getpid()) else { return 0 }
        return end.threads(since: begin).filter { $0.name == EngineThread.name }.reduce(0) { $0 + $1.waitedNanoseconds }
    }

    private func progressLine() -> String {
        let point = series.points.last
        var parts = ["\(phase.rawValue) \(fixed(point?.seconds ?? 0, 0)) s"]
        let all = options.churn == 0 ? "/\(options.peers)" : ""
        parts.append("\(snapshot.peers.connected)\(all) connected")
        if let point {
            parts.append("\(fixed(point.receivedPerSecond, 0)) packets/s")
            parts.append("\(fixed(point.bitsPerSecond / 1e6, 1)) Mbit/s")
        }
        parts.append("lost \(snapshot.audio.lost + snapshot.video.lost)")
        let odd = snapshot.audio.reordered + snapshot.video.reordered + snapshot.audio.corrupt + snapshot.video.corrupt
        if odd > 0 { parts.append("reordered or changed \(odd)") }
        if let p50 = point?.p50Nanoseconds, let p99 = point?.p99Nanoseconds {
            parts.append("p50 \(milliseconds(p50)) p99 \(milliseconds(p99))")
        }
        if let share = point?.sfuCpu { parts.append("SFU \(fixed(share * 100, 0)) %") }
        if let point { parts.append("generator \(fixed(point.generatorCpu * 100, 0)) %") }
        if !failures.isEmpty { parts.append("failed \(failures.values.reduce(0, +))") }
        return parts.joined(separator: " · ")
    }
}
