import Charts

/// One HTML file that needs nothing else.
struct PlanPage {
    var title: String
    var text: String
    var explanation: String
    var tiles: [(value: String, name: String)]
    var curve: Curve
    var shares: [CapacityPlan.Share]
    var checks: [CostModel.Check]
    var goal: Goal
    var machine: Calibration.Machine

    var html: String {
        [
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
            "<title>millrace plan: \(escaped(title))</title>\n<style>\(pageStyle)\(Self.style)</style></head><body>",
            "<header><h1>\(escaped(title))</h1><p>Prices are those of \(escaped(machine.title)).</p></header>",
            "<section class=\"tiles\">",
            tiles.map { "<div><b>\(escaped($0.value))</b><span>\(escaped($0.name))</span></div>" }.joined(),
            "</section><section class=\"charts\">", loadChart.html, tailChart.html, shareChart, checkChart,
            "</section><h2>The plan</h2><pre>\(escaped(text))</pre>",
            "<h2>The arithmetic</h2><pre>\(escaped(explanation))</pre></body></html>\n",
        ].joined(separator: "\n")
    }

    private static let style = """

        pre{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:14px 16px;overflow-x:auto;font-size:13px}
        .bar{fill:var(--c1)}.limit{stroke:var(--c4);stroke-width:1.5;stroke-dasharray:5 4}
        .fitted{fill:var(--c1)}.tested{fill:var(--c2)}.even{stroke:var(--soft);stroke-width:1}
        svg .left{text-anchor:start;dominant-baseline:middle}svg .name{text-anchor:end;dominant-baseline:middle;fill:var(--ink)}
        """

    private func flat(_ name: String, _ value: Double) -> Chart.Line {
        let people = curve.points.map { Double($0.people) }
        return Chart.Line(name: name, colour: 4, points: [(0, value), (people.last ?? 1, value)])
    }

    private var loadChart: Chart {
        let points = curve.points.map { (x: Double($0.people), y: $0.busy * 100) }
        return Chart(
            title: "Load against people", xTitle: "people on one shard",
            lines: [
                Chart.Line(name: "processor of the shard", colour: 1, points: [(0, 0)] + points, isFilled: true),
                flat("the most that is asked for", goal.busy * 100),
            ], yText: { fixed($0, 0) + " %" }, xText: { short($0) })
    }

    private var tailChart: Chart {
        func line(_ name: String, _ colour: Int, _ value: KeyPath<Curve.Point, Double>) -> Chart.Line {
            Chart.Line(name: name, colour: colour, points: curve.points.map { ($0.busy * 100, $0[keyPath: value]) })
        }
        let last = (curve.points.last?.busy ?? 1) * 100
        return Chart(
            title: "One way through the server against load", xTitle: "processor of the shard, %",
            lines: [
                line("p50", 3, \.p50Milliseconds), line("p99", 2, \.p99Milliseconds),
                Chart.Line(
                    name: "the most that is asked for", colour: 4,
                    points: [(0, goal.p99Milliseconds), (last, goal.p99Milliseconds)]),
            ], yText: { fixed($0, $0 < 1 ? 2 : $0 < 10 ? 1 : 0) + " ms" }, xText: { fixed($0, 0) }, isLogarithmic: true,
            yLeast: 0.1)
    }
}

// MARK: drawings that are no lines

extension PlanPage {
    private static func figure(_ title: String, _ legend: String, _ body: String) -> String {
        "<figure><figcaption><b>\(escaped(title))</b><span class=\"legend\">\(legend)</span></figcaption>"
            + "<svg viewBox=\"0 0 640 260\" role=\"img\" aria-label=\"\(escaped(title))\">\(body)</svg></figure>\n"
    }

    /// Bars, the longest first.
    fileprivate var shareChart: String {
        let sorted = shares.filter { $0.busy > 0 }.sorted { $0.busy > $1.busy }
        let all = max(sorted.reduce(0) { $0 + $1.busy }, 1e-12)
        let longest = max((sorted.first?.busy ?? 0) / all, 1e-12)
        var body = ""
        for (row, share) in sorted.enumerated() {
            let y = 14 + Double(row) * 26
            let width = 330 * share.busy / all / longest
            let each =
                share.part == .cipher
                ? "x \(fixed(share.nanosecondsEach, 2))" : "x " + Explanation.nanoseconds(share.nanosecondsEach)
            body += "<text class=\"name\" x=\"110\" y=\"\(fixed(y + 8, 1))\">\(escaped(share.part.title))</text>"
            body +=
                "<rect class=\"bar\" x=\"118\" y=\"\(fixed(y, 1))\" width=\"\(fixed(max(width, 1), 1))\" height=\"16\" rx=\"2\"/>"
            body += "<text class=\"left\" x=\"\(fixed(118 + max(width, 1) + 6, 1))\" y=\"\(fixed(y + 8, 1))\">"
            body += escaped("\(fixed(share.busy / all * 100, 1)) %  (\(short(share.perSecond))/s \(each))") + "</text>"
        }
        let note = "of \(percent(all)) of the shard's processor; a second x each"
        body += "<text class=\"x\" x=\"320\" y=\"256\">\(escaped(note))</text>"
        return Self.figure("What the processor time goes to", "", body)
    }

    /// Measured to the right, predicted upwards: on the line they are alike.
    fileprivate var checkChart: String {
        guard !checks.isEmpty else { return "" }
        let most = checks.reduce(1) { max($0, $1.busyMeasured * 100, $1.busyPredicted * 100) }
        let step = most > 50 ? 20.0 : most > 20 ? 10 : most > 10 ? 5 : 2
        let high = (most / step).rounded(.up) * step
        func x(_ value: Double) -> Double { 64 + 540 * value / high }
        func y(_ value: Double) -> Double { 222 - 210 * value / high }
        var body = ""
        for tick in stride(from: 0, through: high, by: step) {
            body +=
                "<line class=\"grid\" x1=\"64\" x2=\"604\" y1=\"\(fixed(y(tick), 1))\" y2=\"\(fixed(y(tick), 1))\"/>"
            body += "<text class=\"y\" x=\"56\" y=\"\(fixed(y(tick), 1))\">\(fixed(tick, 0)) %</text>"
            body += "<text class=\"x\" x=\"\(fixed(x(tick), 1))\" y=\"239\">\(fixed(tick, 0)) %</text>"
        }
        body += "<line class=\"even\" x1=\"64\" y1=\"222\" x2=\"604\" y2=\"12\"/>"
        for check in checks {
            let kind = check.role == "fit" ? "fitted" : "tested"
            body += "<circle class=\"\(kind)\" style=\"fill:var(--\(kind == "fitted" ? "c1" : "c2"))\" "
            body +=
                "cx=\"\(fixed(x(check.busyMeasured * 100), 1))\" cy=\"\(fixed(y(check.busyPredicted * 100), 1))\" r=\"5\"><title>"
            body += escaped(
                "\(check.scenario): measured \(percent(check.busyMeasured)), predicted \(percent(check.busyPredicted))")
            body += "</title></circle>"
        }
        body +=
            "<text class=\"x\" x=\"334\" y=\"256\">measured, of the shard's processor; upwards what the model says of it</text>"
        let legend =
            "<span><i class=\"c1\"></i>fitted</span>"
            + (checks.contains { $0.role != "fit" } ? "<span><i class=\"c2\"></i>not fitted</span>" : "")
        return Self.figure("The model against runs", legend, body)
    }
}

extension CapacityPlan {
    public func page(_ planner: Planner) throws(CapacityError) -> String {
        PlanPage(
            title: workload.name, text: text, explanation: explanation(planner),
            tiles: [
                ("\(hosts)", "hosts, \(goal.spareHosts) spare"), ("\(shards)", "shards"),
                (short(Double(totals.people)), "people"),
                (short(totals.packetsOut), "packets/s out"), (short(totals.gigabitsOut), "Gbit/s out"),
                (short(totals.gigabitsIn), "Gbit/s in"), (percent(worst.busy), "busiest shard"),
                (milliseconds(worst.p99Milliseconds), "its p99"),
                (short(memoryGigabytesPerHost) + " GB", "memory a host"),
            ], curve: try curve(planner), shares: shares, checks: planner.model.checks, goal: goal, machine: machine
        ).html
    }
}

extension Holding {
    public func page(_ planner: Planner) throws(CapacityError) -> String {
        PlanPage(
            title: "What a host of \(host.processors) processors holds", text: text, explanation: explanation(planner),
            tiles: [
                ("\(totals.rooms)", "rooms"), (short(Double(totals.people)), "people"),
                (short(totals.packetsOut), "packets/s out"),
                (short(totals.gigabitsOut), "Gbit/s out"), (short(totals.gigabitsIn), "Gbit/s in"),
                (percent(shard.busy), "busiest shard"),
                (milliseconds(shard.p99Milliseconds), "its p99"), ("\(largestRoom)", "people in the largest room"),
            ], curve: try curve(planner), shares: shares, checks: planner.model.checks, goal: goal, machine: machine
        ).html
    }
}
