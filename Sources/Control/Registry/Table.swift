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

    /// In a table that nobody has a place of: takes just these. False when one is out of range or there twice.
    mutating func reserve(only indices: [UInt32]) -> Bool {
        precondition(usedCount == 0)
        for index in indices {
            guard index < UInt32(capacity), !isReserved[Int(index)] else { return false }
            isReserved[Int(index)] = true
        }
        free = (0..<UInt32(capacity)).filter { !isReserved[Int($0)] }
        freeCount = free.count
        free += Array(repeating: 0, count: capacity - freeCount)
        head = 0
        return true
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
