/// Which request something belongs to: somebody's trace, our span in it, and our name for the request. W3C Trace Context,
/// level 1.
public struct Trace: Sendable, Hashable {
    /// 32 hexadecimal digits, not all zero.
    public let id: String
    /// 16 hexadecimal digits, not all zero: what is done here.
    public let span: String
    /// Of whom it is done for; nil where the trace begins here.
    public let parent: String?
    public let isSampled: Bool
    /// `tracestate`, handed on as it came; empty for none.
    public let state: String
    /// Found again in the audit log and in answers; empty for what is nobody's request.
    public let request: String

    /// Of whoever runs now. Tasks that begin here have it, too.
    @TaskLocal public static var current: Trace?

    public init(id: String, span: String, parent: String?, isSampled: Bool, state: String, request: String) {
        self.id = id
        self.span = span
        self.parent = parent
        self.isSampled = isSampled
        self.state = state
        self.request = request
    }

    /// A trace that begins here.
    public static func begin(request: String = "") -> Trace {
        Trace(
            id: digits(32), span: digits(16), parent: nil, isSampled: true, state: "", request: request)
    }

    /// A span of our own in the trace that `parent` names, or in a new one where that cannot be read.
    ///
    /// - Parameters:
    ///   - parent: `traceparent` as it came; nil for none, or more than one.
    ///   - state: the values of `tracestate`, in their order.
    public init(continuing parent: String?, state: [String] = [], request: String = "") {
        guard let parent, let known = TraceParent(parent) else {
            self = .begin(request: request)
            return
        }
        self.init(
            id: known.id, span: Self.digits(16), parent: known.span, isSampled: known.isSampled,
            state: Self.state(state), request: request)
    }

    /// What is done for it by somebody else, or apart.
    public func child() -> Trace {
        Trace(id: id, span: Self.digits(16), parent: span, isSampled: isSampled, state: state, request: request)
    }

    /// As `traceparent` says it.
    public var header: String { "00-\(id)-\(span)-\(isSampled ? "01" : "00")" }

    /// §3.3.1: at most 32 members and 512 characters are sure to be handed on; what is more, or wrong, is left out as a whole.
    private static func state(_ values: [String]) -> String {
        let text = values.joined(separator: ",")
        let members = text.split(separator: ",")
        let isFine =
            text.utf8.count <= 512 && members.count <= 32
            && text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
            && members.allSatisfy { $0.contains("=") }
        return isFine ? text : ""
    }

    /// Never all zero.
    private static func digits(_ count: Int) -> String {
        while true {
            var text = ""
            while text.utf8.count < count {
                let part = String(UInt64.random(in: .min ... .max), radix: 16)
                text += String(repeating: "0", count: 16 - part.utf8.count) + part
            }
            if text.utf8.contains(where: { $0 != UInt8(ascii: "0") }) { return text }
        }
    }
}

/// `traceparent` (§3.2.2): version, trace, span and flags, in small hexadecimal digits.
private struct TraceParent {
    var id: String
    var span: String
    var isSampled: Bool

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 55, bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash else {
            return nil
        }
        let fields = [bytes[0..<2], bytes[3..<35], bytes[36..<52], bytes[53..<55]]
        guard fields.allSatisfy({ $0.allSatisfy(Self.isDigit) }) else { return nil }
        // §3.2.2.1: version ff is invalid; a later one may have more behind the flags, after a dash.
        let isFirst = bytes[0..<2].elementsEqual("00".utf8)
        guard !bytes[0..<2].elementsEqual("ff".utf8),
            bytes.count == 55 || (!isFirst && bytes[55] == Self.dash),
            fields[1].contains(where: { $0 != Self.zero }), fields[2].contains(where: { $0 != Self.zero })
        else { return nil }
        id = String(decoding: fields[1], as: UTF8.self)
        span = String(decoding: fields[2], as: UTF8.self)
        isSampled = Self.value(bytes[54]) & 1 == 1
    }

    private static let dash = UInt8(ascii: "-")
    private static let zero = UInt8(ascii: "0")

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func value(_ digit: UInt8) -> UInt8 { digit < UInt8(ascii: "a") ? digit & 15 : digit &- 87 }
}
