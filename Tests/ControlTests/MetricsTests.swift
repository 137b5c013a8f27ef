import Contract
import Foundation
import Testing

@testable import Control

@Suite(.serialized) struct MetricsTests {
    @Test func timesAreHistogramsInSeconds() throws {
        let test = try TestServer()
        let text = try http(test.port, "GET", "/metrics").text
        let samples = text.split(separator: "\n").filter { $0.hasPrefix("millrace_shard_forward_seconds") }
        let prefix = "millrace_shard_forward_seconds_bucket{shard=\"0\",le="
        for (bound, count) in [
            ("0.0005", 0), ("0.00075", 3), ("0.001", 3), ("0.0025", 3), ("0.005", 3), ("0.01", 3), ("0.025", 3),
            ("0.05", 3), ("0.1", 3), ("1", 3), ("+Inf", 4),
        ] {
            #expect(samples.contains("\(prefix)\"\(bound)\"} \(count)"))
        }
        #expect(samples.contains("millrace_shard_forward_seconds_sum{shard=\"0\"} 2.0021"))
        #expect(samples.contains("millrace_shard_forward_seconds_count{shard=\"0\"} 4"))
        #expect(samples.count == 44)
    }

    /// Rules, dashboards and docs/metrics.md are checked against the recording: it names what a server has, no more and no
    /// less. The fake data plane has no door.
    @Test func theRecordingNamesJustWhatAServerHas() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let recorded = try String(contentsOf: folder.appendingPathComponent("Recorded/now.txt"), encoding: .utf8)
        let test = try TestServer()
        let text = try http(test.port, "GET", "/metrics").text
        #expect(families(text) == families(recorded).filter { !$0.contains(" millrace_door_") })
    }

    private func families(_ text: String) -> Set<Substring> {
        Set(text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") || $0.hasPrefix("# HELP ") })
    }

    @Test func secondsHaveNoExponent() {
        #expect(MetricsText.seconds(0) == "0" && MetricsText.seconds(10_000) == "0.00001")
        #expect(MetricsText.seconds(1) == "0.000000001" && MetricsText.seconds(3_000_000_000) == "3")
        #expect(MetricsText.seconds(12_500_000_000) == "12.5")
    }

    @Test func aShardThatDoesNotAnswerIsNamedAndTheOthersAreTold() throws {
        let test = try TestServer(FakeShards(count: 2))
        let text = try test.server.onLoop { $0.metricsText([nil, ShardReport()]) }
        #expect(text.contains("millrace_control_shard_answered{shard=\"0\"} 0\n"))
        #expect(text.contains("millrace_control_shard_answered{shard=\"1\"} 1\n"))
        #expect(!text.contains("millrace_shard_forwarded_total{shard=\"0\"}"))
        #expect(text.contains("millrace_shard_forwarded_total{shard=\"1\"} 0\n"))
    }

    @Test func roomsAndPeersAreToldBySize() throws {
        let test = try TestServer()
        _ = try test.post("/whip/garden?peer=anna", sdp: Offers.text("chromiumPublishVp8Simulcast.sdp"))
        for _ in 0..<2 { _ = try test.post("/whep/garden", sdp: Offers.text("chromiumRecvonly.sdp")) }
        let text = try http(test.port, "GET", "/metrics").text
        #expect(text.contains("millrace_control_rooms_by_size{members=\"3-8\"} 1\n"))
        #expect(text.contains("millrace_control_peers_by_room{members=\"3-8\"} 3\n"))
        #expect(text.contains("millrace_control_rooms_by_size{members=\"1-2\"} 0\n"))
    }
}
