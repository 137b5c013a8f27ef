/// A line chart as SVG, without anything from outside: colours come from the page's style sheet.
public struct Chart {
    public struct Line {
        public var name: String
        /// Number of the page's colour, from 1.
        var colour: Int
        public var points: [(x: Double, y: Double)]
        public var isFilled = false

        public init(name: String, colour: Int, points: [(x: Double, y: Double)], isFilled: Bool = false) {
            self.name = name
            self.colour = colour
            self.points = points
            self.isFilled = isFilled
        }
    }

    public struct Tick {
        var value: Double
        var text: String

        public init(value: Double, text: String) {
            self.value = value
            self.text = text
        }
    }

    var title: String
    var xTitle: String
    var lines: [Line]
    /// What the y axis and the points' texts say.
    var yText: (Double) -> String
    var xText: (Double) -> String
    /// Powers of ten instead of equal steps.
    var isLogarithmic: Bool
    /// Instead of equal steps.
    var xTicks: [Tick]?
    /// A part of the x axis to stand out: what was measured.
    var band: (from: Double, to: Double)?
    /// The y axis reaches at least to here.
    var yLeast: Double

    public init(
        title: String, xTitle: String, lines: [Line], yText: @escaping (Double) -> String,
        xText: @escaping (Double) -> String = { fixed($0, $0 < 10 && $0 != $0.rounded() ? 1 : 0) },
        isLogarithmic: Bool = false, xTicks: [Tick]? = nil, band: (from: Double, to: Double)? = nil, yLeast: Double = 1
    ) {
        self.title = title
        self.xTitle = xTitle
        self.lines = lines
        self.yText = yText
        self.xText = xText
        self.isLogarithmic = isLogarithmic
        self.xTicks = xTicks
        self.band = band
        self.yLeast = yLeast
    }

    private static let (width, height) = (640.0, 260.0)
    private static let (left, right, top, bottom) = (64.0, 26.0, 10.0, 38.0)
    private static let pointsMax = 400

    /// A figure with title, legend and drawing.
    public var html: String {
        let legend = lines.map { "<span><i class=\"c\($0.colour)\"></i>\(escaped($0.name))</span>" }.joined()
        let body = lines.contains { !$0.points.isEmpty } ? svg : "<p class=\"none\">nothing to show</p>"
        return "<figure><figcaption><b>\(escaped(title))</b><span class=\"legend\">\(legend)</span></figcaption>"
            + body + "</figure>\n"
    }

    private var svg: String {
        var parts = [
            "<svg viewBox=\"0 0 \(number(Self.width)) \(number(Self.height))\" role=\"img\" aria-label=\"\(escaped(title))\">"
        ]
        let (x, y) = (xAxis, yAxis)
        if let band {
            let from = place(band.from, x)
            parts.append(
                "<rect class=\"band\" x=\"\(number(from))\" y=\"\(number(Self.top))\" "
                    + "width=\"\(number(max(place(band.to, x) - from, 0)))\" height=\"\(number(plotHeight))\"/>")
        }
        parts += grid(x, y)
        for line in lines where !line.points.isEmpty { parts += draw(line, x, y) }
        parts.append("</svg>")
        return parts.joined(separator: "\n")
    }

    private var plotHeight: Double { Self.height - Self.top - Self.bottom }

    // MARK: axes

    private struct Axis {
        var low: Double
        var high: Double
        var ticks: [Tick]
    }

    private var xAxis: Axis {
        let values = lines.flatMap { $0.points.map(\.x) }
        if let xTicks { return Axis(low: xTicks.first?.value ?? 0, high: xTicks.last?.value ?? 1, ticks: xTicks) }
        let high = max(values.max() ?? 1, 1e-9)
        let ticks = Self.steps(to: high).filter { $0 <= high }
        return Axis(low: 0, high: high, ticks: ticks.map { Tick(value: $0, text: xText($0)) })
    }

    private var yAxis: Axis {
        let values = lines.flatMap { $0.points.map(\.y) }
        let high = max(values.max() ?? 0, yLeast)
        if isLogarithmic { return logarithmicAxis(values.filter { $0 > 0 }.min() ?? 1, high) }
        let steps = Self.steps(to: high)
        return Axis(low: 0, high: steps.last ?? high, ticks: steps.map { Tick(value: $0, text: yText($0)) })
    }

    private func logarithmicAxis(_ least: Double, _ high: Double) -> Axis {
        var decade = 1.0
        while decade > least { decade /= 10 }
        while decade * 10 <= least { decade *= 10 }
        let low = decade
        var ticks: [Tick] = []
        while true {
            for factor in [1.0, 2, 5] {
                let value = decade * factor
                ticks.append(Tick(value: value, text: yText(value)))
                if value >= high { return Axis(low: low, high: value, ticks: ticks) }
            }
            decade *= 10
        }
    }

    /// 0 and round steps up to the first that is not below `high`.
    private static func steps(to high: Double) -> [Double] {
        var step = 1e-9
        var grows = 0
        // 1, 2, 5, 10, …: at most five of them.
        while high / step > 5 {
            step *= grows % 3 == 1 ? 2.5 : 2
            grows += 1
        }
        return (0...Int((high / step).rounded(.up))).map { Double($0) * step }
    }

    private func place(_ x: Double, _ axis: Axis) -> Double {
        let part = (min(max(x, axis.low), axis.high) - axis.low) / max(axis.high - axis.low, 1e-12)
        return Self.left + part * (Self.width - Self.left - Self.right)
    }

    private func height(_ y: Double, _ axis: Axis) -> Double {
        let part =
            isLogarithmic
            ? logarithm(max(y, axis.low) / axis.low) / max(logarithm(axis.high / axis.low), 1e-12)
            : (y - axis.low) / max(axis.high - axis.low, 1e-12)
        return Self.top + (1 - min(max(part, 0), 1)) * plotHeight
    }

    // MARK: drawing

    private func grid(_ x: Axis, _ y: Axis) -> [String] {
        var parts: [String] = []
        let (right, base) = (Self.width - Self.right, Self.height - Self.bottom)
        for tick in y.ticks {
            let place = number(height(tick.value, y))
            parts.append(
                "<line class=\"grid\" x1=\"\(number(Self.left))\" x2=\"\(number(right))\" y1=\"\(place)\" y2=\"\(place)\"/>"
                    + "<text class=\"y\" x=\"\(number(Self.left - 8))\" y=\"\(place)\">\(escaped(tick.text))</text>")
        }
        for tick in x.ticks {
            let place = number(place(tick.value, x))
            parts.append(
                "<line class=\"tick\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(number(base))\" y2=\"\(number(base + 4))\"/>"
                    + "<text class=\"x\" x=\"\(place)\" y=\"\(number(base + 17))\">\(escaped(tick.text))</text>")
        }
        parts.append(
            "<text class=\"x\" x=\"\(number((Self.left + right) / 2))\" y=\"\(number(Self.height - 4))\">\(escaped(xTitle))</text>"
        )
        return parts
    }

    private func draw(_ line: Line, _ x: Axis, _ y: Axis) -> [String] {
        let points = thinned(line.points)
        let places = points.map { (place($0.x, x), height($0.y, y)) }
        let path = places.map { "\(number($0.0)),\(number($0.1))" }
        var parts: [String] = []
        if line.isFilled, let first = places.first, let last = places.last {
            let base = number(Self.height - Self.bottom)
            let corners = ["\(number(first.0)),\(base)"] + path + ["\(number(last.0)),\(base)"]
            parts.append("<polygon class=\"area c\(line.colour)\" points=\"\(corners.joined(separator: " "))\"/>")
        }
        parts.append("<polyline class=\"line c\(line.colour)\" points=\"\(path.joined(separator: " "))\"/>")
        for (point, place) in zip(points, places) {
            parts.append(
                "<circle cx=\"\(number(place.0))\" cy=\"\(number(place.1))\" r=\"5\"><title>"
                    + "\(escaped(line.name)) \(escaped(yText(point.y))) at \(escaped(xText(point.x)))</title></circle>")
        }
        return parts
    }

    /// No more points than a reader can see; of each row of neighbours the highest stays.
    private func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        guard points.count > Self.pointsMax else { return points }
        let step = (points.count + Self.pointsMax - 1) / Self.pointsMax
        return stride(from: 0, to: points.count, by: step).map { start in
            points[start..<min(start + step, points.count)].max { $0.y < $1.y }!
        }
    }

    private func number(_ value: Double) -> String { fixed(value, 1) }
}
