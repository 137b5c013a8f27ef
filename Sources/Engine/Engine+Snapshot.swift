import Contract
import Forward
import Memory
import Peer
import Secure
import Snapshot

/// A shard's media as data: what another process, or another host, goes on with.
///
/// Rooms, peers, producers and consumers are opened in the new engine by the commands that open them everywhere. What this
/// carries lies over them: addresses, keys, indices and numbers, so that what leaves next follows what left last. Call
/// both between bursts, and give the old engine no datagram after `snapshot` unless it goes on itself.
extension Engine {
    /// Releases that write another number are not read.
    public static let snapshotFormat: UInt32 = 1

    public mutating func snapshot(now: UInt64) -> [UInt8] {
        var book = SnapshotBook(capacity: 4096 + Int(report.pointee.peersNow) * 4096)
        carry(&book, now: now)
        return book.bytes
    }

    /// Lays a snapshot over what commands have opened. After a failure the engine is of no use any more.
    public mutating func restore(_ snapshot: [UInt8], now: UInt64) throws(SnapshotFailure) {
        var book = SnapshotBook(reading: snapshot)
        carry(&book, now: now)
        if let failure = book.failure { throw failure }
        for index in 0..<forward.ends.peers where peers[Int(index)].isOpen { goOn(index) }
    }

    private mutating func carry(_ book: inout SnapshotBook, now: UInt64) {
        var (format, shard, count) = (Self.snapshotFormat, self.shard, shardCount)
        book.field(1, &format)
        book.check(format == Self.snapshotFormat, "the snapshot's format is \(format), not \(Self.snapshotFormat)")
        book.field(2, &shard)
        book.field(3, &count)
        book.check(shard == self.shard && count == shardCount, "the snapshot is another shard's")
        carryClock(&book, now: now)
        carryCounts(&book)
        guard book.isWhole else { return }
        carryRooms(&book)
        carryPeers(&book, now: now)
        carryProducers(&book)
        carryStreams(&book, now: now)
        carryConsumers(&book)
        carryAddresses(&book)
        carryReady(&book)
        // One that was cut between two fields is one with fewer fields.
        var end: UInt32 = book.isReading ? 0 : 1
        book.field(17, &end)
        book.check(end == 1, "the snapshot has no end")
    }

    /// Times are those of the writer's clock.
    private func carryClock(_ book: inout SnapshotBook, now: UInt64) {
        var (monotonic, unix) = (now, now &+ unixNanosecondsAtZero)
        book.field(4, &monotonic)
        book.field(5, &unix)
        guard book.isReading else { return }
        let ahead = Int64(truncatingIfNeeded: (unix &- monotonic) &- unixNanosecondsAtZero)
        // On one host both read one clock, and differ by how long it takes to read two.
        book.shiftNanoseconds = ahead.magnitude < 1_000_000_000 ? 0 : ahead
    }

    private func carryCounts(_ book: inout SnapshotBook) {
        let present = [
            report.pointee.roomsNow, report.pointee.peersNow, report.pointee.producersNow,
            report.pointee.consumersNow,
        ]
        for (place, count) in present.enumerated() {
            var told = count
            book.field(6 + place, &told)
            book.check(told == count, "the snapshot tells of \(told) where \(count) are open (\(place))")
        }
    }

    // MARK: lists

    private mutating func carryRooms(_ book: inout SnapshotBook) {
        let count = book.isReading ? UInt32(limits.roomsMax) : forward.ends.rooms
        carryList(
            10, &book, count: count, where: { $0.forward.rooms[Int($1)].isOpen }, { $0.forward.carryRoom($1, &$2) })
    }

    private mutating func carryPeers(_ book: inout SnapshotBook, now: UInt64) {
        let count = book.isReading ? UInt32(limits.peersMax) : forward.ends.peers
        carryList(
            11, &book, count: count, where: { $0.peers[Int($1)].isOpen }, { $0.carryPeer($1, &$2, now: now) })
    }

    private mutating func carryProducers(_ book: inout SnapshotBook) {
        let count = book.isReading ? UInt32(limits.producersMax) : forward.ends.producers
        carryList(
            12, &book, count: count, where: { $0.forward.producers[Int($1)].isOpen }, { $0.carryProducer($1, &$2) })
    }

    private mutating func carryProducer(_ index: UInt32, _ book: inout SnapshotBook) {
        book.check(forward.producers[Int(index)].isOpen, "producer \(index) is not open")
        guard book.isWhole else { return }
        forward.carryProducer(index, &book)
        for layer in 0..<Limits.layersMax {
            book.message(30 + layer, &frameReaders[Int(index) * Limits.layersMax + layer])
        }
    }

    private mutating func carryStreams(_ book: inout SnapshotBook, now: UInt64) {
        if book.isReading {
            while book.hasNext(13) { book.message(13) { restoreStream(&$0, now: now) } }
            return
        }
        for index in 0..<Int(forward.ends.peers) where peers[index].isOpen {
            for place in 0..<peers[index].streamCount {
                let stream = Int(peers[index].streams[place])
                book.message(13) { streams[stream].carry(&$0) }
            }
        }
    }

    private mutating func carryConsumers(_ book: inout SnapshotBook) {
        if book.isReading { forward.unbindAll() }
        let count = book.isReading ? UInt32(limits.consumersMax) : forward.ends.consumers
        carryList(
            14, &book, count: count,
            where: { $0.forward.consumers[Int($1)].isOpen || $0.forward.isRemembered(consumer: $1) },
            { $0.forward.carryConsumer($1, &$2) })
    }

    /// To whom media goes: told last, so that nothing that is read before makes anything leave.
    private mutating func carryReady(_ book: inout SnapshotBook) {
        let count = book.isReading ? UInt32(limits.peersMax) : forward.ends.peers
        carryList(
            16, &book, count: count,
            where: { $0.peers[Int($1)].isOpen && $0.forward.subscribers[Int($1)].isReady },
            { if $2.isReading, $0.peers[Int($1)].isOpen { $0.forward.setReadyAgain($1) } })
    }

    /// Each entry of a table that is there, by its index (field 1). Reading, the index must be the table's.
    private mutating func carryList(
        _ number: Int, _ book: inout SnapshotBook, count: UInt32, where isThere: (inout Engine, UInt32) -> Bool,
        _ body: (inout Engine, UInt32, inout SnapshotBook) -> Void
    ) {
        if book.isReading {
            while book.hasNext(number) {
                book.message(number) { book in
                    var index = UInt32.max
                    book.field(1, &index)
                    book.check(index < count, "an index is out of range")
                    if book.isWhole { body(&self, index, &book) }
                }
            }
            return
        }
        for index in 0..<count where isThere(&self, index) {
            book.message(number) { book in
                var index = index
                book.field(1, &index)
                body(&self, index, &book)
            }
        }
    }

    /// Where shards tell each other of addresses: whose are elsewhere.
    private mutating func carryAddresses(_ book: inout SnapshotBook) {
        if book.isReading {
            while book.hasNext(15) {
                var address = CarriedAddress()
                book.message(15, &address)
                book.check(Int(address.shard) < shardCount, "an address is on no shard")
                if book.isWhole { _ = addresses.insert(address.endpoint, owner: .shard(address.shard)) }
            }
            return
        }
        guard announcesAddresses else { return }
        addresses.forEachElsewhere { endpoint, shard in
            var address = CarriedAddress(endpoint: endpoint, shard: shard)
            book.message(15, &address)
        }
    }
}

struct CarriedAddress: Portable {
    var endpoint = Endpoint.none
    var shard: ShardIndex = 0

    mutating func carry(_ book: inout SnapshotBook) {
        var key = AddressKey(endpoint)
        book.message(1, &key)
        endpoint = Endpoint(key)
        book.field(2, &shard)
    }
}
