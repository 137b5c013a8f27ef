import Contract
import Estimate
import Memory
import Peer
import Secure

/// Opening and closing rooms and members. Each returns false, and changes nothing, when the command does not fit the
/// tables' state: the caller counts it.
extension Forwarder {
    public mutating func openRoom(_ index: RoomIndex) -> Bool {
        guard index.value < UInt32(limits.roomsMax), !rooms[Int(index.value)].isOpen else { return false }
        rooms[Int(index.value)] = RoomState()
        rooms[Int(index.value)].isOpen = true
        ends.rooms = max(ends.rooms, index.value + 1)
        for kind in 0..<2 { rankings[Int(index.value) * 2 + kind] = Ranking() }
        report.pointee.roomsNow += 1
        return true
    }

    /// A room closes when nobody is in it any more, and nothing is mirrored for it.
    public mutating func closeRoom(_ index: RoomIndex) -> Bool {
        guard index.value < UInt32(limits.roomsMax), rooms[Int(index.value)].isOpen,
            rooms[Int(index.value)].memberCount == 0, rooms[Int(index.value)].producerCount == 0
        else { return false }
        rooms[Int(index.value)].isOpen = false
        report.pointee.roomsNow -= 1
        return true
    }

    public mutating func openSubscriber(_ peer: UInt32, room: RoomIndex, media: borrowing MediaMap) -> Bool {
        guard room.value < UInt32(limits.roomsMax), rooms[Int(room.value)].isOpen, !subscribers[Int(peer)].isOpen
        else { return false }
        let (key, incarnation) = (subscribers[Int(peer)].key, subscribers[Int(peer)].incarnation)
        subscribers[Int(peer)] = Subscriber(key: key, sent: sentPackets + Int(peer) * SentHistory.capacity)
        subscribers[Int(peer)].incarnation = incarnation &+ 1
        publishers[Int(peer)] = PublisherClock()
        repairs[Int(peer)] = RepairRing()
        let subscriber = subscribers + Int(peer)
        subscriber.pointee.isOpen = true
        ends.peers = max(ends.peers, peer + 1)
        subscriber.pointee.room = room.value
        setMedia(peer, media)
        joinList(peer, room: rooms + Int(room.value))
        return true
    }

    private mutating func joinList(_ peer: UInt32, room: UnsafeMutablePointer<RoomState>) {
        let first = room.pointee.firstMember
        subscribers[Int(peer)].nextInRoom = first
        if first != endOfChain { subscribers[Int(first)].previousInRoom = peer }
        room.pointee.firstMember = peer
        room.pointee.memberCount += 1
    }

    /// The negotiated payload types and extension ids, at the start and after a renegotiation.
    public mutating func setMedia(_ peer: UInt32, _ media: borrowing MediaMap) {
        let subscriber = subscribers + Int(peer)
        subscriber.pointee.payloadTypeOfCodec = media.payloadTypeOfCodec
        subscriber.pointee.rtxPayloadTypeOfCodec = media.rtxPayloadTypeOfCodec
        subscriber.pointee.carried = CarriedIds(media)
        setParity(peer, payloadType: media.fecPayloadType)
    }

    /// Keys and an address are there: what waits for this subscriber may leave now, beginning with keyframes. A subscriber
    /// that has moved may have lost packets on the way, so keyframes are asked for.
    public mutating func setReady(_ peer: UInt32, endpoint: Endpoint, tagBytes: Int) {
        let subscriber = subscribers + Int(peer)
        let wasReady = subscriber.pointee.isReady
        let hasMoved = subscriber.pointee.endpoint != endpoint
        subscriber.pointee.endpoint = endpoint
        subscriber.pointee.tagBytes = UInt8(tagBytes)
        subscriber.pointee.isReady = true
        guard !wasReady || hasMoved else { return }
        if wasReady { subscriber.pointee.estimate.moved() }
        var consumer = subscriber.pointee.firstConsumer
        while consumer != endOfChain {
            if wasReady { wantKeyframe(consumer: consumer) } else { restart(consumer: consumer) }
            consumer = consumers[Int(consumer)].nextOfPeer
        }
    }

    /// Nobody is known to listen at the subscriber's address any more: nothing goes there until `setReady`.
    public mutating func setUnready(_ peer: UInt32) { subscribers[Int(peer)].isReady = false }

    /// All consumers and producers of the peer must be closed first.
    public mutating func closeSubscriber(_ peer: UInt32) {
        let subscriber = subscribers + Int(peer)
        precondition(subscriber.pointee.isOpen && subscriber.pointee.firstConsumer == endOfChain)
        let room = rooms + Int(subscriber.pointee.room)
        let (next, previous) = (subscriber.pointee.nextInRoom, subscriber.pointee.previousInRoom)
        if next != endOfChain { subscribers[Int(next)].previousInRoom = previous }
        if previous != endOfChain {
            subscribers[Int(previous)].nextInRoom = next
        } else {
            room.pointee.firstMember = next
        }
        room.pointee.memberCount -= 1
        countEstimate(from: subscriber.pointee.share.estimateBitsPerSecond, to: 0)
        subscriber.pointee.key.wipe()
        subscriber.pointee.isOpen = false
        subscriber.pointee.isReady = false
    }
}
