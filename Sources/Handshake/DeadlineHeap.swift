/// The earliest of up to `capacity` deadlines, one per slot, in logarithmic time. All memory is set aside at the start.
struct DeadlineHeap {
    private var deadlines: [UInt64]
    /// Slots in heap order.
    private var heap: [Int32]
    /// Slot → place in `heap`, -1 without a deadline.
    private var places: [Int32]

    init(capacity: Int) {
        deadlines = Array(repeating: 0, count: capacity)
        places = Array(repeating: -1, count: capacity)
        heap = []
        heap.reserveCapacity(capacity)
    }

    /// The earliest deadline and its slot.
    var first: (slot: Int, deadline: UInt64)? {
        heap.isEmpty ? nil : (Int(heap[0]), deadlines[Int(heap[0])])
    }

    /// Sets, moves or (nil) removes a slot's deadline.
    mutating func set(slot: Int, deadline: UInt64?) {
        guard let deadline else { return remove(slot: slot) }
        var place = Int(places[slot])
        deadlines[slot] = deadline
        if place < 0 {
            place = heap.count
            heap.append(Int32(slot))
            places[slot] = Int32(place)
        }
        settle(place)
    }

    private mutating func remove(slot: Int) {
        let place = Int(places[slot])
        guard place >= 0 else { return }
        swapPlaces(place, heap.count - 1)
        heap.removeLast()
        places[slot] = -1
        if place < heap.count { settle(place) }
    }

    private mutating func settle(_ start: Int) {
        var place = start
        while place > 0, isEarlier(place, (place - 1) / 2) {
            swapPlaces(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
        while true {
            var earliest = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && isEarlier(child, earliest) {
                earliest = child
            }
            if earliest == place { return }
            swapPlaces(place, earliest)
            place = earliest
        }
    }

    private func isEarlier(_ left: Int, _ right: Int) -> Bool {
        deadlines[Int(heap[left])] < deadlines[Int(heap[right])]
    }

    private mutating func swapPlaces(_ left: Int, _ right: Int) {
        heap.swapAt(left, right)
        places[Int(heap[left])] = Int32(left)
        places[Int(heap[right])] = Int32(right)
    }
}
