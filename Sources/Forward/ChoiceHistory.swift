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

    public init() {}

    /// The present choice.
    var present: Stint { stints[Int(newest)] }

    /// A source begins.
    mutating func begin(epoch: UInt32, timestamp: UInt32, spatial: UInt8, temporal: UInt8) {
        self.timestamp = timestamp
        push(
            Stint(
                timestamp: timestamp, epoch: UInt8(truncatingIfNeeded: epoch), spatial: spatial, temporal: temporal))
    }

    /// Whether a packet is of a picture newer than all before it; the next asks about that one.
    mutating func advance(to timestamp: UInt32) -> Bool {
        guard Int32(bitPattern: timestamp &- self.timestamp) > 0 else { return false }
        self.timestamp = timestamp
        return true
    }

    func isNewest(_ timestamp: UInt32) -> Bool { timestamp == self.timestamp }

    /// From the newest picture on, or from the one behind it. `begins`: with the first packet of a keyframe, which says
    /// anew what there is; one that grows after that has said less.
    mutating func turn(spatial: UInt8, temporal: UInt8, begins: Bool, fromNext: Bool) {
        let timestamp = fromNext ? self.timestamp &+ 1 : self.timestamp
        let before = present
        guard spatial != before.spatial || temporal != before.temporal else { return }
        let grows = spatial > before.spatial || temporal > before.temporal
        var next = Stint(timestamp: timestamp, epoch: before.epoch, spatial: spatial, temporal: temporal)
        next.restores = !begins && (before.restores || grows)
        if before.timestamp == timestamp {
            stints[Int(newest)] = next
        } else {
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
}
