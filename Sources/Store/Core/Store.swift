/// Where everything is kept that must outlive the process. Both implementations run the same statements.
public protocol Store: Sendable {
    /// Runs `body` on one state of the database. It must write nothing.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value

    /// Runs `body`, and returns when what it wrote is on disk. What it throws undoes all that it wrote.
    ///
    /// Writes that wait share a transaction, each in a savepoint of its own. `body` may run more than once, when the
    /// database had to undo a transaction; it should do nothing but read and write by its argument.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value

    /// Ends the threads when what waits is done. Later calls fail with `unavailable`.
    func close()
}

/// What a body of `Store.read` or `Store.write` works on. Its operations are in `Operations/`, one file for each kind
/// of thing. Every operation on what belongs to a tenant takes the tenant's id, and sees nothing of others'.
public struct Transaction {
    let connection: any Connection

    @discardableResult
    func run(_ sql: StaticSql, _ values: Value?...) throws(StoreError) -> [Row] {
        try run(sql, all: values)
    }

    /// The only row. With `RETURNING` it tells whether a statement changed anything.
    func first(_ sql: StaticSql, _ values: Value?...) throws(StoreError) -> Row? {
        try run(sql, all: values).first
    }

    private func run(_ sql: StaticSql, all values: [Value?]) throws(StoreError) -> [Row] {
        let values = values.map { $0 ?? .null }
        // PostgreSQL's text cannot hold a zero: it would end there without a word.
        guard !values.contains(where: \.holdsZero) else { throw .invalidText }
        return try connection.run(sql, values)
    }
}

/// One connection to a database, used by one thread at a time.
protocol Connection: AnyObject {
    /// Parameters are `?1`, `?2` and so on.
    func run(_ sql: StaticSql, _ values: [Value]) throws(StoreError) -> [Row]
    /// Any number of statements without parameters and results.
    func script(_ sql: String) throws(StoreError)
}

/// The text of a statement, which never comes from outside.
struct StaticSql: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, Hashable, Sendable {
    let text: String

    init(stringLiteral value: StaticString) { text = "\(value)" }

    init(stringInterpolation: Pieces) { text = stringInterpolation.text }

    /// Joins statements of our own only: lists of columns.
    struct Pieces: StringInterpolationProtocol {
        var text = ""
        init(literalCapacity: Int, interpolationCount: Int) {}
        mutating func appendLiteral(_ literal: StaticString) { text += "\(literal)" }
        mutating func appendInterpolation(_ columns: StaticString) { text += "\(columns)" }
    }
}
