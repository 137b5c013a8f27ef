import Contract
import Memory
import Peer
import Secure

/// How far the fan-out of a burst has come. It can stop at any packet when there is no free cell, and go on there.
struct FanoutCursor: BitwiseCopyable {
    /// Place in the list of active rooms.
    var room = 0
    /// Peer index; `endOfChain` before the room's first member.
    var member = endOfChain
    /// Place in the room's list of active producers.
    var producer = 0
    /// The next packet of that producer; `endOfChain` before its first.
    var slot = endOfChain
    /// What follows that packet by its number, from here on, leaves behind it; `.max` for nothing.
    var followers = UInt64.max
    /// This layer's packets above this number have had their turn, in the order of their numbers; `.max` for none.
    var followedFrom = UInt64.max
    var followedLayer: UInt8 = 0
    /// That packet was dealt with, its followers were not yet.
    var isFollowed = false
}

/// A producer, one of its consumers, and whose that is.
struct FanoutPair: BitwiseCopyable {
    var producer: UnsafeMutablePointer<ProducerState>
    var consumer: UnsafeMutablePointer<ConsumerState>
    var subscriber: UnsafeMutablePointer<Subscriber>
}

/// The second half: subscriber by subscriber, so that one key schedule and one run stay in the cache.
extension Forwarder {
    /// Builds runs until the burst has left, no cell is free or there are `runsPerFlush`. True: send what is in `departures`,
    /// then call again.
    public mutating func depart(now: UInt64, departures: inout Departures) -> Bool {
        while cursor.room < activeRoomCount {
            let before = report.pointee.forwarded
            let hasLeft = departRoom(activeRooms[cursor.room], now: now, departures: &departures)
            countForwarded(since: before, room: activeRooms[cursor.room])
            guard hasLeft else {
                run.close(&departures)
                cipher.finish()
                return true
            }
            cursor = FanoutCursor(room: cursor.room + 1)
        }
        cipher.finish()
        endBurst()
        return false
    }

    /// Per room and burst: counts what has left since under the size of its room.
    mutating func countForwarded(since before: UInt64, room: UInt32) {
        let size = RoomSize(members: rooms[Int(room)].memberCount)
        report.pointee.forwardedBySize[Int(size.rawValue)] &+= report.pointee.forwarded &- before
    }

    private mutating func departRoom(_ index: UInt32, now: UInt64, departures: inout Departures) -> Bool {
        let room = rooms + Int(index)
        if cursor.member == endOfChain {
            skipUnheard(index)
            levelRoom(index)
            cursor.member = room.pointee.firstMember
        }
        while cursor.member != endOfChain {
            foresee(after: cursor.member, room: index)
            guard departMember(cursor.member, room: room, index: index, now: now, departures: &departures) else {
                return false
            }
            run.close(&departures)
            cursor = FanoutCursor(room: cursor.room, member: subscribers[Int(cursor.member)].nextInRoom)
            // The first subscribers need not wait for the last, and the next runs are built in cells that are still warm.
            if departures.count >= runsPerFlush, cursor.member != endOfChain { return false }
        }
        return true
    }

    private mutating func departMember(
        _ peer: UInt32, room: UnsafeMutablePointer<RoomState>, index: UInt32, now: UInt64,
        departures: inout Departures
    ) -> Bool {
        flight?.at(peer: peer)
        if subscribers[Int(peer)].pace.isOn { subscribers[Int(peer)].pace.fill(now: now) }
        let actives = roomActives + Int(index) * limits.producersPerRoomMax
        let row = peerConsumers + Int(peer) * limits.producersPerRoomMax
        while cursor.producer < Int(room.pointee.activeCount) {
            let producer = producers + Int(actives[cursor.producer])
            let entry = row[Int(producer.pointee.ordinal)]
            if entry != 0 {
                guard departProducer(producer, consumer: entry - 1, peer: peer, now: now, departures: &departures)
                else { return false }
            }
            cursor.producer += 1
            cursor.slot = endOfChain
            cursor.followedFrom = .max
        }
        return true
    }

    private mutating func departProducer(
        _ producer: UnsafeMutablePointer<ProducerState>, consumer index: UInt32, peer: UInt32, now: UInt64,
        departures: inout Departures
    ) -> Bool {
        let pair = FanoutPair(
            producer: producer, consumer: consumers + Int(index), subscriber: subscribers + Int(peer))
        if cursor.slot == endOfChain { cursor.slot = producer.pointee.burstFirst }
        while cursor.slot != endOfChain {
            if !cursor.isFollowed, !wasFollower(cursor.slot, of: producer) {
                guard offer(cursor.slot, to: pair, now: now, departures: &departures) else { return false }
            }
            if cursor.followers != .max {
                cursor.isFollowed = true
                guard offerFollowers(to: pair, now: now, departures: &departures) else { return false }
                cursor.isFollowed = false
                cursor.followers = .max
            }
            cursor.slot = facts[Int(cursor.slot)].next
        }
        return true
    }

    /// Sends a packet, or counts why not. False when no cell is free: nothing has happened then but that the consumer may
    /// have turned to the packet's layer.
    mutating func offer(
        _ slot: UInt32, to pair: FanoutPair, now: UInt64, departures: inout Departures
    ) -> Bool {
        let fact = facts + Int(slot)
        if pair.subscriber.pointee.pace.isOn, mustWait(fact, for: pair) { return true }
        let reason = refusal(
            fact, producer: pair.producer, consumer: pair.consumer, subscriber: pair.subscriber, now: now)
        guard let reason else {
            // It may have turned to this layer just now.
            if pair.subscriber.pointee.pace.isOn, mustWait(fact, for: pair) { return true }
            return send(
                fact, slot: slot, consumer: pair.consumer, subscriber: pair.subscriber, now: now,
                departures: &departures)
        }
        report.pointee.offered &+= 1
        drop(reason)
        return true
    }

    /// The packet that a stretch begins with was overtaken, or lost and repaired: what came before it was refused, and is
    /// taken out of the history now. Its subscriber would ask for it, or could not. What comes later in this burst takes
    /// its turn among them: behind higher numbers, it would leave holes where it is left out.
    private mutating func offerFollowers(to pair: FanoutPair, now: UInt64, departures: inout Departures) -> Bool {
        let layer = Int(facts[Int(cursor.slot)].layer)
        while cursor.followers <= pair.producer.pointee.histories[layer].newest {
            let place = cursor.followers
            let slot = pair.producer.pointee.histories[layer].slot(for: place, facts: facts)
            if let slot, !facts[Int(slot)].frame.has(.awaitsStructure),
                !offer(slot, to: pair, now: now, departures: &departures)
            {
                // A stretch may have begun with it: it has its turn again all the same.
                cursor.followers = place
                return false
            }
            cursor.followers = place + 1
        }
        return true
    }

    /// A packet of this burst had its turn when the stretch began that it is part of.
    @inline(__always)
    private mutating func wasFollower(_ slot: UInt32, of producer: UnsafeMutablePointer<ProducerState>) -> Bool {
        guard cursor.followedFrom != .max else { return false }
        let (layer, sequence) = (facts[Int(slot)].layer, facts[Int(slot)].sequence)
        // What a leap of the numbers put out of the history was not found there.
        return layer == cursor.followedLayer && sequence > cursor.followedFrom
            && producer.pointee.histories[Int(layer)].slot(for: sequence, facts: facts) == slot
    }

    /// Writes one packet into the subscriber's run. False when no cell is free: nothing has happened then.
    private mutating func send(
        _ fact: UnsafeMutablePointer<PacketFacts>, slot: UInt32, consumer: UnsafeMutablePointer<ConsumerState>,
        subscriber: UnsafeMutablePointer<Subscriber>, now: UInt64, departures: inout Departures
    ) -> Bool {
        let place = Int(consumer.pointee.epoch & 3)
        let ids = consumer.pointee.ids[place]
        guard let rewriting = rewriting(fact, consumer: consumer, epoch: consumer.pointee.epoch) else {
            report.pointee.offered &+= 1
            drop(.sourceTooOld)
            return true
        }
        let transportId = subscriber.pointee.carried.transport(consumer.pointee.kind)
        let headerBytes = HeaderRewriter.headerBytes(
            fact.pointee, ids: subscriber.pointee.carried, rewriting: rewriting, transportId: transportId)
        let form = form(of: fact, consumer: consumer, subscriber: subscriber)
        let payloadBytes = form.bytes + Int(fact.pointee.levelling)
        let total = headerBytes + payloadBytes + Int(subscriber.pointee.tagBytes)
        guard let out = run.place(for: total, destination: subscriber.pointee.endpoint, departures: &departures)
        else {
            // It may never leave: the ids of another source would not follow those that did.
            consumer.pointee.ids[place] = ids
            return false
        }
        report.pointee.offered &+= 1
        guard
            var header = translate(
                fact, as: form.payloadType, isMarked: rewriting.isMarked, consumer: consumer, now: now)
        else {
            consumer.pointee.ids[place] = ids
            drop(.sourceTooOld)
            return true
        }
        if transportId > 0 {
            header.fields.transportId = transportId
            header.fields.transportNumber = subscriber.pointee.estimate.sent(bytes: total, now: now)
        }
        let packet = UnsafeRawPointer(memory(of: slot))
        let written = HeaderRewriter.write(
            header.fields, facts: fact.pointee, packet: packet, ids: subscriber.pointee.carried, rewriting: rewriting,
            to: out)
        var payload = packet + form.offset
        if form.isComposed {
            compose(form, of: fact, payload: payload, consumer: consumer, at: out + written)
            payload = UnsafeRawPointer(out + written)
        } else if rewriting.changesPayload {
            // The slot is everybody's. The cipher takes one piece, so the payload is joined where it will lie.
            (out + written).copyMemory(from: payload, byteCount: payloadBytes)
            rewriting.apply(fact.pointee.frame, to: out + written)
            payload = UnsafeRawPointer(out + written)
        }
        if subscriber.pointee.protection.share > 0, consumer.pointee.kind == .video {
            let numberOffset = HeaderRewriter.numberOffset(
                fact.pointee, ids: subscriber.pointee.carried, rewriting: rewriting, transportId: transportId)
            let plain = PlainPacket(
                index: header.index, header: UnsafeRawPointer(out), headerBytes: written, payload: payload,
                payloadBytes: payloadBytes, numberOffset: numberOffset, isMarked: header.fields.isMarked)
            protect(plain, consumer: consumer, subscriber: subscriber)
        }
        let sealed = cipher.sealRtp(
            subscriber.pointee.key, out: out, headerLength: written, payload: payload, payloadLength: payloadBytes,
            ssrc: consumer.pointee.ssrc, index: header.index)
        precondition(sealed == total && written == headerBytes)
        run.append(total, isUrgent: fact.pointee.codec.isAudio)
        consumer.pointee.sentTimestamp = header.fields.timestamp
        consumer.pointee.sentCodec = fact.pointee.codec
        consumer.pointee.sentEnd = max(consumer.pointee.sentEnd, header.index + 1)
        count(total, payloadBytes: form.bytes, consumer: consumer, subscriber: subscriber)
        if consumer.pointee.parity != endOfChain {
            sendParity(of: consumer, subscriber: subscriber, now: now, departures: &departures)
        }
        return true
    }

    /// The consumer's own sequence number and timestamp for a packet; nil when it comes too late to have any.
    private mutating func translate(
        _ fact: UnsafeMutablePointer<PacketFacts>, as payloadType: UInt8, isMarked: Bool,
        consumer: UnsafeMutablePointer<ConsumerState>, now: UInt64
    ) -> (fields: OutgoingHeader, index: UInt64)? {
        let source = consumer.pointee.epoch
        guard let outgoing = consumer.pointee.sequence.forward(fact.pointee.sequence, source: source),
            let timestamp = consumer.pointee.timestamp.translate(
                fact.pointee.timestamp, outgoing: outgoing, now: fact.pointee.arrivalNanoseconds)
        else { return nil }
        let isMarked = isMarked || consumer.pointee.beginsTalk
        consumer.pointee.beginsTalk = false
        let fields = OutgoingHeader(
            payloadType: payloadType, isMarked: isMarked, sequence: UInt16(truncatingIfNeeded: outgoing),
            timestamp: timestamp,
            ssrc: consumer.pointee.ssrc, isPadded: fact.pointee.levelling > 0)
        return (fields, outgoing)
    }

    private mutating func count(
        _ total: Int, payloadBytes: Int, consumer: UnsafeMutablePointer<ConsumerState>,
        subscriber: UnsafeMutablePointer<Subscriber>
    ) {
        consumer.pointee.report.packetsSent &+= 1
        consumer.pointee.report.bytesSent &+= UInt64(payloadBytes)
        subscriber.pointee.countSent(bytes: total)
        subscriber.pointee.pace.spend(total)
        report.pointee.forwarded &+= 1
        report.pointee.bytesForwarded &+= UInt64(total)
    }
}
