/// What two packet groups, one after the other, tell (draft-ietf-rmcat-gcc-02 §5.1): microseconds between their last
/// packets, at both ends.
struct GroupDelta: BitwiseCopyable, Sendable {
    var sent: Int64
    var arrived: Int64
    /// When the later group was complete, on the receiver's clock.
    var arrival: Int64

    init(sent: Int64, arrived: Int64, arrival: Int64) {
        self.sent = sent
        self.arrived = arrived
        self.arrival = arrival
    }

    /// By how much the later group was delayed more than the earlier, in milliseconds.
    var delayMilliseconds: Double { Double(arrived &- sent) / 1000 }
}

/// Packets that left together, or that a stuttering link let through together, are one group: what happens within it
/// says nothing about a queue.
struct PacketGroups: BitwiseCopyable, Sendable {
    private struct Group: BitwiseCopyable {
        /// The least of all numbers where nothing is.
        var firstSent: Int64 = .min
        var lastSent: Int64 = 0
        var firstArrival: Int64 = 0
        var lastArrival: Int64 = 0
        var isEmpty: Bool { firstSent == .min }
    }

    static let groupMicroseconds: Int64 = 5_000
    static let stutterMicroseconds: Int64 = 100_000
    /// A leap of either clock, or a pause: what was before says nothing.
    static let leapMicroseconds: Int64 = 3_000_000
    private static let reorderedMax = 3

    private var current = Group()
    private var previous = Group()
    private var reordered = 0

    init() {}

    /// A packet that was received; microseconds of the sender's and the receiver's clock. What it completes, if anything.
    mutating func add(sent: Int64, arrival: Int64) -> GroupDelta? {
        guard !current.isEmpty else {
            begin(sent, arrival)
            return nil
        }
        // It was overtaken on the way.
        guard sent >= current.firstSent else { return nil }
        guard beginsGroup(sent, arrival) else {
            current.lastSent = max(current.lastSent, sent)
            current.lastArrival = max(current.lastArrival, arrival)
            return nil
        }
        let delta = compare()
        previous = current
        begin(sent, arrival)
        return delta
    }

    private mutating func begin(_ sent: Int64, _ arrival: Int64) {
        current = Group(
            firstSent: sent, lastSent: sent, firstArrival: arrival, lastArrival: arrival)
    }

    private mutating func beginsGroup(_ sent: Int64, _ arrival: Int64) -> Bool {
        let sentGap = sent &- current.lastSent
        let arrivalGap = arrival &- current.lastArrival
        if sentGap == 0 { return false }
        let isStutter =
            arrivalGap < sentGap && arrivalGap <= Self.groupMicroseconds
            && arrival &- current.firstArrival < Self.stutterMicroseconds
        return !isStutter && sent &- current.firstSent > Self.groupMicroseconds
    }

    private mutating func compare() -> GroupDelta? {
        guard !previous.isEmpty else { return nil }
        let delta = GroupDelta(
            sent: current.lastSent &- previous.lastSent, arrived: current.lastArrival &- previous.lastArrival,
            arrival: current.lastArrival)
        if delta.arrived < 0 {
            reordered += 1
            // The receiver's clock was set back.
            if reordered >= Self.reorderedMax { self = PacketGroups() }
            return nil
        }
        reordered = 0
        return abs(delta.arrived &- delta.sent) > Self.leapMicroseconds ? nil : delta
    }
}
