/// The right to one packet slot. It cannot be copied; it ends by `SlotPool.giveBack` or by `park`, or it traps.
@frozen
public struct Slot: ~Copyable {
    public let index: UInt32

    @inlinable
    init(index: UInt32) { self.index = index }

    @inlinable
    deinit { fatalError("a packet slot was lost") }

    /// Turns the right into a bare index, for a table that owns slots. `SlotPool.unpark` turns it back, once.
    @inlinable
    public consuming func park() -> UInt32 {
        let index = index
        discard self
        return index
    }
}

/// Fixed cells of `slotBytes` for decrypted packets, on one shard.
public struct SlotPool: ~Copyable {
    public let capacity: Int
    public let slotBytes: Int
    @usableFromInline let memory: UnsafeMutableRawPointer
    @usableFromInline let free: UnsafeMutablePointer<UInt32>
    /// One byte a slot: 0 free, 1 taken. Finds a slot that comes home twice by way of a parked index.
    @usableFromInline let taken: UnsafeMutablePointer<UInt8>
    public private(set) var freeCount: Int

    public init(arena: inout Arena, capacity: Int, slotBytes: Int) {
        self.capacity = capacity
        self.slotBytes = slotBytes
        memory = arena.takeBytes(capacity * slotBytes, alignment: 4096)
        free = arena.take(UInt32.self, count: capacity)
        taken = arena.take(UInt8.self, count: capacity)
        for index in 0..<capacity { free[index] = UInt32(capacity - 1 - index) }
        freeCount = capacity
    }

    public static func byteCount(capacity: Int, slotBytes: Int) -> Int { capacity * (slotBytes + 5) + 4096 + 128 }

    @inlinable
    public func memory(of index: UInt32) -> UnsafeMutableRawPointer { memory + Int(index) * slotBytes }

    /// Nil when every slot is in use.
    public mutating func take() -> Slot? {
        guard freeCount > 0 else { return nil }
        freeCount -= 1
        let index = free[freeCount]
        taken[Int(index)] = 1
        return Slot(index: index)
    }

    public mutating func giveBack(_ slot: consuming Slot) {
        let index = slot.park()
        precondition(taken[Int(index)] == 1, "a packet slot came home twice")
        taken[Int(index)] = 0
        free[freeCount] = index
        freeCount += 1
    }

    /// Takes back the right to a parked slot. The table that parked it forgets the index in the same step.
    public func unpark(_ index: UInt32) -> Slot {
        precondition(index < UInt32(capacity) && taken[Int(index)] == 1, "a packet slot that is free was unparked")
        return Slot(index: index)
    }
}
