import Store

extension Platform {
    /// Somebody comes in at this host. The media side starts only when this has returned.
    ///
    /// - Throws: NOT_FOUND (no such room), CONFLICT (full), UNAUTHORIZED (revoked since), RATE_LIMIT_EXCEEDED (a quota).
    public func enter(_ member: Member, host: String) async throws(PlatformError) -> Session {
        let stamp = Stamp(by: "user:" + member.userId, at: now())
        let session = Session(
            id: Identifier.make("ses", at: stamp.at), app: member.app, room: member.room, userId: member.userId,
            name: member.name, role: member.role.rawValue, jti: member.jti, host: host, stamp: stamp)
        try await write { tx throws(StoreError) in
            _ = try tx.app(member.app)
            guard try !tx.isRevoked(member.jti, of: member.app) else { throw .refusing(.revoked) }
            let quotas = try quotas(of: member.app, tx)
            try checkMinutes(of: member.app, quotas, tx, stamp)
            try tx.begin(session, liveMax: quotas[.participants] ?? .max)
            try tx.raise(.participantsPeak, of: member.app, to: try tx.app(member.app).participantsLive, stamp)
            try tx.join(Conversation.room(member.room).key, of: member.app, userId: member.userId, stamp)
            try tx.emit(.participantJoined, session.told, of: member.app, stamp)
        }
        return session
    }

    private func checkMinutes(
        of app: String, _ quotas: [QuotaKind: Int64], _ tx: Transaction, _ stamp: Stamp
    ) throws(StoreError) {
        guard let limit = quotas[.minutes] else { return }
        let month = month(of: stamp.at)
        let spent = try tx.usage(of: app, from: month, to: month).first {
            $0.counter == UsageKind.participantMilliseconds.rawValue
        }
        guard (spent?.value ?? 0) / 60_000 < limit else { throw .refusing(.quota(.minutes, limit)) }
    }

    /// Twice is once: whoever was kicked leaves, too.
    public func leave(_ session: Session, reason: String) async throws(PlatformError) {
        let stamp = Stamp(by: "user:" + session.userId, at: now())
        try await write { tx throws(StoreError) in
            guard try tx.session(session.id, of: session.app).toAt == nil else { return }
            try tx.endSession(session.id, of: session.app, reason: reason, stamp)
            try tx.emitLeft(session, reason, stamp)
        }
    }

    /// Called by each host every minute or so, for its own people.
    public func meter(host: String) async throws(PlatformError) {
        let stamp = Stamp(by: "system", at: now())
        try await write { tx throws(StoreError) in try tx.meterSessions(on: host, stamp) }
    }

    /// Which of these somebody has ended, other than by leaving and other than because their host was taken for dead.
    public func ended(of sessions: [Session]) async throws(PlatformError) -> [String] {
        try await read { tx throws(StoreError) in
            var ended: [String] = []
            for session in sessions {
                let now = try tx.session(session.id, of: session.app)
                if now.toAt != nil, now.reason != Self.deathReason { ended.append(session.id) }
            }
            return ended
        }
    }

    /// Why the stays of a host end that was found dead.
    public static let deathReason = "the host is gone"

    /// For a host that starts, whose people of before are gone, or that another host found dead.
    public func endAll(host: String, reason: String) async throws(PlatformError) -> [Session] {
        let stamp = Stamp(by: "system", at: now())
        return try await write { tx throws(StoreError) in
            let live = try tx.liveSessions(on: host)
            for session in live {
                try tx.endSession(session.id, of: session.app, reason: reason, stamp)
                try tx.emitLeft(session, reason, stamp)
            }
            return live
        }
    }
}

extension Session {
    /// As webhooks tell of it.
    public var told: [String: String] {
        ["sessionId": id, "roomId": room, "userId": userId, "name": name, "role": role]
    }
}

extension Transaction {
    func emitLeft(_ session: Session, _ reason: String, _ stamp: Stamp) throws(StoreError) {
        var data = session.told
        data["reason"] = reason
        try emit(.participantLeft, data, of: session.app, stamp)
    }
}

extension PlatformError {
    static let revoked = PlatformError.unauthorized("the token has been revoked", .tokenRevoked)
}
