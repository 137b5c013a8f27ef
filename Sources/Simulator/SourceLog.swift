/// What became of one publisher's layer: which packets it sent, and in which order the engine got them.
final class SourceLog {
    struct Fate {
        var isPadding = false
        /// Place in the order of all that arrived undamaged; 0 for never.
        var arrival: UInt64 = 0
        var arrivalNanoseconds: UInt64 = 0
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
    /// The client has replaced it.
    var isOver = false
    private(set) var fates: [Fate] = []
    /// By packet: the frame that it is of; nil for padding and audio.
    private(set) var frames: [SentFrame?] = []
    private(set) var lastSent: UInt64 = 0
    private(set) var highestArrived: UInt64 = 0
    /// Packets that came under their own SSRC.
    private(set) var arrivedItself = 0

    init(producer: UInt32, layer: UInt8, first: UInt64, isLayered: Bool) {
        self.isLayered = isLayered
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
        fates[place].arrival = order
        fates[place].arrivalNanoseconds = now
        fates[place].isLate = sequence < highestArrived
        highestArrived = max(highestArrived, sequence)
    }

    /// How many before a packet of this source have not arrived yet; none where a new stretch may have begun.
    func missing(between lower: UInt64, and packet: OutgoingStream.Left) -> Int {
        let upper = packet.stamp.sequence
        guard upper > lower + 1, !packet.stamp.startsKeyframe else { return 0 }
        return (lower + 1..<upper).count { fate($0)?.arrival == 0 }
    }

    /// How many between the two had not arrived before the packet `upper` did. `start` is when the packet came that the stretch
    /// begins with.
    func missing(between lower: UInt64, and upper: UInt64, since start: UInt64, layers: Bool = true) -> Int {
        guard upper > lower + 1, let end = fate(upper) else { return 0 }
        return (lower + 1..<upper).count { sequence in
            guard let fate = fate(sequence) else { return false }
            return fate.arrival == 0 || fate.arrival > end.arrival
                // The number of what came late was kept for it, and stays free when it is left out: padding, other layers.
                || ((fate.isPadding || layers && isLayered) && fate.isLate && fate.arrival > start)
        }
    }
}
