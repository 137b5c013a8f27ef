import CPostgres

/// Parameters as libpq takes them: text, and bytes as they are.
final class Parameters {
    private(set) var pointers: [UnsafePointer<CChar>?] = []
    private(set) var lengths: [Int32] = []
    private(set) var formats: [Int32] = []

    init(_ values: [Value]) {
        for value in values {
            switch value {
            case .null: add(nil, isBinary: false)
            case .integer(let number): add(Array(String(number).utf8) + [0], isBinary: false)
            case .text(let text): add(Array(text.utf8) + [0], isBinary: false)
            case .bytes(let bytes): add(bytes, isBinary: true)
            }
        }
    }

    private func add(_ bytes: [UInt8]?, isBinary: Bool) {
        lengths.append(Int32(bytes?.count ?? 0))
        formats.append(isBinary ? 1 : 0)
        guard let bytes else { return pointers.append(nil) }
        // SAFETY: freed once, in `deinit`. One byte more than none, since an empty value is not a missing one.
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: max(bytes.count, 1))
        for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
        pointers.append(UnsafePointer(copy))
    }

    deinit {
        for pointer in pointers { pointer?.deallocate() }
    }
}

/// All rows of a result, whose columns are text.
func rows(of result: OpaquePointer?) -> [Row] {
    let columns = PQnfields(result)
    let types = (0..<columns).map { PQftype(result, $0) }
    return (0..<PQntuples(result)).map { row in
        Row((0..<columns).map { value(of: result, row: row, column: $0, type: types[Int($0)]) })
    }
}

private func value(of result: OpaquePointer?, row: Int32, column: Int32, type: Oid) -> Value {
    guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else { return .null }
    // SAFETY: libpq's text ends with a zero and lives as long as the result.
    let text = String(cString: start)
    switch type {
    // bool has no place here: statements say 0 or 1. int8, int2, int4.
    case 20, 21, 23:
        guard let number = Int64(text) else { preconditionFailure("PostgreSQL sends integers as digits") }
        return .integer(number)
    // bytea, as \x and hexadecimal digits
    case 17: return .bytes(decodeHexadecimal(text.utf8.dropFirst(2)))
    default: return .text(text)
    }
}

private func decodeHexadecimal(_ digits: some Sequence<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in digits {
        let value = digit <= UInt8(ascii: "9") ? digit &- UInt8(ascii: "0") : digit &- UInt8(ascii: "a") &+ 10
        if let first = high {
            bytes.append(first << 4 | value)
            high = nil
        } else {
            high = value
        }
    }
    return bytes
}

extension StaticSql {
    /// PostgreSQL calls parameters `$1`. No statement of ours holds a question mark for anything else.
    var withDollars: String { text.replacing("?", with: "$") }
}
