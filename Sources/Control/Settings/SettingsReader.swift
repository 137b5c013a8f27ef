import Glibc

/// Looks settings up, flags before environment variables, and gathers what is wrong with them.
struct SettingsReader {
    private let flags: [Setting: [String]]
    private let environment: [String: String]
    private(set) var problems: [SettingsError.Problem] = []

    init(flags: [Setting: [String]], environment: [String: String]) {
        self.flags = flags
        self.environment = environment
    }

    /// An empty environment variable counts as absent.
    func given(_ setting: Setting) -> String? {
        if let values = flags[setting], !values.isEmpty { return values.joined(separator: ",") }
        guard let value = environment[setting.variable], !value.isEmpty else { return nil }
        return value
    }

    mutating func refuse(_ setting: Setting, expected: String) {
        problems.append(.init(setting: setting, given: given(setting), expected: expected))
    }

    mutating func value<Value>(
        _ setting: Setting, default standard: Value, expected: String, _ parse: (String) -> Value?
    ) -> Value {
        guard let text = given(setting) else { return standard }
        if let value = parse(text) { return value }
        refuse(setting, expected: expected)
        return standard
    }

    mutating func number(_ setting: Setting, default standard: Int, in range: ClosedRange<Int>) -> Int {
        value(setting, default: standard, expected: "a number from \(range.lowerBound) to \(range.upperBound)") {
            text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func flag(_ setting: Setting) -> Bool {
        value(setting, default: false, expected: "true or false") { text in
            switch text.lowercased() {
            case "1", "true", "yes", "on": true
            case "0", "false", "no", "off": false
            default: nil
            }
        }
    }

    mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ setting: Setting, default standard: Value
    ) -> Value where Value.RawValue == String {
        let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return value(setting, default: standard, expected: "one of \(names)") { Value(rawValue: $0.lowercased()) }
    }

    /// A list with commas; every part must be good.
    mutating func list<Element>(
        _ setting: Setting, default standard: [Element], expected: String, _ parse: (String) -> Element?
    ) -> [Element] {
        value(setting, default: standard, expected: expected) { text in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let values = parts.map { parse($0.filter { $0 != " " }) }
            return values.contains { $0 == nil } ? nil : values.compactMap { $0 }
        }
    }
}

/// Whether `text` is an IPv4 or IPv6 address.
func isIpAddress(_ text: String) -> Bool {
    var buffer = in6_addr()
    return inet_pton(AF_INET, text, &buffer) == 1 || inet_pton(AF_INET6, text, &buffer) == 1
}
