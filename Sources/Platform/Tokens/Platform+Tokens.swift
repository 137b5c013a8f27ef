import Store

/// Whom an access token is to be for.
public struct TokenRequest: Sendable {
    public var room: String
    /// Made here when it is not given.
    public var userId: String?
    public var name: String
    public var role: Role
    public var lifetimeSeconds: Int?

    public init(
        room: String, userId: String? = nil, name: String, role: Role = .participant, lifetimeSeconds: Int? = nil
    ) {
        self.room = room
        self.userId = userId
        self.name = name
        self.role = role
        self.lifetimeSeconds = lifetimeSeconds
    }
}

extension Platform {
    var codec: TokenCodec { TokenCodec(keys: keys) }

    public func issueToken(
        _ request: TokenRequest, of app: String, _ origin: Origin
    ) async throws(PlatformError) -> (token: String, member: Member) {
        try checkAuthority(origin, over: app)
        try Checks.name(request.name, "name")
        if let id = request.userId { try Checks.identifier(id, "userId") }
        let lifetime = request.lifetimeSeconds ?? settings.tokenSeconds
        try Checks.range(lifetime, "lifetimeSeconds", 1...settings.tokenSecondsMax)
        let stamp = stamp(origin)
        let claims = AccessClaims(
            jti: Identifier.make("tok", at: stamp.at), appId: app, roomId: request.room,
            userId: request.userId ?? Identifier.make("user", at: stamp.at), name: request.name, role: request.role,
            iat: stamp.at / 1000, exp: stamp.at / 1000 + Int64(lifetime))
        let signer = try await write { tx throws(StoreError) in
            let signer = try tx.app(app)
            _ = try tx.room(request.room, of: app)
            try tx.audit(
                "token.issue", claims.jti,
                ["roomId": request.room, "userId": claims.userId, "role": claims.role.rawValue],
                of: app, origin, stamp)
            return signer
        }
        counts.add(1, to: .tokens, of: app)
        return (try await codec.sign(claims, app: signer), claims.member)
    }

    /// - Throws: UNAUTHORIZED with the reason `invalidToken`, `tokenExpired` or `tokenRevoked`.
    public func verify(token: String) async throws(PlatformError) -> Member {
        let claim = try codec.claim(of: token)
        let app: App
        do throws(PlatformError) {
            app = try await read { tx throws(StoreError) in try tx.app(claim.app) }
        } catch {
            guard error.code == .notFound else { throw error }
            throw .unauthorized("the token's signature or claims are wrong", .invalidToken)
        }
        let now = now()
        let claims = try await codec.verify(
            token, app: app, algorithm: claim.algorithm, generation: claim.generation, now: now)
        guard now / 1000 < claims.exp else { throw .unauthorized("the token has expired", .tokenExpired) }
        let (isRevoked, rules) = try await read { tx throws(StoreError) in
            (try tx.isRevoked(claims.jti, of: app.id), try tx.rules(ofRoom: claims.roomId, of: app.id))
        }
        guard !isRevoked else { throw .revoked }
        var member = claims.member
        // Where there is no room, entering it says so.
        if let rules { (member.mode, member.roomBitrateMax) = rules }
        return member
    }

    // MARK: revocation

    /// The token opens nothing any more. Returns the stays that it opened, which have ended, for their connections to be
    /// closed. Other hosts find it by `revocations(since:)`.
    public func revoke(jti: String, of app: String, _ origin: Origin) async throws(PlatformError) -> [Session] {
        try checkAuthority(origin, over: app)
        try Checks.identifier(jti, "jti")
        let stamp = stamp(origin)
        // No token of ours lives longer.
        let end = stamp.at + Milliseconds(settings.tokenSecondsMax) * 1000
        return try await write { tx throws(StoreError) in
            _ = try tx.app(app)
            try tx.revoke(Revocation(app: app, jti: jti, expiresAt: end, stamp: stamp))
            let live = try tx.liveSessions(of: app, jti: jti)
            for session in live {
                try tx.endSession(session.id, of: app, reason: "revoked", stamp)
                try tx.emitLeft(session, "revoked", stamp)
            }
            try tx.audit("token.revoke", jti, ["participants": String(live.count)], of: app, origin, stamp)
            return live
        }
    }

    /// For hosts that ask several times a second. Clocks of hosts differ, and a write takes a while to be seen: ask for
    /// some seconds more than have passed, and expect to see entries again.
    public func revocations(since time: Milliseconds) async throws(PlatformError) -> [Revocation] {
        try await read { tx throws(StoreError) in try tx.revocations(since: time, limit: 10_000) }
    }

    /// Called every now and then: forgets what nobody needs any more.
    public func sweep() async throws(PlatformError) {
        let now = now()
        try await write { tx throws(StoreError) in
            try tx.forgetRevocations(before: now)
            try tx.forgetDeliveries(before: now - 30 * 24 * 3600 * 1000)
        }
    }
}
