/// Whether the queue before the bottleneck grows: the slope of a line through the latest delays, fitted by least squares.
///
/// The draft's filter of delay gradients is a Kalman filter; a line through accumulated delays serves the same end and
/// forgets faster.
struct Trendline: BitwiseCopyable, Sendable {
    static let pointsMax = 20
    static let pointsMin = 5
    /// Older points say nothing of now, at rates where a packet is a group.
    static let spanMilliseconds = 700.0
    /// Time over which delays are smoothed.
    static let smoothingMilliseconds = 50.0

    private var times: InlineArray<20, Double> = InlineArray(repeating: 0)
    private var delays: InlineArray<20, Double> = InlineArray(repeating: 0)
    private var count = 0
    private var newest = 0
    private var accumulated = 0.0
    private var smoothed = 0.0
    /// How many deltas came, up to a thousand.
    private(set) var deltas = 0
    /// Milliseconds of queue gained per millisecond.
    private(set) var slope = 0.0

    init() {}

    /// Takes a delta; true when `slope` says something.
    mutating func add(_ delta: GroupDelta) -> Bool {
        deltas = min(deltas + 1, 1000)
        accumulated += delta.delayMilliseconds
        let weight = min(0.5, Double(delta.arrived) / 1000 / Self.smoothingMilliseconds)
        smoothed += max(weight, 0.1) * (accumulated - smoothed)
        append(Double(delta.arrival) / 1000, smoothed)
        let points = recent()
        guard points >= Self.pointsMin else { return false }
        slope = fit(points)
        return true
    }

    private mutating func append(_ time: Double, _ delay: Double) {
        newest = (newest + 1) % Self.pointsMax
        times[newest] = time
        delays[newest] = delay
        count = min(count + 1, Self.pointsMax)
    }

    /// How many of the points are young enough; never fewer than the line needs.
    private mutating func recent() -> Int {
        var points = min(count, Self.pointsMin)
        while points < count, times[newest] - times[place(points)] <= Self.spanMilliseconds { points += 1 }
        return points
    }

    /// Of the point that is `age` points older than the newest.
    private func place(_ age: Int) -> Int { (newest + Self.pointsMax - age) % Self.pointsMax }

    private mutating func fit(_ points: Int) -> Double {
        var (sumTime, sumDelay) = (0.0, 0.0)
        for age in 0..<points {
            sumTime += times[place(age)]
            sumDelay += delays[place(age)]
        }
        let (meanTime, meanDelay) = (sumTime / Double(points), sumDelay / Double(points))
        var (product, square) = (0.0, 0.0)
        for age in 0..<points {
            let distance = times[place(age)] - meanTime
            product += distance * (delays[place(age)] - meanDelay)
            square += distance * distance
        }
        return square > 0 ? product / square : 0
    }
}
