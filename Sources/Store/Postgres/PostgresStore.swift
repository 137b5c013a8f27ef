/// A PostgreSQL for any number of hosts. One connection writes, a few read; each has a thread.
public final class PostgresStore: QueuedStore, @unchecked Sendable {
    /// `url` as libpq takes it: `postgresql://user@host/name`, or words like `host=/run/postgresql dbname=millrace`.
    /// Connects and brings the tables up to date. Blocks.
    public init(url: String, readers: Int = 2) throws(StoreError) {
        let writer = PostgresConnection(url: url)
        try Self.migrate(writer)
        super.init()
        // SAFETY: handed to one thread, which is the only one to use it from here on.
        nonisolated(unsafe) let first = writer
        startThread(named: "store-write") { [writes] in
            while let batch = writes.take(max: Batch.jobsMax) { Batch.write(batch, on: first, begin: "BEGIN") }
            first.disconnect()
        }
        for index in 0..<readers {
            startThread(named: "store-read-\(index)") { [reads] in
                let connection = PostgresConnection(url: url)
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                while let job = reads.take(max: 1)?.first { Batch.read(job, on: connection, begin: begin) }
                connection.disconnect()
            }
        }
    }

    /// Any number that no other program locks in this database.
    private static let lock = "7236478923564"

    /// Hosts that start at once wait for each other here.
    private static func migrate(_ connection: PostgresConnection) throws(StoreError) {
        try connection.script("BEGIN")
        do throws(StoreError) {
            try connection.script("SELECT pg_advisory_xact_lock(\(lock))")
            try connection.script("CREATE TABLE IF NOT EXISTS millrace_migrations (name TEXT PRIMARY KEY)")
            var done = Set<String>()
            for var row in try connection.run("SELECT name FROM millrace_migrations", []) { done.insert(row.text()) }
            for step in Migration.all where !done.contains(step.name) {
                try connection.script(step.script)
                _ = try connection.run("INSERT INTO millrace_migrations (name) VALUES (?1)", [step.name.value])
            }
            try connection.script("COMMIT")
        } catch {
            try? connection.script("ROLLBACK")
            throw error
        }
    }
}
