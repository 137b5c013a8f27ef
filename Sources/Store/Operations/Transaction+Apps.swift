extension Transaction {
    public func insert(_ app: App) throws(StoreError) {
        let made = app.provenance.created
        try run(
            """
            INSERT INTO apps (id, name, algorithm, key_generation, previous_key_until, rooms_open, participants_live,
                created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, ?3, ?4, 0, 0, 0, ?5, ?6, ?5, ?6)
            """, app.id.value, app.name.value, app.algorithm.value, app.keyGeneration.value, made.by.value,
            made.at.value)
    }

    public func app(_ id: String) throws(StoreError) -> App {
        guard let row = try first("SELECT \(App.columns) FROM apps WHERE id = ?1 AND deleted_at IS NULL", id.value)
        else { throw .notFound(.app) }
        return App(row)
    }

    /// By id, those after `after`.
    public func apps(after: String = "", limit: Int) throws(StoreError) -> [App] {
        try run(
            "SELECT \(App.columns) FROM apps WHERE id > ?1 AND deleted_at IS NULL ORDER BY id LIMIT ?2", after.value,
            limit.value
        ).map { App($0) }
    }

    public func setAlgorithm(_ algorithm: App.Algorithm, of app: String, _ stamp: Stamp) throws(StoreError) {
        let done = try first(
            """
            UPDATE apps SET algorithm = ?2, changed_by = ?3, changed_at = ?4 WHERE id = ?1 AND deleted_at IS NULL
            RETURNING id
            """, app.value, algorithm.value, stamp.by.value, stamp.at.value)
        guard done != nil else { throw .notFound(.app) }
    }

    /// Tokens of the key before are good until `previousUntil`.
    public func rotateKey(of app: String, previousUntil: Milliseconds, _ stamp: Stamp) throws(StoreError) {
        let done = try first(
            """
            UPDATE apps SET key_generation = key_generation + 1, previous_key_until = ?2, changed_by = ?3,
                changed_at = ?4
            WHERE id = ?1 AND deleted_at IS NULL RETURNING id
            """, app.value, previousUntil.value, stamp.by.value, stamp.at.value)
        guard done != nil else { throw .notFound(.app) }
    }

    /// The tenant is gone for everybody: secrets, rooms and stays end with it. What it did stays readable to the
    /// operator.
    public func deleteApp(_ id: String, _ stamp: Stamp) throws(StoreError) {
        let done = try first(
            """
            UPDATE apps SET deleted_at = ?3, changed_by = ?2, changed_at = ?3 WHERE id = ?1 AND deleted_at IS NULL
            RETURNING id
            """, id.value, stamp.by.value, stamp.at.value)
        guard done != nil else { throw .notFound(.app) }
        try run("DELETE FROM app_secrets WHERE app = ?1", id.value)
        for room in try openRooms(of: id) { try closeRoom(room, of: id, stamp) }
        try run(
            "UPDATE outbox SET next_at = NULL, changed_by = ?2, changed_at = ?3 WHERE app = ?1 AND next_at IS NOT NULL",
            id.value, stamp.by.value, stamp.at.value)
    }

    // MARK: secrets

    /// Adds a secret; those that were there are good until `othersUntil`, and all but the youngest of them go at once.
    public func rotateSecret(_ secret: AppSecret, of app: String, othersUntil: Milliseconds) throws(StoreError) {
        // One row of the tenant's is locked, so that two rotations at once do not leave three secrets.
        let made = secret.provenance.created
        let known = try first(
            "UPDATE apps SET changed_by = ?2, changed_at = ?3 WHERE id = ?1 AND deleted_at IS NULL RETURNING id",
            app.value, made.by.value, made.at.value)
        guard known != nil else { throw .notFound(.app) }
        try run(
            "DELETE FROM app_secrets WHERE app = ?1 AND (expires_at IS NOT NULL OR ?2 <= CAST(?3 AS BIGINT))",
            app.value, othersUntil.value, made.at.value)
        try run(
            "UPDATE app_secrets SET expires_at = ?2, changed_by = ?3, changed_at = ?4 WHERE app = ?1", app.value,
            othersUntil.value, made.by.value, made.at.value)
        try run(
            """
            INSERT INTO app_secrets (id, app, salt, hash, created_by, created_at, changed_by, changed_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?6)
            """, secret.id.value, app.value, secret.salt.value, secret.hash.value, made.by.value, made.at.value)
    }

    /// Those that are good at `now`: one, or two during a rotation.
    public func secrets(of app: String, at now: Milliseconds) throws(StoreError) -> [AppSecret] {
        try run(
            """
            SELECT \(AppSecret.columns) FROM app_secrets
            WHERE app = ?1 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY created_at, id
            """, app.value, now.value
        ).map { AppSecret($0) }
    }
}
