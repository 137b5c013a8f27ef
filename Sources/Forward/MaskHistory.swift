import Snapshot

/// Which decode targets a source had, and since which frame: the last four changes since its structure.
///
/// A mask holds until the next (AV1 RTP payload format, appendix A.8.3), so that a frame that comes late is to be read by the
/// one of its own time. Layers that have ended since were there then.
struct MaskHistory: BitwiseCopyable {
    private static let capacity = 4

    /// From the newest back.
    private var masks: InlineArray<4, UInt32> = InlineArray(repeating: 0)
    private var frames: InlineArray<4, UInt16> = InlineArray(repeating: 0)
    private var count = 0

    /// The one that holds now.
    var newest: UInt32 { masks[0] }

    /// A structure begins with `frame`.
    mutating func begin(_ mask: UInt32, at frame: UInt16) {
        (masks[0], frames[0], count) = (mask, frame, 1)
    }

    /// The frame says which targets there are; it may be older than others that said so.
    mutating func note(_ mask: UInt32, at frame: UInt16) {
        let place = place(of: frame)
        guard place < count, masks[place] != mask else { return }
        if place > 0, masks[place - 1] == mask {
            frames[place - 1] = frame
            return
        }
        var last = min(count, Self.capacity - 1)
        count = last + 1
        while last > place {
            (masks[last], frames[last]) = (masks[last - 1], frames[last - 1])
            last -= 1
        }
        (masks[place], frames[place]) = (mask, frame)
    }

    /// What held for a frame; of one that is older than all that is known, the oldest.
    func mask(at frame: UInt16) -> UInt32 { masks[min(place(of: frame), max(count - 1, 0))] }

    /// The newest entry that is not newer than the frame; `count` when all are.
    private func place(of frame: UInt16) -> Int {
        var place = 0
        while place < count, Int16(bitPattern: frame &- frames[place]) < 0 { place += 1 }
        return place
    }
}

extension MaskHistory: Portable {
    mutating func carry(_ book: inout SnapshotBook) {
        book.fields(1, &masks)
        book.fields(2, &frames)
        book.field(3, &count)
        book.check((0...Self.capacity).contains(count), "a history of masks is too long")
    }
}
