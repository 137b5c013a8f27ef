import Contract
import Estimate
import Flight
import Memory

/// How far a shard's tables have ever been used.
public struct TableMarks: BitwiseCopyable {
    public var rooms: Int
    public var peers: Int
    public var producers: Int
    public var consumers: Int

    public init(rooms: Int, peers: Int, producers: Int, consumers: Int) {
        self.rooms = rooms
        self.peers = peers
        self.producers = producers
        self.consumers = consumers
    }
}

/// Copies of the tables, for a replay. Without packets, without keys, and without what is of no meaning between bursts.
extension Forwarder {
    public mutating func writeTables(_ marks: TableMarks, to image: inout TableImageWriter) {
        let slotMark = slots.untouchedFrom()
        image.add(report, count: 1)
        image.add(slots.freeStack + (limits.slots - slotMark), count: slotMark)
        image.add(slots.takenMarks, count: slotMark)
        image.add(facts, count: slotMark)
        image.add(graveyard.indices, count: graveyard.count)
        writeRooms(marks, to: &image)
        writeProducers(marks, to: &image)
        writeSubscribers(marks, to: &image)
        writeLists(to: &image)
    }

    private mutating func writeRooms(_ marks: TableMarks, to image: inout TableImageWriter) {
        image.add(rooms, count: marks.rooms)
        image.add(roomProducers, count: marks.rooms * limits.producersPerRoomMax)
        image.add(rankings, count: marks.rooms * 2)
    }

    private mutating func writeProducers(_ marks: TableMarks, to image: inout TableImageWriter) {
        guard marks.producers > 0 else { return }
        image.add(producers, count: marks.producers)
        image.add(meters, count: marks.producers)
        // The histories' rings lie one behind the other.
        image.add(producers[0].histories[0].ring, count: marks.producers * Limits.layersMax * History.capacity)
    }

    private mutating func writeSubscribers(_ marks: TableMarks, to image: inout TableImageWriter) {
        image.add(consumers, count: marks.consumers)
        image.add(subscribers, count: marks.peers)
        image.add(peerConsumers, count: marks.peers * limits.producersPerRoomMax)
        image.add(publishers, count: marks.peers)
        image.add(repairs, count: marks.peers)
        image.add(sentPackets, count: marks.peers * SentHistory.capacity)
        var parityMark = 0
        while parityMark < freeParityCount, freeParity[parityMark] == UInt32(limits.parityMax - 1 - parityMark) {
            parityMark += 1
        }
        image.add(freeParity + parityMark, count: limits.parityMax - parityMark)
        image.add(parityGroups, count: limits.parityMax - parityMark)
    }

    /// Groups point to where they are combined.
    public mutating func relocateParity(_ move: (UnsafeMutablePointer<UInt64>, Int) -> Void) {
        let words = limits.parityMax * MemoryLayout<ParityGroup>.stride / 8
        UnsafeMutableRawPointer(parityGroups).withMemoryRebound(to: UInt64.self, capacity: words) { move($0, words) }
    }

    private mutating func writeLists(to image: inout TableImageWriter) {
        image.add(keyframePeers, count: keyframePeerCount)
        image.add(beginners, count: beginnerCount)
        image.add(laggards, count: laggardCount)
        image.add(holds, count: holdCount)
        if untoldCount > 0 { image.add(untold, count: limits.consumersMax) }
    }
}
