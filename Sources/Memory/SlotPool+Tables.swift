/// For copies of a pool's tables; nothing else reads them from outside.
extension SlotPool {
    /// The stack of free slots: `capacity` places, of which the first `freeCount` are valid.
    public var freeStack: UnsafeMutablePointer<UInt32> { free }
    /// A byte for each slot.
    public var takenMarks: UnsafeMutablePointer<UInt8> { taken }

    /// Slots from this one on were never taken: the lowest go first, and the stack below them never changed.
    public mutating func untouchedFrom() -> Int {
        var place = 0
        while place < freeCount, free[place] == UInt32(capacity - 1 - place) { place += 1 }
        return capacity - place
    }
}
