/// The places of one kind of thing on one shard, and who has them. The place that was given back longest ago is handed
/// out next, so that late packets and messages about the former holder meet nobody for as long as possible.
struct Table<Entity: AnyObject> {
    private var entries: [Entity?]
    private var isReserved: [Bool]
    private var free: [UInt32]
    private var head = 0
    private(set) var freeCount: Int

    init(capacity: Int) {
        precondition(capacity > 0 && capacity < 1 << 24)
        entries = Array(repeating: nil, count: capacity)
        isReserved = Array(repeating: false, count: capacity)
        free = (0..<UInt32(capacity)).map { $0 }
        freeCount = capacity
    }

    var capacity: Int { entries.count }
    var usedCount: Int { capacity - freeCount }

    /// Who has `index`; nil when nobody has, or when it is not an index at all.
    subscript(index: UInt32) -> Entity? {
        index < UInt32(entries.count) ? entries[Int(index)] : nil
    }

    /// Nil when all places are taken or not yet released by the shard.
    mutating func reserve() -> UInt32? {
        guard freeCount > 0 else { return nil }
        let index = free[head]
        head = (head + 1) % capacity
        freeCount -= 1
        precondition(!isReserved[Int(index)])
        isReserved[Int(index)] = true
        return index
    }

    mutating func set(_ index: UInt32, _ entity: Entity) {
        precondition(isReserved[Int(index)])
        entries[Int(index)] = entity
    }

    /// False when nobody had `index`: a release that the shard reports twice.
    @discardableResult
    mutating func release(_ index: UInt32) -> Bool {
        guard index < UInt32(capacity), isReserved[Int(index)] else { return false }
        isReserved[Int(index)] = false
        entries[Int(index)] = nil
        free[(head + freeCount) % capacity] = index
        freeCount += 1
        return true
    }
}
