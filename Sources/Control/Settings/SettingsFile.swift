import Foundation

/// A file of variables as systemd's EnvironmentFile= takes it: `NAME=value` lines, quotes around a value, `#` and `;` before
/// a comment. A backslash at a line's end, which systemd takes for "goes on", is refused.
public enum SettingsFile {
    /// Where the package has the service's settings.
    public static let usual = "/etc/millrace/millrace.env"

    /// The file cannot be read, or a line of it is not understood.
    public struct Mistake: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    public static func read(_ path: String) throws(Mistake) -> [String: String] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Mistake(description: "\(path) cannot be read by this user")
        }
        return try parse(String(decoding: data, as: UTF8.self), named: path)
    }

    static func parse(_ text: String, named path: String) throws(Mistake) -> [String: String] {
        var values: [String: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].trimmingCharacters(in: .whitespaces)
            guard parts.count == 2, isName(name), !line.hasSuffix("\\") else {
                throw Mistake(description: "\(path), line \(index + 1): expected NAME=value")
            }
            values[name] = unquoted(parts[1].trimmingCharacters(in: .whitespaces))
        }
        return values
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
    }

    private static func unquoted(_ text: String) -> String {
        for quote in ["\"", "'"] where text.count >= 2 && text.hasPrefix(quote) && text.hasSuffix(quote) {
            return String(text.dropFirst().dropLast())
        }
        return text
    }
}
