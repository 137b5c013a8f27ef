/// A session description (RFC 8866) as text with structure: what was there, in the order in which it was there.
public struct Sdp: Equatable, Sendable {
    /// Session lines other than attributes (v, o, s, t, …), in order.
    public var lines: [SdpLine]
    /// Session attributes in order.
    public var attributes: [SdpAttribute]
    public var sections: [MediaSection]

    public init(lines: [SdpLine] = [], attributes: [SdpAttribute] = [], sections: [MediaSection] = []) {
        self.lines = lines
        self.attributes = attributes
        self.sections = sections
    }

    /// As text with CRLF at the end of every line.
    public var text: String {
        var writer = SdpWriter()
        writer.write(lines, attributes)
        for section in sections { section.write(to: &writer) }
        return writer.text
    }
}

/// A line that is neither an attribute nor the beginning of a media section.
public struct SdpLine: Equatable, Sendable {
    /// The letter before the equals sign, as ASCII.
    public var type: UInt8
    public var value: String

    public init(_ type: Unicode.Scalar, _ value: String) {
        self.type = UInt8(ascii: type)
        self.value = value
    }

    init(type: UInt8, value: String) {
        self.type = type
        self.value = value
    }
}

/// `a=name` or `a=name:value`.
public struct SdpAttribute: Equatable, Sendable {
    public var name: String
    /// Nil for a property attribute (`a=name`).
    public var value: String?
    /// Where it was read, for error messages; no part of equality. 0 when it was not read.
    public var line: Int

    public init(_ name: String, _ value: String? = nil, line: Int = 0) {
        self.name = name
        self.value = value
        self.line = line
    }

    public static func == (left: SdpAttribute, right: SdpAttribute) -> Bool {
        left.name == right.name && left.value == right.value
    }
}

/// One media section (RFC 8866 §5.14): the `m=` line and everything up to the next.
public struct MediaSection: Equatable, Sendable {
    /// `audio`, `video`, `application`, …
    public var media: String
    /// 0 says that the section is rejected or stopped.
    public var port: UInt16
    public var proto: String
    /// Payload types, or `webrtc-datachannel`.
    public var formats: [String]
    /// Lines other than attributes (c, b, i), in order.
    public var lines: [SdpLine]
    public var attributes: [SdpAttribute]
    /// Line number of `m=`; no part of equality.
    public var line: Int

    public init(
        media: String, port: UInt16, proto: String, formats: [String], lines: [SdpLine] = [],
        attributes: [SdpAttribute] = [], line: Int = 0
    ) {
        self.media = media
        self.port = port
        self.proto = proto
        self.formats = formats
        self.lines = lines
        self.attributes = attributes
        self.line = line
    }

    public static func == (left: MediaSection, right: MediaSection) -> Bool {
        left.media == right.media && left.port == right.port && left.proto == right.proto
            && left.formats == right.formats && left.lines == right.lines && left.attributes == right.attributes
    }

    func write(to writer: inout SdpWriter) {
        writer.line("m=\(media) \(port) \(proto) \(formats.joined(separator: " "))")
        writer.write(lines, attributes)
    }
}

/// Collects lines and ends each with CRLF (RFC 8866 §5).
struct SdpWriter {
    private(set) var text = ""

    mutating func line(_ line: String) {
        text += line
        text += "\r\n"
    }

    /// `a=name:value`
    mutating func attribute(_ name: String, _ value: String) { line("a=\(name):\(value)") }
    mutating func flag(_ name: String) { line("a=\(name)") }

    mutating func write(_ lines: [SdpLine], _ attributes: [SdpAttribute]) {
        for entry in lines { line("\(Unicode.Scalar(entry.type))=\(entry.value)") }
        for entry in attributes {
            if let value = entry.value { attribute(entry.name, value) } else { flag(entry.name) }
        }
    }
}
