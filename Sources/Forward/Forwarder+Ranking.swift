import Contract
import Memory
import Peer

/// Which of a room's producers come first: of sound, who speaks or spoke last; of pictures, screens, then the cameras of
/// the last speakers. Kept once for the room; what each subscriber gets of it says `Forwarder+Choice.swift`.
extension Forwarder {
    @inline(__always)
    mutating func ranking(_ kind: MediaKind, room: UInt32) -> UnsafeMutablePointer<Ranking> {
        rankings + (Int(room) * 2 + Int(kind.rawValue))
    }

    private mutating func put(_ producer: UInt32, at place: Int, in ranking: UnsafeMutablePointer<Ranking>) {
        ranking.pointee.producers[place] = producer
        producers[Int(producer)].rank = UInt8(place)
    }

    /// A producer was opened: screens come before cameras, whatever else behind those who are there.
    mutating func rank(producer index: UInt32) {
        let producer = producers + Int(index)
        let ranking = ranking(producer.pointee.kind, room: producer.pointee.room)
        if ranking.pointee.count < Ranking.capacity {
            put(index, at: ranking.pointee.count, in: ranking)
            ranking.pointee.count += 1
        }
        let isFirst = producer.pointee.source == .screen || isCameraOfSpeaker(index)
        if isFirst, producer.pointee.kind == .video { moveForward(index) }
        refill(room: producer.pointee.room, kind: producer.pointee.kind)
    }

    /// A producer was closed: the next takes its place.
    mutating func unrank(producer index: UInt32) {
        let producer = producers + Int(index)
        let (kind, room) = (producer.pointee.kind, producer.pointee.room)
        let ranking = ranking(kind, room: room)
        if producer.pointee.rank != Ranking.unranked {
            var place = Int(producer.pointee.rank) + 1
            while place < ranking.pointee.count {
                put(ranking.pointee.producers[place], at: place - 1, in: ranking)
                place += 1
            }
            ranking.pointee.count -= 1
            producer.pointee.rank = Ranking.unranked
            if let next = firstUnranked(kind, room: room) {
                put(next, at: ranking.pointee.count, in: ranking)
                ranking.pointee.count += 1
            }
        }
        refill(room: room, kind: kind)
    }

    private mutating func firstUnranked(_ kind: MediaKind, room: UInt32) -> UInt32? {
        for ordinal in 0..<rooms[Int(room)].ordinalCount {
            guard let index = producer(room: room, ordinal: ordinal), producers[Int(index)].kind == kind,
                producers[Int(index)].rank == Ranking.unranked
            else { continue }
            return index
        }
        return nil
    }

    /// Muted: who is heard or seen goes first.
    mutating func yield(producer index: UInt32) {
        let producer = producers + Int(index)
        if producer.pointee.kind == .audio {
            meters[Int(index)] = SpeechMeter()
        } else if producer.pointee.rank != Ranking.unranked {
            let ranking = ranking(.video, room: producer.pointee.room)
            for place in Int(producer.pointee.rank)..<ranking.pointee.count - 1 {
                put(ranking.pointee.producers[place + 1], at: place, in: ranking)
            }
            put(index, at: ranking.pointee.count - 1, in: ranking)
            refill(room: producer.pointee.room, kind: .video)
        }
    }

    /// Puts a picture before all others of its kind, which keep their order.
    private mutating func moveForward(_ index: UInt32) {
        let producer = producers + Int(index)
        let ranking = ranking(.video, room: producer.pointee.room)
        var place = Int(producer.pointee.rank)
        if place == Int(Ranking.unranked) {
            place = ranking.pointee.count - 1
            producers[Int(ranking.pointee.producers[place])].rank = Ranking.unranked
        }
        let isScreen = producer.pointee.source == .screen
        while place > 0 {
            let above = ranking.pointee.producers[place - 1]
            if !isScreen, producers[Int(above)].source == .screen { break }
            put(above, at: place, in: ranking)
            place -= 1
        }
        put(index, at: place, in: ranking)
    }

    // MARK: Sound

    /// By how much louder one must be to put out another who speaks, and for how long a place is safe from that.
    private static var marginDecibels: UInt8 { 6 }
    private static var safeNanoseconds: UInt64 { 500_000_000 }

    /// Gives who speaks the first place of one who is silent, or much quieter. Those who are silent keep their order and move
    /// down one behind the other, so that who spoke longest ago goes out.
    mutating func promote(_ index: UInt32, now: UInt64) -> Bool {
        let producer = producers + Int(index)
        let ranking = ranking(.audio, room: producer.pointee.room)
        let end = min(Int(producer.pointee.rank), ranking.pointee.count)
        var place = 0
        while place < end, !yields(ranking.pointee.producers[place], to: index, now: now) { place += 1 }
        guard place < end else { return false }
        var moved = ranking.pointee.producers[place]
        put(index, at: place, in: ranking)
        producer.pointee.rankedNanoseconds = now
        place += 1
        while place < end {
            let other = ranking.pointee.producers[place]
            if meters[Int(other)].isSilent(now: now) {
                put(moved, at: place, in: ranking)
                moved = other
            }
            place += 1
        }
        if end < ranking.pointee.count {
            put(moved, at: end, in: ranking)
        } else {
            producers[Int(moved)].rank = Ranking.unranked
        }
        return true
    }

    private mutating func yields(_ present: UInt32, to other: UInt32, now: UInt64) -> Bool {
        if meters[Int(present)].isSilent(now: now) { return true }
        let margin = meters[Int(present)].loudness(now: now) &+ Self.marginDecibels
        return meters[Int(other)].loudness(now: now) >= margin
            && now &- producers[Int(present)].rankedNanoseconds >= Self.safeNanoseconds
    }

    // MARK: Who speaks

    /// How often a room is asked who speaks.
    private static var speakerNanoseconds: UInt64 { 20_000_000 }

    /// A packet of sound is in a slot, its facts filled in; call before it is accepted. Who became dominant in its room by
    /// it; `.none` for no change.
    public mutating func noteSound(slot: UInt32, producer index: UInt32, now: UInt64) -> ProducerIndex {
        let producer = producers + Int(index)
        guard producer.pointee.kind == .audio, !producer.pointee.isPaused else { return .none }
        let fact = facts + Int(slot)
        guard fact.pointee.payloadBytes > 0 else { return .none }
        let level = audioLevel(slot)
        producer.pointee.audioLevel = level ?? 127
        meters[Int(index)].update(
            level: level, payloadBytes: Int(fact.pointee.payloadBytes), timestamp: fact.pointee.timestamp, now: now)
        if producer.pointee.rank > 0, meters[Int(index)].isSpeaking(now: now), promote(index, now: now) {
            refill(room: producer.pointee.room, kind: .audio)
        }
        let room = rooms + Int(producer.pointee.room)
        guard now >= room.pointee.speakerDueNanoseconds else { return .none }
        room.pointee.speakerDueNanoseconds = now + Self.speakerNanoseconds
        return findSpeaker(producer.pointee.room, now: now)
    }

    /// RFC 6464: how loud a packet of sound is, in -dBov; nil when it does not say.
    private mutating func audioLevel(_ slot: UInt32) -> UInt8? {
        let place = facts[Int(slot)].extensions[0]
        guard place.length > 0 else { return nil }
        return memory(of: slot).load(fromByteOffset: Int(place.offset), as: UInt8.self) & 0x7F
    }

    private mutating func findSpeaker(_ index: UInt32, now: UInt64) -> ProducerIndex {
        let present = rooms[Int(index)].announcedSpeaker
        let ranking = ranking(.audio, room: index)
        let before = present == .none ? SpeechMeter() : meters[Int(present.value)]
        var most: Float = -.infinity
        var found = ProducerIndex.none
        for place in 0..<ranking.pointee.count where ranking.pointee.producers[place] != present.value {
            let candidate = ranking.pointee.producers[place]
            guard let lead = speakerChoice.lead(of: meters[Int(candidate)], over: before, now: now), lead > most else {
                continue
            }
            most = lead
            found = ProducerIndex(candidate)
        }
        if found != .none { setSpeaker(found, room: index) }
        return found
    }

    private mutating func setSpeaker(_ speaker: ProducerIndex, room index: UInt32) {
        let before = rooms[Int(index)].announcedSpeaker
        rooms[Int(index)].announcedSpeaker = speaker
        for ordinal in 0..<rooms[Int(index)].ordinalCount {
            guard let producer = producer(room: index, ordinal: ordinal), producers[Int(producer)].kind == .video,
                producers[Int(producer)].source == .camera
            else { continue }
            let member = producers[Int(producer)].member
            if isCameraOfSpeaker(producer) {
                moveForward(producer)
                weigh(producer)
            } else if before != .none, member == producers[Int(before.value)].member {
                weigh(producer)
            }
        }
        refill(room: index, kind: .video)
    }

    /// True when it was its room's dominant speaker; nobody is then.
    public mutating func forgetSpeaker(_ index: UInt32) -> Bool {
        let room = rooms + Int(producers[Int(index)].room)
        guard room.pointee.announcedSpeaker == ProducerIndex(index) else { return false }
        room.pointee.announcedSpeaker = .none
        return true
    }

    mutating func isCameraOfSpeaker(_ index: UInt32) -> Bool {
        let producer = producers + Int(index)
        let speaker = rooms[Int(producer.pointee.room)].announcedSpeaker
        return speaker != .none && producer.pointee.source == .camera && producer.pointee.member != .none
            && producers[Int(speaker.value)].member == producer.pointee.member
    }

    // MARK: What matters

    mutating func importance(of producer: UInt32, for consumer: UInt32) -> Importance {
        if consumers[Int(consumer)].isPinned { return .pinned }
        if producers[Int(producer)].source == .screen { return .screen }
        return isCameraOfSpeaker(producer) ? .speaker : .other
    }

    private mutating func weigh(_ producer: UInt32) {
        forEachConsumer(of: producers + Int(producer)) {
            $0.consumers[Int($1)].importance = $0.importance(of: producer, for: $1)
        }
    }
}
