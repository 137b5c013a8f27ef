import Snapshot

/// Picture ids, TL0 indices, frame numbers and template ids of one epoch of one consumer: they go on where those of the
/// source before ended, so that a decoder sees one stream.
///
/// VP8 receivers take every picture id that is missing for a picture that is missing, so the ids of those left out are
/// closed up; which ones of the last 64 those were is kept. Other codecs refer to pictures by the distance of their ids, so
/// there the distance stays.
@frozen
public struct IdTranslation: BitwiseCopyable {
    /// Pictures that an id can be told of, back from the newest.
    public static let reach = 64
    /// Frames that a structure's place is kept for: far more than any history has, and few enough to compare 16 bits.
    private static let structureReach: UInt16 = 0x4000

    /// Picture ids and TL0 indices leave as they come.
    private(set) var keepsPictures = true
    private var hasPictures = false
    private var isLong = false
    private var hasFrames = false
    private var hasTemplates = false
    /// Something left in this epoch.
    private var hasLeft = false
    /// Newest id that came, and the one that left with it, or last before it.
    private var pictureIn: UInt16 = 0
    private var pictureOut: UInt16 = 0
    /// Bit i: the picture `pictureIn` - i was left out.
    private var skipped: UInt64 = 0
    private var tl0In: UInt8 = 0
    private var tl0Shift: UInt8 = 0
    private var frameIn: UInt16 = 0
    private var frameShift: UInt16 = 0
    public private(set) var templateShift: UInt8 = 0
    /// Outgoing template id behind the newest structure's.
    private var templateEnd: UInt8 = 0
    /// Where that came, or a frame behind it from which no structure is late any more.
    private var structureIn: UInt16 = 0

    /// Ids that the epoch begins with: those of the next one, when nothing leaves in this.
    private var pictureFirst: UInt16 = 0
    private var frameFirst: UInt16 = 0
    private var tl0First: UInt8 = 0

    public init() {}

    /// The epoch that follows this one begins with a keyframe's first packet.
    mutating func next(_ frame: FrameFacts) -> IdTranslation {
        var next = self
        next.skipped = 0
        next.hasLeft = false
        if hasLeft {
            next.pictureFirst = pictureOut &+ 1
            next.tl0First = tl0In &+ tl0Shift &+ 1
            next.frameFirst = frameIn &+ frameShift &+ 1
        }
        if frame.pictureIdPlace != 0 {
            next.isLong = frame.has(.hasLongPictureId)
            next.pictureIn = frame.pictureId
            next.tl0In = frame.tl0PictureIndex
            if !hasPictures { (next.pictureFirst, next.tl0First) = (frame.pictureId, frame.tl0PictureIndex) }
            next.pictureOut = next.pictureFirst
            next.tl0Shift = next.tl0First &- frame.tl0PictureIndex
            next.hasPictures = true
            next.keepsPictures = next.pictureOut == next.pictureIn && next.tl0Shift == 0
        }
        if frame.has(.hasFrameNumber) {
            next.frameIn = frame.frameNumber
            next.structureIn = frame.frameNumber
            if !hasFrames { next.frameFirst = frame.frameNumber }
            next.frameShift = next.frameFirst &- frame.frameNumber
            next.hasFrames = true
            next.templateShift =
                hasTemplates && frame.has(.hasStructure) ? (templateEnd &- frame.templateIdOffset) & 63 : 0
        }
        return next
    }

    /// A packet of the present epoch leaves.
    mutating func note(_ frame: FrameFacts) {
        hasLeft = true
        if frame.pictureIdPlace != 0 { advance(to: frame) }
        guard frame.has(.hasFrameNumber) else { return }
        if Int16(bitPattern: frame.frameNumber &- frameIn) > 0 { frameIn = frame.frameNumber }
        if frameIn &- structureIn > Self.structureReach { structureIn = frameIn &- Self.structureReach }
        // What comes late or is sent again may bring an older one: its templates are not those that the next must avoid.
        guard frame.has(.hasStructure), Int16(bitPattern: frame.frameNumber &- structureIn) >= 0 else { return }
        hasTemplates = true
        structureIn = frame.frameNumber
        templateEnd = (frame.templateIdOffset &+ templateShift &+ frame.templateCount) & 63
    }

    /// A packet of the present epoch is left out, and with it its picture.
    mutating func skip(_ frame: FrameFacts) {
        guard frame.has(.countsPictures), frame.pictureIdPlace != 0 else { return }
        let steps = steps(to: frame.pictureId)
        guard steps > 0 else { return }
        advance(to: frame)
        pictureOut &-= 1
        skipped |= 1
        keepsPictures = false
    }

    private mutating func advance(to frame: FrameFacts) {
        let steps = steps(to: frame.pictureId)
        guard steps > 0 else { return }
        skipped = steps < Self.reach ? skipped &<< UInt64(steps) : 0
        pictureIn = frame.pictureId
        pictureOut &+= UInt16(truncatingIfNeeded: steps)
        tl0In = frame.tl0PictureIndex
    }

    /// From the newest picture to this one, by the shortest way.
    private func steps(to picture: UInt16) -> Int {
        let raw = picture &- pictureIn
        return isLong ? Int(Int16(bitPattern: raw &<< 1) >> 1) : Int(Int8(truncatingIfNeeded: raw &<< 1) >> 1)
    }

    /// As many bits as the packet's; nil when the picture is too old, or was left out.
    mutating func picture(_ frame: FrameFacts) -> UInt16? {
        let back = -steps(to: frame.pictureId)
        guard back >= 0, back < Self.reach, skipped &>> UInt64(back) & 1 == 0 else { return nil }
        let left = back - (skipped & ((1 &<< UInt64(back)) &- 1)).nonzeroBitCount
        return (pictureOut &- UInt16(truncatingIfNeeded: left)) & (frame.has(.hasLongPictureId) ? 0x7FFF : 0x7F)
    }

    func tl0(_ frame: FrameFacts) -> UInt8 { frame.tl0PictureIndex &+ tl0Shift }

    func frameNumber(_ frame: FrameFacts) -> UInt16 { frame.frameNumber &+ frameShift }
}

extension IdTranslation: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &keepsPictures)
        book.field(2, &hasPictures)
        book.field(3, &isLong)
        book.field(4, &hasFrames)
        book.field(5, &hasTemplates)
        book.field(6, &hasLeft)
        book.field(7, &pictureIn)
        book.field(8, &pictureOut)
        book.field(9, &skipped)
        book.field(10, &tl0In)
        book.field(11, &tl0Shift)
        book.field(12, &frameIn)
        book.field(13, &frameShift)
        book.field(14, &templateShift)
        book.field(15, &templateEnd)
        book.field(16, &structureIn)
        book.field(17, &pictureFirst)
        book.field(18, &frameFirst)
        book.field(19, &tl0First)
    }
}
