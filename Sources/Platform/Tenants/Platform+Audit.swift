import Foundation
import Store

extension Transaction {
    /// In the same transaction as what it tells of: neither is there without the other.
    func audit(
        _ action: String, _ subject: String, _ details: [String: String], of app: String, _ origin: Origin,
        _ stamp: Stamp
    ) throws(StoreError) {
        try audit(action, subject, details, of: app, request: origin.requestId, stamp)
    }

    func audit(
        _ action: String, _ subject: String, _ details: [String: String], of app: String, request: String,
        _ stamp: Stamp
    ) throws(StoreError) {
        try record(
            AuditEntry(
                id: Identifier.make("aud", at: stamp.at), action: action, subject: subject, details: Json.text(details),
                request: request, stamp: stamp), of: app)
    }
}

enum Json {
    /// Keys in order, so that the same values give the same text.
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and integers always have an encoding.
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}

extension Platform {
    /// The oldest first, those after `after`.
    public func audit(
        of app: String, after: String = "", limit: Int = 100, _ origin: Origin
    ) async throws(PlatformError) -> [AuditEntry] {
        try checkAuthority(origin, over: app)
        try Checks.range(limit, "limit", 1...1000)
        return try await read { tx throws(StoreError) in try tx.audit(of: app, after: after, limit: limit) }
    }

    private struct Line: Encodable {
        var id: String
        var at: Milliseconds
        var by: String
        var action: String
        var subject: String
        var details: [String: String]
        var request: String
    }

    /// A page of the log as lines of JSON, and where the next one begins; nil after the last.
    public func exportAudit(
        of app: String, after: String = "", limit: Int = 1000, _ origin: Origin
    ) async throws(PlatformError) -> (lines: String, next: String?) {
        let entries = try await audit(of: app, after: after, limit: limit, origin)
        let lines = entries.map { entry in
            let details = try? JSONDecoder().decode([String: String].self, from: Data(entry.details.utf8))
            return Json.text(
                Line(
                    id: entry.id, at: entry.stamp.at, by: entry.stamp.by, action: entry.action, subject: entry.subject,
                    details: details ?? [:], request: entry.request)) + "\n"
        }
        return (lines.joined(), entries.count == limit ? entries.last?.id : nil)
    }
}
