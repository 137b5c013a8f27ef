import Store

extension Platform {
    /// The secret is told here and never again.
    public func createApp(
        name: String, algorithm: App.Algorithm = .hs256, _ origin: Origin
    ) async throws(PlatformError) -> (app: App, secret: String) {
        try checkAdmin(origin)
        try Checks.name(name, "name")
        let stamp = stamp(origin)
        let app = App(id: Identifier.make("app", at: stamp.at), name: name, algorithm: algorithm, stamp: stamp)
        let secret = Secrets.make()
        let sealed = Secrets.seal(secret, stamp: stamp)
        try await write { tx throws(StoreError) in
            try tx.insert(app)
            try tx.rotateSecret(sealed, of: app.id, othersUntil: 0)
            try tx.audit(
                "app.create", app.id, ["name": name, "algorithm": algorithm.rawValue], of: app.id, origin, stamp)
        }
        return (app, secret)
    }

    public func app(_ id: String, _ origin: Origin) async throws(PlatformError) -> App {
        try checkAuthority(origin, over: id)
        return try await read { tx throws(StoreError) in try tx.app(id) }
    }

    /// All of them for the operator; a tenant sees itself.
    public func apps(after: String = "", limit: Int = 100, _ origin: Origin) async throws(PlatformError) -> [App] {
        try Checks.range(limit, "limit", 1...1000)
        switch origin.caller {
        case .admin: return try await read { tx throws(StoreError) in try tx.apps(after: after, limit: limit) }
        case .app(let id): return id > after ? [try await app(id, origin)] : []
        }
    }

    public func deleteApp(_ id: String, _ origin: Origin) async throws(PlatformError) {
        try checkAdmin(origin)
        let stamp = stamp(origin)
        try await write { tx throws(StoreError) in
            try tx.deleteApp(id, stamp)
            try tx.audit("app.delete", id, [:], of: id, origin, stamp)
        }
    }

    /// The secret of before is good for `overlapSeconds` more; older ones end now. With 0 the new one is alone at once.
    public func rotateSecret(
        of app: String, overlapSeconds: Int = 24 * 3600, _ origin: Origin
    ) async throws(PlatformError) -> String {
        try checkAuthority(origin, over: app)
        try Checks.range(overlapSeconds, "overlapSeconds", 0...settings.secretOverlapSecondsMax)
        let stamp = stamp(origin)
        let secret = Secrets.make()
        let sealed = Secrets.seal(secret, stamp: stamp)
        try await write { tx throws(StoreError) in
            try tx.rotateSecret(sealed, of: app, othersUntil: stamp.at + Milliseconds(overlapSeconds) * 1000)
            try tx.audit("secret.rotate", app, ["overlapSeconds": String(overlapSeconds)], of: app, origin, stamp)
        }
        return secret
    }

    /// A new key for access tokens. Those of the key before are good as long as they would have been, an hour at most.
    public func rotateTokenKey(of app: String, keepsPrevious: Bool = true, _ origin: Origin) async throws(PlatformError)
    {
        try checkAuthority(origin, over: app)
        let stamp = stamp(origin)
        let until = keepsPrevious ? stamp.at + Milliseconds(settings.tokenSeconds) * 1000 : 0
        try await write { tx throws(StoreError) in
            try tx.rotateKey(of: app, previousUntil: until, stamp)
            try tx.audit("tokenKey.rotate", app, ["keepsPrevious": String(keepsPrevious)], of: app, origin, stamp)
        }
    }

    /// Counts a request against its address, before anything else is done for it: guesses are requests, too.
    public func admit(address: String) throws(PlatformError) {
        try rates.spend(
            "address " + address, burst: settings.addressBurst, perSecond: settings.addressPerSecond, at: now())
    }

    /// Whoever knows a tenant's secret is the tenant. Counts as a request against its API rate.
    ///
    /// - Throws: UNAUTHORIZED, the same whether id or secret is wrong; RATE_LIMIT_EXCEEDED.
    public func authenticate(app id: String, secret: String) async throws(PlatformError) -> Caller {
        let now = now()
        // What cannot be an id is none; a hash is computed for it all the same.
        let isPlausible = id.utf8.count <= Checks.nameBytesMax && !id.utf8.contains(0)
        let (secrets, rate) = try await read { tx throws(StoreError) in
            isPlausible
                ? (try tx.secrets(of: id, at: now), try quota(.apiRate, of: id, tx)) : ([], 0)
        }
        guard Secrets.isOneOf(secrets, secret) else { throw .unauthorized("unknown tenant or wrong secret") }
        tally.count(id) { $0.requests += 1 }
        do throws(PlatformError) {
            guard rate > 0 else { throw .quota(.apiRate, rate) }
            try rates.spend("api " + id, burst: Double(rate), perSecond: Double(rate) / 60, at: now)
        } catch {
            tally.count(id) { $0.refusals += 1 }
            throw error
        }
        counts.add(1, to: .apiRequests, of: id)
        return .app(id)
    }
}
