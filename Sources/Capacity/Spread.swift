/// Rooms on shards, those alike taken together.
struct Spread {
    private struct Group {
        var cost: Double
        var counts: [Int]
        var shards: Int
    }

    private var groups: [Group]

    init(shards: Int, kinds: Int) {
        groups = [Group(cost: 0, counts: [Int](repeating: 0, count: kinds), shards: shards)]
    }

    /// How many rooms of each kind a shard has, shards alike once.
    var counts: [[Int]] { groups.map(\.counts) }

    /// Each room goes to a shard that has least.
    mutating func add(_ rooms: Int, of kind: Int, cost: Double) {
        var left = rooms
        while left > 0 {
            groups.sort { $0.cost < $1.cost }
            var least = groups[0]
            // Up to the next one's load, or for good when there is none.
            var each = left / least.shards
            if groups.count > 1 { each = min(each, max(1, Int((groups[1].cost - least.cost) / cost))) }
            if each == 0 {
                groups.append(Group(cost: least.cost, counts: least.counts, shards: least.shards - left))
                least.shards = left
                each = 1
            }
            least.cost += cost * Double(each)
            least.counts[kind] += each
            left -= each * least.shards
            groups[0] = least
            merge()
        }
    }

    /// Groups that have the same become one, or there would be more and more of them.
    private mutating func merge() {
        var merged: [Group] = []
        for group in groups {
            if let place = merged.firstIndex(where: { $0.counts == group.counts }) {
                merged[place].shards += group.shards
            } else {
                merged.append(group)
            }
        }
        groups = merged
    }
}
