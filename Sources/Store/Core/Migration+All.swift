extension Migration {
    /// In the words that SQLite and PostgreSQL have in common: BIGINT for numbers, truth and milliseconds since 1970,
    /// TEXT, and BYTEA, which SQLite takes for a column without a type.
    static let all = [
        Migration(name: "1-tenants", script: tenants), Migration(name: "2-rooms", script: rooms),
        Migration(name: "3-chat", script: chat), Migration(name: "4-records", script: records),
        Migration(name: "5-chat-changes", script: chatChanges), Migration(name: "6-traces", script: traces),
        Migration(name: "7-operators-audit", script: operatorsAudit),
    ]

    private static let provenance = """
        created_by TEXT NOT NULL, created_at BIGINT NOT NULL, changed_by TEXT NOT NULL, changed_at BIGINT NOT NULL
        """

    private static let tenants = """
        CREATE TABLE apps (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, algorithm TEXT NOT NULL, key_generation BIGINT NOT NULL,
            previous_key_until BIGINT NOT NULL, rooms_open BIGINT NOT NULL, participants_live BIGINT NOT NULL,
            deleted_at BIGINT, \(provenance));
        CREATE TABLE app_secrets (
            id TEXT PRIMARY KEY, app TEXT NOT NULL REFERENCES apps (id), salt BYTEA NOT NULL, hash BYTEA NOT NULL,
            expires_at BIGINT, \(provenance));
        CREATE INDEX app_secrets_of_app ON app_secrets (app);
        CREATE TABLE quotas (
            app TEXT NOT NULL REFERENCES apps (id), name TEXT NOT NULL, value BIGINT NOT NULL, \(provenance),
            PRIMARY KEY (app, name));
        CREATE TABLE usage (
            app TEXT NOT NULL REFERENCES apps (id), month TEXT NOT NULL, counter TEXT NOT NULL, value BIGINT NOT NULL,
            \(provenance), PRIMARY KEY (app, month, counter));
        CREATE TABLE revocations (
            app TEXT NOT NULL REFERENCES apps (id), jti TEXT NOT NULL, expires_at BIGINT NOT NULL, \(provenance),
            PRIMARY KEY (app, jti));
        CREATE INDEX revocations_by_time ON revocations (created_at);
        """

    private static let rooms = """
        CREATE TABLE rooms (
            app TEXT NOT NULL REFERENCES apps (id), id TEXT NOT NULL, name TEXT NOT NULL, mode TEXT NOT NULL,
            participants_max BIGINT NOT NULL, bitrate_max BIGINT NOT NULL, participants_live BIGINT NOT NULL,
            closed_at BIGINT, \(provenance), PRIMARY KEY (app, id));
        CREATE TABLE sessions (
            id TEXT PRIMARY KEY, app TEXT NOT NULL REFERENCES apps (id), room TEXT NOT NULL, user_id TEXT NOT NULL,
            name TEXT NOT NULL, role TEXT NOT NULL, jti TEXT NOT NULL, host TEXT NOT NULL, from_at BIGINT NOT NULL,
            metered_at BIGINT NOT NULL, to_at BIGINT, reason TEXT, \(provenance));
        CREATE INDEX sessions_of_room ON sessions (app, room, from_at);
        CREATE INDEX sessions_live ON sessions (host) WHERE to_at IS NULL;
        CREATE INDEX sessions_of_user ON sessions (app, user_id) WHERE to_at IS NULL;
        CREATE INDEX sessions_by_jti ON sessions (app, jti);
        """

    private static let chat = """
        CREATE TABLE conversations (
            app TEXT NOT NULL REFERENCES apps (id), id TEXT NOT NULL, sequence BIGINT NOT NULL, \(provenance),
            PRIMARY KEY (app, id));
        CREATE TABLE members (
            app TEXT NOT NULL REFERENCES apps (id), conversation TEXT NOT NULL, user_id TEXT NOT NULL,
            read_sequence BIGINT NOT NULL, \(provenance), PRIMARY KEY (app, user_id, conversation));
        CREATE INDEX members_of_conversation ON members (app, conversation);
        CREATE TABLE messages (
            app TEXT NOT NULL REFERENCES apps (id), conversation TEXT NOT NULL, sequence BIGINT NOT NULL,
            id TEXT NOT NULL, sender TEXT NOT NULL, sender_name TEXT NOT NULL, client_key TEXT NOT NULL,
            body TEXT NOT NULL, edited_at BIGINT, deleted_at BIGINT, \(provenance),
            PRIMARY KEY (app, conversation, sequence));
        CREATE UNIQUE INDEX messages_by_id ON messages (app, id);
        CREATE UNIQUE INDEX messages_sent_once ON messages (app, conversation, sender, client_key);
        CREATE TABLE chat_events (
            app TEXT NOT NULL REFERENCES apps (id), conversation TEXT NOT NULL, sequence BIGINT NOT NULL,
            kind TEXT NOT NULL, message BIGINT NOT NULL, emoji TEXT NOT NULL, \(provenance),
            PRIMARY KEY (app, conversation, sequence));
        CREATE TABLE reactions (
            app TEXT NOT NULL REFERENCES apps (id), conversation TEXT NOT NULL, message BIGINT NOT NULL,
            user_id TEXT NOT NULL, emoji TEXT NOT NULL, \(provenance),
            PRIMARY KEY (app, conversation, message, user_id, emoji));
        CREATE TABLE cursors (
            app TEXT NOT NULL REFERENCES apps (id), user_id TEXT NOT NULL, device TEXT NOT NULL,
            conversation TEXT NOT NULL, sequence BIGINT NOT NULL, \(provenance),
            PRIMARY KEY (app, user_id, device, conversation));
        """

    private static let records = """
        CREATE TABLE audit (
            app TEXT NOT NULL, id TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, details TEXT NOT NULL,
            request TEXT NOT NULL, \(provenance), PRIMARY KEY (app, id));
        CREATE TABLE endpoints (
            app TEXT NOT NULL REFERENCES apps (id), id TEXT NOT NULL, url TEXT NOT NULL, events TEXT NOT NULL,
            secret_generation BIGINT NOT NULL, deleted_at BIGINT, \(provenance), PRIMARY KEY (app, id));
        CREATE TABLE outbox (
            id TEXT PRIMARY KEY, app TEXT NOT NULL, endpoint TEXT NOT NULL, event TEXT NOT NULL, body TEXT NOT NULL,
            tries BIGINT NOT NULL, next_at BIGINT, delivered_at BIGINT, last_error TEXT, \(provenance));
        CREATE INDEX outbox_due ON outbox (next_at) WHERE next_at IS NOT NULL;
        CREATE INDEX outbox_of_app ON outbox (app, id);
        """

    /// So that a device finds what changed since it looked last, each message once and as it is now.
    private static let chatChanges = """
        ALTER TABLE messages ADD COLUMN change_sequence BIGINT NOT NULL DEFAULT 0;
        UPDATE messages SET change_sequence = (SELECT MAX(e.sequence) FROM chat_events e WHERE e.app = messages.app
            AND e.conversation = messages.conversation AND e.message = messages.sequence);
        CREATE INDEX messages_by_change ON messages (app, conversation, change_sequence);
        """

    /// What the operator did, whoever it was done to.
    private static let operatorsAudit = """
        CREATE INDEX audit_by_operator ON audit (id) WHERE created_by = 'admin';
        """

    /// Of the request that a delivery tells of.
    private static let traces = """
        ALTER TABLE outbox ADD COLUMN trace TEXT NOT NULL DEFAULT '';
        ALTER TABLE outbox ADD COLUMN trace_state TEXT NOT NULL DEFAULT '';
        """
}
