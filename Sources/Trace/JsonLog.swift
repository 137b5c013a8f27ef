import Foundation
import Logging

/// Log lines for programs: one JSON object a line, with `time`, `level`, `logger`, `message` and the metadata beside them, in
/// the order of their names. Metadata called like one of those four gets an underscore before its name.
public struct JsonLog: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public var logLevel = Logger.Level.info
    private let label: String
    private let write: @Sendable (String) -> Void

    /// - Parameter write: takes a whole line, with its end, from any thread.
    public init(
        label: String, metadataProvider: Logger.MetadataProvider? = nil, write: @escaping @Sendable (String) -> Void
    ) {
        self.label = label
        self.metadataProvider = metadataProvider
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let more = metadataProvider?.get() { all.merge(more) { $1 } }
        if let more = event.metadata { all.merge(more) { $1 } }
        write(Self.line(at: Date(), event.level, label, "\(event.message)", all))
    }

    private static let own: Set = ["time", "level", "logger", "message"]

    /// With its end.
    static func line(
        at time: Date, _ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata
    ) -> String {
        var line = "{\"time\":\"\(stamp(time))\",\"level\":\"\(level)\""
        line += ",\"logger\":" + text(label) + ",\"message\":" + text(message)
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += "," + text(own.contains(name) ? "_" + name : name) + ":" + json(value)
        }
        return line + "}\n"
    }

    /// RFC 3339, UTC, with milliseconds.
    private static func stamp(_ time: Date) -> String {
        time.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true)) + "Z"
    }

    private static func json(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let string): text(string)
        case .stringConvertible(let value): text(value.description)
        case .array(let values): "[" + values.map(json).joined(separator: ",") + "]"
        case .dictionary(let values):
            "{" + values.sorted { $0.key < $1.key }.map { text($0.key) + ":" + json($0.value) }.joined(separator: ",")
                + "}"
        }
    }

    /// RFC 8259 §7: quotation mark, backslash and control characters are escaped, so that a line is one.
    static func text(_ string: String) -> String {
        var out = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _
            where scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028 || scalar.value == 0x2029:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
