/// How one producer of sound has spoken lately, from the levels in its header extension (RFC 6464): 0 loudest, 127 silent,
/// in −dBov. What Volfin and Cohen call the three time scales (Dominant Speaker Identification for Multipoint
/// Videoconferencing, §III):
///
/// - *immediate*: by how much the newest 20 ms stand out of the background, in steps of 3 dB, 0...13;
/// - *medium*: how many of the last five such frames do, 0...5;
/// - *long*: how many of the last eight groups of five frames are speech for the most part, 0...8.
///
/// They count frequency bands where we have a level alone; so the background is what the level falls to between words. It
/// is followed at once when it falls, by 2 dB a second when it rises, so that a fan becomes background and speech does
/// not. Frames are counted by RTP timestamps: packets that arrive together are not one frame, and what DTX leaves out is
/// silence. Loudness here runs the other way, 0 silent to 127.
@frozen
public struct SpeechMeter: BitwiseCopyable, Sendable {
    @inlinable public static var immediateMax: Int { @_noLocks get { 13 } }
    @inlinable public static var mediumMax: Int { @_noLocks get { 5 } }
    @inlinable public static var longMax: Int { @_noLocks get { 8 } }
    /// Ticks of a frame of 20 ms at 48 kHz (RFC 7587 §4.1).
    @inlinable static var frameTicks: UInt32 { @_noLocks get { 960 } }
    @inlinable static var frameNanoseconds: UInt64 { @_noLocks get { 20 * Duration.millisecond } }
    /// A packet holds at most so many frames; one that is lost is taken for what follows it.
    @inlinable static var packetFrames: UInt32 { @_noLocks get { 3 } }
    /// −70 and −35 dBov: quieter than any room, and louder than any background.
    @inlinable static var backgroundMin: Int32 { @_noLocks get { 57 << 8 } }
    @inlinable static var backgroundMax: Int32 { @_noLocks get { 92 << 8 } }
    @inlinable static var backgroundRise: Int32 { @_noLocks get { 2 * 256 / 50 } }
    @inlinable static var stepDecibels: Int32 { @_noLocks get { 3 } }
    /// Of `immediate`: from here on a frame is not background.
    @inlinable static var speechSteps: UInt8 { @_noLocks get { 4 } }
    @inlinable static var longFrames: UInt64 { @_noLocks get { 1 << 40 - 1 } }

    /// A bit for each frame that was not background, the newest lowest.
    var frames: UInt64 = 0
    var lastNanoseconds: UInt64 = 0
    var lastTimestamp: UInt32 = 0
    var loudness256: UInt16 = 0
    var background256: UInt16 = 57 << 8
    var newest: UInt8 = 0
    /// Something came, and whether it told a level.
    var isKnown = false
    public private(set) var tellsLevels = false

    @_noLocks

    public init() {}

    /// A packet came: `level` is 0...127 (higher bits are ignored), nil when it does not say; then its size must do, as
    /// silence is a few bytes.
    @_noLocks
    public mutating func update(level: UInt8?, payloadBytes: Int, timestamp: UInt32, now: UInt64) {
        let count = advance(to: timestamp)
        guard count > 0 else { return }
        lastNanoseconds = now
        tellsLevels = level != nil
        let steps =
            level.map { noteLoudness(127 - $0 & 0x7F, frames: count) } ?? (payloadBytes > 8 ? Self.speechSteps : 0)
        newest = steps
        let filled = min(count, Self.packetFrames)
        if steps >= Self.speechSteps { frames |= 1 << UInt64(filled) - 1 }
    }

    /// How many frames later than the last one; 0 for a packet that is late, or of the same frame.
    @_noLocks
    private mutating func advance(to timestamp: UInt32) -> UInt32 {
        let isFirst = !isKnown
        isKnown = true
        let ticks = SequenceComparison.distance(fromTimestamp: lastTimestamp, to: timestamp)
        // Another source, or one that began anew.
        if isFirst || ticks > 10 * 48_000 || ticks < -48_000 {
            (frames, lastTimestamp) = (0, timestamp)
            return 1
        }
        guard ticks >= Int(Self.frameTicks) else { return 0 }
        let count = UInt32(ticks) / Self.frameTicks
        lastTimestamp = lastTimestamp &+ count * Self.frameTicks
        frames = count < 64 ? frames << UInt64(count) : 0
        return count
    }

    @_noLocks
    private mutating func noteLoudness(_ loudness: UInt8, frames: UInt32) -> UInt8 {
        let now = Int32(loudness) << 8
        let difference = now - Int32(loudness256)
        loudness256 = UInt16(Int32(loudness256) + difference / (difference > 0 ? 4 : 8))
        let background = Int32(background256)
        // A level of 127 is no sound at all: it tells nothing of the room.
        let next = now < background && loudness > 0 ? now : background + Self.backgroundRise * Int32(min(frames, 50))
        background256 = UInt16(min(max(next, Self.backgroundMin), Self.backgroundMax))
        let steps = (now - background) / (Self.stepDecibels << 8)
        return UInt8(min(max(steps, 0), Int32(Self.immediateMax)))
    }

    /// `frames` as they are at `now`: what has not come for longer than packets last is silence.
    @_noLocks
    private func frames(at now: UInt64) -> UInt64 {
        let elapsed = (now &- lastNanoseconds) / Self.frameNanoseconds
        if elapsed <= UInt64(Self.packetFrames) { return frames }
        return elapsed < 64 ? frames << (elapsed - UInt64(Self.packetFrames)) : 0
    }

    @_noLocks
    public func immediate(now: UInt64) -> Int {
        now &- lastNanoseconds > UInt64(Self.packetFrames) * Self.frameNanoseconds ? 0 : Int(newest)
    }

    @_noLocks
    public func medium(now: UInt64) -> Int { (frames(at: now) & 0x1F).nonzeroBitCount }

    @_noLocks
    public func long(now: UInt64) -> Int {
        var rest = frames(at: now)
        var groups = 0
        var group = 0
        while group < Self.longMax {
            if (rest & 0x1F).nonzeroBitCount >= 3 { groups += 1 }
            rest >>= 5
            group += 1
        }
        return groups
    }

    /// More than a click.
    @_noLocks
    public func isSpeaking(now: UInt64) -> Bool { medium(now: now) >= 2 }

    /// Nothing but background for 800 ms.
    @_noLocks
    public func isSilent(now: UInt64) -> Bool { frames(at: now) & Self.longFrames == 0 }

    /// Smoothed: it rises by a quarter of the difference a packet, so that a word is heard at once, and falls by an eighth. 0
    /// for one that does not tell.
    @_noLocks
    public func loudness(now: UInt64) -> UInt8 {
        !tellsLevels || now &- lastNanoseconds > 200 * Duration.millisecond ? 0 : UInt8(loudness256 >> 8)
    }
}
