import Contract
import Wire

/// What a decoder makes of one outgoing video stream: every frame whole, what it refers to there, ids that go on without a
/// break, the marker where a picture ends. What the publisher's own link lost excuses a gap, and nothing else does.
final class DecoderChecker {
    /// A frame of which something left.
    final class FrameOut {
        let frame: SentFrame
        let stretch: Stretch
        let time: UInt64
        let ids: FrameIds?
        let number: UInt16?
        var left: Set<UInt64> = []
        var marked: UInt64?
        var isDecodable = false

        init(_ frame: SentFrame, _ stretch: Stretch, _ time: UInt64, _ ids: FrameIds?, _ number: UInt16?) {
            (self.frame, self.stretch, self.time, self.ids, self.number) = (frame, stretch, time, ids, number)
        }

        var isWhole: Bool { left.count == frame.packets.count }
    }

    /// From a keyframe of one source on, until the source changes.
    final class Stretch {
        let log: SourceLog
        /// Place of its first packet in the order of arrivals, and of the next stretch's.
        let start: UInt64
        var end = UInt64.max
        let first: UInt64
        /// Keyframes of the source that left, and when they arrived.
        var keyframes: [(number: Int, arrival: UInt64)] = []
        var pictureShift: UInt16?
        var tl0Shift: UInt8?
        var numberShift: UInt16?
        /// By frame number of the source.
        var frames: [Int: FrameOut] = [:]

        init(_ log: SourceLog, start: UInt64, first: UInt64) {
            (self.log, self.start, self.first) = (log, start, first)
        }
    }

    let name: String
    private unowned let world: Simulator
    private(set) var stretch: Stretch?
    private var stretches: [Stretch] = []
    private var waiting: [FrameOut] = []
    private var newestPicture: UInt16?
    private var newestTl0: UInt8?
    private var newestNumber: UInt16?
    private var structure = DependencyStructure()
    /// The keyframe that brought it.
    private var structureFrame: Int?
    private var templateEnd: UInt8?
    /// When the last frame that could be decoded was whole, and whether anything since excuses a pause.
    private var lastDecodable: UInt64 = 0
    private(set) var freezes = 0
    /// When a packet may last have waited for the pace: what waits too long is left out.
    private var paced: UInt64 = 0
    /// When its link was last found too slow for it.
    private var slowed: UInt64 = 0
    private var leftBehind: UInt64 = 0
    /// Something other than a choice of layers happened to the stream or its publication.
    var disturbance: UInt64 = 0

    init(name: String, world: Simulator) {
        self.name = name
        self.world = world
    }

    /// A packet leaves, for the first time or instead of one that never did. `begins`: the stream was told to begin anew;
    /// `isLate`: its number is below one that has left.
    func note(_ packet: OutgoingStream.Left, codec: Codec, begins: Bool, isLate: Bool) {
        guard let frame = packet.source.frame(packet.stamp.sequence) else { return }
        if packet.wasPaced { paced = world.now }
        judgeOld()
        let ids = FrameIds(codec, packet.payload[...])
        let descriptor = packet.descriptor
        let number: UInt16? = descriptor.count < 3 ? nil : UInt16(descriptor[1]) << 8 | UInt16(descriptor[2])
        if begins || stretch == nil || !isLate && isFresh(packet, frame, ids, number) { begin(packet) }
        guard let place = stretches.last(where: { $0.log === packet.source && belongs(packet, $0) }) else { return }
        let known = place.frames[frame.number]
        let out = known ?? FrameOut(frame, place, world.now, ids, number)
        if known == nil {
            check(out, in: place)
            place.frames[frame.number] = out
            waiting.append(out)
        } else if out.ids != ids || out.number != number {
            violate("packets of one frame have different ids")
        }
        if packet.stamp.startsKeyframe {
            let arrival = packet.source.fate(packet.stamp.sequence)?.arrival ?? 0
            place.keyframes.append((frame.number, arrival))
        }
        if place === stretch, number != nil, !isLate || packet.stamp.startsKeyframe { check(packet, of: out) }
        out.left.insert(packet.stamp.sequence)
        if packet.isMarked { noteMarker(packet, out) }
        world.counts.framePackets += 1
        noteProgress(out)
    }

    private func violate(_ text: String) { world.violate("decoder", "\(name): \(text)") }

    /// The engine began anew with a keyframe of the same source, since it could not go on.
    private func isFresh(_ packet: OutgoingStream.Left, _ frame: SentFrame, _ ids: FrameIds?, _ number: UInt16?) -> Bool
    {
        guard let stretch, packet.stamp.startsKeyframe || stretch.log !== packet.source else { return false }
        guard stretch.log === packet.source else { return packet.stamp.startsKeyframe }
        if let shift = stretch.numberShift, let number, number &- UInt16(truncatingIfNeeded: frame.number) != shift {
            return stretch.frames[frame.number] == nil
        }
        guard let ids, stretch.frames[frame.number] == nil else { return false }
        let tl0Shift = ids.tl0 &- UInt8(truncatingIfNeeded: frame.picture.tl0)
        if frame.picture.countsPictures { return tl0Shift != stretch.tl0Shift }
        return (ids.picture &- UInt16(frame.picture.number & 0x7FFF)) & 0x7FFF != stretch.pictureShift
    }

    /// What comes before the keyframe that a stretch begins with is of the one before, also when it leaves after it.
    private func belongs(_ packet: OutgoingStream.Left, _ stretch: Stretch) -> Bool {
        packet.stamp.sequence >= stretch.first
    }

    private func begin(_ packet: OutgoingStream.Left) {
        let arrival = packet.source.fate(packet.stamp.sequence)?.arrival ?? 0
        stretch?.end = min(stretch!.end, arrival)
        stretch = Stretch(packet.source, start: arrival, first: packet.stamp.sequence)
        structureFrame = nil
        stretches.append(stretch!)
        if stretches.count > 6 { stretches.removeFirst() }
        lastDecodable = world.now
    }

    /// Nothing leaves from now on until it begins anew.
    func interrupt() { stretch?.end = min(stretch!.end, world.arrivalOrder + 1) }

    // MARK: Ids

    private func check(_ out: FrameOut, in stretch: Stretch) {
        if let ids = out.ids { checkIds(ids, out, stretch) }
        guard let number = out.number else { return }
        let shift = number &- UInt16(truncatingIfNeeded: out.frame.number)
        if let known = stretch.numberShift {
            if known != shift {
                violate("frame \(out.frame.number) is renumbered by \(shift), those before by \(known)")
            }
        } else {
            if let newestNumber, number != newestNumber &+ 1 {
                violate("a source begins with frame number \(number) after \(newestNumber)")
            }
            stretch.numberShift = shift
        }
        if newestNumber.map({ Int16(bitPattern: number &- $0) > 0 }) ?? true { newestNumber = number }
    }

    private func checkIds(_ ids: FrameIds, _ out: FrameOut, _ stretch: Stretch) {
        let shift = (ids.picture &- UInt16(out.frame.picture.number & 0x7FFF)) & 0x7FFF
        let tl0Shift = ids.tl0 &- UInt8(truncatingIfNeeded: out.frame.picture.tl0)
        if stretch.pictureShift == nil {
            // Pictures that were lost on the way to the host kept their ids.
            let isExact = !out.frame.picture.countsPictures || world.isFlawless(0)
            let steps = newestPicture.map { (ids.picture &- $0) & 0x7FFF } ?? 1
            let tl0Steps = newestTl0.map { ids.tl0 &- $0 } ?? 1
            if steps < 1 || steps > (isExact ? 1 : 600) {
                violate("a source begins with picture \(ids.picture) after \(newestPicture ?? 0)")
            }
            if isExact ? tl0Steps != 1 : tl0Steps == 0 {
                violate("a source begins with TL0 index \(ids.tl0) after \(newestTl0 ?? 0)")
            }
            (stretch.pictureShift, stretch.tl0Shift) = (shift, tl0Shift)
        } else {
            if tl0Shift != stretch.tl0Shift { violate("the TL0 index of picture \(ids.picture) is \(ids.tl0)") }
            if out.frame.picture.temporalLayers > 1, out.frame.picture.countsPictures {
                checkClosed(ids, out, stretch)
            } else if shift != stretch.pictureShift {
                violate("picture \(out.frame.picture.number) leaves as \(ids.picture)")
            }
        }
        if newestPicture.map({ Int16(bitPattern: (ids.picture &- $0) << 1) > 0 }) ?? true {
            (newestPicture, newestTl0) = (ids.picture, ids.tl0)
        }
    }

    /// VP8: what is left out leaves no hole, but where it had not come when its number was spoken for.
    private func checkClosed(_ ids: FrameIds, _ out: FrameOut, _ stretch: Stretch) {
        let numbers = stretch.frames.keys.filter { $0 < out.frame.number }
        guard let before = numbers.max().flatMap({ stretch.frames[$0] }), let known = before.ids else { return }
        let steps = Int((ids.picture &- known.picture) & 0x7FFF)
        let between = before.frame.number + 1..<out.frame.number
        let unsure = world.wasRefusedLately || wasPaced ? .max : between.count { isUnsure($0, out, stretch) }
        if steps < 1 || steps - 1 > unsure {
            violate("picture \(ids.picture) after \(known.picture), \(unsure) may be missing")
        }
    }

    private func isUnsure(_ number: Int, _ out: FrameOut, _ stretch: Stretch) -> Bool {
        // Which frame it was is told by the packets between.
        guard let first = out.frame.packets.first else { return false }
        var sequence = first
        while sequence > stretch.log.first {
            sequence -= 1
            guard let frame = stretch.log.frame(sequence) else { continue }
            if frame.number < number { return false }
            if frame.number == number {
                return frame.packets.contains { stretch.log.fate($0).map { $0.arrival == 0 || $0.isLate } ?? false }
            }
        }
        return false
    }

    private func check(_ packet: OutgoingStream.Left, of out: FrameOut) {
        let keyframe = out.frame.picture.keyframe
        if packet.stamp.startsKeyframe { structureFrame = max(structureFrame ?? keyframe, keyframe) }
        // Overtaken by those that follow the next structure, or overtaking the one that explains it.
        guard structureFrame == keyframe else { return }
        let array = packet.descriptor
        let value = ExtensionValue(offset: 0, length: UInt8(array.count))
        let (old, frame) = (structure, out.frame)
        let padded = [0] + array
        guard
            let found = try? DependencyDescriptor(
                parsing: padded.span.bytes, value: ExtensionValue(offset: 1, length: value.length),
                structure: &structure)
        else {
            let text = array.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            return violate(
                "the descriptor \(text) of frame \(frame.number) (\(frame.spatial), \(frame.temporal)) does not parse, "
                    + "templates from \(old.templateIdOffset) on: \(old.templateCount)")
        }
        if found.hasStructure, old.isValid, packet.stamp.startsKeyframe, out.left.isEmpty, frame.isKeyframe {
            if let templateEnd, stretch!.frames.count == 1, structure.templateIdOffset != templateEnd {
                violate("templates begin at \(structure.templateIdOffset), not \(templateEnd)")
            }
        }
        if found.hasStructure { templateEnd = (structure.templateIdOffset &+ UInt8(structure.templateCount)) & 63 }
        guard found.isResolved, Int(found.spatialId) == frame.spatial, Int(found.temporalId) == frame.temporal else {
            return violate("the descriptor of frame \(frame.number) is another's")
        }
        let diffs = (0..<Int(found.frameDiffCount)).map { Int(found.frameDiffs[$0]) }
        if diffs != frame.references.map({ frame.number - $0.number }) { violate("frame differences changed") }
        let isActive = (0..<structure.decodeTargetCount).contains {
            structure.activeDecodeTargets >> UInt32($0) & 1 == 1 && found.indication($0) != .notPresent
        }
        if found.startsFrame, !isActive, !isBlind(out) {
            violate(
                "frame \(frame.number) (\(frame.spatial), \(frame.temporal)) is of no decode target that is said to be "
                    + "there: \(String(structure.activeDecodeTargets, radix: 2)), before it "
                    + String(old.activeDecodeTargets, radix: 2))
        }
    }

    /// It came before what explains it: the first packet of the keyframe.
    private func isBlind(_ out: FrameOut) -> Bool {
        let log = out.stretch.log
        guard let first = out.frame.picture.begun?.frame.packets.first, let key = log.fate(first) else { return true }
        return out.frame.packets.contains { log.fate($0).map { $0.arrival < key.arrival } ?? true }
    }

    // MARK: Whole pictures

    private func noteMarker(_ packet: OutgoingStream.Left, _ out: FrameOut) {
        out.marked = packet.stamp.sequence
        if packet.stamp.sequence != out.frame.packets.last { violate("a marker within frame \(out.frame.number)") }
        for frame in out.frame.picture.frames where frame.spatial > out.frame.spatial {
            guard out.stretch.frames[frame.number] != nil, !isDisordered(out.frame.picture, out.stretch.log) else {
                continue
            }
            violate("a marker before the picture's last frame")
        }
    }

    /// What the picture consists of may have been known late.
    private func isDisordered(_ picture: Picture, _ log: SourceLog) -> Bool {
        picture.frames.contains { frame in
            frame.packets.contains { log.fate($0).map { $0.isLate || $0.arrival == 0 } ?? false }
        }
    }

    private func noteProgress(_ out: FrameOut) {
        var settled = settle(out)
        // What waited for it.
        while settled {
            settled = false
            for frame in waiting where !frame.isDecodable && settle(frame) { settled = true }
        }
    }

    private func settle(_ out: FrameOut) -> Bool {
        guard out.isWhole, !out.isDecodable,
            out.frame.references.allSatisfy({ out.stretch.frames[$0.number]?.isDecodable ?? false })
        else { return false }
        out.isDecodable = true
        world.counts.framesDecodable += 1
        if world.now > lastDecodable + 500_000_000, !wasSlowed, world.now > disturbance + 2_000_000_000 { noteFreeze() }
        lastDecodable = world.now
        return true
    }

    private func noteFreeze() {
        freezes += 1
        world.counts.freezes += 1
        if world.isUndisturbed {
            violate("nothing to show for \((world.now - lastDecodable) / 1_000_000) ms")
        }
    }

    /// The link carried less than there was, since the last picture or just before it.
    private var wasSlowed: Bool { slowed > 0 && slowed + 200_000_000 >= lastDecodable }

    /// How long a packet that leaves has waited for its turn, how many were left out because of that, on this shard, and
    /// when the stream was last held or let go for want of bandwidth.
    func noteLink(waited: UInt64, leftBehind: UInt64, held: UInt64) {
        if waited > 100_000_000 || leftBehind != self.leftBehind { slowed = world.now }
        slowed = max(slowed, held)
        self.leftBehind = leftBehind
    }

    private var wasPaced: Bool { paced > 0 && world.now < paced + 5_000_000_000 }

    // MARK: Judgement

    private static let patienceNanoseconds: UInt64 = 1_500_000_000

    /// Frames that had time enough.
    private func judgeOld() {
        var count = 0
        while count < waiting.count, world.now > waiting[count].time + Self.patienceNanoseconds {
            judge(waiting[count])
            count += 1
        }
        waiting.removeFirst(count)
        // Nothing refers back so far.
        if let stretch, stretch.frames.count > 400 {
            let newest = stretch.frames.keys.max()!
            stretch.frames = stretch.frames.filter { $0.key > newest - 300 }
        }
    }

    private func judge(_ out: FrameOut) {
        guard !out.isDecodable else { return judgeMarker(out) }
        let log = out.stretch.log
        for sequence in out.frame.packets where !out.left.contains(sequence) {
            if !isExcused(sequence, log, out) {
                return violate(
                    "packet \(sequence) of frame \(out.frame.number) (\(out.frame.spatial), \(out.frame.temporal)) did not "
                        + "leave, others of it did; it has \(out.frame.packets), "
                        + "came late: \(log.fate(sequence)?.isLate ?? false), keyframe \(out.frame.picture.keyframe)")
            }
            world.counts.framesBroken += 1
            return
        }
        for reference in out.frame.references where out.stretch.frames[reference.number] == nil {
            guard reference.packets.contains(where: { isExcused($0, log, out) }) else {
                return violate(
                    "frame \(out.frame.number) (\(out.frame.spatial), \(out.frame.temporal)) refers to \(reference.number) (\(reference.spatial), \(reference.temporal)), which was left out"
                )
            }
        }
        world.counts.framesBroken += 1
    }

    private func judgeMarker(_ out: FrameOut) {
        let frames = out.frame.picture.frames.compactMap { out.stretch.frames[$0.number] }
        guard let top = frames.last, top === out, frames.allSatisfy(\.isDecodable), out.stretch === stretch else {
            return
        }
        let hasMore = out.frame.picture.frames.contains { frame in
            frame.spatial > out.frame.spatial && frame.packets.contains { isExcused($0, out.stretch.log, out) }
        }
        if out.marked == nil, !hasMore { violate("picture \(out.frame.picture.number) ends without a marker") }
    }

    /// Whether a packet could not leave: it never came, came late or after the source had changed.
    private func isExcused(_ sequence: UInt64, _ log: SourceLog, _ out: FrameOut) -> Bool {
        guard let fate = log.fate(sequence), !log.isOver, !world.wasRefusedLately, !wasPaced else { return true }
        let isOver = fate.arrival >= out.stretch.end
        let isLate =
            fate.isLate && (fate.arrivalNanoseconds > out.time + 300_000_000 || world.hasForgotten)
        // Nobody needs what comes from before a keyframe that has left.
        let isObsolete =
            fate.isLate
            && (out.stretch.keyframes + (stretch?.keyframes ?? [])).contains {
                $0.number > out.frame.picture.keyframe && $0.arrival < fate.arrival
            }
        // It came when its frame had long been given up.
        let isHopeless = fate.arrivalNanoseconds > out.time + Self.patienceNanoseconds
        return fate.arrival == 0 || isOver || isLate || isObsolete || isHopeless
    }
}
