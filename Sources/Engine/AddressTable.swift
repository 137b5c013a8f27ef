import Contract
import Memory

/// Which peer, or which other shard, an address belongs to. Open addressing with linear probing and a secret key: one
/// look-up costs a cache line or two, also for addresses that nobody knows.
public struct AddressTable: ~Copyable {
    /// Whom an address belongs to.
    public enum Owner {
        case peer(UInt32)
        case shard(ShardIndex)
    }

    private struct Entry: BitwiseCopyable {
        var endpoint: Endpoint
        /// 0 empty; a peer's index plus 1; or `shardMark` with the shard's number.
        var owner: UInt32
    }

    private static let shardMark: UInt32 = 0x8000_0000
    private let entries: UnsafeMutablePointer<Entry>
    private let mask: Int
    private let key: UInt64
    private let limit: Int
    public private(set) var count = 0

    static func size(for addressesMax: Int) -> Int {
        var size = 64
        while size < addressesMax * 2 { size *= 2 }
        return size
    }

    public static func byteCount(addressesMax: Int) -> Int { size(for: addressesMax) * MemoryLayout<Entry>.stride + 64 }

    public init(arena: inout Arena, addressesMax: Int, key: UInt64) {
        let size = Self.size(for: addressesMax)
        entries = arena.take(Entry.self, count: size)
        mask = size - 1
        limit = addressesMax
        self.key = key
    }

    private func home(_ endpoint: Endpoint) -> Int { Int(truncatingIfNeeded: endpoint.hash(key: key)) & mask }

    private func index(of endpoint: Endpoint) -> Int? {
        var index = home(endpoint)
        while entries[index].owner != 0 {
            if entries[index].endpoint == endpoint { return index }
            index = (index + 1) & mask
        }
        return nil
    }

    public mutating func owner(of endpoint: Endpoint) -> Owner? {
        guard let index = index(of: endpoint) else { return nil }
        let owner = entries[index].owner
        return owner & Self.shardMark != 0 ? .shard(ShardIndex(owner & 0xFF)) : .peer(owner - 1)
    }

    /// False when the table is full. An address that was another's is taken over.
    public mutating func insert(_ endpoint: Endpoint, owner: Owner) -> Bool {
        let value: UInt32 =
            switch owner {
            case .peer(let index): index + 1
            case .shard(let shard): Self.shardMark | UInt32(shard)
            }
        if let index = index(of: endpoint) {
            entries[index].owner = value
            return true
        }
        guard count < limit else { return false }
        var index = home(endpoint)
        while entries[index].owner != 0 { index = (index + 1) & mask }
        entries[index] = Entry(endpoint: endpoint, owner: value)
        count += 1
        return true
    }

    /// Entries were put in that `count` says already.
    mutating func recount(_ value: Int) { count = value }

    public mutating func remove(_ endpoint: Endpoint) {
        guard var hole = index(of: endpoint) else { return }
        count -= 1
        // Close the gap, so that no probe ends early: move back every later entry whose home is not behind the hole.
        var next = (hole + 1) & mask
        while entries[next].owner != 0 {
            let distance = (next &- home(entries[next].endpoint)) & mask
            if distance >= (next &- hole) & mask {
                entries[hole] = entries[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        entries[hole].owner = 0
    }

    /// Calls `body` with every address that lives on another shard.
    func forEachElsewhere(_ body: (Endpoint, ShardIndex) -> Void) {
        for index in 0...mask where entries[index].owner & Self.shardMark != 0 {
            body(entries[index].endpoint, ShardIndex(entries[index].owner & 0xFF))
        }
    }
}
