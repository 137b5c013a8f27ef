import Testing

@testable import Capacity

@Suite struct ProfileTests {
    /// A server with meetings of four who send 50 packets of sound and 180 of video each a second.
    private func scrape(at seconds: Double, meetings: Double, from start: Double = 0) -> String {
        let (peers, passed) = (meetings * 4, seconds - start)
        let packets = peers * 230 * passed
        let bytes = peers * (50 * 140 + 180 * 1100) * passed
        return """
            # time \(seconds)
            millrace_build_info{version="1"} 1
            millrace_control_rooms \(meetings)
            millrace_control_peers \(peers)
            millrace_control_rooms_by_size{members="1-2"} 0
            millrace_control_rooms_by_size{members="3-8"} \(meetings)
            millrace_control_peers_by_room{members="3-8"} \(peers)
            millrace_control_joins_total \(2 * passed)
            millrace_shard_producers{shard="0"} \(peers)
            millrace_shard_producers{shard="1"} \(peers)
            millrace_shard_estimates{shard="0"} \(peers)
            millrace_shard_rtp_accepted_total{shard="0"} \(packets / 2)
            millrace_shard_rtp_accepted_total{shard="1"} \(packets / 2)
            millrace_shard_datagrams_received_total{shard="0"} \(packets)
            millrace_shard_bytes_received_total{shard="0"} \(bytes)

            """
    }

    private func check(_ workload: Workload, rooms: Int) throws {
        let room = try #require(workload.rooms.first)
        #expect(workload.rooms.count == 1 && room.count == rooms && room.people == 4 && room.publishers == 4)
        #expect(abs(room.audioShare - 1) < 0.15 && abs(room.videoKilobits - 1500) < 150 && room.feedback)
        #expect(abs(workload.joinsPerSecond - 2) < 0.01)
    }

    @Test func scrapesBecomeTheBusiestHoursWorkload() throws {
        var text = ""
        for minute in stride(from: 0.0, to: 24 * 60, by: 10) {
            let isBusy = (9 * 60..<12 * 60).contains(minute)
            text += scrape(at: minute * 60, meetings: isBusy ? 30 : 3)
        }
        // The counters of the made-up server jump with its meetings: within the busy hours they are steady.
        let workload = try Profile(text, name: "day").workload(name: "day")
        let room = try #require(workload.rooms.first)
        #expect(room.count == 30 && room.people == 4)
    }

    @Test func whatPeopleSentIsFoundAgain() throws {
        let text = scrape(at: 100, meetings: 30) + scrape(at: 130, meetings: 30) + scrape(at: 190, meetings: 30)
        try check(Profile(text, name: "scrapes").workload(name: "scrapes"), rooms: 30)
    }

    @Test func filesOneBehindTheOtherAreReadWithoutTimes() throws {
        let text = [0.0, 30, 60].map { scrape(at: $0, meetings: 12) }.joined()
            .split(separator: "\n").filter { !$0.hasPrefix("# time") }.joined(separator: "\n")
        try check(Profile(text, name: "scrapes").workload(name: "scrapes"), rooms: 12)
    }

    @Test func anAnswerOfPrometheusIsReadAlike() throws {
        func series(_ name: String, _ labels: String, _ values: [Double]) -> String {
            let pairs = values.enumerated().map { "[\($0.offset * 60), \"\($0.element)\"]" }.joined(separator: ",")
            return "{\"metric\": {\"__name__\": \"\(name)\"\(labels)}, \"values\": [\(pairs)]}"
        }
        let peers = 48.0
        let all = [
            series("millrace_control_rooms", "", [12, 12]), series("millrace_control_peers", "", [peers, peers]),
            series("millrace_control_rooms_by_size", ", \"members\": \"3-8\"", [12, 12]),
            series("millrace_control_peers_by_room", ", \"members\": \"3-8\"", [peers, peers]),
            series("millrace_control_joins_total", "", [7, 127]), series("millrace_shard_producers", "", [96, 96]),
            series("millrace_shard_estimates", "", [48, 48]),
            series("millrace_shard_rtp_accepted_total", "", [0, peers * 230 * 60]),
            series("millrace_shard_datagrams_received_total", "", [0, peers * 230 * 60]),
            series("millrace_shard_bytes_received_total", "", [0, peers * (50 * 140 + 180 * 1100) * 60]),
            series("up", "", [1, 1]),
        ]
        let text = "{\"status\": \"success\", \"data\": {\"result\": [\(all.joined(separator: ","))]}}"
        try check(Profile(text, name: "range").workload(name: "range"), rooms: 12)
    }

    @Test func aServerThatBeganAnewCountsOn() throws {
        let text = scrape(at: 0, meetings: 5) + scrape(at: 60, meetings: 5) + scrape(at: 120, meetings: 5, from: 90)
        // 120 joins, a restart, 60 joins: in 120 seconds.
        #expect(try Profile(text, name: "day").workload(name: "day").joinsPerSecond == 1.5)
    }

    private func refusal(_ text: String) -> String {
        do throws(CapacityError) {
            _ = try Profile(text, name: "day").workload(name: "day")
            return ""
        } catch { return error.description }
    }

    @Test func whatIsNoProfileIsRefused() {
        #expect(refusal("hello").hasPrefix("day: no millrace_control_peers in it; expected scrapes of /metrics"))
        #expect(refusal("{\"data\": 5}").hasPrefix("day: expected Prometheus' answer to query_range"))
        #expect(refusal(scrape(at: 0, meetings: 1)).hasPrefix("day: one moment only; expected two scrapes or more"))
        #expect(refusal(scrape(at: 0, meetings: 0) + scrape(at: 9, meetings: 0)).hasPrefix("day: nobody was in a room"))
    }
}
