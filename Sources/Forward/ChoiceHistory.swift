import Snapshot

extension FrameFacts {
    /// Something may be left out, and it cannot be told whether this frame is.
    func isBeyond(_ stint: ChoiceHistory.Stint) -> Bool {
        // Of K-SVC one spatial layer leaves, whichever it is.
        stint.spatial < topSpatial || stint.temporal < topTemporal || topSpatial > 0 && !has(.isNested)
    }
}

/// What one consumer got of its present source's layers, and since which picture: the last eight changes. A packet that
/// comes late, or leaves once more, is dealt with as the others of its picture were.
@frozen
public struct ChoiceHistory: BitwiseCopyable {
    /// From a picture on, until the next.
    @frozen
    public struct Stint: BitwiseCopyable {
        /// RTP timestamp of its first picture.
        var timestamp: UInt32 = 0
        /// Low bits of the consumer's epoch.
        var epoch: UInt8 = 0
        public internal(set) var spatial: UInt8 = 0
        public internal(set) var temporal: UInt8 = 0
        /// More is sent again than a mask in the stream has said.
        var restores = false
        /// The picture had begun with less, as the stint before says; what it then sent is below `grownFrom`.
        var isGrown = false
        /// Low bits of the source's sequence number.
        var grownFrom: UInt16 = 0

        public init() {}

        init(timestamp: UInt32, epoch: UInt8, spatial: UInt8, temporal: UInt8) {
            (self.timestamp, self.epoch, self.spatial, self.temporal) = (timestamp, epoch, spatial, temporal)
        }
    }

    private var stints: InlineArray<8, Stint> = InlineArray(repeating: Stint())
    private var newest: UInt8 = 0
    private var count: UInt8 = 0
    /// The newest picture of the present epoch.
    private var timestamp: UInt32 = 0
    /// Something of that was left out: the rest of its frame would be of no use.
    private(set) var isCut = false

    public init() {}

    /// The present choice.
    var present: Stint { stints[Int(newest)] }

    /// A source begins.
    mutating func begin(epoch: UInt32, timestamp: UInt32, spatial: UInt8, temporal: UInt8) {
        self.timestamp = timestamp
        isCut = false
        push(
            Stint(
                timestamp: timestamp, epoch: UInt8(truncatingIfNeeded: epoch), spatial: spatial, temporal: temporal))
    }

    /// Whether a packet is of a picture newer than all before it; the next asks about that one.
    mutating func advance(to timestamp: UInt32) -> Bool {
        guard Int32(bitPattern: timestamp &- self.timestamp) > 0 else { return false }
        self.timestamp = timestamp
        isCut = false
        return true
    }

    /// A packet of a picture is left out.
    mutating func cut(_ timestamp: UInt32) {
        if isNewest(timestamp) { isCut = true }
    }

    func isNewest(_ timestamp: UInt32) -> Bool { timestamp == self.timestamp }

    /// From the newest picture on, or from the one behind it. `begins`: with the first packet of a keyframe, which says
    /// anew what there is; one that grows after that has said less. Packets of the picture before `next` may have left.
    mutating func turn(spatial: UInt8, temporal: UInt8, begins: Bool, fromNext: Bool, next sequence: UInt64) {
        let timestamp = fromNext ? self.timestamp &+ 1 : self.timestamp
        let before = present
        guard spatial != before.spatial || temporal != before.temporal else { return }
        let grows = spatial > before.spatial || temporal > before.temporal
        var next = Stint(timestamp: timestamp, epoch: before.epoch, spatial: spatial, temporal: temporal)
        next.restores = !begins && (before.restores || grows)
        // Nothing has left yet by one that begins with the next picture.
        let isWithin = before.timestamp == timestamp
        if isWithin, fromNext {
            stints[Int(newest)] = next
        } else {
            next.isGrown = isWithin
            next.grownFrom = UInt16(truncatingIfNeeded: sequence)
            push(next)
        }
    }

    private mutating func push(_ stint: Stint) {
        newest = (newest &+ 1) & 7
        count = min(count + 1, 8)
        stints[Int(newest)] = stint
    }

    /// What a picture's packets went by; nil when that is forgotten.
    mutating func stint(at timestamp: UInt32, epoch: UInt32) -> Stint? {
        let epoch = UInt8(truncatingIfNeeded: epoch)
        var step: UInt8 = 0
        while step < count {
            let place = Int((newest &- step) & 7)
            if stints[place].epoch == epoch, Int32(bitPattern: timestamp &- stints[place].timestamp) >= 0 {
                return stints[place]
            }
            step += 1
        }
        return nil
    }

    /// What a packet said when it left, or says when it leaves: of a picture that grew, the packets before that go on
    /// saying what they said.
    mutating func stint(_ fact: UnsafeMutablePointer<PacketFacts>, epoch: UInt32) -> Stint? {
        guard var found = stint(at: fact.pointee.timestamp, epoch: epoch) else { return nil }
        guard found.isGrown, found.timestamp == fact.pointee.timestamp else { return found }
        let sequence = UInt16(truncatingIfNeeded: fact.pointee.sequence)
        var step: UInt8 = 0
        while step < count {
            let stint = stints[Int((newest &- step) & 7)]
            step += 1
            guard stint.timestamp == found.timestamp, stint.epoch == found.epoch else { continue }
            // What was no part of it then is part of what it grew to.
            if fact.pointee.frame.indication(stint.spatial, stint.temporal) == 0 { break }
            found = stint
            if !stint.isGrown || Int16(bitPattern: sequence &- stint.grownFrom) >= 0 { break }
        }
        return found
    }
}

extension ChoiceHistory.Stint: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &timestamp)
        book.field(2, &epoch)
        book.field(3, &spatial)
        book.field(4, &temporal)
        book.field(5, &restores)
        book.field(6, &isGrown)
        book.field(7, &grownFrom)
        book.check(spatial < 4 && temporal < 4, "a choice of layers is out of range")
    }
}

extension ChoiceHistory: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        for place in 0..<8 { book.message(1, &stints[place]) }
        book.field(2, &newest)
        book.field(3, &count)
        book.field(4, &timestamp)
        book.field(5, &isCut)
        book.check(newest < 8 && count <= 8, "a history of choices is out of range")
    }
}
