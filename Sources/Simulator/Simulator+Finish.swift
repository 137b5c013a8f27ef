import Contract

/// The end of a run: everybody leaves, and everything must be where it was.
extension Simulator {
    /// Closes all peers and rooms, lets time go by and looks for what is missing.
    public func finish() {
        for peer in peers { leave(peer) }
        run(seconds: 1)
        for room in control.rooms.indices where control.rooms[room].isOpen { closeRoom(room) }
        run(seconds: 3)
        // Slots that others have sent home wait for their owner to look.
        for shard in shards { shard.isRung = true }
        run(seconds: 0.01)
        for shard in shards { checkHome(shard) }
        checkPools()
        checkTotals()
    }

    private func checkHome(_ shard: SimulatedShard) {
        // A burst without datagrams: what the last one buried goes home.
        shard.completeSends()
        shard.isRung = true
        run(seconds: 0.01)
        shard.completeSends()
        let report = shard.engine.report.pointee
        func expect(_ name: String, _ value: UInt64, _ wanted: Int) {
            if value != UInt64(wanted) { violate("home", "\(name) of shard \(shard.index): \(value), not \(wanted)") }
        }
        expect("rooms", report.roomsNow, 0)
        expect("peers", report.peersNow, 0)
        expect("producers", report.producersNow, 0)
        expect("consumers", report.consumersNow, 0)
        expect("addresses", report.addressesNow, 0)
        expect("free slots", UInt64(shard.engine.forward.slots.freeCount), options.limits.slots)
        expect("free runs", UInt64(shard.runsFree), options.limits.runs)
        expect("events lost", report.eventsLost, 0)
    }

    private func checkPools() {
        let limits = options.limits
        for shard in shards.indices {
            func expect(_ name: String, _ pool: [UInt32], _ size: Int) {
                if Set(pool).count != size || pool.count != size {
                    violate("release", "\(pool.count) \(name) of shard \(shard) are free, not \(size)")
                }
            }
            expect("rooms", control.freeRooms[shard], limits.roomsMax)
            expect("peers", control.freePeers[shard], limits.peersMax)
            expect("producers", control.freeProducers[shard], limits.producersMax)
            expect("consumers", control.freeConsumers[shard], limits.consumersMax)
        }
    }

    /// What one shard hands over, the other receives.
    private func checkTotals() {
        let reports = shards.map { $0.engine.report.pointee }
        let given = shards.reduce(0) { $0 + $1.given }
        let received = reports.reduce(0) { $0 + $1.datagramsReceived }
        let passed = reports.reduce(0) { $0 + $1.handedOver }
        if received != given + passed {
            violate("counters", "\(given) given, \(passed) handed over, \(received) received")
        }
    }

    // MARK: What excuses a gap

    /// Undamaged packets that were refused for want of something, in the last three seconds.
    func hasRefused(_ shard: ShardIndex) -> Bool {
        var refused = false
        for shard in shards {
            let count = refusals(shard)
            if count != shard.refusals {
                shard.refusals = count
                shard.refusalTime = now
            }
            if shard.refusals > 0, now < max(shard.refusalTime, lastLeap) + 3_000_000_000 { refused = true }
        }
        return refused
    }

    private func refusals(_ shard: SimulatedShard) -> UInt64 {
        var reasons: [DropReason] = [
            .unknownAddress, .notSecured, .unknownStream, .streamTableFull, .slotsExhausted, .handoverFull, .tooLate,
            .handoverUnknownShard, .trunkFull,
        ]
        // What comes more than 128 packets late looks like a second copy.
        if toServer.duplication == 0 { reasons.append(.srtpReplayed) }
        return reasons.reduce(0) { $0 + drops(shard, $1) }
    }

    /// Of all engines that the shard has had.
    private func drops(_ shard: SimulatedShard, _ reason: DropReason) -> UInt64 {
        shard.dropsBefore[Int(reason.rawValue)] + shard.engine.report.pointee.drops[Int(reason.rawValue)]
    }

    /// All undamaged packets that were not taken, second copies included.
    func refusalsInAll() -> Int {
        shards.reduce(0) {
            $0 + Int(refusals($1)) + (toServer.duplication == 0 ? 0 : Int(drops($1, .srtpReplayed)))
        }
    }

    /// A freeze of more than 500 ms would be the engine's own.
    var isUndisturbed: Bool {
        isFlawless(0) && options.kernel.leaps == 0 && options.limits.runs > 4
            && now > max(disturbance, lastLeap) + 2_000_000_000
    }

    /// Something came so late that nobody knew any more how it would have left.
    var hasForgotten: Bool {
        shards.contains { drops($0, .sourceTooOld) > 0 }
    }

    var wasRefusedLately: Bool { hasRefused(0) }

    /// Nothing was ever lost on the way to the host, or refused.
    func isFlawless(_ shard: ShardIndex) -> Bool {
        // Between shards packets overtake each other.
        guard wasPerfect, shards.count == 1, options.kernel.shortBuffers == 0 else { return false }
        return shards.allSatisfy { refusals($0) == 0 }
    }
}

extension Simulator {
    /// What was dropped and why, by shard.
    public var dropText: String {
        shards.map { shard in
            DropReason.allCases.compactMap { reason in
                let count = shard.engine.report.pointee.drops[Int(reason.rawValue)]
                return count > 0 ? "\(reason.label) \(count)" : nil
            }.joined(separator: ", ")
        }.joined(separator: "; ")
    }
}
