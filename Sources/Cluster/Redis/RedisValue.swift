import CHiredis

/// What Redis answers.
enum RedisValue: Sendable, Equatable {
    case null
    case integer(Int64)
    /// Strings and statuses.
    case bytes([UInt8])
    case array([RedisValue])
    /// The command was refused.
    case refused(String)

    /// SAFETY: `reply` is one of hiredis that has not been freed; its strings are `len` bytes long.
    init(copying reply: UnsafeMutablePointer<redisReply>) {
        let value = reply.pointee
        switch value.type {
        case REDIS_REPLY_INTEGER: self = .integer(value.integer)
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: self = .bytes(Self.bytes(value))
        case REDIS_REPLY_ERROR: self = .refused(String(decoding: Self.bytes(value), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            self = .array(
                (0..<value.elements).map { index in value.element[index].map { RedisValue(copying: $0) } ?? .null })
        default: self = .null
        }
    }

    private static func bytes(_ reply: redisReply) -> [UInt8] {
        guard let text = reply.str else { return [] }
        return Array(UnsafeRawBufferPointer(start: text, count: reply.len))
    }

    var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
    var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    var array: [RedisValue] { if case .array(let values) = self { values } else { [] } }
}

/// One word of a command.
struct RedisWord: Sendable, ExpressibleByStringLiteral {
    var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
    init(_ text: String) { bytes = Array(text.utf8) }
    init(_ number: Int) { self.init(String(number)) }
    init(stringLiteral text: String) { self.init(text) }
}

enum RedisError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Whether the command was carried out is not known.
    case unavailable(String)
    /// By Redis, which carried out nothing.
    case refused(String)

    var description: String {
        switch self {
        case .unavailable(let text): "Redis cannot be reached: \(text)"
        case .refused(let text): "Redis refuses: \(text)"
        }
    }
}
