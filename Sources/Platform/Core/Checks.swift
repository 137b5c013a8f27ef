/// What may come in from outside. Every text that is stored or shown passes one of these.
enum Checks {
    static let nameBytesMax = 64

    /// Rooms, people, devices: 1...64 of letters, digits and `-._~:@|`. Safe in paths, logs and keys.
    static func identifier(_ text: String, _ what: String) throws(PlatformError) {
        let isFine =
            (1...nameBytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-._~:@|".utf8.contains(byte)
                }
            }
        guard isFine else {
            throw .validation("\(what) is 1...\(nameBytesMax) letters, digits or any of -._~:@|")
        }
    }

    /// For people: 1...64 bytes of UTF-8 without control characters.
    static func name(_ text: String, _ what: String) throws(PlatformError) {
        try plain(text, what, bytesMax: nameBytesMax, takesLines: false)
    }

    /// `takesLines`: line feeds and tabulators are no control characters here.
    static func plain(
        _ text: String, _ what: String, bytesMax: Int, takesLines: Bool
    ) throws(PlatformError) {
        guard (1...bytesMax).contains(text.utf8.count) else {
            throw .validation("\(what) is 1...\(bytesMax) bytes long")
        }
        let isFine = text.unicodeScalars.allSatisfy {
            ($0.value >= 0x20 && !(0x7F...0x9F).contains($0.value))
                || (takesLines && ($0 == "\n" || $0 == "\r" || $0 == "\t"))
        }
        guard isFine else { throw .validation("\(what) has control characters") }
    }

    static func range<Number: BinaryInteger>(
        _ value: Number, _ what: String, _ range: ClosedRange<Number>
    ) throws(PlatformError) {
        guard range.contains(value) else {
            throw .validation("\(what) is \(range.lowerBound)...\(range.upperBound)")
        }
    }
}
