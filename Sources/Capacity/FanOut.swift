/// What one burst of one room becomes: runs and packets to all of its receivers.
struct FanOut {
    private let room: OpenRoom
    /// Pictures first, publisher by publisher: small packets go last.
    private let groups: [Arrival]
    private(set) var work = Work()

    init(_ room: OpenRoom, _ arrivals: [Arrival]) {
        self.room = room
        groups = arrivals.sorted {
            ($0.kind == .audio ? 1 : 0, $0.publisher) < ($1.kind == .audio ? 1 : 0, $1.publisher)
        }
        var owners = Set(arrivals.map(\.publisher))
        owners = owners.filter { room.receives($0) }
        for layer in 0..<room.kind.layers {
            let share = room.kind.layerShares[layer]
            add(layer, to: Double(room.kind.receivers - owners.count) * share, except: nil)
            for owner in owners { add(layer, to: share, except: owner) }
        }
    }

    /// - Parameter owner: a receiver that sent some of it, and gets the next one in place of itself.
    private func isSeen(_ group: Arrival, layer: Int, by owner: Int?) -> Bool {
        guard group.publisher != owner, group.kind == .audio || group.layer == layer else { return false }
        let ranks = group.kind == .audio ? room.audioRanks : room.videoRanks
        var limit = group.kind == .audio ? room.kind.voices : room.kind.videos
        if limit == 0 { return true }
        if let owner, let own = ranks[owner], own < limit { limit += 1 }
        return (ranks[group.publisher] ?? 0) < limit
    }

    /// As Forward/RunBuilder.swift does it: segments of one size, but for the last.
    private mutating func add(_ layer: Int, to receivers: Double, except owner: Int?) {
        guard receivers > 0 else { return }
        var (size, takesMore, held) = (0, false, 0)
        for group in groups where isSeen(group, layer: layer, by: owner) {
            var left = group.packets
            if takesMore, group.bytes <= size {
                let joins = group.bytes == size ? min(left, Self.most(size) - held) : 1
                if group.bytes < size { takesMore = false }
                held += joins
                left -= joins
            }
            while left > 0 {
                work[.run] += receivers
                size = group.bytes
                takesMore = true
                held = min(left, Self.most(size))
                left -= held
            }
            note(group, receivers)
        }
    }

    private static func most(_ bytes: Int) -> Int { max(1, min(64, 65_000 / bytes)) }

    private mutating func note(_ group: Arrival, _ receivers: Double) {
        let packets = Double(group.packets) * receivers
        work[.segment] += packets
        work[.kilobyte] += packets * Double(group.bytes) / 1024
        work[.cipher] += packets * room.cipher.sealNanoseconds(Double(group.bytes))
    }
}
