import CPostgres

/// One connection of libpq, used by one thread at a time. Connects when it is first needed, and again after it broke.
final class PostgresConnection: Connection {
    private let url: String
    private var handle: OpaquePointer?
    private var prepared: [StaticSql: String] = [:]

    init(url: String) { self.url = url }

    deinit { disconnect() }

    func disconnect() {
        // SAFETY: `handle` comes from PQconnectdb and is given up here, once.
        if let handle { PQfinish(handle) }
        handle = nil
        prepared = [:]
    }

    private func connected() throws(StoreError) -> OpaquePointer {
        if let handle, PQstatus(handle) == CONNECTION_OK { return handle }
        disconnect()
        guard let fresh = PQconnectdb(url) else { throw .unavailable("no memory for a connection") }
        guard PQstatus(fresh) == CONNECTION_OK else {
            defer { PQfinish(fresh) }
            throw .unavailable(message(fresh))
        }
        // Notices go nowhere: migrations say "already exists, skipping".
        PQsetNoticeProcessor(fresh, { _, _ in }, nil)
        handle = fresh
        try script("SET synchronous_commit = on; SET idle_in_transaction_session_timeout = '30s'")
        return fresh
    }

    private func message(_ handle: OpaquePointer) -> String {
        var text = String(cString: PQerrorMessage(handle))
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }

    // MARK: statements

    func script(_ sql: String) throws(StoreError) {
        // Only a transaction's first word may open a connection: the rest of one that was lost must not run without it.
        guard sql.hasPrefix("BEGIN") else { return try execute(sql) }
        let wasOpen = handle != nil
        _ = try connected()
        do throws(StoreError) {
            try execute(sql)
        } catch {
            // A connection that was lost since shows it only now, when nothing has been done on it yet.
            guard wasOpen, handle == nil else { throw error }
            _ = try connected()
            try execute(sql)
        }
    }

    private func execute(_ sql: String) throws(StoreError) {
        guard let handle else { throw .unavailable("the connection is lost") }
        let result = PQexec(handle, sql)
        defer { PQclear(result) }
        try check(result, handle)
        // A transaction that failed answers COMMIT with ROLLBACK, which libpq does not call an error.
        if sql == "COMMIT", let tag = PQcmdStatus(result), String(cString: tag) == "ROLLBACK" {
            throw .unavailable(StoreError.undone)
        }
    }

    func run(_ sql: StaticSql, _ values: [Value]) throws(StoreError) -> [Row] {
        guard let handle else { throw .unavailable("the connection is lost") }
        let name = try prepare(sql, handle)
        let result = execute(name, values, handle)
        defer { PQclear(result) }
        try check(result, handle)
        return rows(of: result)
    }

    private func prepare(_ sql: StaticSql, _ handle: OpaquePointer) throws(StoreError) -> String {
        if let name = prepared[sql] { return name }
        let name = "s\(prepared.count)"
        let result = PQprepare(handle, name, sql.withDollars, 0, nil)
        defer { PQclear(result) }
        try check(result, handle)
        prepared[sql] = name
        return name
    }

    private func execute(_ name: String, _ values: [Value], _ handle: OpaquePointer) -> OpaquePointer? {
        let parameters = Parameters(values)
        // SAFETY: the pointers reach into `parameters`, which lives until the call has returned.
        return withExtendedLifetime(parameters) {
            PQexecPrepared(
                handle, name, Int32(values.count), parameters.pointers, parameters.lengths, parameters.formats, 0)
        }
    }

    private func check(_ result: OpaquePointer?, _ handle: OpaquePointer) throws(StoreError) {
        let status = PQresultStatus(result)
        if status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK { return }
        let reason = message(handle)
        if PQstatus(handle) != CONNECTION_OK {
            disconnect()
            throw .unavailable(reason)
        }
        let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
        throw StoreError(state: state ?? "", reason)
    }
}

extension StoreError {
    /// `state`: five characters, PostgreSQL's appendix A.
    init(state: String, _ reason: String) {
        switch state {
        // serialization_failure, deadlock_detected
        case "40001", "40P01": self = .unavailable(Self.undone)
        // connection, resources, operator's intervention, system error
        case _ where ["08", "53", "57", "58"].contains(state.prefix(2)): self = .unavailable(reason)
        default: self = .broken(reason)
        }
    }
}
