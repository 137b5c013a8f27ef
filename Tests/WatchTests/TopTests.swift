import Contract
import Foundation
import Testing

@testable import Watch

enum Recorded {
    static func text(_ name: String) throws -> String {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: folder.appendingPathComponent("Recorded/\(name)"), encoding: .utf8)
    }

    static func figures() throws -> ServerFigures {
        ServerFigures(
            before: Scrape(parsing: try text("before.txt"), seconds: 10),
            now: Scrape(parsing: try text("now.txt"), seconds: 11))
    }

    static func page() throws -> TopPage {
        let room = RoomFigures(before: try text("before.json"), now: try text("now.json"), seconds: 1)
        return TopPage(server: try figures(), rooms: [try #require(room)])
    }
}

@Suite struct TopTests {
    @Test func aRecordedServerIsLaidOut() throws {
        #expect(try Recorded.page().text(columns: 500) == Recorded.text("top.txt"))
    }

    @Test func noLineIsLongerThanTheTerminal() throws {
        let page = try Recorded.page()
        for columns in [20, 80, 132] {
            let lines = page.text(columns: columns).split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= columns } && lines.contains { $0.count == columns })
        }
    }

    @Test func columnsStandBelowTheirHeads() throws {
        let lines = try Recorded.page().text(columns: 500).split(separator: "\n")
        let head = try #require(lines.firstIndex { $0.hasPrefix("shard") })
        #expect(lines[head].count == lines[head + 1].count && lines[head].count == lines[head + 2].count)
    }

    @Test func jsonCarriesTheSame() throws {
        let page = try Recorded.page()
        let json = try page.json()
        #expect(!json.contains("\n"))
        let back = try JSONDecoder().decode(TopPage.self, from: Data(json.utf8))
        #expect(back.server.shards.map(\.shard) == page.server.shards.map(\.shard))
        #expect(back.rooms.first?.peers.map(\.name) == page.rooms.first?.peers.map(\.name))
        #expect(back.server.shards[0].forwardP99 != nil)
    }

    @Test func aShardThatDoesNotAnswerIsShown() {
        let before = Scrape(parsing: "millrace_control_shard_answered{shard=\"0\"} 0\n", seconds: 1)
        let page = TopPage(server: ServerFigures(before: before, now: before))
        #expect(page.text(columns: 500).contains("0       does   not  answer"))
    }

    @Test func numbersHaveThreeDigits() {
        #expect(
            [0, 0.123, 9.99, 12.34, 123.4, 9999, 12_345, 2_345_678].map { TopPage.number($0) } == [
                "0", "0.12", "9.99", "12.3", "123", "9999", "12.3k", "2.35M",
            ])
    }
}

@Suite struct FigureTests {
    private func scrape(_ seconds: Double, _ lines: String...) -> Scrape {
        Scrape(parsing: lines.joined(separator: "\n"), seconds: seconds)
    }

    @Test func samplesHaveNamesLabelsAndValues() {
        let scrape = scrape(
            0, "# HELP a b", "a{shard=\"1\",reason=\"no_room\"} 5", "a{shard=\"2\",reason=\"no_room\"} 2.5", "b 1e3",
            "garbage", "c x")
        #expect(scrape.sum("a") == 7.5 && scrape.sum("a", ["shard": "1"]) == 5 && scrape.sum("b") == 1000)
        #expect(scrape.sum("c") == 0 && !scrape.isMillrace)
        #expect(scrape.samples("a")[0].labels == ["shard": "1", "reason": "no_room"])
    }

    @Test func aCounterThatBeganAnewGainsWhatItHas() {
        let rates = Rates(before: scrape(10, "a 500"), now: scrape(12, "a 30"))
        #expect(rates.gained("a") == 30 && rates.rate("a") == 15)
    }

    @Test func percentilesLieWithinTheirBuckets() {
        func buckets(_ first: Int, _ second: Int, _ all: Int) -> String {
            "h_bucket{le=\"0.001\"} \(first)\nh_bucket{le=\"0.01\"} \(second)\nh_bucket{le=\"+Inf\"} \(all)"
        }
        let rates = Rates(before: scrape(0, buckets(1000, 1000, 1000)), now: scrape(1, buckets(1050, 1099, 1100)))
        let percentiles = Percentiles(rates, "h", [:])
        #expect(percentiles.milliseconds(0.5) == 1 && percentiles.milliseconds(0.25) == 0.5)
        #expect(abs(percentiles.milliseconds(0.99)! - 10) < 1e-9)
        // Beyond all bounds: the last one is all that is known.
        #expect(percentiles.milliseconds(0.999) == 10)
        #expect(Percentiles(Rates(before: rates.now, now: rates.now), "h", [:]).milliseconds(0.5) == nil)
    }

    @Test func onlyHarmfulDropsAreCountedAsSuch() throws {
        let figures = ServerFigures(
            before: scrape(0, "millrace_shard_peers{shard=\"0\"} 1"),
            now: scrape(
                2, "millrace_shard_peers{shard=\"0\"} 1", "millrace_shard_drops_total{shard=\"0\",reason=\"shed\"} 10",
                "millrace_shard_drops_total{shard=\"0\",reason=\"probe\"} 4"))
        #expect(figures.shards.count == 1 && figures.shards[0].dropsHarmful == 5)
        #expect(figures.drops == ["shed": 5, "probe": 2])
    }

    @Test func whatWasRecordedAddsUp() throws {
        let figures = try Recorded.figures()
        #expect(figures.shards.map(\.shard) == [0, 1])
        #expect(figures.shards.allSatisfy { $0.isAnswering && $0.packetsOut > 0 })
        #expect(figures.peers == figures.shards.reduce(0) { $0 + $1.peers })
        for shard in figures.shards {
            let times = try [#require(shard.forwardP50), #require(shard.forwardP99), #require(shard.forwardP999)]
            #expect(times == times.sorted() && times[0] > 0 && times[2] < 1000)
        }
    }

    @Test func aRoomsRatesAreDifferences() throws {
        let page = try Recorded.page()
        #expect(page.rooms[0].room == "meadow" && page.rooms[0].peers.count == 6)
        #expect(page.rooms[0].peers.contains { $0.bitsIn > 1_000_000 })
        #expect(RoomFigures(before: nil, now: "", seconds: 1) == nil)
        let first = try #require(RoomFigures(before: nil, now: try Recorded.text("now.json"), seconds: 1))
        #expect(first.peers.allSatisfy { $0.bitsIn == 0 && $0.bitsOut == 0 })
    }
}
