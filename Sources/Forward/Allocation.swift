import Contract

/// The rules by which a subscriber's estimate is shared out.
public enum Allocation {
    /// How often it is shared out anew.
    public static let periodNanoseconds: UInt64 = 200_000_000
    /// An estimate begins low and is probed upwards within some round trips: what leaves already goes on for so long,
    /// unless the estimate falls at once, which is what a link does that does not carry it.
    public static let settleNanoseconds: UInt64 = 800_000_000
    /// Something more is given only when the estimate exceeds the need by this much, and has done so for a while: rates of
    /// layers and estimates both waver by some percent, and a picture that goes up and down is worse than a smaller one.
    static let upPercent: UInt64 = 115
    static let upNanoseconds: UInt64 = 1_000_000_000
    /// What is given already is kept until the need exceeds the estimate by this much: less than one step of an estimate
    /// that goes down.
    static let keepPercent: UInt64 = 105
    /// A picture that has nothing below it is kept for a while beyond that: rates of small pictures waver by a tenth, and a
    /// picture that stops is worse than one that is a little late.
    static let spareLeastPercent: UInt64 = 150
    static let spareNanoseconds: UInt64 = 2_000_000_000
    /// A layer is enough for a view of which it has this much of the pixels: a little stretching is not seen.
    static let areaPercent: UInt64 = 70
    /// Until a packet tells how large the best layer's picture is; each lower layer has half its width and height.
    static let cameraArea: UInt32 = 1280 * 720
    static let screenArea: UInt32 = 1920 * 1080
    /// For the order among those whose client says nothing.
    static let unknownArea: UInt32 = 640 * 360

    /// The order in which consumers get something: screens, what is pinned, who speaks, then by size.
    static func priority(isScreen: Bool, isPinned: Bool, isSpeaker: Bool, view: View) -> UInt32 {
        let area = min(view.isKnown ? view.area : unknownArea, 0x0FFF_FFFF)
        return (isScreen ? 0x4000_0000 : 0) | (isPinned ? 0x2000_0000 : 0) | (isSpeaker ? 0x1000_0000 : 0) | area
    }

    /// The lowest of `count` steps, each with twice the width and height of the one below, that is enough for a view.
    static func step(for view: View, of count: UInt8, bestArea: UInt32) -> UInt8 {
        guard view.isKnown, count > 1 else { return count - 1 }
        var area = UInt64(bestArea)
        var step = count - 1
        while step > 0, area / 4 * 100 >= UInt64(view.area) * areaPercent {
            area /= 4
            step -= 1
        }
        return step
    }
}

/// What one consumer can get, from the cheapest to the best, and what each step costs.
struct Ladder: BitwiseCopyable {
    static let stepsMax = 8

    private(set) var count = 0
    private var choices: InlineArray<8, LayerChoice> = InlineArray(repeating: .nothing)
    private var rates: InlineArray<8, UInt32> = InlineArray(repeating: 0)
    var consumer: UInt32 = 0
    var priority: UInt32 = 0
    /// All that its view asks for, whether it was measured or not.
    var most = LayerChoice.best
    /// The step that it has, and the one that it is to get; -1 for nothing.
    var present = -1
    var next = -1

    /// Empties it for a consumer.
    mutating func begin(_ consumer: UInt32, priority: UInt32) {
        count = 0
        self.consumer = consumer
        self.priority = priority
        most = .best
        next = -1
    }

    /// A step costs no less than the one below: measurements waver.
    mutating func add(_ choice: LayerChoice, bitsPerSecond: UInt64) {
        guard count < Self.stepsMax else { return }
        choices[count] = choice
        rates[count] = max(UInt32(clamping: bitsPerSecond), count > 0 ? rates[count - 1] : 0)
        count += 1
    }

    mutating func choice(_ step: Int) -> LayerChoice { step < 0 ? .nothing : choices[step] }
    mutating func rate(_ step: Int) -> UInt64 { step < 0 ? 0 : UInt64(rates[step]) }

    /// The highest step that has nothing beyond `target`; -1 for none.
    mutating func step(within target: LayerChoice) -> Int {
        guard !target.isNothing else { return -1 }
        var step = count - 1
        while step > 0 {
            let choice = choices[step]
            if choice.simulcast <= target.simulcast, choice.spatial <= target.spatial,
                choice.temporal <= target.temporal
            {
                return step
            }
            step -= 1
        }
        return step
    }
}

/// How a subscriber's estimate was last shared out.
@frozen
public struct Share: BitwiseCopyable, Sendable {
    /// When it is next due.
    var dueNanoseconds: UInt64 = 0
    /// Until when the first estimates are only looked at, and the first of them.
    var settledNanoseconds: UInt64 = 0
    var firstBitsPerSecond: UInt64 = 0
    /// What the layers that are to leave cost, sound included.
    public internal(set) var allocatedBitsPerSecond: UInt64 = 0
    /// What leaves now costs more than the link carries.
    public internal(set) var isStrained = false
    /// The estimate that was last told of; 0 for unknown.
    public internal(set) var estimateBitsPerSecond: UInt64 = 0
    var isKnown: Bool { estimateBitsPerSecond > 0 }

    public init() {}

    /// Takes note of an estimate; false while it is too young to be acted upon.
    @inline(__always)
    mutating func note(_ bitsPerSecond: UInt64, now: UInt64) -> Bool {
        if settledNanoseconds == 0, bitsPerSecond > 0 {
            settledNanoseconds = now + Allocation.settleNanoseconds
            firstBitsPerSecond = bitsPerSecond
        }
        estimateBitsPerSecond = bitsPerSecond
        let isFalling = bitsPerSecond &* 10 < firstBitsPerSecond &* 9
        if isFalling, settledNanoseconds > now { settledNanoseconds = now }
        return now >= settledNanoseconds
    }
}
