/// How a batch of writes becomes one transaction, on either database. One wait for the disk serves all that came while
/// the last one was waited for.
enum Batch {
    /// So many writes share a transaction at most: what fails at commit fails for all of them.
    static let jobsMax = 256
    /// How often a transaction is tried that the database undid for the sake of another one.
    static let triesMax = 8

    /// Runs and finishes all `jobs`. `begin` is the database's word for a transaction that will write.
    static func write(_ jobs: [Job], on connection: any Connection, begin: String) {
        do throws(StoreError) {
            let errors = try commit(jobs, on: connection, begin)
            for (job, error) in zip(jobs, errors) { job.finish(error) }
        } catch {
            // Undone as a whole. One of them may be at fault, so each gets a transaction of its own.
            for job in jobs {
                if error.isTransient { retry(job, on: connection, begin) } else { job.finish(error) }
            }
        }
    }

    private static func retry(_ job: Job, on connection: any Connection, _ begin: String) {
        var last = StoreError.unavailable("not tried")
        for _ in 0..<triesMax {
            do throws(StoreError) {
                return job.finish(try commit([job], on: connection, begin)[0])
            } catch {
                last = error
                guard error.isTransient else { break }
            }
        }
        job.finish(last)
    }

    /// What each job threw, after the commit. Throws when nothing of all this was written, or that is unknown.
    private static func commit(
        _ jobs: [Job], on connection: any Connection, _ begin: String
    ) throws(StoreError) -> [StoreError?] {
        try connection.script(begin)
        do throws(StoreError) {
            var errors: [StoreError?] = []
            for job in jobs { errors.append(try run(job, on: connection)) }
            try connection.script("COMMIT")
            return errors
        } catch {
            try? connection.script("ROLLBACK")
            throw error
        }
    }

    private static func run(_ job: Job, on connection: any Connection) throws(StoreError) -> StoreError? {
        try connection.script("SAVEPOINT job")
        do throws(StoreError) {
            try job.run(Transaction(connection: connection))
            try connection.script("RELEASE SAVEPOINT job")
            return nil
        } catch {
            if error.endsTransaction { throw error }
            try connection.script("ROLLBACK TO SAVEPOINT job")
            try connection.script("RELEASE SAVEPOINT job")
            return error
        }
    }

    /// Runs and finishes one read. A transaction, so that all its statements see one state.
    static func read(_ job: Job, on connection: any Connection, begin: String) {
        do throws(StoreError) {
            try connection.script(begin)
            try job.run(Transaction(connection: connection))
            try connection.script("COMMIT")
            job.finish(nil)
        } catch {
            try? connection.script("ROLLBACK")
            job.finish(error)
        }
    }
}

extension StoreError {
    /// The database undid the transaction for another one's sake; the same may well pass now.
    static let undone = "undone for another transaction"
    var isTransient: Bool { if case .unavailable(Self.undone) = self { true } else { false } }
    var endsTransaction: Bool { if case .unavailable = self { true } else { false } }
}
