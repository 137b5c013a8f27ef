import Contract
import Memory

/// The packets of one producer layer that can still be asked for again: a ring by sequence number, one for all
/// consumers. It owns its slots.
@frozen
public struct History: BitwiseCopyable {
    public static let capacity = 512

    /// `capacity` parked slots plus one each, 0 where there is none.
    var ring: UnsafeMutablePointer<UInt32>
    public private(set) var isEmpty = true
    /// Highest sequence number inserted.
    public private(set) var newest: UInt64 = 0
    /// No packet before this one is kept.
    public private(set) var oldest: UInt64 = 0
    /// What lies before this was let go of because of its age. It is not taken again: it may have been sent, and would be
    /// sent a second time.
    private var floor: UInt64 = 0
    /// In a history that another process began: bit i is set when the number `heirStart` - 1 - i has not come, and is welcome
    /// though it is below the floor.
    private var holes: UInt64 = 0
    private var heirStart: UInt64 = 0

    init(ring: UnsafeMutablePointer<UInt32>) { self.ring = ring }

    /// What became of a packet.
    public enum Insertion { case kept, duplicate, tooOld }

    private func place(_ sequence: UInt64) -> Int { Int(sequence & UInt64(Self.capacity - 1)) }

    /// The slot that holds `sequence`, if it is still here.
    public func slot(for sequence: UInt64, facts: UnsafeMutablePointer<PacketFacts>) -> UInt32? {
        guard !isEmpty, sequence >= oldest, sequence <= newest else { return nil }
        let entry = ring[place(sequence)]
        guard entry != 0, facts[Int(entry - 1)].sequence == sequence else { return nil }
        return entry - 1
    }

    /// Whether `insert` would take it; asked before a slot is spent.
    public func verdict(for sequence: UInt64, facts: UnsafeMutablePointer<PacketFacts>) -> Insertion {
        if sequence < floor, !isHole(sequence) { return .tooOld }
        guard !isEmpty, sequence <= newest else { return .kept }
        if newest - sequence >= UInt64(Self.capacity) { return .tooOld }
        return slot(for: sequence, facts: facts) == nil ? .kept : .duplicate
    }

    /// Keeps a parked slot. The verdict must have been `.kept`. Slots that fall out are given to `graveyard`.
    mutating func insert(_ slot: UInt32, sequence: UInt64, graveyard: inout Graveyard) {
        if isEmpty {
            isEmpty = false
            newest = sequence
            oldest = sequence
        } else if sequence > newest {
            makeRoom(upTo: sequence, graveyard: &graveyard)
            newest = sequence
        } else if sequence < oldest {
            oldest = sequence
        }
        evict(sequence, graveyard: &graveyard)
        ring[place(sequence)] = slot + 1
        if holes != 0, isHole(sequence) { holes &= ~(1 << (heirStart - 1 - sequence)) }
    }

    private func isHole(_ sequence: UInt64) -> Bool {
        guard holes != 0, sequence < heirStart, heirStart - sequence <= 64 else { return false }
        return holes >> (heirStart - 1 - sequence) & 1 == 1
    }

    private mutating func makeRoom(upTo sequence: UInt64, graveyard: inout Graveyard) {
        let span = UInt64(Self.capacity)
        let keepFrom = sequence >= span ? sequence - span + 1 : 0
        while oldest < keepFrom, oldest <= newest {
            evict(oldest, graveyard: &graveyard)
            oldest += 1
        }
        oldest = max(oldest, keepFrom)
    }

    private mutating func evict(_ sequence: UInt64, graveyard: inout Graveyard) {
        let index = place(sequence)
        guard ring[index] != 0 else { return }
        graveyard.bury(ring[index] - 1)
        ring[index] = 0
    }

    /// Lets go of packets that arrived before `nanoseconds`.
    mutating func expire(
        before nanoseconds: UInt64, facts: UnsafeMutablePointer<PacketFacts>, graveyard: inout Graveyard
    ) {
        guard !isEmpty else { return }
        while oldest <= newest {
            let entry = ring[place(oldest)]
            if entry != 0, facts[Int(entry - 1)].arrivalNanoseconds >= nanoseconds { return }
            evict(oldest, graveyard: &graveyard)
            oldest += 1
            floor = oldest
        }
        holes = 0
        isEmpty = true
    }

    /// The next packet is the first of another source, with numbers of its own.
    mutating func removeAll(graveyard: inout Graveyard) {
        floor = 0
        holes = 0
        guard !isEmpty else { return }
        while oldest <= newest {
            evict(oldest, graveyard: &graveyard)
            oldest += 1
        }
        isEmpty = true
    }
}

/// Slots that nobody will ask for again, but that the present burst may still be sending from. Emptied between bursts.
public struct Graveyard: ~Copyable {
    let indices: UnsafeMutablePointer<UInt32>
    private let capacity: Int
    private(set) var count = 0

    init(arena: inout Arena, capacity: Int) {
        indices = arena.take(UInt32.self, count: capacity)
        self.capacity = capacity
    }

    static func byteCount(capacity: Int) -> Int { capacity * 4 + 64 }

    mutating func bury(_ slot: UInt32) {
        precondition(count < capacity)
        indices[count] = slot
        count += 1
    }

    /// The burst has left: one slot after the other goes home; nil when all have.
    mutating func next() -> UInt32? {
        guard count > 0 else { return nil }
        count -= 1
        return indices[count]
    }

    /// The burst has left: all slots go home.
    mutating func empty(into slots: inout SlotPool) {
        while let slot = next() { slots.giveBack(slots.unpark(slot)) }
    }
}

extension History {
    /// The number behind the highest, and which of the 64 before it have not come and may yet.
    func ending(facts: UnsafeMutablePointer<PacketFacts>) -> (end: UInt64, holes: UInt64) {
        let end = max(newest == 0 ? 0 : newest + 1, floor)
        var missing: UInt64 = 0
        guard !isEmpty else { return (end, 0) }
        for back in 0..<min(end, 64) {
            let number = end - 1 - back
            let mayCome = number >= max(oldest, floor) || isHole(number)
            if mayCome, slot(for: number, facts: facts) == nil { missing |= 1 << back }
        }
        return (end, missing)
    }

    /// Nothing is here. What is before `end` may have been sent, and would be a second time: it is not taken, but for what
    /// has not come.
    mutating func begin(at end: UInt64, holes: UInt64) {
        (floor, heirStart, self.holes) = (end, end, holes)
        guard end > 0 else { return }
        (isEmpty, newest, oldest) = (false, end - 1, end)
    }
}
