extension Sdp {
    /// Reads `text`. Lines may end in CRLF or LF; empty lines are passed over.
    ///
    /// - Throws: `tooLarge` beyond `limits`; `syntax` for a line that is not `<letter>=<value>` or holds a control
    ///   character; `missingLine` when `v=0` is not first or `o=` is missing.
    public init(parsing text: String, limits: SdpLimits = .standard) throws(SdpError) {
        var parser = SdpParser(limits: limits)
        for (number, line) in try sdpLines(text, limits: limits) { try parser.take(line, number: number) }
        self = try parser.finish()
    }
}

/// The lines of `text` with their numbers, without line ends and without empty lines.
func sdpLines(_ text: String, limits: SdpLimits) throws(SdpError) -> [(number: Int, line: String)] {
    guard text.utf8.count <= limits.textBytesMax else {
        throw SdpError(.tooLarge, found: "\(text.utf8.count) bytes", expected: "at most \(limits.textBytesMax) bytes")
    }
    var lines: [(number: Int, line: String)] = []
    var number = 0
    for var bytes in text.utf8.split(separator: Byte.lineFeed, omittingEmptySubsequences: false) {
        number += 1
        if bytes.last == Byte.carriageReturn { bytes = bytes.dropLast() }
        if bytes.isEmpty { continue }
        let line = String(decoding: bytes, as: UTF8.self)
        // Parts of a description are shown to other clients: a stray CR or NUL would be read there as something else.
        guard bytes.allSatisfy({ $0 >= Byte.space && $0 != 0x7F || $0 == Byte.tab }) else {
            throw SdpError(.syntax, line: number, expected: "a line without control characters")
        }
        lines.append((number, line))
    }
    return lines
}

/// The type letter and the value of `<letter>=<value>`.
func typeAndValue(_ line: String, number: Int) throws(SdpError) -> (type: UInt8, value: String) {
    let bytes = line.utf8
    guard let type = bytes.first, type >= UInt8(ascii: "a"), type <= UInt8(ascii: "z"),
        bytes.dropFirst().first == Byte.equals
    else { throw SdpError(.syntax, line: number, found: line, expected: "a small letter, an equals sign and a value") }
    return (type, String(decoding: bytes.dropFirst(2), as: UTF8.self))
}

func attribute(_ value: String, number: Int) throws(SdpError) -> SdpAttribute {
    let (name, rest) = parted(value, at: Byte.colon)
    guard !name.isEmpty else { throw SdpError(.syntax, line: number, found: value, expected: "an attribute's name") }
    return SdpAttribute(name, rest, line: number)
}

/// RFC 8866 §5.14: m=<media> <port> <proto> <fmt> ...
func mediaLine(_ value: String, number: Int) throws(SdpError) -> MediaSection {
    let parts = fields(value)
    guard parts.count >= 4, let port = decimal(parts[1], as: UInt16.self) else {
        throw SdpError(
            .syntax, line: number, found: value, expected: "m=<media> <port of 0...65535> <protocol> <format> ...")
    }
    return MediaSection(
        media: parts[0], port: port, proto: parts[2], formats: Array(parts[3...]), line: number)
}

private struct SdpParser {
    let limits: SdpLimits
    private var description = Sdp()
    private var attributeCount = 0

    init(limits: SdpLimits) { self.limits = limits }

    mutating func take(_ line: String, number: Int) throws(SdpError) {
        let (type, value) = try typeAndValue(line, number: number)
        if description.lines.isEmpty, line != "v=0" {
            throw SdpError(.missingLine, line: number, found: line, expected: "v=0 as the first line")
        }
        switch type {
        case UInt8(ascii: "m"): try take(section: mediaLine(value, number: number))
        case UInt8(ascii: "a"): try take(attribute: attribute(value, number: number))
        default: take(other: SdpLine(type: type, value: value))
        }
    }

    private mutating func take(section: MediaSection) throws(SdpError) {
        guard description.sections.count < limits.sectionsMax else {
            throw SdpError(.tooLarge, line: section.line, expected: "at most \(limits.sectionsMax) media sections")
        }
        description.sections.append(section)
    }

    private mutating func take(attribute: SdpAttribute) throws(SdpError) {
        attributeCount += 1
        guard attributeCount <= limits.attributesMax else {
            throw SdpError(.tooLarge, line: attribute.line, expected: "at most \(limits.attributesMax) attributes")
        }
        if description.sections.isEmpty {
            description.attributes.append(attribute)
        } else {
            description.sections[description.sections.count - 1].attributes.append(attribute)
        }
    }

    private mutating func take(other line: SdpLine) {
        if description.sections.isEmpty {
            description.lines.append(line)
        } else {
            description.sections[description.sections.count - 1].lines.append(line)
        }
    }

    func finish() throws(SdpError) -> Sdp {
        guard !description.lines.isEmpty else {
            throw SdpError(.missingLine, expected: "a session description that begins with v=0")
        }
        guard description.lines.contains(where: { $0.type == UInt8(ascii: "o") }) else {
            throw SdpError(.missingLine, expected: "an o= line before the first media section")
        }
        return description
    }
}
