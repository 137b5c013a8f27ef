import Charts
import Glibc

/// The report as one HTML page that needs nothing else: plots, figures, what was run and where.
extension LoadReport {
    public var page: String {
        [
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
            "<title>millrace load: \(escaped(headline))</title>\n<style>\(pageStyle)</style></head><body>",
            "<header><h1>\(escaped(headline))</h1><code>\(escaped(command))</code>",
            "<p>\(escaped(place))</p></header>", verdictHtml, tilesHtml, "<section class=\"charts\">",
            charts.map(\.html).joined(), "</section>", tablesHtml, "</body></html>\n",
        ].joined(separator: "\n")
    }

    private var headline: String {
        let rooms = options.rooms == 1 ? "" : "\(options.rooms) rooms, "
        let what =
            options.isMeeting
            ? "meeting\(options.rooms == 1 ? "" : "s") of \(options.publishers)"
            : "\(options.publishers) → \(options.subscribers)"
        return rooms + what + (options.sendsVideo ? ", \(options.videoKilobits) kbit/s video" : ", audio only")
    }

    private var place: String {
        "\(host.time) · \(host.processor), \(host.processors) processors, "
            + "\(fixed(Double(host.memoryBytes) / 1_073_741_824, 0)) GiB · Linux \(host.kernel)"
    }

    private var verdictHtml: String {
        var parts: [String] = []
        if generatorIsBottleneck {
            parts.append(
                "<div class=\"note limit\"><b>The generator was the limit.</b> These figures say little about the SFU."
                    + list(saturation) + "</div>")
        }
        let failed = findings.filter { !$0.holds }
        parts.append(
            failed.isEmpty
                ? "<div class=\"note clean\"><b>Clean.</b> Nothing was lost, reordered, doubled or changed.</div>"
                : "<div class=\"note failed\"><b>Not clean.</b>" + list(failed.map { "\($0.name): \($0.detail)" })
                    + "</div>")
        return parts.joined(separator: "\n")
    }

    private func list(_ sentences: [String]) -> String {
        "<ul>" + sentences.map { "<li>\(escaped($0))</li>" }.joined() + "</ul>"
    }

    private var tilesHtml: String {
        let seconds = max(measuredSeconds, 1e-9)
        let media = media
        let all = media.received + media.lost
        var tiles: [(String, String)] = [
            ("packets/s received", fixed(Double(receivedPackets) / seconds, 0)),
            ("Mbit/s received", fixed(Double(receivedBits) / seconds / 1e6, 1)),
            ("lost", all == 0 ? "–" : fixed(100 * Double(media.lost) / Double(all), 3) + " %"),
        ]
        let latency = allLatency
        if latency.count > 0 {
            tiles += [("one way p50", 0.5), ("one way p99", 0.99), ("one way p99.9", 0.999)].map {
                ($0.0, milliseconds(latency.percentile($0.1)))
            }
        }
        if let cost = sfuNanosecondsPerPacket {
            tiles.append(("SFU CPU per packet", fixed(cost / 1000, 2) + " µs"))
        }
        if let bytes = sfuBytesPerPeer { tiles.append(("SFU memory per peer", fixed(bytes / 1024, 1) + " KiB")) }
        tiles.append(("of a CPU: generator", fixed(generatorBusy * 100, 0) + " %"))
        return "<section class=\"tiles\">"
            + tiles.map { "<div><b>\(escaped($0.1))</b><span>\(escaped($0.0))</span></div>" }.joined() + "</section>"
    }

    private var tablesHtml: String {
        var html = "<section class=\"tables\"><h2>Packets</h2>"
        html += table(
            ["", "sent", "received", "lost", "reordered", "twice", "changed", "foreign", "repaired"],
            [("audio", totals.audio), ("video", totals.video)].map { name, tally in
                [name]
                    + [
                        tally.sent, tally.received, tally.lost, tally.reordered, tally.duplicated, tally.corrupt,
                        tally.foreign, tally.repaired,
                    ].map { String($0) }
            })
        html += "<h2>Times</h2>"
        html += table(
            ["", "p50", "p90", "p99", "p99.9", "max", "count"],
            [
                ("one way, audio", totals.audioLatency), ("one way, video", totals.videoLatency),
                ("join (request to handshake)", connectTimes), ("first media", mediaTimes),
                ("generator's lateness", totals.lateness),
            ].filter { $0.1.count > 0 }.map { name, histogram in
                [name] + [0.5, 0.9, 0.99, 0.999, 1].map { milliseconds(histogram.percentile($0)) }
                    + [String(histogram.count)]
            })
        if !sfuThreads.isEmpty {
            html += "<h2>The SFU's threads</h2>"
            html += table(
                ["thread", "share of a CPU", "CPU per packet"],
                sfuThreads.prefix(12).map {
                    [
                        $0.name, fixed($0.share * 100, 1) + " %",
                        $0.nanosecondsPerPacket.map { fixed($0, 0) + " ns" } ?? "–",
                    ]
                })
        }
        html += "<h2>Findings</h2>"
        html += table(["", "", ""], findings.map { [$0.holds ? "ok" : "FAIL", $0.name, $0.detail] })
        return html + "</section>"
    }

    private func table(_ head: [String], _ rows: [[String]]) -> String {
        let header =
            head.allSatisfy(\.isEmpty) ? "" : "<tr>" + head.map { "<th>\(escaped($0))</th>" }.joined() + "</tr>"
        return "<div class=\"scroll\"><table>" + header
            + rows.map { row in
                "<tr>" + row.map { "<td\($0 == "FAIL" ? " class=\"fail\"" : "")>\(escaped($0))</td>" }.joined()
                    + "</tr>"
            }.joined() + "</table></div>"
    }
}

extension LoadReport {
    private var measuredBand: (from: Double, to: Double)? {
        let measured = series.filter(\.isMeasured).map(\.seconds)
        guard let first = measured.first, let last = measured.last else { return nil }
        return (first, last)
    }

    private var charts: [Chart] { [rateChart, lossChart, latencyChart, distributionChart, joinChart, processorChart] }

    private func overTime(_ name: String, _ colour: Int, _ value: (SeriesPoint) -> Double?) -> Chart.Line {
        Chart.Line(
            name: name, colour: colour, points: series.compactMap { point in value(point).map { (point.seconds, $0) } })
    }

    private var rateChart: Chart {
        var received = overTime("received", 1) { $0.receivedPerSecond }
        received.isFilled = true
        return Chart(
            title: "Packets per second", xTitle: "seconds since the first join",
            lines: [received, overTime("offered", 2) { $0.offeredPerSecond }], yText: Self.count, band: measuredBand)
    }

    private var lossChart: Chart {
        Chart(
            title: "Packets lost, per half second", xTitle: "seconds since the first join",
            lines: [overTime("lost", 4) { Double($0.lost) }], yText: Self.count, band: measuredBand, yLeast: 10)
    }

    private var latencyChart: Chart {
        Chart(
            title: "One way, over time", xTitle: "seconds since the first join",
            lines: [
                overTime("p50", 1) { $0.p50Nanoseconds.map { Double($0) } },
                overTime("p99", 2) { $0.p99Nanoseconds.map { Double($0) } },
                overTime("p99.9", 4) { $0.p999Nanoseconds.map { Double($0) } },
            ], yText: Self.time, isLogarithmic: true)
    }

    /// x is the number of nines: 0, 90 %, 99 %, …
    private var distributionChart: Chart {
        let marks = ["0", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %"]
        let nines = allLatency.count < 10_000 ? 3 : allLatency.count < 100_000 ? 4 : 5
        func curve(_ name: String, _ colour: Int, _ histogram: Histogram) -> Chart.Line {
            guard histogram.count > 0 else { return Chart.Line(name: name, colour: colour, points: []) }
            let points = stride(from: 0.0, through: Double(nines), by: 0.05).map {
                ($0, Double(histogram.percentile(1 - pow(10, -$0))))
            }
            return Chart.Line(name: name, colour: colour, points: points)
        }
        return Chart(
            title: "One way, by percentile", xTitle: "part of packets that were at least as fast",
            lines: [curve("audio", 3, totals.audioLatency), curve("video", 1, totals.videoLatency)].filter {
                !$0.points.isEmpty
            }, yText: Self.time, xText: { fixed(100 * (1 - pow(10, -$0)), 3) + " %" }, isLogarithmic: true,
            xTicks: (0...nines).map { Chart.Tick(value: Double($0), text: marks[$0]) })
    }

    private var joinChart: Chart {
        func curve(_ name: String, _ colour: Int, _ histogram: Histogram) -> Chart.Line {
            let points = stride(from: 0.0, through: 1.0, by: 0.01).map {
                (x: Double(histogram.percentile($0)) / 1e6, y: $0 * 100)
            }
            return Chart.Line(name: name, colour: colour, points: histogram.count == 0 ? [] : points)
        }
        return Chart(
            title: "Joins", xTitle: "milliseconds since the request",
            lines: [curve("handshake done", 1, connectTimes), curve("first media", 3, mediaTimes)],
            yText: { fixed($0, 0) + " %" }, yLeast: 100)
    }

    private var processorChart: Chart {
        let sfu = overTime("SFU", 1) { $0.sfuCpu.map { $0 * 100 } }
        return Chart(
            title: "CPU", xTitle: "seconds since the first join",
            lines: (sfu.points.isEmpty ? [] : [sfu]) + [overTime("generator's thread", 3) { $0.generatorCpu * 100 }],
            yText: { fixed($0, 0) + " %" }, band: measuredBand, yLeast: 100)
    }

    private static func count(_ value: Double) -> String {
        value >= 1e6 ? fixed(value / 1e6, 1) + " M" : value >= 10_000 ? fixed(value / 1000, 0) + " k" : fixed(value, 0)
    }

    private static func time(_ nanoseconds: Double) -> String {
        nanoseconds >= 1e9
            ? fixed(nanoseconds / 1e9, nanoseconds < 1e10 ? 1 : 0) + " s"
            : nanoseconds >= 1e6
                ? fixed(nanoseconds / 1e6, nanoseconds < 1e7 ? 1 : 0) + " ms" : fixed(nanoseconds / 1000, 0) + " µs"
    }
}
