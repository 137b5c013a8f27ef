import Foundation

/// JSON as it stands, so that what is wrong with it can be named by its place.
indirect enum Json: Decodable, Equatable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([Json])
    case fields([String: Json])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([Json].self) {
            self = .list(list)
        } else {
            self = .fields(try value.decode([String: Json].self))
        }
    }

    /// - Parameter name: of the file, for the mistake.
    static func parse(_ text: String, name: String) throws(CapacityError) -> Json {
        do { return try JSONDecoder().decode(Json.self, from: Data(text.utf8)) } catch {
            throw CapacityError("\(name): not JSON")
        }
    }

    var kind: String {
        switch self {
        case .null: "null"
        case .flag: "true or false"
        case .number(let number): "the number \(plain(number))"
        case .text(let text): "\"\(text.prefix(40))\""
        case .list: "a list"
        case .fields: "an object"
        }
    }
}

/// Why there is no plan: each line names what was found and what was expected.
public struct CapacityError: Error, CustomStringConvertible, Equatable {
    public var lines: [String]

    public init(_ line: String) { lines = [line] }
    public init(lines: [String]) { self.lines = lines }

    public var description: String { lines.joined(separator: "\n") }
}

/// Takes the fields of one object, and gathers what is wrong with them.
struct FieldReader {
    let place: String
    private let fields: [String: Json]
    private var known: Set<String> = []
    private(set) var mistakes: [String] = []

    init(_ json: Json, at place: String) {
        self.place = place
        if case .fields(let fields) = json {
            self.fields = fields
        } else {
            fields = [:]
            mistakes = ["\(place): expected an object, found \(json.kind)"]
        }
    }

    private mutating func take(_ name: String) -> Json? {
        known.insert(name)
        return fields[name] == .null ? nil : fields[name]
    }

    private mutating func expected(_ what: String, of name: String, found: Json) {
        mistakes.append("\(place).\(name): expected \(what), found \(found.kind)")
    }

    /// - Parameter isWhole: fractions are refused.
    mutating func number(
        _ name: String, default standard: Double?, in range: ClosedRange<Double>, isWhole: Bool = false
    ) -> Double {
        guard let value = take(name) else {
            if standard == nil { mistakes.append("\(place).\(name) is missing: expected \(Self.say(range, isWhole))") }
            return standard ?? range.lowerBound
        }
        guard case .number(let number) = value, range.contains(number), !isWhole || number == number.rounded() else {
            expected(Self.say(range, isWhole), of: name, found: value)
            return standard ?? range.lowerBound
        }
        return number
    }

    private static func say(_ range: ClosedRange<Double>, _ isWhole: Bool) -> String {
        "a \(isWhole ? "whole " : "")number from \(plain(range.lowerBound)) to \(plain(range.upperBound))"
    }

    mutating func whole(_ name: String, default standard: Int?, in range: ClosedRange<Int>) -> Int {
        let limits = Double(range.lowerBound)...Double(range.upperBound)
        return Int(number(name, default: standard.map(Double.init), in: limits, isWhole: true))
    }

    mutating func text(_ name: String, default standard: String) -> String {
        guard let value = take(name) else { return standard }
        guard case .text(let text) = value else {
            expected("a text", of: name, found: value)
            return standard
        }
        return text
    }

    mutating func flag(_ name: String, default standard: Bool) -> Bool {
        guard let value = take(name) else { return standard }
        guard case .flag(let flag) = value else {
            expected("true or false", of: name, found: value)
            return standard
        }
        return flag
    }

    /// Nil when it is left out.
    mutating func list(_ name: String) -> [Json]? {
        guard let value = take(name) else { return nil }
        guard case .list(let list) = value else {
            expected("a list", of: name, found: value)
            return nil
        }
        return list
    }

    mutating func object(_ name: String) -> Json? { take(name) }

    mutating func add(_ mistakes: [String]) { self.mistakes += mistakes }

    /// Names that nobody asked for: a misspelt one must not count as left out.
    mutating func refuseOthers() {
        for name in fields.keys.sorted() where !known.contains(name) {
            mistakes.append("\(place).\(name) is not known: expected \(known.sorted().joined(separator: ", "))")
        }
    }
}

/// A number without a needless fraction.
func plain(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
}
