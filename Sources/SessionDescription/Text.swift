/// Helpers on text. All look at UTF-8 bytes: in Swift a CRLF is one `Character`, and a separator followed by a combining
/// mark is not the separator.
enum Byte {
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let tab = UInt8(ascii: "\t")
    static let space = UInt8(ascii: " ")
    static let colon = UInt8(ascii: ":")
    static let equals = UInt8(ascii: "=")
    static let slash = UInt8(ascii: "/")
    static let semicolon = UInt8(ascii: ";")
    static let comma = UInt8(ascii: ",")
    static let tilde = UInt8(ascii: "~")
}

/// The non-empty pieces of `text` between bytes equal to `separator`.
func fields(_ text: String, by separator: UInt8 = Byte.space) -> [String] {
    text.utf8.split(separator: separator).map { String(decoding: $0, as: UTF8.self) }
}

/// What stands before and after the first `separator`; `after` is nil when there is none.
func parted(_ text: String, at separator: UInt8) -> (before: String, after: String?) {
    guard let place = text.utf8.firstIndex(of: separator) else { return (text, nil) }
    let after = text.utf8[text.utf8.index(after: place)...]
    return (String(decoding: text.utf8[..<place], as: UTF8.self), String(decoding: after, as: UTF8.self))
}

/// Decimal digits only: no sign, no spaces. Nil when empty or out of range.
func decimal<Number: FixedWidthInteger>(_ text: String, as type: Number.Type = Number.self) -> Number? {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
        return nil
    }
    return Number(text)
}

func hexadecimal(_ text: String) -> UInt8? {
    guard text.utf8.count == 2, text.utf8.allSatisfy(isHexadecimalDigit) else { return nil }
    return UInt8(text, radix: 16)
}

private func isHexadecimalDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
        UInt8(ascii: "A")...UInt8(ascii: "F"):
        true
    default: false
    }
}

/// ASCII letters made small; other bytes as they are.
func lowercase(_ text: String) -> String {
    String(
        decoding: text.utf8.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }, as: UTF8.self)
}

func trimmed(_ text: String) -> String {
    let body = text.utf8.drop { $0 == Byte.space || $0 == Byte.tab }
    guard let last = body.lastIndex(where: { $0 != Byte.space && $0 != Byte.tab }) else { return "" }
    return String(decoding: body[...last], as: UTF8.self)
}

/// RFC 8866 §9: token = 1*(token-char): visible ASCII without quotation marks, brackets, separators.
func isToken(_ text: String, bytesMax: Int) -> Bool {
    guard !text.isEmpty, text.utf8.count <= bytesMax else { return false }
    return text.utf8.allSatisfy { byte in
        switch byte {
        case 0x21, 0x23...0x27, 0x2A...0x2B, 0x2D...0x2E, 0x30...0x39, 0x41...0x5A, 0x5E...0x7E: true
        default: false
        }
    }
}

/// RFC 8839 §5.4: ice-char = ALPHA / DIGIT / "+" / "/".
/// Clients are known to use "-" and "_" as well, so any visible ASCII without a colon passes: the colon parts the two
/// ufrags in STUN's USERNAME.
func isIceText(_ text: String, bytes: ClosedRange<Int>) -> Bool {
    bytes.contains(text.utf8.count) && text.utf8.allSatisfy { $0 > Byte.space && $0 < 0x7F && $0 != Byte.colon }
}
