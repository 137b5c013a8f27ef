import Foundation

/// The target of an HTTP request (RFC 9112 §3.2.1, origin form), taken apart.
struct RequestTarget: Equatable {
    static let bytesMax = 4096

    /// Percent-decoded, without the slashes.
    var path: [String]
    var query: [String: String]

    /// Nil when it is not a path that can be decoded.
    init?(_ target: String) {
        guard target.utf8.first == UInt8(ascii: "/"), target.utf8.count <= Self.bytesMax else { return nil }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path: [String] = []
        for part in parts[0].dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let decoded = part.removingPercentEncoding else { return nil }
            path.append(decoded)
        }
        guard let query = Self.query(parts.count > 1 ? parts[1] : "") else { return nil }
        self.path = path
        self.query = query
    }

    private static func query(_ text: Substring) -> [String: String]? {
        var values: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let raw = parts.count > 1 ? parts[1].replacingOccurrences(of: "+", with: " ") : ""
            guard let name = parts[0].removingPercentEncoding, let value = raw.removingPercentEncoding else {
                return nil
            }
            values[name] = value
        }
        return values
    }
}
