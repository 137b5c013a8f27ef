/// Names that come from outside.
enum Names {
    static let bytesMax = 64

    /// Rooms appear in paths and logs: 1...64 of letters, digits and `-._~:@|`.
    static func isRoom(_ name: String) -> Bool {
        (1...bytesMax).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-._~:@|".utf8.contains(byte)
                }
            }
    }

    /// Peers' names are for people: 1...64 bytes of UTF-8 without control characters.
    static func isPeer(_ name: String) -> Bool {
        (1...bytesMax).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
    }

    /// Ids of devices: 1...64 of letters, digits, `-` and `_`.
    static func isId(_ text: String) -> Bool {
        isRoom(text) && text.utf8.allSatisfy { !".~:@|".utf8.contains($0) }
    }
}
