import Protocol

/// Where a room is.
public enum Placement: Sendable, Hashable {
    case here
    /// At the host that clients reach so.
    case there(url: String)
    /// Not to be said now: Redis is away, or no host takes new rooms.
    case nowhere
}

extension ClusterNode {
    /// Whose the room is, or is to be from now on. Waits for a dead host's lease to end.
    public func place(_ room: String) async -> Placement {
        let (isHere, unwanted) = state.withLock { state -> (Bool, [UInt8]?) in
            guard state.rooms.isHere(room) else { return (false, nil) }
            if state.hosts.own.draining, !state.rooms.open.contains(room) {
                defer { state.rooms.letGo(room) }
                return (false, state.rooms.held[room]?.lease)
            }
            state.rooms.expect(room, at: .now)
            return (true, nil)
        }
        if isHere { return .here }
        if let unwanted { await release(room, unwanted) }
        let deadline = Instant.now + settings.timings.patience
        while true {
            var pause = Duration.milliseconds(100)
            do throws(RedisError) {
                switch try await attempt(room) {
                case .placed(let placement): return placement
                case .later(let duration): pause = duration
                }
            } catch {}
            guard Instant.now + pause < deadline, !Task.isCancelled else { return .nowhere }
            do { try await Task.sleep(for: pause) } catch { return .nowhere }
        }
    }

    private enum Attempt {
        case placed(Placement)
        case later(Duration)
    }

    private func attempt(_ room: String) async throws(RedisError) -> Attempt {
        let choice = state.withLock { state -> ClusterHost?? in
            guard let opensAt = state.opensAt, opensAt <= .now, state.connectedSince != nil else { return nil }
            return .some(state.hosts.choice(at: .now))
        }
        // While hosts come back after Redis was away only what is written already is known.
        guard let choice else { return try await lookUp(room) }
        guard let choice else {
            // Nobody takes new rooms; this one may be open somewhere.
            let found = try await lookUp(room)
            if case .later = found { return .placed(.nowhere) }
            return found
        }
        let (lease, lasts) = try await acquire(room, for: choice.hostID)
        if lease.hostID == choice.hostID { state.withLock { $0.hosts.give(to: choice.hostID) } }
        return attempt(lease, lasts)
    }

    private func lookUp(_ room: String) async throws(RedisError) -> Attempt {
        let answer = try await redis.call(["GET", RedisWord(keys.lease(room))])
        guard let bytes = answer.bytes, let lease = try? ClusterLease(serializedBytes: bytes) else {
            return .later(.milliseconds(100))
        }
        if lease.hostID == id { state.withLock { $0.rooms.hold(room, bytes, term: lease.term, at: .now) } }
        return attempt(lease, 100)
    }

    private func attempt(_ lease: ClusterLease, _ lasts: Int) -> Attempt {
        if lease.hostID == id { return .placed(.here) }
        if let host = state.withLock({ $0.hosts.live(lease.hostID, at: .now) }) {
            return .placed(.there(url: host.publicURL))
        }
        // Dead, or so new that it is not known yet.
        return .later(.milliseconds(min(max(lasts, 10), 250)))
    }

    /// The other host that has a room now; nil when it is this one's or nobody's, or Redis is away. Takes nothing.
    public func otherHolder(of room: String) async -> ClusterHost? {
        if state.withLock({ $0.rooms.isHere(room) }) { return nil }
        guard let bytes = try? await redis.call(["GET", RedisWord(keys.lease(room))]).bytes,
            let lease = try? ClusterLease(serializedBytes: bytes), lease.hostID != id
        else { return nil }
        return state.withLock { $0.hosts.live(lease.hostID, at: .now) }
    }

    /// Where else clients may try when this host is gone.
    public var otherUrls: [String] {
        state.withLock { state in
            state.hosts.all.dropFirst().filter { !$0.draining }.map(\.publicURL)
        }
    }
}
