import Foundation
import Store
import Synchronization

/// Ids: a prefix that says of what, and 32 hexadecimal digits that grow with time and cannot be guessed.
enum Identifier {
    private struct Last {
        var time: Milliseconds = 0
        var count: UInt16 = 0
    }
    private static let last = Mutex(Last())

    static func make(_ prefix: String, at now: Milliseconds) -> String {
        let (time, count) = last.withLock { last in
            if now > last.time { last = Last(time: now, count: 0) } else { last.count &+= 1 }
            // Sixteen bits of ids in one millisecond, then the next one.
            if last.count == 0 && now <= last.time { last.time += 1 }
            return (last.time, last.count)
        }
        return prefix + "_" + digits(UInt64(time), 12) + digits(UInt64(count), 4)
            + digits(.random(in: .min ... .max), 16)
    }

    private static func digits(_ value: UInt64, _ count: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    /// `count` bytes nobody can guess.
    static func secretBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}

extension Sequence<UInt8> {
    /// RFC 4648 §5, without padding.
    var base64Url: String {
        Data(self).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    var hexadecimal: String { reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) } }
}
