import CPlatform
import Memory
import Peer
import Secure

/// A fan-out visits each subscriber once in a while, and finds little of it in the cache. What the next ones need is asked
/// for while the present one's packets are encrypted.
extension Forwarder {
    /// Producers of a burst that are looked ahead for; in larger ones a subscriber's turn is long anyway.
    private static let producersForeseen = 4

    /// Before `member`'s turn: fetches what the next member's needs, and what it takes to find that for the one after.
    @inline(__always)
    mutating func foresee(after member: UInt32, room index: UInt32) {
        let next = subscribers[Int(member)].nextInRoom
        guard next != endOfChain else { return }
        let actives = roomActives + Int(index) * limits.producersPerRoomMax
        let count = min(Int(rooms[Int(index)].activeCount), Self.producersForeseen)
        foreseeStates(of: next, actives, count)
        let later = subscribers[Int(next)].nextInRoom
        guard later != endOfChain else { return }
        cp_prefetch(subscribers + Int(later), UInt(MemoryLayout<Subscriber>.size))
        let row = peerConsumers + Int(later) * limits.producersPerRoomMax
        for place in 0..<count { cp_prefetch(row + Int(producers[Int(actives[place])].ordinal), 4) }
    }

    /// Its row and its subscriber were fetched a turn ago.
    @inline(__always)
    private mutating func foreseeStates(of peer: UInt32, _ actives: UnsafeMutablePointer<UInt32>, _ count: Int) {
        let row = peerConsumers + Int(peer) * limits.producersPerRoomMax
        var isServed = false
        for place in 0..<count {
            let entry = row[Int(producers[Int(actives[place])].ordinal)]
            guard entry != 0 else { continue }
            isServed = true
            cp_prefetch(consumers + Int(entry - 1), UInt(ConsumerState.hotBytes))
        }
        if isServed { cp_prefetch(subscribers[Int(peer)].key.place, UInt(SealingKey.rtpByteCount)) }
    }
}

extension ConsumerState {
    /// All but what `sequence` keeps for late packets.
    static var hotBytes: Int { MemoryLayout<ConsumerState>.size - SequenceTranslator.rangesMax * 12 }
}
