import CPlatform
import Glibc

/// What one process says to the other.
enum UpgradeWord: UInt32 {
    /// Old: descriptors and what the new one needs to start.
    case hello = 1
    /// New: it has started and is ready for what the old one knows.
    case ready
    /// Old: what the control side knows.
    case control
    /// New: it is built.
    case built
    /// Old: the shards' snapshots; they stand still.
    case shards
    /// New: they are loaded and checked.
    case loaded
    /// Old: it will send nothing any more.
    case goOn
    /// New: that cannot be; the text says why.
    case refused
}

/// Why a hand-over came to nothing, as a sentence.
struct UpgradeFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

struct UpgradeMessage {
    var word: UpgradeWord
    var bytes: [UInt8] = []
    var descriptors: [Int32] = []

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Messages over a Unix socket: a head of 32 bytes (mark, word, length, checksum, count of descriptors), then the bytes, with
/// the descriptors on pieces of one byte after it. Calls block, no longer than they are told.
final class UpgradeLink {
    private static let mark: UInt32 = 0x4D52_5550
    private static let headBytes = 32
    private static let bytesMax = 1 << 28
    private let socket: Int32

    init(taking socket: Int32) { self.socket = socket }

    deinit { close(socket) }

    // MARK: sending

    func send(_ message: UpgradeMessage, milliseconds: Int) throws(UpgradeFailure) {
        try setTime(SO_SNDTIMEO, milliseconds)
        var head: [UInt8] = []
        append(Self.mark, to: &head)
        append(message.word.rawValue, to: &head)
        append(UInt64(message.bytes.count), to: &head)
        append(UpgradeLink.checksum(message.bytes), to: &head)
        append(UInt64(message.descriptors.count), to: &head)
        try write(head)
        try write(message.bytes)
        var rest = message.descriptors[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(Int(CP_PASSED_MAX)))
            var byte: UInt8 = 0
            let status = cp_pass(socket, &byte, 1, some, Int32(some.count))
            guard status == 1 else { throw UpgradeFailure("descriptors cannot be passed: errno \(-status)") }
            rest = rest.dropFirst(some.count)
        }
    }

    private func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private func write(_ bytes: [UInt8]) throws(UpgradeFailure) {
        var place = 0
        while place < bytes.count {
            let status = bytes.withUnsafeBytes { cp_pass(socket, $0.baseAddress! + place, $0.count - place, nil, 0) }
            if status == -Int64(EINTR) { continue }
            guard status > 0 else { throw UpgradeFailure("the other process does not listen: errno \(-status)") }
            place += Int(status)
        }
    }

    // MARK: receiving

    /// The next message; a refusal is thrown.
    func receive(_ wanted: UpgradeWord, milliseconds: Int) throws(UpgradeFailure) -> UpgradeMessage {
        let message = try receive(milliseconds: milliseconds)
        if message.word == .refused { throw UpgradeFailure(message.text) }
        guard message.word == wanted else {
            throw UpgradeFailure("the other process said \(message.word) where \(wanted) was due")
        }
        return message
    }

    private func receive(milliseconds: Int) throws(UpgradeFailure) -> UpgradeMessage {
        try setTime(SO_RCVTIMEO, milliseconds)
        let head = try read(Self.headBytes)
        let (mark, raw) = (number(head, 0, UInt32.self), number(head, 4, UInt32.self))
        let (length, sum) = (number(head, 8, UInt64.self), number(head, 16, UInt64.self))
        let count = number(head, 24, UInt64.self)
        guard mark == Self.mark, let word = UpgradeWord(rawValue: raw), length <= UInt64(Self.bytesMax), count < 1 << 20
        else { throw UpgradeFailure("the other process speaks another language") }
        var message = UpgradeMessage(word: word, bytes: try read(Int(length)))
        guard UpgradeLink.checksum(message.bytes) == sum else {
            throw UpgradeFailure("a message was damaged on its way")
        }
        while message.descriptors.count < Int(count) { message.descriptors += try readDescriptors() }
        return message
    }

    private func number<Value: FixedWidthInteger>(_ bytes: [UInt8], _ place: Int, _ type: Value.Type) -> Value {
        bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Value.self)) }
    }

    private func read(_ count: Int) throws(UpgradeFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var place = 0
        while place < count {
            let (status, _) = bytes.withUnsafeMutableBytes { take($0.baseAddress! + place, count - place) }
            if status == -Int64(EINTR) { continue }
            try check(status)
            place += Int(status)
        }
        return bytes
    }

    private func readDescriptors() throws(UpgradeFailure) -> [Int32] {
        var byte: UInt8 = 0
        while true {
            let (status, descriptors) = withUnsafeMutableBytes(of: &byte) { take($0.baseAddress!, 1) }
            if status == -Int64(EINTR) { continue }
            try check(status)
            guard !descriptors.isEmpty else { throw UpgradeFailure("descriptors did not arrive") }
            return descriptors
        }
    }

    private func take(_ place: UnsafeMutableRawPointer, _ count: Int) -> (Int64, [Int32]) {
        var descriptors = [Int32](repeating: -1, count: Int(CP_PASSED_MAX))
        var found: Int32 = 0
        let status = cp_take_passed(socket, place, count, &descriptors, &found)
        return (status, Array(descriptors.prefix(Int(found))))
    }

    private func check(_ status: Int64) throws(UpgradeFailure) {
        if status == 0 { throw UpgradeFailure("the other process has ended") }
        if status == -Int64(EAGAIN) { throw UpgradeFailure("the other process did not answer in time") }
        if status < 0 { throw UpgradeFailure("the other process cannot be heard: errno \(-status)") }
    }

    private func setTime(_ option: Int32, _ milliseconds: Int) throws(UpgradeFailure) {
        var time = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        let size = socklen_t(MemoryLayout<timeval>.size)
        guard setsockopt(socket, SOL_SOCKET, option, &time, size) == 0 else {
            throw UpgradeFailure("the socket takes no time limit: errno \(errno)")
        }
    }

    /// FNV-1a of words of eight bytes: it finds what was damaged or cut off, not what was forged.
    static func checksum(_ bytes: [UInt8]) -> UInt64 {
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        bytes.withUnsafeBytes { bytes in
            var place = 0
            while place + 8 <= bytes.count {
                sum = (sum ^ bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self).littleEndian)
                sum = sum &* 0x100_0000_01B3
                place += 8
            }
            while place < bytes.count {
                sum = (sum ^ UInt64(bytes[place])) &* 0x100_0000_01B3
                place += 1
            }
        }
        return sum ^ UInt64(bytes.count)
    }
}
