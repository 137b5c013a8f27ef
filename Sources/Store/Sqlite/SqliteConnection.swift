import Foundation
import GRDB

/// GRDB's connection within one of its closures.
final class SqliteConnection: Connection {
    private let database: Database

    init(_ database: Database) { self.database = database }

    func run(_ sql: StaticSql, _ values: [Value]) throws(StoreError) -> [Row] {
        do {
            let statement = try database.cachedStatement(sql: sql.text)
            let arguments = StatementArguments(values.map(\.databaseValue))
            var rows: [Row] = []
            let cursor = try GRDB.Row.fetchCursor(statement, arguments: arguments)
            while let row = try cursor.next() { rows.append(Row(row.databaseValues.map { Value($0) })) }
            return rows
        } catch {
            throw StoreError(sqlite: error)
        }
    }

    func script(_ sql: String) throws(StoreError) {
        do {
            try database.execute(sql: sql)
        } catch {
            throw StoreError(sqlite: error)
        }
    }
}

extension Value {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .bytes(let value): Data(value).databaseValue
        }
    }

    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let value): self = .integer(value)
        case .double: preconditionFailure("no column holds a fraction")
        case .string(let value): self = .text(value)
        case .blob(let value): self = .bytes([UInt8](value))
        }
    }
}

extension StoreError {
    init(sqlite error: any Error) {
        guard let error = error as? DatabaseError else {
            self = .broken("\(error)")
            return
        }
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .unavailable(Self.undone)
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self = .unavailable(error.description)
        default: self = .broken(error.description)
        }
    }
}
