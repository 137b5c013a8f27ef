import Contract
import Memory
import Peer

/// Slots that the shard fills: a subscriber with fewer slots than its room has producers gets those that come first in the
/// room's ranking. A slot keeps its producer as long as that is among them, so that who speaks moves one slot and no more.
extension Forwarder {
    /// Hands a slot to the choice, or takes it back; what it carries stays until `fillSlots`, or until the ranking changes.
    public mutating func chooseConsumer(_ index: UInt32, _ isChosen: Bool) -> Bool {
        guard index < UInt32(limits.consumersMax), consumers[Int(index)].isOpen else { return false }
        let consumer = consumers + Int(index)
        consumer.pointee.isPinned = false
        setChosen(consumer: index, isChosen)
        if consumer.pointee.producer != endOfChain {
            consumer.pointee.importance = importance(of: consumer.pointee.producer, for: index)
        }
        if isChosen { tell(index) }
        return true
    }

    public mutating func fillSlots(peer: UInt32) {
        fill(peer: peer, kind: .audio)
        fill(peer: peer, kind: .video)
    }

    /// What the control side tells of slots that it fills itself.
    public mutating func bindFixed(consumer index: UInt32, producer: UInt32) -> Bool {
        guard index < UInt32(limits.consumersMax), !consumers[Int(index)].isChosen else { return false }
        return bind(consumer: index, producer: producer)
    }

    /// Makes a slot carry this producer until it is given back. One of the subscriber's chosen slots that has it, yields.
    public mutating func pinConsumer(_ index: UInt32, producer: UInt32) -> Bool {
        guard index < UInt32(limits.consumersMax), consumers[Int(index)].isOpen,
            producer < UInt32(limits.producersMax), producers[Int(producer)].isOpen
        else { return false }
        let consumer = consumers + Int(index)
        let peer = consumer.pointee.peer
        guard subscribers[Int(peer)].room == producers[Int(producer)].room else { return false }
        let carrier = consumerCarrying(producer, for: peer)
        if let carrier, carrier != index {
            guard consumers[Int(carrier)].isChosen else { return false }
            unbind(consumer: carrier)
            tell(carrier)
        }
        setChosen(consumer: index, false)
        consumer.pointee.isPinned = true
        if carrier == index {
            consumer.pointee.importance = .pinned
        } else if !bind(consumer: index, producer: producer) {
            consumer.pointee.isPinned = false
        }
        fill(peer: peer, kind: consumer.pointee.kind)
        return consumer.pointee.isPinned
    }

    /// The subscriber gets nothing of this member by choice.
    public mutating func excludeMember(peer: UInt32, _ member: MemberNumber) {
        guard subscribers[Int(peer)].isOpen else { return }
        subscribers[Int(peer)].excluded = member
        var index = subscribers[Int(peer)].firstConsumer
        while index != endOfChain {
            let producer = consumers[Int(index)].producer
            if consumers[Int(index)].isChosen, producer != endOfChain, producers[Int(producer)].member == member {
                unbind(consumer: index)
                tell(index)
            }
            index = consumers[Int(index)].nextOfPeer
        }
        fillSlots(peer: peer)
    }

    mutating func setChosen(consumer index: UInt32, _ isChosen: Bool) {
        let consumer = consumers + Int(index)
        guard consumer.pointee.isChosen != isChosen else { return }
        consumer.pointee.isChosen = isChosen
        let subscriber = subscribers + Int(consumer.pointee.peer)
        let kind = Int(consumer.pointee.kind.rawValue)
        if isChosen {
            subscriber.pointee.chosenCounts[kind] &+= 1
            rooms[Int(subscriber.pointee.room)].chosenCount += 1
        } else {
            subscriber.pointee.chosenCounts[kind] &-= 1
            rooms[Int(subscriber.pointee.room)].chosenCount -= 1
        }
    }

    /// The room's ranking has changed: who has chosen slots gets others.
    mutating func refill(room index: UInt32, kind: MediaKind) {
        guard rooms[Int(index)].chosenCount > 0 else { return }
        var member = rooms[Int(index)].firstMember
        while member != endOfChain {
            fill(peer: member, kind: kind)
            member = subscribers[Int(member)].nextInRoom
        }
    }

    /// Gives a subscriber's chosen slots the first of the ranking that are not its own.
    mutating func fill(peer: UInt32, kind: MediaKind) {
        let count = Int(subscribers[Int(peer)].chosenCounts[Int(kind.rawValue)])
        guard count > 0 else { return }
        let ranking = ranking(kind, room: subscribers[Int(peer)].room)
        /// Bits by rank: what it is to have, and what of that it has not.
        var (wanted, missing): (UInt32, UInt32) = (0, 0)
        var place = 0
        while place < ranking.pointee.count, wanted.nonzeroBitCount < count {
            let producer = ranking.pointee.producers[place]
            if isOffered(producer, to: peer) {
                let carrier = consumerCarrying(producer, for: peer)
                if carrier == nil { missing |= 1 << UInt32(place) }
                if carrier == nil || consumers[Int(carrier!)].isChosen { wanted |= 1 << UInt32(place) }
            }
            place += 1
        }
        if missing != 0 { carry(missing, wanted: wanted, to: peer, ranking) }
    }

    private mutating func isOffered(_ producer: UInt32, to peer: UInt32) -> Bool {
        producers[Int(producer)].peer != peer
            && (producers[Int(producer)].member != subscribers[Int(peer)].excluded
                || subscribers[Int(peer)].excluded == .none)
    }

    private mutating func consumerCarrying(_ producer: UInt32, for peer: UInt32) -> UInt32? {
        let entry = peerConsumers[Int(peer) * limits.producersPerRoomMax + Int(producers[Int(producer)].ordinal)]
        return entry == 0 ? nil : entry - 1
    }

    /// Empty slots first, then those whose producer is not wanted any more.
    private mutating func carry(
        _ missing: UInt32, wanted: UInt32, to peer: UInt32, _ ranking: UnsafeMutablePointer<Ranking>
    ) {
        let kind = producers[Int(ranking.pointee.producers[missing.trailingZeroBitCount])].kind
        var rest = missing
        var isSecondRound = false
        while true {
            var index = subscribers[Int(peer)].firstConsumer
            while index != endOfChain, rest != 0 {
                let consumer = consumers + Int(index)
                if consumer.pointee.isChosen, consumer.pointee.kind == kind,
                    isFree(consumer.pointee.producer, wanted: wanted, isSecondRound)
                {
                    let producer = ranking.pointee.producers[rest.trailingZeroBitCount]
                    rest &= rest - 1
                    // What was asked for was meant for the track before.
                    consumer.pointee.isPaused = false
                    consumer.pointee.wantedLayer = UInt8(Limits.layersMax - 1)
                    let isBound = bind(consumer: index, producer: producer)
                    precondition(isBound, "a producer of the room that no other slot carries can be bound")
                    tell(index)
                }
                index = consumer.pointee.nextOfPeer
            }
            if isSecondRound || rest == 0 { return }
            isSecondRound = true
        }
    }

    private mutating func isFree(_ producer: UInt32, wanted: UInt32, _ isSecondRound: Bool) -> Bool {
        guard producer != endOfChain else { return true }
        let rank = producers[Int(producer)].rank
        return isSecondRound && (rank == Ranking.unranked || wanted & 1 << UInt32(rank) == 0)
    }

    // MARK: Word to the control side

    mutating func tell(_ consumer: UInt32) {
        guard !consumers[Int(consumer)].isUntold else { return }
        consumers[Int(consumer)].isUntold = true
        untold[(untoldFirst + untoldCount) % limits.consumersMax] = consumer
        untoldCount += 1
    }

    /// A slot that was filled anew since this was last asked, and with what; nil for a place that is not open any more.
    public mutating func takeUntold() -> (ConsumerIndex, ProducerIndex)? {
        precondition(untoldCount > 0)
        let index = untold[untoldFirst]
        untoldFirst = (untoldFirst + 1) % limits.consumersMax
        untoldCount -= 1
        consumers[Int(index)].isUntold = false
        guard consumers[Int(index)].isOpen, consumers[Int(index)].isChosen else { return nil }
        let producer = consumers[Int(index)].producer
        return (ConsumerIndex(index), producer == endOfChain ? .none : ProducerIndex(producer))
    }
}
