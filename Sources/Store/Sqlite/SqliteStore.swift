import Foundation
import GRDB

/// One file, for one host. Write-ahead log, and a wait for the disk before anything is acknowledged.
public final class SqliteStore: QueuedStore, @unchecked Sendable {
    private let pool: DatabasePool

    /// Opens or makes the file at `path`, and brings its tables up to date. Blocks.
    public init(path: String, readers: Int = 2) throws(StoreError) {
        pool = try Self.open(path, readers: readers)
        super.init()
        startThread(named: "store-write") { [pool, writes] in Self.serveWrites(writes, pool) }
        for index in 0..<readers {
            startThread(named: "store-read-\(index)") { [pool, reads] in Self.serveReads(reads, pool) }
        }
    }

    private static func open(_ path: String, readers: Int) throws(StoreError) -> DatabasePool {
        var configuration = Configuration()
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = true
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            var migrator = DatabaseMigrator()
            for step in Migration.all {
                migrator.registerMigration(step.name) { try $0.execute(sql: step.script) }
            }
            try migrate(pool, by: migrator)
            // Not while the connection is prepared: GRDB sets NORMAL after that, which may lose what was acknowledged
            // when the power fails.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            return pool
        } catch {
            throw StoreError(sqlite: error)
        }
    }

    /// Another program that opens the file at the same moment may take a step that this one was about to: then what is left is
    /// looked up again. Each failure has seen at least one step more.
    private static func migrate(_ pool: DatabasePool, by migrator: DatabaseMigrator) throws {
        for _ in Migration.all {
            do { return try migrator.migrate(pool) } catch let error as DatabaseError
                where error.resultCode == .SQLITE_ERROR
            {}
        }
        try migrator.migrate(pool)
    }

    private static func serveWrites(_ queue: JobQueue, _ pool: DatabasePool) {
        while let batch = queue.take(max: Batch.jobsMax) {
            // Locked from the start: a transaction that reads first would lose its turn to another program's.
            pool.writeWithoutTransaction { Batch.write(batch, on: SqliteConnection($0), begin: "BEGIN IMMEDIATE") }
        }
    }

    private static func serveReads(_ queue: JobQueue, _ pool: DatabasePool) {
        while let job = queue.take(max: 1)?.first {
            do {
                // GRDB begins the transaction.
                let error: StoreError? = try pool.read { database in
                    do throws(StoreError) {
                        try job.run(Transaction(connection: SqliteConnection(database)))
                        return nil
                    } catch {
                        return error
                    }
                }
                job.finish(error)
            } catch {
                job.finish(StoreError(sqlite: error))
            }
        }
    }

    /// SQLite's setting of the connection that writes; for tests.
    public var synchronous: Int64 {
        get async throws(StoreError) {
            try await write { tx throws(StoreError) in
                guard var row = try tx.first("PRAGMA synchronous") else { return -1 }
                return row.integer()
            }
        }
    }
}
