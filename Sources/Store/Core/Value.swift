/// What a column holds. Truth is 0 or 1, time is milliseconds since 1970.
enum Value: Sendable, Equatable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])

    init(integerLiteral value: Int64) { self = .integer(value) }
    init(stringLiteral value: String) { self = .text(value) }
}

extension Value {
    var holdsZero: Bool { if case .text(let text) = self { text.utf8.contains(0) } else { false } }
}

extension String {
    var value: Value { .text(self) }
}

extension Int64 {
    var value: Value { .integer(self) }
}

extension Int {
    var value: Value { .integer(Int64(self)) }
}

extension Bool {
    var value: Value { .integer(self ? 1 : 0) }
}

extension [UInt8] {
    var value: Value { .bytes(self) }
}

extension RawRepresentable<String> {
    var value: Value { .text(rawValue) }
}

/// One row, read from its first column to its last. Reading what is not there, or is of another type, is a mistake
/// of this program.
struct Row: Sendable {
    private let values: [Value]
    private var next = 0

    init(_ values: [Value]) { self.values = values }

    private mutating func take() -> Value {
        precondition(next < values.count, "the statement has fewer columns than are read")
        defer { next += 1 }
        return values[next]
    }

    mutating func integer() -> Int64 {
        guard let value = integerOrNil() else { preconditionFailure("NULL where an integer was expected") }
        return value
    }

    mutating func integerOrNil() -> Int64? {
        switch take() {
        case .null: nil
        case .integer(let value): value
        case .text, .bytes: preconditionFailure("no integer in this column")
        }
    }

    mutating func truth() -> Bool { integer() != 0 }

    mutating func text() -> String {
        guard let value = textOrNil() else { preconditionFailure("NULL where text was expected") }
        return value
    }

    mutating func textOrNil() -> String? {
        switch take() {
        case .null: nil
        case .text(let value): value
        case .integer, .bytes: preconditionFailure("no text in this column")
        }
    }

    mutating func bytes() -> [UInt8] {
        guard case .bytes(let value) = take() else { preconditionFailure("no bytes in this column") }
        return value
    }

    /// A case that is kept by its name.
    mutating func named<Case: RawRepresentable<String>>(_ type: Case.Type = Case.self) -> Case {
        let name = text()
        guard let value = Case(rawValue: name) else { preconditionFailure("\(type) has no case \(name)") }
        return value
    }
}
