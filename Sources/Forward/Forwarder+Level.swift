import Contract
import Memory

/// Encoders cut a frame into packets whose lengths differ by a byte, and a run must end with its first shorter one. A byte
/// of RTP padding (RFC 3550 §5.1) on the shorter ones keeps the frame in one run; more than one byte gains nothing.
extension Forwarder {
    /// Before the fan-out of a burst: once for all subscribers of a room.
    mutating func levelRoom(_ room: UInt32) {
        let row = roomActives + Int(room) * limits.producersPerRoomMax
        for place in 0..<Int(rooms[Int(room)].activeCount) {
            let producer = producers + Int(row[place])
            if producer.pointee.kind == .video, producer.pointee.burstFirst != producer.pointee.burstLast {
                Levelling.level(from: producer.pointee.burstFirst, facts: facts)
            }
        }
    }
}

enum Levelling {
    /// Sets `levelling` of the packets in the chain that begins at `first`.
    static func level(from first: UInt32, facts: UnsafeMutablePointer<PacketFacts>) {
        var groups = InlineArray<3, LevelGroup>(repeating: LevelGroup())
        var slot = first
        while slot != endOfChain {
            let fact = facts + Int(slot)
            let layer = Int(fact.pointee.layer)
            let length = length(fact)
            switch groups[layer].place(of: length, timestamp: fact.pointee.timestamp) {
            case .alone: groups[layer] = LevelGroup(first: slot, length: length, timestamp: fact.pointee.timestamp)
            case .longest: break
            case .shorter: pad(fact)
            case .longer:
                pad(from: groups[layer].first, until: slot, layer: fact.pointee.layer, facts: facts)
                groups[layer].length = length
                groups[layer].isRaised = true
            }
            slot = fact.pointee.next
        }
    }

    /// What it takes in a run, but for what is the same in all packets of a subscriber.
    private static func length(_ fact: UnsafeMutablePointer<PacketFacts>) -> Int {
        var bytes = Int(fact.pointee.payloadBytes)
        var place = 0
        while place < CarriedExtension.count {
            bytes += Int(fact.pointee.extensions[place].length)
            place += 1
        }
        return bytes
    }

    private static func pad(
        from first: UInt32, until last: UInt32, layer: UInt8, facts: UnsafeMutablePointer<PacketFacts>
    ) {
        var slot = first
        while slot != last {
            if facts[Int(slot)].layer == layer { pad(facts + Int(slot)) }
            slot = facts[Int(slot)].next
        }
    }

    /// The byte that says "one byte of padding" was put behind the payload when the packet was accepted.
    private static func pad(_ fact: UnsafeMutablePointer<PacketFacts>) {
        if paddingOffset(fact) != nil { fact.pointee.levelling = 1 }
    }

    /// Where in its slot a byte of padding has its place; nil when the packet fills the slot.
    static func paddingOffset(_ fact: UnsafeMutablePointer<PacketFacts>) -> Int? {
        let end = Int(fact.pointee.payloadOffset) + Int(fact.pointee.payloadBytes)
        return end < Limits.slotBytes ? end : nil
    }
}

/// Packets of one layer and one frame whose lengths differ by a byte at most.
struct LevelGroup: BitwiseCopyable {
    enum Place { case alone, shorter, longest, longer }

    var first = endOfChain
    /// Of the longest.
    var length = 0
    var timestamp: UInt32 = 0
    /// There are shorter ones: a packet that is longer still belongs to another group.
    var isRaised = false

    init() {}

    init(first: UInt32, length: Int, timestamp: UInt32) {
        self.first = first
        self.length = length
        self.timestamp = timestamp
    }

    mutating func place(of length: Int, timestamp: UInt32) -> Place {
        guard first != endOfChain, timestamp == self.timestamp else { return .alone }
        if length == self.length { return .longest }
        if length == self.length - 1 {
            isRaised = true
            return .shorter
        }
        return length == self.length + 1 && !isRaised ? .longer : .alone
    }
}
