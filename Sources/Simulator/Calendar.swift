/// What will happen when: a heap by time, and by order of entry within one time.
struct Calendar {
    enum Item {
        /// A datagram reaches the host's socket.
        case toServer(Datagram)
        /// A datagram reaches a client.
        case toClient(peer: Int, bytes: [UInt8])
        /// A client's clock ticks.
        case tick(peer: Int)
        /// Something that a script asked for.
        case action(() -> Void)
    }

    private struct Entry {
        var time: UInt64
        var order: UInt64
        var item: Item
    }

    private var heap: [Entry] = []
    private var orders: UInt64 = 0

    var nextTime: UInt64 { heap.first?.time ?? .max }

    mutating func add(_ item: Item, at time: UInt64) {
        orders += 1
        heap.append(Entry(time: time, order: orders, item: item))
        var child = heap.count - 1
        while child > 0, comes(child, before: (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The first item that is due at `time`.
    mutating func pop(until time: UInt64) -> Item? {
        guard let first = heap.first, first.time <= time else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.item
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && comes(child, before: least) {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func comes(_ first: Int, before second: Int) -> Bool {
        let (one, other) = (heap[first], heap[second])
        return one.time != other.time ? one.time < other.time : one.order < other.order
    }
}
