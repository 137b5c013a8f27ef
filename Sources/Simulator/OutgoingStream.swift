import Contract
import Secure

/// What leaves under one SSRC for one client, and whether it is as it must be.
final class OutgoingStream {
    /// One packet that left.
    struct Left {
        var source: SourceLog
        var stamp: Stamp
        var timestamp: UInt32
        var isMarked: Bool
        var payload: [UInt8]
        var wasRelaxed: Bool
        /// It may have left later than it could have.
        var wasPaced = false
        /// Empty when there is none.
        var descriptor: [UInt8] = []
        /// In the order of arrivals: it left in a burst that ends here at the earliest and at the latest.
        var burstEnd: ClosedRange<UInt64> = 0...0
    }

    let ssrc: UInt32
    let kind: MediaKind
    var window = ReplayWindow()
    var rtxWindow = ReplayWindow()
    /// By SRTP index.
    private(set) var left: [UInt64: Left] = [:]
    /// What left by RTX alone, so far.
    private var filled: [UInt64: Left] = [:]
    private(set) var newest: UInt64?
    var filledCount: Int { filled.count }
    /// Of video.
    var decoder: DecoderChecker?
    /// The next packet begins a stretch: of video, with a keyframe.
    var mustBeginAnew = true { didSet { if mustBeginAnew { decoder?.interrupt() } } }
    var isPaused = false
    /// The client does not show it.
    var isHidden = false
    /// Where its consumer is.
    var shard = 0
    /// The shard chooses what the consumer carries: `follow` finds out.
    var followsShard = false
    var bindings: UInt32 = 0
    /// What the shard bound the consumer to, and when that or its being paused last changed.
    var boundTo: Publication? { didSet { decoder?.interrupt() } }
    var boundTime: UInt64 = 0
    /// RTX indices that left.
    var rtxIndices: Set<UInt64> = []
    var parityWindow = ReplayWindow()
    var parityIndices: Set<UInt64> = []
    /// What left lately, by SRTP index, as a receiver combines it.
    private(set) var plain: [UInt64: [UInt8]] = [:]
    // Lip sync: the last sender report.
    var reportNtpNanoseconds: Int64 = 0
    var reportTimestamp: UInt32 = 0
    var reportTime: UInt64 = 0
    var switchTime: UInt64 = 0
    /// The end of the burst with which the present stretch begins: all that had come by then took its turn by its number.
    private(set) var stretchStart: ClosedRange<UInt64> = 0...0
    /// What the media says of the publisher's time against ours, once known.
    var captureError: Int64?
    var captureErrorTime: UInt64 = 0
    var timesRepaired = 0

    init(ssrc: UInt32, kind: MediaKind) {
        self.ssrc = ssrc
        self.kind = kind
    }

    /// Nothing may leave: the consumer is paused, bound to nothing, or closed.
    var mustBeSilent: Bool { isPaused || isHidden || boundTo == nil || boundTo!.pausedShards.contains(shard) }

    func keep(_ index: UInt64, _ packet: [UInt8]) {
        plain[index] = packet
        if plain.count > 1200 { plain = plain.filter { $0.key + 600 > index } }
    }

    private var newestLeft: Left? { newest.flatMap { left[$0] } }

    /// A packet leaves for the first time. Violations come back as text.
    func note(_ index: UInt64, _ packet: Left, now: UInt64) -> String? {
        if left[index] != nil { return "index \(index) leaves twice" }
        defer { left[index] = packet }
        guard let newest, let before = newestLeft else { return begin(index, packet, now) }
        if index < newest { return noteLate(index, packet) }
        defer { self.newest = index }
        let isSwitch = before.source !== packet.source
        if isSwitch || mustBeginAnew {
            switchTime = now
            captureError = nil
        }
        if (isSwitch || mustBeginAnew) && kind == .video && !packet.stamp.startsKeyframe {
            return "begins \(isSwitch ? "another source" : "anew") without a keyframe"
        }
        let steps = Int64(Int32(bitPattern: packet.timestamp &- before.timestamp))
        if steps < 0 || (isSwitch && steps == 0) { return "the timestamp goes \(steps) at index \(index)" }
        let holes = Int(index - newest) - 1
        // The allocator may have held it in between: it then goes on at a keyframe, without a gap.
        let isFresh = isSwitch || mustBeginAnew || (kind == .video && packet.stamp.startsKeyframe && holes == 0)
        let text = isFresh ? checkSwitch(holes, before, packet) : checkHoles(holes, before, packet)
        if isSwitch || mustBeginAnew { stretchStart = packet.burstEnd }
        mustBeginAnew = false
        return text
    }

    private func begin(_ index: UInt64, _ packet: Left, _ now: UInt64) -> String? {
        newest = index
        mustBeginAnew = false
        switchTime = now
        stretchStart = packet.burstEnd
        if index >= 32_768 { return "begins at \(index), above 32767" }
        return kind == .video && !packet.stamp.startsKeyframe ? "begins without a keyframe" : nil
    }

    private func checkHoles(_ holes: Int, _ before: Left, _ packet: Left) -> String? {
        guard packet.stamp.sequence > before.stamp.sequence else { return "an older packet has a higher number" }
        func missing(since start: UInt64, layers: Bool = true) -> Int {
            packet.source.missing(
                between: before.stamp.sequence, and: packet.stamp.sequence, since: start, layers: layers)
        }
        let (most, least) = (missing(since: stretchStart.lowerBound), missing(since: stretchStart.upperBound))
        if (least...most).contains(holes) || (most > 400 && holes == 1) { return nil }
        // What came late may have been of a layer that is left out, or not.
        if packet.source.isLayered, holes <= most, holes >= missing(since: stretchStart.upperBound, layers: false) {
            return nil
        }
        // What came while it waited has left before it, or has no number.
        if packet.wasPaced, holes <= most,
            holes >= packet.source.missing(between: before.stamp.sequence, and: packet)
        {
            return nil
        }
        // It could not go on as it was: a keyframe of the same source, which may itself have come late.
        if kind == .video, packet.stamp.startsKeyframe, checkSwitch(holes, before, packet) == nil { return nil }
        if packet.wasRelaxed, holes <= Int(packet.stamp.sequence - before.stamp.sequence) - 1 { return nil }
        return
            "\(holes) numbers are left out between packets \(before.stamp.sequence) and \(packet.stamp.sequence), \(most) had not arrived"
    }

    private func checkSwitch(_ holes: Int, _ before: Left, _ packet: Left) -> String? {
        guard holes > 0, !before.wasRelaxed else { return nil }
        let last = before.source.highestArrived
        // What was refused since then, for want of a slot, is missing from the source like any loss.
        if packet.wasRelaxed, last > before.stamp.sequence, holes <= Int(last - before.stamp.sequence) { return nil }
        let missing = before.source.missing(
            between: before.stamp.sequence, and: max(last, before.stamp.sequence), since: stretchStart.lowerBound)
        if holes <= missing + 1 { return nil }
        // Who was behind passed their places before they came.
        let late = before.source.lateOrMissing(from: before.stamp.sequence + 1, to: last)
        return before.wasPaced && holes <= late + 1
            ? nil : "\(holes) numbers are left out at a switch, \(missing) may be"
    }

    private func noteLate(_ index: UInt64, _ packet: Left) -> String? {
        timesRepaired += 1
        guard let next = (index + 1...newest!).first(where: { left[$0] != nil }), let above = left[next] else {
            return nil
        }
        if above.source === packet.source, packet.stamp.sequence >= above.stamp.sequence {
            return "late packet \(packet.stamp.sequence) stands before \(above.stamp.sequence)"
        }
        let steps = Int32(bitPattern: above.timestamp &- packet.timestamp)
        return steps < 0 ? "a late packet's timestamp is \(-steps) ahead" : nil
    }

    /// An RTX packet leaves. Violations come back as text.
    func noteRepeat(of sequence: UInt16, _ packet: Left) -> String? {
        guard let newest else { return "repeats \(sequence) before anything left" }
        let back = UInt64(UInt16(truncatingIfNeeded: newest) &- sequence)
        guard back <= newest else { return "repeats \(sequence), which never left" }
        let index = newest - back
        guard let original = left[index] ?? filled[index] else { return noteFilling(index, packet) }
        let isSame =
            original.payload == packet.payload && original.timestamp == packet.timestamp
            && original.isMarked == packet.isMarked && original.descriptor == packet.descriptor
        return isSame ? nil : "repeats index \(index) as something else"
    }

    /// A number that was kept free, filled for whoever asks: it must be the packet that belongs between its neighbours.
    private func noteFilling(_ index: UInt64, _ packet: Left) -> String? {
        guard let above = (index + 1...newest!).first(where: { left[$0] != nil }).flatMap({ left[$0] }),
            let below = (max(index, 600) - 600..<index).last(where: { left[$0] != nil }).flatMap({ left[$0] })
        else { return "repeats index \(index), which never left" }
        let isAbove = packet.source === below.source && packet.stamp.sequence > below.stamp.sequence
        let isBelow = packet.source !== above.source || packet.stamp.sequence < above.stamp.sequence
        guard isAbove, isBelow else {
            return "fills index \(index) with packet \(packet.stamp.sequence), a stranger there"
        }
        filled[index] = packet
        return nil
    }
}
