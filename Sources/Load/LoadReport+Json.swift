import Foundation

/// The report as data, for comparison between runs and for plots.
extension LoadReport {
    struct Percentiles: Encodable {
        var count: UInt64
        var p50: UInt64
        var p90: UInt64
        var p99: UInt64
        var p999: UInt64
        var maximum: UInt64

        init(_ histogram: Histogram) {
            count = histogram.count
            p50 = histogram.percentile(0.5)
            p90 = histogram.percentile(0.9)
            p99 = histogram.percentile(0.99)
            p999 = histogram.percentile(0.999)
            maximum = histogram.maximum
        }
    }

    private struct Media: Encodable {
        var sent, received, receivedBytes, lost, reordered, duplicated, corrupt, foreign, repaired, keyframes,
            useful: UInt64
        var latencyNanoseconds: Percentiles

        init(_ tally: Tally, _ latency: Histogram) {
            sent = tally.sent
            received = tally.received
            receivedBytes = tally.receivedBytes
            lost = tally.lost
            reordered = tally.reordered
            duplicated = tally.duplicated
            corrupt = tally.corrupt
            foreign = tally.foreign
            repaired = tally.repaired
            keyframes = tally.keyframes
            useful = tally.useful
            latencyNanoseconds = Percentiles(latency)
        }
    }

    private struct Counted: Encodable {
        var receivers, audio, video, repairs, missingAudio, missingVideo, surplus: UInt64

        init(_ sums: CountedSums) {
            receivers = sums.peers
            audio = sums.audio
            video = sums.video
            repairs = sums.repairs
            missingAudio = sums.missingAudio
            missingVideo = sums.missingVideo
            surplus = sums.surplus
        }
    }

    private struct Server: Encodable {
        var nanosecondsPerForward: Double?
        var residentBytesPerPeer: Double?
        var residentBytes: [String: Double]
        var allocationsWhileWarm: Double
        var drops: [String: Int]
    }

    private struct Document: Encodable {
        var url: String
        var signaling: String
        var isMeeting: Bool
        var rooms, publishers, subscribers, churn: Int
        var measuredSeconds: Double
        var packetsPerSecond: Double
        var bitsPerSecond: Double
        var joined, left: Int
        var failures: [String: Int]
        var audio, video: Media
        var connectNanoseconds, firstMediaNanoseconds, latenessNanoseconds: Percentiles
        /// Between two packets of media to one subscriber.
        var gapNanoseconds: Percentiles
        /// SRTP indices that came twice; breaks in the RTP numbers; peers that were lost.
        var replayed, numberingBreaks: UInt64
        var lostPeers: Int
        var generatorBusy: Double
        var saturation: [String]
        /// The same for every SFU, by its process.
        struct Process: Encodable {
            var nanosecondsPerPacket: Double?
            var share: Double?
            var residentBytesPerPeer: Double?
            var residentBytes: [String: UInt64]
            var threads: [SfuThread]
        }

        var command: String
        var host: HostFacts
        var generatorIsBottleneck: Bool
        var generatorWaited: Double
        var sfu: Process?
        var series: [SeriesPoint]
        var server: Server?
        var measuredReceivers: Int
        var counted: Counted?
        var countingRefusal: String?
        var retried: Int
        var levels: [LevelFigures]?
        var findings: [Finding]
        var isClean: Bool
    }

    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    }

    private var document: Document {
        let seconds = max(measuredSeconds, 1e-9)
        return Document(
            url: options.url, signaling: options.signaling.rawValue, isMeeting: options.isMeeting, rooms: options.rooms,
            publishers: options.publishers, subscribers: options.subscribers,
            churn: options.churn, measuredSeconds: measuredSeconds, packetsPerSecond: Double(receivedPackets) / seconds,
            bitsPerSecond: Double(receivedBits) / seconds, joined: joined, left: left, failures: failures,
            audio: Media(totals.audio, totals.audioLatency), video: Media(totals.video, totals.videoLatency),
            connectNanoseconds: Percentiles(connectTimes), firstMediaNanoseconds: Percentiles(mediaTimes),
            latenessNanoseconds: Percentiles(totals.lateness), gapNanoseconds: Percentiles(totals.gaps),
            replayed: totals.packets.replayed,
            numberingBreaks: totals.audio.numberingBreaks &+ totals.video.numberingBreaks,
            lostPeers: totals.peers.lost, generatorBusy: generatorBusy, saturation: saturation,
            command: command, host: host, generatorIsBottleneck: generatorIsBottleneck,
            generatorWaited: Double(waitedNanoseconds) / 1e9 / seconds, sfu: process, series: series,
            server: server, measuredReceivers: options.rooms * options.receivers - Int(totals.counted.peers),
            counted: totals.counted.peers == 0 ? nil : Counted(totals.counted), countingRefusal: countingRefusal,
            retried: retried, levels: levels.isEmpty ? nil : levels, findings: findings, isClean: isClean)
    }

    private var process: Document.Process? {
        guard let before = sfu.before, let begin = sfu.begin, let end = sfu.end else { return nil }
        var resident = ["before": before.residentBytes, "begin": begin.residentBytes, "end": end.residentBytes]
        resident["after"] = sfu.after?.residentBytes
        return Document.Process(
            nanosecondsPerPacket: sfuNanosecondsPerPacket, share: sfuShare, residentBytesPerPeer: sfuBytesPerPeer,
            residentBytes: resident, threads: sfuThreads)
    }

    private var server: Server? {
        guard let before = metrics.before, let begin = metrics.begin, let end = metrics.end, let quiet = metrics.quiet
        else { return nil }
        func resident(_ metrics: Metrics?) -> Double { metrics?.process("resident_bytes") ?? 0 }
        return Server(
            nanosecondsPerForward: nanosecondsPerForward, residentBytesPerPeer: residentBytesPerPeer,
            residentBytes: [
                "before": resident(before), "begin": resident(begin), "quiet": resident(quiet),
                "after": resident(metrics.after),
            ],
            allocationsWhileWarm: end.shard("allocations_total") - begin.shard("allocations_total"),
            drops: quiet.drops(since: before))
    }
}
