import Foundation
import Protocol
import SwiftProtobuf

extension ClusterNode {
    /// Rooms in one command.
    private static let roomsAtOnce = 200

    func begunBeats() -> Task<Void, Never> {
        Task { [weak self, beat = settings.timings.beat] in
            while !Task.isCancelled {
                let isHeard = await self?.beat() ?? false
                // Whoever comes back is there at once.
                do { try await Task.sleep(for: isHeard ? beat : min(beat, .milliseconds(100))) } catch { return }
            }
        }
    }

    /// Announces the host, and renews, takes and gives back leases. False when Redis is away.
    func beat() async -> Bool {
        let (isOver, isConnected) = state.withLock { ($0.isOver || $0.isHeldBack, $0.connectedSince != nil) }
        guard !isOver else { return true }
        guard isConnected else { return false }
        do throws(RedisError) {
            try await announce()
            try await renew()
            try await claim(state.withLock { $0.rooms.unheld })
            let idle = state.withLock { $0.rooms.idle(since: .now - settings.timings.reservation) }
            for room in idle { await giveBack(room) }
            await bury()
            return true
        } catch {
            return false
        }
    }

    private func announce() async throws(RedisError) {
        let bytes: [UInt8] = state.withLock { state in
            state.hosts.stamp(Self.milliseconds())
            return Self.bytes(state.hosts.own)
        }
        let answer = try await redis.run(
            Scripts.announce, keys: [keys.hosts, keys.hostPrefix + id],
            [
                RedisWord(id), RedisWord(bytes), RedisWord(settings.timings.lease.milliseconds),
                RedisWord(keys.hostPrefix),
            ])
        let hosts = answer.array.compactMap { $0.bytes.flatMap { try? ClusterHost(serializedBytes: $0) } }
        state.withLock { $0.hosts.take(hosts, at: .now) }
        complainOfDouble()
    }

    /// Two hosts of one name would end each other's stays in the database.
    private func complainOfDouble() {
        let double = state.withLock { state -> ClusterHost? in
            guard let double = state.hosts.double(at: .now) else {
                state.doubledSince = nil
                return nil
            }
            guard let since = state.doubledSince else {
                state.doubledSince = .now
                return nil
            }
            guard Instant.now - since > settings.timings.lease * 2 else { return nil }
            state.doubledSince = .now
            return double
        }
        guard let double else { return }
        log.error(
            "another host has the same HOST_ID: give each its own",
            metadata: ["host": "\(double.name)", "other": "\(double.publicURL)"])
    }

    // MARK: leases

    private func renew() async throws(RedisError) {
        let held = Array(state.withLock { $0.rooms.held })
        for start in stride(from: 0, to: held.count, by: Self.roomsAtOnce) {
            try await renew(Array(held[start..<min(start + Self.roomsAtOnce, held.count)]))
        }
    }

    private func renew(_ rooms: [(key: String, value: RoomBook.Held)]) async throws(RedisError) {
        let times = [settings.timings.lease.milliseconds, presenceMilliseconds].map { RedisWord($0) }
        let answer = try await redis.run(
            Scripts.renew, keys: rooms.flatMap { [keys.lease($0.key), keys.presence($0.key)] },
            times + rooms.map { RedisWord($0.value.lease) })
        // A lease that has ended is taken again, with a new term, where the room is open and no other host was quicker.
        state.withLock { state in
            for (room, said) in zip(rooms, answer.array) where said.bytes != [] {
                // Not one that has been placed anew meanwhile.
                if state.rooms.held[room.key]?.lease == room.value.lease { state.rooms.letGo(room.key) }
            }
        }
    }

    /// Many at once: when Redis has lost everything all of them are to be there again before others ask.
    private func claim(_ rooms: [String]) async throws(RedisError) {
        for start in stride(from: 0, to: rooms.count, by: Self.roomsAtOnce) {
            let failure = await withTaskGroup(of: RedisError?.self) { group in
                for room in rooms[start..<min(start + Self.roomsAtOnce, rooms.count)] {
                    group.addTask {
                        do throws(RedisError) { try await self.claim(room) } catch { return error }
                        return nil
                    }
                }
                return await group.reduce(nil) { $0 ?? $1 }
            }
            if let failure { throw failure }
        }
    }

    /// Takes a lease for a room that is open here.
    private func claim(_ room: String) async throws(RedisError) {
        let (lease, _) = try await acquire(room, for: id)
        if lease.hostID == id { return try await writeAll(in: room) }
        guard let url = state.withLock({ $0.hosts.live(lease.hostID, at: .now)?.publicURL }) else { return }
        log.notice("a room is another host's now", metadata: ["room": "\(room)", "host": "\(lease.hostID)"])
        tell(.lost(room: room, url: url))
    }

    /// Whose the room is afterwards, and for how many milliseconds.
    func acquire(_ room: String, for host: String) async throws(RedisError) -> (lease: ClusterLease, lasts: Int) {
        var wanted = ClusterLease()
        wanted.hostID = host
        let answer = try await redis.run(
            Scripts.acquire, keys: [keys.lease(room), keys.terms, keys.presence(room)],
            [RedisWord(Self.bytes(wanted)), RedisWord(settings.timings.lease.milliseconds)])
        guard answer.array.count == 2, let bytes = answer.array[0].bytes,
            let lease = try? ClusterLease(serializedBytes: bytes)
        else { throw .refused("an answer without a lease") }
        if lease.hostID == id { state.withLock { $0.rooms.hold(room, bytes, term: lease.term, at: .now) } }
        return (lease, Int(answer.array[1].integer ?? 0))
    }

    private func giveBack(_ room: String) async {
        let lease = state.withLock { state -> [UInt8]? in
            guard !state.rooms.open.contains(room) else { return nil }
            defer { state.rooms.letGo(room) }
            return state.rooms.held[room]?.lease
        }
        if let lease { await release(room, lease) }
    }

    func release(_ room: String, _ lease: [UInt8]) async {
        _ = try? await redis.call(releasing(room, lease))
    }

    func releasing(_ room: String, _ lease: [UInt8]) -> [RedisWord] {
        RedisCommands.script(
            Scripts.release, keys: [keys.lease(room), keys.presence(room)], [RedisWord(lease)])
    }

    // MARK: the dead

    /// One of the hosts that saw another one go tells its own.
    private func bury() async {
        let gone = state.withLock { $0.hosts.gone(since: .now - settings.timings.mourning) }
        for host in gone {
            let answer = try? await redis.call([
                "SET", RedisWord(keys.grave(host.id)), RedisWord(id), "NX", "PX", "600000",
            ])
            guard answer?.text == "OK" else { continue }
            log.notice("a host is dead", metadata: ["host": "\(host.id)"])
            tell(.died(name: host.name))
        }
    }

    static func milliseconds() -> UInt64 { UInt64(Date().timeIntervalSince1970 * 1000) }

    /// Messages of this module's always fit.
    static func bytes(_ message: some Message) -> [UInt8] { (try? message.serializedBytes()) ?? [] }
}
