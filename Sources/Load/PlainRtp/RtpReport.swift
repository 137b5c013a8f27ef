import Charts
import Driver
import Foundation

/// What a plain RTP run has shown.
public struct RtpReport: Sendable {
    public let options: RtpSendOptions
    /// The driver's.
    public let backend: String
    public var sent: UInt64 = 0
    /// Each once, as it came back.
    public var received: UInt64 = 0
    public var reordered: UInt64 = 0
    public var duplicated: UInt64 = 0
    public var corrupt: UInt64 = 0
    public var foreign: UInt64 = 0
    public var seconds = 0.0
    public var cpuNanoseconds: UInt64 = 0
    /// From the build of a run to the read of its return.
    public var roundTrip = Histogram()
    /// How much later than planned runs were built.
    public var lateness = Histogram()
    public var counters = PortCounters()
    /// Why the sender, not the way, was the limit; empty when it was not.
    public internal(set) var saturation: [String] = []

    public var lost: UInt64 { sent > received ? sent - received : 0 }
    public var isClean: Bool { lost == 0 && reordered == 0 && duplicated == 0 && corrupt == 0 && sent > 0 }
    public var packetsPerSecond: Double { seconds > 0 ? Double(sent) / seconds : 0 }

    init(options: RtpSendOptions, backend: String) {
        self.options = options
        self.backend = backend
    }

    mutating func judge() {
        guard let asked = options.packetsPerSecond else { return }
        if packetsPerSecond < 0.95 * asked {
            saturation.append("it reached \(fixed(packetsPerSecond, 0)) of the \(fixed(asked, 0)) packets/s asked for")
        }
        let late = lateness.percentile(0.99)
        if late > 5_000_000 {
            saturation.append("a hundredth of all runs left \(milliseconds(late)) or more after their time")
        }
        if counters.sendErrors.total > 0 {
            saturation.append("this host refused \(counters.sendErrors.total) sends")
        }
    }

    public var text: String {
        let megabits = packetsPerSecond * Double(options.packetBytes) * 8 / 1e6
        let percent = sent == 0 ? 0 : 100 * Double(lost) / Double(sent)
        var lines = [
            "",
            "sent        \(sent) packets of \(options.packetBytes) bytes in \(fixed(seconds, 1)) s, "
                + "\(fixed(packetsPerSecond, 0)) packets/s, \(fixed(megabits, 1)) Mbit/s",
            "came back   \(received); lost \(lost) (\(fixed(percent, 3)) %), reordered \(reordered), twice \(duplicated), "
                + "changed \(corrupt), foreign \(foreign)",
        ]
        for (name, histogram) in [("round trip", roundTrip), ("late", lateness)] where histogram.count > 0 {
            let values = zip(["p50", "p90", "p99", "p99.9", "max"], [0.5, 0.9, 0.99, 0.999, 1]).map {
                "\($0) \(milliseconds(histogram.percentile($1)))"
            }
            lines.append(name.padding(toLength: 12, withPad: " ", startingAt: 0) + values.joined(separator: "  "))
        }
        let handled = Double(sent + received)
        lines.append(
            "this end    \(backend), \(fixed(handled > 0 ? Double(cpuNanoseconds) / handled : 0, 0)) ns CPU per packet sent or "
                + "received, \(fixed(seconds > 0 ? Double(cpuNanoseconds) / 1e7 / seconds : 0, 0)) % of one processor, "
                + "\(fixed(counters.sends > 0 ? Double(counters.segments) / Double(counters.sends) : 0, 2)) packets a send"
        )
        if !saturation.isEmpty {
            lines += ["", "THE SENDER WAS THE LIMIT; these figures say little about the way:"]
            lines += saturation.map { "  " + $0 }
        }
        lines += ["", isClean ? "clean" : received == 0 ? "nothing came back" : "not clean"]
        return lines.joined(separator: "\n") + "\n"
    }

    private struct Document: Encodable {
        var backend: String
        var streams, packetBytes, segments: Int
        var packetsPerSecondAsked: Double?
        var packetsPerSecond, seconds, cpuNanosecondsPerPacket: Double
        var sent, received, lost, reordered, duplicated, corrupt, foreign: UInt64
        var roundTripNanoseconds, latenessNanoseconds: LoadReport.Percentiles
        var generatorIsBottleneck: Bool
        var saturation: [String]
        var host: HostFacts
    }

    public func json() throws -> String {
        let document = Document(
            backend: backend, streams: options.streams, packetBytes: options.packetBytes, segments: options.segments,
            packetsPerSecondAsked: options.packetsPerSecond, packetsPerSecond: packetsPerSecond, seconds: seconds,
            cpuNanosecondsPerPacket: Double(cpuNanoseconds) / Double(max(sent + received, 1)), sent: sent,
            received: received, lost: lost, reordered: reordered, duplicated: duplicated, corrupt: corrupt,
            foreign: foreign, roundTripNanoseconds: LoadReport.Percentiles(roundTrip),
            latenessNanoseconds: LoadReport.Percentiles(lateness), generatorIsBottleneck: !saturation.isEmpty,
            saturation: saturation, host: .now())
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    }
}
