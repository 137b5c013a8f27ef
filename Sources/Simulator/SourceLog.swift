/// What became of one publisher's layer: which packets it sent, and in which order the engine got them.
final class SourceLog {
    struct Fate {
        var isPadding = false
        /// Place in the order of all that arrived undamaged; 0 for never.
        var arrival: UInt64 = 0
        var arrivalNanoseconds: UInt64 = 0
        /// It is here, whether it can be read or not.
        var hasArrived = false
        /// A packet that was sent later had arrived before.
        var isLate = false
        /// It came under its own SSRC, not by RTX.
        var cameItself = false
    }

    let producer: UInt32
    /// The layer in the lower two bits, above them which of its sources.
    let layer: UInt8
    let first: UInt64
    /// Some of it may be left out.
    let isLayered: Bool
    /// Its frames have dependency descriptors.
    let isDescribed: Bool
    /// The client has replaced it.
    var isOver = false
    private(set) var fates: [Fate] = []
    /// By packet: the frame that it is of; nil for padding and audio.
    private(set) var frames: [SentFrame?] = []
    /// Arrived, but of no use before the first packet of their keyframe has come: that explains their descriptors.
    private var awaiting: [UInt64] = []
    private(set) var lastSent: UInt64 = 0
    private(set) var highestArrived: UInt64 = 0
    /// Packets that came under their own SSRC.
    private(set) var arrivedItself = 0

    init(producer: UInt32, layer: UInt8, first: UInt64, isLayered: Bool, isDescribed: Bool) {
        self.isLayered = isLayered
        self.isDescribed = isDescribed
        self.producer = producer
        self.layer = layer
        self.first = first
    }

    func sent(_ sequence: UInt64, isPadding: Bool, frame: SentFrame? = nil) {
        precondition(sequence == first + UInt64(fates.count))
        fates.append(Fate(isPadding: isPadding))
        frames.append(frame)
        frame?.packets.append(sequence)
        lastSent = sequence
    }

    func fate(_ sequence: UInt64) -> Fate? {
        sequence >= first && sequence - first < UInt64(fates.count) ? fates[Int(sequence - first)] : nil
    }

    func frame(_ sequence: UInt64) -> SentFrame? {
        sequence >= first && sequence - first < UInt64(frames.count) ? frames[Int(sequence - first)] : nil
    }

    func arrived(_ sequence: UInt64, order: UInt64, now: UInt64, isRtx: Bool) {
        let place = Int(sequence - first)
        if !isRtx, !fates[place].cameItself {
            fates[place].cameItself = true
            arrivedItself += 1
        }
        guard fates[place].arrival == 0 else { return }
        // An RTX packet without payload brings nothing back.
        if isRtx && fates[place].isPadding { return }
        guard !fates[place].hasArrived else { return }
        fates[place].hasArrived = true
        if let frame = frames[place], let key = structurePacket(of: frame), key != sequence, fate(key)?.arrival == 0 {
            return awaiting.append(sequence)
        }
        settle(sequence, order: order, now: now)
        releaseAwaiting(order: order, now: now)
    }

    private func settle(_ sequence: UInt64, order: UInt64, now: UInt64) {
        let place = Int(sequence - first)
        fates[place].arrival = order
        fates[place].arrivalNanoseconds = now
        fates[place].isLate = sequence < highestArrived
        highestArrived = max(highestArrived, sequence)
    }

    /// The packet that brings the structure by which a frame's dependency descriptor is read; nil when it has none.
    private func structurePacket(of frame: SentFrame) -> UInt64? {
        isDescribed ? (frame.picture.begun?.frame ?? frame).packets.first : nil
    }

    private func releaseAwaiting(order: UInt64, now: UInt64) {
        guard !awaiting.isEmpty else { return }
        for sequence in awaiting.sorted() {
            let key = frames[Int(sequence - first)].flatMap { structurePacket(of: $0) }
            if let key, fate(key)?.arrival != 0 { settle(sequence, order: order, now: now) }
        }
        awaiting.removeAll { fates[Int($0 - first)].arrival != 0 }
    }

    /// How many before a packet of this source have not arrived yet; none where a new stretch may have begun.
    func missing(between lower: UInt64, and packet: OutgoingStream.Left) -> Int {
        let upper = packet.stamp.sequence
        guard upper > lower + 1, !packet.stamp.startsKeyframe else { return 0 }
        return (lower + 1..<upper).count { fate($0)?.arrival == 0 }
    }

    /// How many of these came behind a later one, or never.
    func lateOrMissing(from lower: UInt64, to upper: UInt64) -> Int {
        guard lower <= upper else { return 0 }
        return (lower...upper).count { fate($0).map { $0.arrival == 0 || $0.isLate } ?? false }
    }

    /// How many between the two had not arrived before the packet `upper` did. `start` is when the packet came that the stretch
    /// begins with.
    func missing(between lower: UInt64, and upper: UInt64, since start: UInt64, layers: Bool = true) -> Int {
        guard upper > lower + 1, let end = fate(upper) else { return 0 }
        return (lower + 1..<upper).count { sequence in
            guard let fate = fate(sequence) else { return false }
            // What came before the stretch began was there when its turn came.
            return fate.arrival == 0 || fate.arrival > max(end.arrival, start)
                // The number of what came late was kept for it, and stays free when it is left out: padding, other layers.
                || ((fate.isPadding || layers && isLayered) && fate.isLate && fate.arrival > start)
        }
    }
}
