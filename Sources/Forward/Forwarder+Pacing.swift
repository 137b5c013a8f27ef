import Contract
import Memory
import Peer

/// Pacing: what waits, and how it goes on.
///
/// Nothing is queued. A consumer that is behind has a place in the history of the layer that it carries; a timer goes on
/// from there, one run at a time, the most important consumer first. Where a consumer turns to another layer, what it has
/// not sent of the old one is left out: its outgoing numbers follow those that did leave.
extension Forwarder {
    // MARK: The pace

    /// The subscriber's link carries so many bits a second; 0 for unknown, which holds nothing back.
    ///
    /// - Parameter isStrained: it carries less than what leaves now.
    public mutating func setPace(_ peer: UInt32, bitsPerSecond: UInt64, isStrained: Bool = false, now: UInt64) {
        guard isPacing else { return }
        subscribers[Int(peer)].pace.set(estimate: bitsPerSecond, isStrained: isStrained, now: now)
    }

    // MARK: In the burst

    /// Whether the packet, which its consumer carries, is to leave later. Its consumer is behind then.
    mutating func mustWait(_ fact: UnsafeMutablePointer<PacketFacts>, for pair: FanoutPair) -> Bool {
        let consumer = pair.consumer
        guard consumer.pointee.kind == .video, !isCatchingUp, fact.pointee.layer == consumer.pointee.currentLayer,
            fact.pointee.generation == pair.producer.pointee.generations[Int(fact.pointee.layer)],
            pair.subscriber.pointee.pace.isBehind || pair.subscriber.pointee.pace.isSpent,
            // One that was repaired upstream has its number kept free among those that left.
            fact.pointee.sequence > consumer.pointee.sequence.highestIncoming
        else { return false }
        consumer.pointee.putBehind(from: fact.pointee.sequence)
        pair.subscriber.pointee.pace.isBehind = true
        list(pair.subscriber)
        return true
    }

    /// Brings the subscriber to the timer's notice.
    mutating func list(_ subscriber: UnsafeMutablePointer<Subscriber>) {
        guard !subscriber.pointee.pace.isListed, laggardCount < limits.peersMax else { return }
        subscriber.pointee.pace.isListed = true
        laggards[laggardCount] = UInt32(truncatingIfNeeded: subscriber - subscribers)
        laggardCount += 1
    }

    /// A subscriber whose timer is to be set, removed from the list; nil when there is none.
    public mutating func takeLaggard() -> UInt32? {
        guard laggardCount > 0 else { return nil }
        laggardCount -= 1
        return laggards[laggardCount]
    }

    /// When a subscriber that is behind may go on.
    public mutating func paceDeadline(of peer: UInt32, now: UInt64) -> UInt64 {
        subscribers[Int(peer)].pace.dueNanoseconds(now: now)
    }

    /// The consumer begins with another source: what it has not sent of the old one stays where it is.
    mutating func abandonBacklog(of consumer: UnsafeMutablePointer<ConsumerState>) {
        guard consumer.pointee.isBehind, consumer.pointee.producer != endOfChain else { return }
        let producer = producers + Int(consumer.pointee.producer)
        let newest = producer.pointee.histories[Int(consumer.pointee.currentLayer)].newest
        let place = consumer.pointee.behindFrom
        consumer.pointee.behindFrom = .max
        if newest >= place { leaveOut(newest - place + 1) }
    }

    private mutating func leaveOut(_ packets: UInt64) {
        report.pointee.offered &+= packets
        report.pointee.drops[Int(DropReason.fellBehind.rawValue)] &+= packets
    }

    // MARK: By the timer

    /// Sends one run of what waits for a subscriber. Returns when to call again, `.max` when nothing waits any more.
    public mutating func goOn(_ peer: UInt32, now: UInt64, departures: inout Departures) -> UInt64 {
        let subscriber = subscribers + Int(peer)
        subscriber.pointee.pace.isListed = false
        guard subscriber.pointee.isOpen else { return .max }
        subscriber.pointee.pace.fill(now: now)
        isCatchingUp = true
        let before = report.pointee.forwarded
        let hadCells =
            repair(peer, now: now, departures: &departures) && catchUp(peer, now: now, departures: &departures)
        isCatchingUp = false
        countForwarded(since: before, room: subscriber.pointee.room)
        run.close(&departures)
        cursor = FanoutCursor()
        let isBehind = !repairs[Int(peer)].isEmpty || mostUrgent(of: peer) != endOfChain
        subscriber.pointee.pace.isBehind = isBehind
        guard isBehind else { return .max }
        subscriber.pointee.pace.isListed = true
        return hadCells ? subscriber.pointee.pace.dueNanoseconds(now: now) : now
    }

    /// False when no cell was free.
    private mutating func catchUp(_ peer: UInt32, now: UInt64, departures: inout Departures) -> Bool {
        while subscribers[Int(peer)].pace.maySend {
            let index = mostUrgent(of: peer)
            guard index != endOfChain else { return true }
            let consumer = consumers + Int(index)
            let pair = FanoutPair(
                producer: producers + Int(consumer.pointee.producer), consumer: consumer,
                subscriber: subscribers + Int(peer))
            guard catchUp(pair, now: now, departures: &departures) else { return false }
        }
        return true
    }

    /// The consumer that goes on first: the most important one, of equals the one that waits for the older packet.
    private mutating func mostUrgent(of peer: UInt32) -> UInt32 {
        var best = endOfChain
        var bestOrder: UInt32 = 0
        var index = subscribers[Int(peer)].firstConsumer
        while index != endOfChain {
            let consumer = consumers + Int(index)
            defer { index = consumer.pointee.nextOfPeer }
            guard consumer.pointee.isBehind, consumer.pointee.producer != endOfChain else { continue }
            let order = order(behind: consumer)
            if best != endOfChain {
                let priority = consumers[Int(best)].priority
                guard consumer.pointee.priority >= priority else { continue }
                let isOlder = Int32(bitPattern: order &- bestOrder) < 0
                guard consumer.pointee.priority > priority || isOlder else { continue }
            }
            (best, bestOrder) = (index, order)
        }
        return best
    }

    private mutating func order(behind consumer: UnsafeMutablePointer<ConsumerState>) -> UInt32 {
        let producer = producers + Int(consumer.pointee.producer)
        let layer = Int(consumer.pointee.currentLayer)
        let slot = producer.pointee.histories[layer].slot(for: consumer.pointee.behindFrom, facts: facts)
        return slot.map { facts[Int($0)].order } ?? arrivals
    }

    /// Sends what the consumer is behind with for as long as the budget lasts. False when no cell was free.
    private mutating func catchUp(_ pair: FanoutPair, now: UInt64, departures: inout Departures) -> Bool {
        let consumer = pair.consumer
        while consumer.pointee.isBehind, pair.subscriber.pointee.pace.maySend {
            guard let slot = nextSlot(behind: pair, now: now) else { return true }
            let before = report.pointee.forwarded
            guard offer(slot, to: pair, now: now, departures: &departures) else { return false }
            if report.pointee.forwarded != before {
                let arrival = facts[Int(slot)].arrivalNanoseconds
                report.pointee.pacingTime.add(now - min(arrival, now), count: report.pointee.forwarded &- before)
            }
            if consumer.pointee.isBehind { consumer.pointee.behindFrom = facts[Int(slot)].sequence + 1 }
        }
        _ = nextSlot(behind: pair, now: now)
        return true
    }

    /// The packet that a consumer sends next, to which its place is moved; nil when it is behind no more.
    private mutating func nextSlot(behind pair: FanoutPair, now: UInt64) -> UInt32? {
        let consumer = pair.consumer
        guard consumer.pointee.isBehind else { return nil }
        let layer = Int(consumer.pointee.currentLayer)
        let newest = pair.producer.pointee.histories[layer].newest
        let isEmpty = pair.producer.pointee.histories[layer].isEmpty
        let oldest = isEmpty ? newest + 1 : pair.producer.pointee.histories[layer].oldest
        if consumer.pointee.behindFrom < oldest {
            loseBacklog(pair, until: oldest)
            return nil
        }
        while consumer.pointee.behindFrom <= newest {
            let place = consumer.pointee.behindFrom
            // What awaits its structure comes by the burst when that has come; its number stays free for it.
            if let slot = pair.producer.pointee.histories[layer].slot(for: place, facts: facts),
                !facts[Int(slot)].frame.has(.awaitsStructure)
            {
                let age = now - min(facts[Int(slot)].arrivalNanoseconds, now)
                guard age > Pace.backlogNanosecondsMax else { return slot }
                loseBacklog(pair, until: newest + 1)
                return nil
            }
            consumer.pointee.behindFrom = place + 1
        }
        consumer.pointee.behindFrom = .max
        return nil
    }

    /// What was next has waited too long, or has fallen out of the history: the picture goes on with a keyframe.
    private mutating func loseBacklog(_ pair: FanoutPair, until oldest: UInt64) {
        leaveOut(oldest - pair.consumer.pointee.behindFrom)
        pair.consumer.pointee.behindFrom = .max
        pair.consumer.pointee.current = .nothing
        wantKeyframe(producer: pair.consumer.pointee.producer, layer: pair.consumer.pointee.targetLayer)
    }

    // MARK: Retransmissions

    /// Sends again what a NACK asks for, now or when the budget allows.
    public mutating func answerNack(
        consumer index: UInt32, sequence: UInt16, now: UInt64, departures: inout Departures
    ) -> Retransmission {
        let peer = consumers[Int(index)].peer
        let subscriber = subscribers + Int(peer)
        guard subscriber.pointee.pace.isOn else {
            return retransmit(consumer: index, sequence: sequence, now: now, departures: &departures)
        }
        subscriber.pointee.pace.fill(now: now)
        guard subscriber.pointee.pace.isSpent || !repairs[Int(peer)].isEmpty else {
            return retransmit(consumer: index, sequence: sequence, now: now, departures: &departures)
        }
        if shedding.shedsRetransmissions { return .shed }
        guard repairs[Int(peer)].push(consumer: index, sequence: sequence) else { return .unknown }
        subscriber.pointee.pace.isBehind = true
        list(subscriber)
        return .sent
    }

    /// False when no cell was free.
    private mutating func repair(_ peer: UInt32, now: UInt64, departures: inout Departures) -> Bool {
        let ring = repairs + Int(peer)
        while subscribers[Int(peer)].pace.maySend, let next = ring.pointee.front() {
            // Its consumer may have closed, and its place be another peer's.
            let consumer = consumers + Int(next.consumer)
            if consumer.pointee.isOpen, consumer.pointee.peer == peer {
                let result = retransmit(
                    consumer: next.consumer, sequence: next.sequence, now: now, departures: &departures)
                if result == .noCell { return false }
            }
            ring.pointee.advance()
        }
        return true
    }
}

extension ConsumerState {
    /// It has packets in the history that are to leave yet. What was true of another source is not of this one.
    @inline(__always)
    var isBehind: Bool { behindFrom != .max && behindEpoch == epoch && currentLayer != ConsumerState.noLayer }

    mutating func putBehind(from sequence: UInt64) {
        behindFrom = isBehind ? min(behindFrom, sequence) : sequence
        behindEpoch = epoch
    }
}
