import CPlatform
import Memory

/// Connections that have not said yet whose they are, in the order of their coming.
struct DoorTable {
    private struct Entry {
        var arrival: TcpArrival?
        var deadline: UInt64 = 0
        /// Order of coming; the oldest entry has the lowest.
        var number: UInt64 = 0
    }

    private var entries: [Entry]
    private var free: [Int]
    private var number: UInt64 = 0

    init(capacity: Int) {
        entries = Array(repeating: Entry(), count: capacity)
        free = Array((0..<capacity).reversed())
    }

    var isFull: Bool { free.isEmpty }

    subscript(place: Int) -> TcpArrival? { entries.indices.contains(place) ? entries[place].arrival : nil }

    /// The caller knows that there is room.
    mutating func add(_ descriptor: Int32, _ source: Endpoint, deadline: UInt64) -> Int {
        let place = free.removeLast()
        number += 1
        entries[place] = Entry(
            arrival: TcpArrival(descriptor: descriptor, source: source), deadline: deadline, number: number)
        return place
    }

    mutating func forget(_ place: Int) {
        guard entries[place].arrival != nil else { return }
        entries[place].arrival = nil
        free.append(place)
    }

    mutating func close(_ place: Int) {
        if let arrival = entries[place].arrival { cp_close(arrival.descriptor) }
        forget(place)
    }

    mutating func closeOldest() {
        let taken = entries.indices.filter { entries[$0].arrival != nil }
        if let oldest = taken.min(by: { entries[$0].number < entries[$1].number }) { close(oldest) }
    }

    /// How many were closed.
    mutating func closeLate(now: UInt64) -> Int {
        let late = entries.indices.filter { entries[$0].arrival != nil && entries[$0].deadline <= now }
        for place in late { close(place) }
        return late.count
    }

    mutating func closeAll() { for place in entries.indices { close(place) } }

    /// Until the next is late; -1 when none waits.
    func milliseconds(now: UInt64) -> Int32 {
        let deadlines = entries.lazy.filter { $0.arrival != nil }.map(\.deadline)
        guard let next = deadlines.min() else { return -1 }
        return next > now ? Int32((next - now) / 1_000_000 + 1) : 0
    }
}
